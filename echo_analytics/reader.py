"""A connection for reading: a statement at a time, which Ctrl-C stops."""

from __future__ import annotations

import contextlib
import threading
from concurrent.futures import Future, wait
from typing import TYPE_CHECKING, TypeVar

import adbc_driver_manager
import pyarrow as pa

from echo_analytics.errors import EchoError, NotSupported
from echo_analytics.sqlstate import error_for, is_lost

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from adbc_driver_manager._reader import AdbcRecordBatchReader

    from echo_analytics.adbc import Connection
    from echo_analytics.arrow import Statement
    from echo_analytics.target import Target

T = TypeVar("T")

_TICK = 0.1


class Reader:
    """One reading connection, for one thread at a time; a ``broken`` one may not be used again."""

    def __init__(self, connection: Connection, where: Target) -> None:
        self._connection = connection
        self._where = where
        self.lost = False
        self.broken = False

    def execute(self, text: str) -> None:
        """Run a statement that returns no rows."""
        self._guarded(lambda: self._connection.execute(text))

    def fetch(self, statement: Statement) -> pa.Table:
        """Run ``statement`` and return all its rows."""

        def table() -> pa.Table:
            given = (statement.text, statement.values)
            with self._connection.rows(*given, few=statement.few) as rows:
                return rows.read_all()

        return self._guarded(table)

    def batches(self, statement: Statement) -> Generator[pa.Table]:
        """Run ``statement`` and give its rows as they arrive; at least one table, if an empty one.

        Until the last one has been taken, the connection belongs to whoever takes them.
        """
        with contextlib.ExitStack() as stack:
            # What is left of an answer that was given up may fail to close.
            stack.enter_context(contextlib.suppress(adbc_driver_manager.Error))
            asked = self._connection.rows(statement.text, statement.values)
            rows = self._guarded(lambda: stack.enter_context(asked))
            try:
                table = self._guarded(lambda: _next(rows))
                yield rows.schema.empty_table() if table is None else table
                while table is not None:
                    if (table := self._guarded(lambda: _next(rows))) is not None:
                        yield table
            except GeneratorExit:
                self.broken = True  # what is left of the answer would come before the next one
                raise

    def _guarded(self, work: Callable[[], T]) -> T:
        if threading.current_thread() is not threading.main_thread():
            return self._work(work)
        # On the main thread the driver would take Ctrl-C for itself and hide it behind the
        # server's report of a cancelled statement.
        done: Future[T] = Future()
        threading.Thread(target=_fulfil, args=(done, lambda: self._work(work))).start()
        try:
            # Not every system wakes a thread that waits without end for a signal.
            while not done.done():
                wait([done], _TICK)
        except BaseException:
            self._interrupt(done)
            raise
        return done.result()

    def _work(self, work: Callable[[], T]) -> T:
        try:
            return work()
        except adbc_driver_manager.Error as error:
            failure = self._failure(error)
        except BaseException:
            self.broken = True  # the next statement would read what is left of the answer
            raise
        # Outside the handler: the driver's message repeats the statement and may hold values.
        raise failure

    def _interrupt(self, done: Future[T]) -> None:
        """Stop the statement; the connection may not be closed under a thread that uses it."""
        self.broken = True
        with contextlib.suppress(adbc_driver_manager.Error):
            self._connection.cancel()
        # Thread.join() would not do: interrupted, it takes the thread for one that ended.
        while not done.done():
            with contextlib.suppress(KeyboardInterrupt):
                wait([done], _TICK)

    def _failure(self, error: adbc_driver_manager.Error) -> EchoError:
        silent = error.sqlstate is None
        if silent and not isinstance(error, adbc_driver_manager.OperationalError):
            return NotSupported(f"the result cannot be read as Arrow ({error.status_code.name})")
        if silent or is_lost(error.sqlstate):
            self.lost = self.broken = True
        return error_for(error.sqlstate, self._where.where)


def _next(rows: AdbcRecordBatchReader) -> pa.Table | None:
    try:
        return pa.Table.from_batches([rows.read_next_batch()])
    except StopIteration:
        return None


def _fulfil(done: Future[T], run: Callable[[], T]) -> None:
    try:
        result = run()
    except BaseException as error:  # raised where it is waited for
        done.set_exception(error)
    else:
        done.set_result(result)
