"""``bulk_create()``: many users, posts and categories in one transaction."""

from __future__ import annotations

import contextlib
import itertools
import logging
import time
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa
from tqdm import tqdm

from echo_analytics.arguments import choice, flag
from echo_analytics.bulk.cells import INSTANT
from echo_analytics.bulk.checking import GIVEN, Checker
from echo_analytics.bulk.copying import copy_batches
from echo_analytics.bulk.inputs import opened
from echo_analytics.bulk.problems import Problems
from echo_analytics.bulk.report import BulkReport, Written
from echo_analytics.bulk.staging import Stage
from echo_analytics.bulk.tables import CATEGORIES, POSTS, USERS
from echo_analytics.errors import DatabaseError, InvalidInput
from echo_analytics.repositories.execution import fetch

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from contextlib import AbstractContextManager

    from echo_analytics.bulk.inputs import Rows
    from echo_analytics.bulk.tables import Loadable
    from echo_analytics.repositories.execution import Transactions

OnConflict: TypeAlias = Literal["error", "skip", "update"]

logger = logging.getLogger("echo_analytics.bulk")

_ON_CONFLICT = ("error", "skip", "update")

# Many rows take as long as they take; the defaults of instants go by the session's zone.
_SETTINGS = {
    "statement_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
    "TimeZone": "UTC",
}
_CURRENT = b"SELECT name, current_setting(name) FROM unnest(%(names)s::text[]) AS s (name)"
_SET = b"""
SELECT set_config(name, value, true)
FROM unnest(%(names)s::text[], %(values)s::text[]) AS s (name, value)
"""
_NOW = b"SELECT now() AT TIME ZONE 'UTC'"


# Any: a database of any frame, and rows in whatever form.
def bulk_create(
    db: sa.Connection | Transactions,
    *,
    users: Any = None,  # noqa: ANN401
    posts: Any = None,  # noqa: ANN401
    categories: Any = None,  # noqa: ANN401
    on_conflict: OnConflict = "error",
    progress: bool = False,
) -> BulkReport:
    """Write many users, posts and categories in one transaction: all or none.

    Rows are a pandas or polars frame, a ``pyarrow.Table`` or record batch reader, a Parquet file
    (its path, or a ``ParquetFile``), or an iterable of frames or of ``NewUser``, ``NewPost`` and
    ``NewCategory``. What is not in memory yet is read as it is written, and never held as a whole.

    | users | posts | categories | |
    |---|---|---|---|
    | email, name | title, content, author_id | name, slug | needed |
    | email_verified, role | status, published | | where null, the default |
    | avatar, bio, preferences | category_id | description | where null, NULL |
    | id, created_at | id, created_at | id, created_at | where null, made; now |

    The rules are those of the models. Ids are UUIDs or texts; instants have a time zone, as texts
    too; preferences are structures or JSON; categoricals are texts. None, NaN, NaT and NA are null.
    ``status`` and ``published`` stand for each other, and may not contradict.

    Parameters
    ----------
    db
        A database; or the connection of a transaction, which is not ended here.
    users, posts, categories
        The rows. Posts are written last, since they refer to the others.
    on_conflict
        What to do with a row that is there already: "error"; "skip", which leaves it as it is, by
        any unique column; "update", which finds it by e-mail address (users), slug (categories) or
        id (posts), as an upsert does: columns that are not given stay, and so do its id and
        ``created_at``. Of several rows with one key the first is kept, or each updates the one
        before.
    progress
        Show a progress bar on a terminal.

    Returns
    -------
    BulkReport
        For each table how many rows were given, created, updated and skipped.

    Raises
    ------
    InvalidInput
        An argument is wrong, or rows are: the message names table, column and rows, counted from 0.
        For what is in memory, and for the first rows of the rest, before anything is sent.
    UniqueConstraintViolation, ForeignKeyViolation
        A row is in the way, or one that is referred to is missing; ``field`` names the column.
    DatabaseError
        The server refused, or a trigger stopped a row.

    Examples
    --------
    >>> import pandas as pd
    >>> tags = pd.DataFrame({"name": ["Releases"], "slug": ["releases"]})
    >>> echo.bulk_create(db, categories=tags).categories.created  # doctest: +SKIP
    1
    """
    mode = choice("on_conflict", on_conflict, _ON_CONFLICT)
    hidden = None if flag("progress", progress) else True
    started = time.perf_counter()
    given = ((CATEGORIES, categories), (USERS, users), (POSTS, posts))
    loads = [_Load(kind, opened(kind, rows), mode) for kind, rows in given if rows is not None]
    if not loads:
        raise InvalidInput("users", "needs rows: give users, posts or categories")
    for load in loads:
        load.look()
    totals = [load.total for load in loads]
    total = None if None in totals else sum(filter(None, totals))
    with (
        tqdm(total=total, desc="bulk_create", unit=" rows", disable=hidden) as bar,
        _scope(db) as connection,
        _patient(connection),
    ):
        written = {load.kind.name: load.write(connection, bar) for load in loads}
    report = BulkReport(**written, seconds=time.perf_counter() - started)
    _log(loads, report)
    return report


