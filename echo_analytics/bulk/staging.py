"""Rows that may be there already: through a temporary table, and inserted from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from echo_analytics.bulk.checking import GIVEN
from echo_analytics.bulk.copying import copy_batches
from echo_analytics.repositories.execution import fetch, on_cursor
from echo_analytics.repositories.statements import compiled, stamped

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from psycopg.rows import TupleRow

    from echo_analytics.bulk.tables import Loadable

_ROW, _ROUND = "row", "round"

# The number of a row in the input tells which of two with the same key comes first.
_NUMBER_ROUNDS = """
UPDATE {stage} AS s SET round = d.round
FROM (SELECT row, row_number() OVER (PARTITION BY {key} ORDER BY row) AS round FROM {stage}) AS d
WHERE d.row = s.row AND d.round > 1
"""


class Stage:
    """Rows of one table in a temporary one.

    Parameters
    ----------
    connection
        Of the transaction, at whose end it vanishes.
    kind
        The table.
    columns
        The columns that are given.
    """

    def __init__(self, connection: sa.Connection, kind: Loadable, columns: list[str]) -> None:
        self._connection, self._kind, self._columns = connection, kind, columns
        self._name = f"echo_bulk_{kind.name}"
        given = [kind.table.c[name] for name in columns]
        numbers = [sa.column(_ROW, sa.BigInteger), sa.column(GIVEN, sa.Integer)]
        own = (*numbers, sa.column(_ROUND, sa.BigInteger))
        self._table = sa.table(self._name, *(sa.column(c.name, c.type) for c in given), *own)

    def fill(self, batches: Iterable[pa.RecordBatch]) -> int:
        """Copy rows into it and return how many; ``given`` is a column of theirs."""
        names = ", ".join(self._columns)
        self._run(f"DROP TABLE IF EXISTS pg_temp.{self._name}")
        self._run(
            f"CREATE TEMPORARY TABLE {self._name} ON COMMIT DROP AS SELECT {names},"  # noqa: S608 - names of ours
            f" 0::int4 AS {GIVEN}, 0::int8 AS {_ROW}, 1::int8 AS {_ROUND}"
            f" FROM {self._kind.table.fullname} WITH NO DATA"
        )
        self._run(f"ALTER TABLE {self._name} ALTER {_ROUND} SET DEFAULT 1")
        columns = [*self._columns, GIVEN, _ROW]
        return copy_batches(self._connection, self._name, columns, _numbered(batches))

    def insert_missing(self) -> int:
        """Insert the rows that violate no uniqueness, the first of several; return how many."""
        chosen = self._in_order(sa.select(*(self._table.c[name] for name in self._columns)))
        statement = pg.insert(self._kind.table).from_select(self._columns, chosen)
        return self._counted(statement.on_conflict_do_nothing())[1]

    def upsert(self) -> tuple[int, int]:
        """Insert the rows, one after the other where several have one key, or update those there.

        Returns
        -------
        tuple of int
            How many were new, and how many were written in all.
        """
        key = self._kind.key
        several = f"SELECT FROM {self._name} GROUP BY {key} HAVING count(*) > 1 LIMIT 1"
        if self._rows(several):
            self._run(_NUMBER_ROUNDS.format(stage=self._name, key=key))
        created = written = 0
        # One statement writes the same columns in all its rows, and no row twice.
        groups = f"SELECT DISTINCT {_ROUND}, {GIVEN} FROM {self._name} ORDER BY 1, 2"  # noqa: S608
        for number, given in self._rows(groups):
            new, all_of_them = self._counted(self._upsert(number, given))
            created, written = created + new, written + all_of_them
        return created, written

    def drop(self) -> None:
        """Drop it, in case the transaction goes on for long."""
        self._run(f"DROP TABLE {self._name}")

    def _upsert(self, number: int, given: int) -> pg.Insert:
        kind = self._kind
        fields = {name for place, name in enumerate(kind.columns) if given >> place & 1}
        # What has a default and was not given stays, and gets the table's in a new row.
        names = [n for n in self._columns if n in fields or n not in kind.columns or n == "id"]
        chosen = sa.select(*(self._table.c[name] for name in names)).where(
            self._table.c[_ROUND] == sa.literal_column(str(number)),
            self._table.c[GIVEN] == sa.literal_column(str(given)),
        )
        statement = pg.insert(kind.table).from_select(names, self._in_order(chosen))
        changed = [n for n in names if n in fields - {kind.key, "id", "created_at"}]
        return statement.on_conflict_do_update(
            index_elements=[kind.table.c[kind.key]],
            set_={**{n: statement.excluded[n] for n in changed}, **stamped(kind.table)},
        )

    # Any: columns of any type.
    def _in_order(self, chosen: sa.Select[Any]) -> sa.Select[Any]:
        """Let two loads of the same rows meet in one order, or each could wait for the other.

        Posts stay in theirs, which is mostly that of their time and worth keeping in the table.
        """
        key = self._kind.key
        in_key_order = chosen.order_by(self._table.c[key], self._table.c[_ROW])
        return chosen if key == "id" else in_key_order

    def _counted(self, statement: pg.Insert) -> tuple[int, int]:
        """Run an INSERT and return how many rows are new, and how many were written."""
        new = sa.literal_column(f"{self._kind.table.fullname}.xmax = 0", sa.Boolean).label("new")
        done = statement.returning(new).cte("done")
        counts = sa.select(sa.func.count().filter(done.c.new), sa.func.count()).select_from(done)
        created, written = fetch(self._connection, compiled(counts), {})[0]
        return created, written

    def _run(self, statement: str) -> None:
        on_cursor(self._connection, lambda cursor: cursor.execute(statement.encode()))

    def _rows(self, statement: str) -> list[TupleRow]:
        return fetch(self._connection, statement.encode(), {})


def _numbered(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    first = 0
    for batch in batches:
        numbers = pa.array(range(first, first + batch.num_rows), pa.int64())
        first += batch.num_rows
        yield batch.append_column(_ROW, numbers)
