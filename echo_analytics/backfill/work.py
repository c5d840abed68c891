"""The work of a backfill: several threads, each batch a short transaction of its own.

The threads take turns at the walk along the keys, so that no connection is needed for that alone.
Work is done on threads even where one would do: on the main one, Ctrl-C could come at any moment.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, cast

import psycopg
import sqlalchemy as sa

from echo_analytics.backfill.definition import AFTER, KEYS, ROWS
from echo_analytics.errors import ConnectionFailed, OutcomeUnknown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import Future

    from tqdm import tqdm

    from echo_analytics.backfill.definition import Backfill
    from echo_analytics.database import Database
    from echo_analytics.violations import Driver

T = TypeVar("T")

logger = logging.getLogger("echo_analytics.backfill")

WINDOW = 10_000
"""Rows that one step of the walk reads."""

PAUSES = (0.1, 0.5, 2.0)
"""Seconds before each further visit to rows that somebody held."""

_TICK = 0.2
_PATIENCE_WITH_STATEMENTS = 1.0
PATIENCE_WITH_SERVER, PAUSE_WITHOUT_SERVER = 30.0, 1.0
"""Seconds for which a server that went away is waited for, and between two looks."""

_ESTIMATE = """
SELECT c.reltuples::bigint FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = coalesce(:schema, current_schema()) AND c.relname = :name
"""


# Any in this module: keys of any type, databases of any frame, a tqdm that is given no iterable.
class Batch(NamedTuple):
    """Keys of rows that lack their value, and how many rows were read to find them."""

    keys: list[Any]
    rows: int


class Work:
    """One run of a backfill; its counts are those of what is done so far.

    Parameters
    ----------
    db, backfill
        What to change where.
    size
        Rows of a batch at the most.
    threads
        How many batches at a time.
    dry_run
        Only count.
    bar
        Moves on with the rows that are dealt with.
    """

    def __init__(
        self,
        db: Database[Any],
        backfill: Backfill,
        size: int,
        threads: int,
        dry_run: bool,
        bar: tqdm[Any],
    ) -> None:
        self._db, self._backfill, self._size, self._threads = db, backfill, size, threads
        self._dry_run, self._bar = dry_run, bar
        self.examined = self.matched = self.updated = self.skipped = self.batches = 0
        self._turn, self._counts = threading.Lock(), threading.Lock()
        self._stop = threading.Event()
        self._reached = False
        self._running: set[Driver] = set()

    def run(self) -> None:
        """Visit every row once, and again those that somebody held."""
        left = self._spread(self._walk())
        for pause in PAUSES:
            if not left:
                break
            self._stop.wait(pause)
            again = (left[i : i + self._size] for i in range(0, len(left), self._size))
            left = self._spread(Batch(keys, 0) for keys in again)
        self.skipped = len(left)

    def so_far(self) -> str:
        """Say how far it came, for one that ended early."""
        done = "nothing was changed" if self._dry_run else f"{self.updated:,} updated, which stay"
        return f"{self._backfill.name}: {self.examined:,} rows examined, {done}; run it again"

    def _walk(self) -> Iterator[Batch]:
        statement, parameters = self._backfill.first_rows, {ROWS: WINDOW}
        self._bar.total = self._transaction(self._estimate) if not self._bar.disable else None
        while True:
            rows = self._transaction(lambda c: c.execute(statement, parameters).all())  # noqa: B023
            yield from self._batches(rows)
            if len(rows) < WINDOW:
                return
            statement, parameters = self._backfill.next_rows, {ROWS: WINDOW, AFTER: rows[-1][0]}

    def _batches(self, rows: Sequence[sa.Row[Any, bool]]) -> Iterator[Batch]:
        """Cut what was read after each ``size`` rows that match."""
        begin, keys = 0, []
        for end, (key, matches) in enumerate(rows, 1):
            if matches:
                keys.append(key)
            if len(keys) == self._size or end == len(rows):
                self.examined, self.matched = self.examined + end - begin, self.matched + len(keys)
                yield Batch(keys, end - begin)
                begin, keys = end, []

    def _spread(self, batches: Iterator[Batch]) -> list[Any]:
        """Visit the batches, several at a time; return the keys of rows that were passed over."""
        left: list[Any] = []
        with ThreadPoolExecutor(self._threads, "backfill") as pool:
            futures: list[Future[None]] = []
            try:
                each = range(self._threads)
                futures.extend(pool.submit(self._visit_in_turn, batches, left) for _ in each)
                # Not every system wakes a thread that waits without end for a signal.
                while wait(futures, _TICK).not_done:
                    pass
            except BaseException:
                self._end(futures)
                raise
        for future in futures:
            future.result()
        return left

    def _end(self, futures: list[Future[None]]) -> None:
        """Let running batches finish, but not those that wait for something."""
        self._stop.set()
        wait(futures, _PATIENCE_WITH_STATEMENTS)
        with self._counts:
            for driver in self._running:
                with contextlib.suppress(psycopg.Error):
                    driver.cancel_safe(timeout=_PATIENCE_WITH_STATEMENTS)

    def _visit_in_turn(self, batches: Iterator[Batch], left: list[Any]) -> None:
        try:
            while not self._stop.is_set():
                with self._turn:
                    batch = next(batches, None)
                if batch is None:
                    return
                if batch.keys and not self._dry_run:
                    left += self._visit(batch.keys)
                with self._counts:
                    self._bar.update(batch.rows)
        except BaseException:
            self._stop.set()
            raise

    def _visit(self, keys: list[Any]) -> list[Any]:
        """Change one batch; return the keys of rows that somebody holds."""
        began = time.monotonic()
        updated, left = self._transaction(lambda connection: self._change(connection, keys))
        with self._counts:
            self.updated += updated
            self.batches += 1
        milliseconds = (time.monotonic() - began) * 1000
        logger.debug("%d of %d updated in %.1f ms", updated, len(keys), milliseconds)
        return left

    def _change(self, connection: sa.Connection, keys: list[Any]) -> tuple[int, list[Any]]:
        done = set(connection.scalars(self._backfill.change, {KEYS: keys}))
        if len(done) == len(keys):
            return len(done), []
        left = connection.scalars(self._backfill.left, {KEYS: keys})
        return len(done), [key for key in left if key not in done]

    def _transaction(self, work: Callable[[sa.Connection], T]) -> T:
        """Run ``work``; a server that was there is waited for when it goes away.

        A batch whose COMMIT was lost is visited again: rows that were changed no longer match.
        """
        ends = 0.0
        while True:
            try:
                # Where each statement sees what others have just committed.
                done = self._db.run(
                    lambda connection: self._watched(connection, work),
                    isolation_level="read committed",
                )
            except (ConnectionFailed, OutcomeUnknown):
                ends = ends or time.monotonic() + PATIENCE_WITH_SERVER
                if not self._reached or time.monotonic() > ends:
                    raise
                if self._stop.wait(PAUSE_WITHOUT_SERVER):
                    raise
            else:
                self._reached = True
                return done

    def _watched(self, connection: sa.Connection, work: Callable[[sa.Connection], T]) -> T:
        """Run ``work`` so that its statements can be cancelled from the main thread."""
        driver = cast("Driver", connection.connection.driver_connection)
        if self._dry_run:
            connection.execute(sa.text("SET TRANSACTION READ ONLY"))
        with self._counts:
            self._running.add(driver)
        try:
            return work(connection)
        finally:
            with self._counts:
                self._running.discard(driver)

    def _estimate(self, connection: sa.Connection) -> int | None:
        table = self._backfill.table
        rows = connection.scalar(sa.text(_ESTIMATE), {"schema": table.schema, "name": table.name})
        return rows if rows and rows > 0 else None