class _Load:
    """The rows of one table on their way."""

    def __init__(self, kind: Loadable, rows: Rows, mode: str) -> None:
        self.kind, self.total = kind, rows.total
        self._rows, self._mode = rows, mode
        self._checker = Checker(kind, key_needed=mode == "update")
        self._columns: list[str] = []
        self._batches: Iterable[pa.RecordBatch] = ()
        self.seen = 0

    def look(self) -> None:
        """Check the columns, and the rows: all that are in memory, else the first ones."""
        self._checker.written(self._rows.names, rows=False)
        checked = self._checked()
        if self._rows.whole:
            self._batches = list(checked)
        else:
            self._batches = itertools.chain(list(itertools.islice(checked, 1)), checked)

    def write(self, connection: sa.Connection, bar: tqdm[Any]) -> Written:  # Any: of any count
        """Write the rows."""
        if not self._columns:
            return Written()
        batches = self._dated(connection, bar)
        if self._mode == "error":
            plain = (batch.drop_columns([GIVEN]) for batch in batches)
            created = copy_batches(connection, self.kind.table, self._columns, plain)
            return self._none_stopped(Written(self.seen, created))
        stage = Stage(connection, self.kind, self._columns)
        rows = stage.fill(batches)
        if self._mode == "skip":
            created = stage.insert_missing()
            done = Written(rows, created, skipped=rows - created)
        else:
            created, written = stage.upsert()
            done = self._none_stopped(Written(rows, created, updated=written - created))
        stage.drop()
        return done

    def _checked(self) -> Iterator[pa.RecordBatch]:
        problems = Problems(self.kind.name)
        for batch in self._rows.batches:
            if not batch.rows:
                continue
            self._columns = self._checker.written(self._rows.names)
            good = self._checker.check(batch, self.seen, problems)
            if not self._rows.whole:
                problems.check()
            self.seen += batch.rows
            yield good
        problems.check()

    def _dated(self, connection: sa.Connection, bar: tqdm[Any]) -> Iterator[pa.RecordBatch]:
        now = pa.scalar(fetch(connection, _NOW, {})[0][0], pa.timestamp("us")).cast(INSTANT)

        def dated() -> Iterator[pa.RecordBatch]:
            for batch in self._batches:
                names = batch.schema.names
                columns = [
                    pc.fill_null(column, now) if pa.types.is_timestamp(column.type) else column
                    for column in batch.columns
                ]
                yield pa.record_batch(columns, names)
                bar.update(batch.num_rows)

        return dated()

    def _none_stopped(self, written: Written) -> Written:
        if written.created + written.updated != written.rows:
            raise DatabaseError(
                f"a trigger of the database has kept a {self.kind.singular} as it was"
            )
        return written


def _scope(db: sa.Connection | Transactions) -> AbstractContextManager[sa.Connection]:
    if not isinstance(db, sa.Connection):
        return db.transaction()
    if getattr(db.connection.driver_connection, "autocommit", False):
        raise InvalidInput("db", "needs the connection of a transaction, not one in autocommit")
    return contextlib.nullcontext(db)


@contextlib.contextmanager
def _patient(connection: sa.Connection) -> Iterator[None]:
    before: dict[str, str] = dict(fetch(connection, _CURRENT, {"names": list(_SETTINGS)}))
    _set(connection, _SETTINGS)
    yield
    _set(connection, before)


def _set(connection: sa.Connection, settings: Mapping[str, str]) -> None:
    fetch(connection, _SET, {"names": list(settings), "values": list(settings.values())})


def _log(loads: list[_Load], report: BulkReport) -> None:
    milliseconds = report.seconds * 1000
    what = ", ".join(f"{load.seen} x {load.kind.singular}" for load in loads)
    logger.info("%s in bulk in %.1f ms", what, milliseconds, extra={"duration_ms": milliseconds})
