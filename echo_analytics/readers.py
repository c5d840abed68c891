"""Reading through ADBC: rows arrive as Arrow, and no transaction stays open behind them.

Readers are autocommit connections of one ADBC database in a pool. The session default of read-only
is a seat belt; grants are the boundary.
"""

from __future__ import annotations

import contextlib
import math
import os
import threading
import time
from typing import TYPE_CHECKING, cast

import adbc_driver_manager
from sqlalchemy import event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import QueuePool

from echo_analytics.adbc import Home
from echo_analytics.arrow import Statement
from echo_analytics.errors import ConnectionFailed, EchoError, NotSupported
from echo_analytics.reader import Reader
from echo_analytics.sessions import Counter, PoolNumbers, session_settings
from echo_analytics.target import Target, connection_failed, within

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    import pyarrow as pa
    from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

    from echo_analytics.adbc import Connection
    from echo_analytics.settings import Settings

_TICK = 0.1
_NOTHING = Statement("SELECT true AS awake", few=True)
_SNAPSHOT = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"


class Readers:
    """A pool of reading connections, opened when they are needed.

    It belongs to the process that made it: a forked one must make its own.

    Parameters
    ----------
    where
        The database.
    settings
        The timeouts and the sizes of the pool.
    """

    def __init__(self, where: Target, settings: Settings) -> None:
        self._where = where
        self._settings = settings
        self._process = os.getpid()
        self._closed = False
        self._home: Home | None = None
        self._lock = threading.Lock()
        # Goes up when the server was lost: connections of an earlier one are not lent again.
        self._generation = 0
        self._asking, self._dialling = Counter(), Counter()
        # Whether rollups were there when they were last asked.
        self.has_rollups = False
        kept = max(1, settings.pool_min)
        self._pool = QueuePool(
            self._connect,  # type: ignore[arg-type]  # the pool only closes them
            pool_size=kept,
            max_overflow=settings.pool_max - kept,
            timeout=min(_TICK, settings.acquire_timeout),
            recycle=math.ceil(settings.pool_idle) or -1,
            use_lifo=True,
            reset_on_return=None,  # in autocommit there is nothing to roll back
        )
        event.listen(self._pool, "connect", self._mark)
        event.listen(self._pool, "checkout", self._check)

    @contextlib.contextmanager
    def reader(self) -> Iterator[Reader]:
        """Borrow a connection; one that cannot be used again is thrown away.

        Raises
        ------
        ConnectionFailed
            The server cannot be reached, or all connections are in use for too long.
        NotSupported
            This was closed, or belongs to another process.
        """
        borrowed = self._borrow()
        reader = Reader(cast("Connection", borrowed.dbapi_connection), self._where)
        try:
            yield reader
        finally:
            if reader.lost:
                self._generation += 1
            if reader.broken or self._closed:
                borrowed.invalidate()
            borrowed.close()

    def fetch(self, statement: Statement) -> pa.Table:
        """Run ``statement`` on its own; a connection that turns out to be lost is replaced once."""
        with self.reader() as reader, contextlib.suppress(ConnectionFailed):
            return reader.fetch(statement)
        with self.reader() as reader:
            return reader.fetch(statement)

    def batches(self, statement: Statement) -> Generator[pa.Table]:
        """Run ``statement`` on its own and give its rows as they arrive."""
        # A lost connection is replaced here, while nothing has been read yet.
        self.fetch(_NOTHING)
        with self.reader() as reader:
            yield from reader.batches(statement)

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[Reader]:
        """Borrow a connection that sees one moment, whatever others commit."""
        # A lost connection is replaced here, while nothing has been read yet.
        self.fetch(_NOTHING)
        with self.reader() as reader:
            reader.execute(_SNAPSHOT)
            try:
                yield reader
            finally:
                if not reader.broken:
                    # The pool throws the connection away when this fails.
                    with contextlib.suppress(EchoError):
                        reader.execute("ROLLBACK")

    def numbers(self) -> PoolNumbers:
        """How many connections there are, and how many callers wait for one."""
        idle = self._pool.checkedin()
        waiting = self._asking.count - self._dialling.count
        size = max(0, self._pool.checkedout()) + idle
        return PoolNumbers(size, idle, max(0, waiting), self._settings.pool_max)

    def close(self) -> None:
        """Close the connections; those in use are closed when they come back."""
        self._closed = True
        if self._process != os.getpid():
            # Closing would end the parent's sessions.
            return
        self._pool.dispose()
        self._leave_home()

    def _leave_home(self) -> None:
        # Who holds the lock comes here afterwards; a server that hangs may keep it for long.
        if self._lock.acquire(blocking=False):
            home, self._home = self._home, None
            self._lock.release()
            if home is not None:
                home.release()

    def check_usable(self) -> None:
        """Raise ``NotSupported`` when this was closed, or belongs to another process."""
        if self._closed:
            raise NotSupported("this database was closed; connect() opens it again")
        if self._process != os.getpid():
            raise NotSupported("a database cannot be used in a forked process: connect() there")

    def _borrow(self) -> PoolProxiedConnection:
        self.check_usable()
        # The pool wakes nobody when a connection could not be made.
        deadline = time.monotonic() + self._settings.acquire_timeout
        late = False
        while not late:
            late = time.monotonic() >= deadline
            with self._asking, contextlib.suppress(PoolTimeout):
                return self._pool.connect()
        raise ConnectionFailed(
            f"no connection to {self._where.where} became free within "
            f"{self._settings.acquire_timeout:g} s: {self._settings.pool_max} are in use"
        )

    def _mark(self, _connection: object, entry: ConnectionPoolEntry) -> None:
        entry.info.update(generation=self._generation, fresh=True)

    def _check(self, _connection: object, entry: ConnectionPoolEntry, _proxy: object) -> None:
        fresh = entry.info.pop("fresh", False)
        if entry.info["generation"] != self._generation and not fresh:
            raise DisconnectionError

    def _connect(self) -> Connection:
        with self._dialling:
            return within(self._where, self._dial)

    def _dial(self) -> Connection:
        with contextlib.ExitStack() as undo:
            try:
                connection = self._opened()
                undo.callback(connection.close)
            except adbc_driver_manager.Error as error:
                failure = connection_failed(self._where, str(error))
            else:
                set_up = session_settings(self._where, self._settings, read_only=True)
                Reader(connection, self._where).execute(set_up)
                undo.pop_all()
                return connection
        raise failure

    def _opened(self) -> Connection:
        """Open a connection; one at a time, since the driver counts them without a lock."""
        patience = -1 if self._where.seconds is None else self._where.seconds
        if not self._lock.acquire(timeout=patience):
            raise connection_failed(self._where, f"no connection within {patience:g} s")
        try:
            if self._home is None:
                self._home = Home(self._where.conninfo)
            connection = self._home.connect()
        finally:
            self._lock.release()
            if self._closed:
                self._leave_home()
        return connection
