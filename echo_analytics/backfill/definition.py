"""What a backfill changes, and the statements that follow from it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from echo_analytics.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping

KEYS, AFTER, ROWS = "backfill_keys", "backfill_after", "backfill_rows"
"""The parameters of the statements."""

_CLOCK = sa.literal_column("(clock_timestamp() AT TIME ZONE 'UTC')", sa.DateTime)
_TICK = sa.literal_column("interval '1 microsecond'", sa.Interval)


# Any in this module: columns and values of any type.
@dataclass(frozen=True, eq=False)
class Backfill:
    """A change of all rows that a condition holds for.

    The condition is the state of the work: a row that was changed no longer fulfils it. That is why
    a backfill can be stopped, killed, repeated, and run twice at once.

    Parameters
    ----------
    name
        What messages call it.
    table
        The table; its primary key has one column.
    where
        Which rows lack their value. It is checked again in the UPDATE itself.
    values
        What is set, by the names of columns: values, or SQL expressions over the row.
        ``updated_at``, where the table has one, moves as in any update unless it is named here.

    Raises
    ------
    InvalidInput
        The table's key has several columns, no value is set, or a column is not the table's.

    Examples
    --------
    >>> from echo_analytics.schema import users
    >>> Backfill("biographies", users, users.c.bio.is_(None), {"bio": ""}).name
    'biographies'
    """

    name: str
    table: sa.Table
    where: sa.ColumnElement[bool]
    values: Mapping[str, Any]

    def __post_init__(self) -> None:
        if len(self.table.primary_key) != 1:
            raise InvalidInput("table", "needs a primary key of one column")
        if not self.values:
            raise InvalidInput("values", "needs one column at least")
        if not self.values.keys() <= set(self.table.c.keys()):
            raise InvalidInput("values", "names a column that the table does not have")

    @property
    def key(self) -> sa.Column[Any]:
        """The column of the primary key."""
        return self.table.primary_key.columns[0]

    @property
    def _wanted(self) -> sa.ColumnElement[bool]:
        keys = sa.bindparam(KEYS, type_=pg.ARRAY(self.key.type))
        return self.key == sa.any_(keys)

    @cached_property
    def first_rows(self) -> sa.Select[Any, bool]:
        """The first ``ROWS`` keys in their order, each with whether the condition holds."""
        rows = sa.bindparam(ROWS, type_=sa.Integer)
        return sa.select(self.key, self.where).order_by(self.key).limit(rows)

    @cached_property
    def next_rows(self) -> sa.Select[Any, bool]:
        """The ``ROWS`` keys that follow ``AFTER``."""
        return self.first_rows.where(self.key > sa.bindparam(AFTER, type_=self.key.type))

    @cached_property
    def change(self) -> sa.Update:
        """Change those of ``KEYS`` that nobody holds and that still lack their value."""
        # Not FOR UPDATE: that stands in the way of those who insert rows that refer to these.
        free = (
            sa.select(self.key)
            .where(self._wanted, self.where)
            .order_by(self.key)
            .with_for_update(key_share=True, skip_locked=True, of=self.table)
            .cte("free")
        )
        change = sa.update(self.table).where(self.key == free.c[0], self.where)
        return change.values({**self._stamp(), **self.values}).returning(self.key)

    @cached_property
    def left(self) -> sa.Select[Any]:
        """Those of ``KEYS`` that lack their value, so far as others have committed."""
        return sa.select(self.key).where(self._wanted, self.where)

    def _stamp(self) -> dict[str, Any]:
        columns = self.table.c
        if "updated_at" not in columns:
            return {}
        # Later than before, whatever the clocks say: else a reader could miss the change.
        floor = [sa.type_coerce(columns.updated_at, sa.DateTime) + _TICK]
        if "created_at" in columns:
            floor.append(sa.type_coerce(columns.created_at, sa.DateTime))
        return {"updated_at": sa.func.greatest(_CLOCK, *floor)}
