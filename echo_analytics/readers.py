"""Reading through ADBC: rows arrive as Arrow, and no transaction stays open behind them.

Readers are autocommit clones of one ADBC database in a pool. The session default of read-only is a
seat belt; grants are the boundary.
"""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING, Any

import adbc_driver_manager
import adbc_driver_postgresql.dbapi as adbc
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import QueuePool

from echo_analytics.errors import ConnectionFailed, NotSupported
from echo_analytics.sqlstate import error_for, is_lost
from echo_analytics.target import Target, connection_failed

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa
    from sqlalchemy.pool import PoolProxiedConnection

    from echo_analytics.arrow import Statement
    from echo_analytics.settings import Settings

_SNAPSHOT = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"


class Reader:
    """One reading connection; it is used by one thread at a time."""

    def __init__(self, connection: adbc.Connection, where: Target) -> None:
        self._connection = connection
        self._where = where
        self.lost = False

    def execute(self, text: str) -> None:
        """Run a statement that returns no rows."""
        with self._translated(), self._connection.cursor() as cursor:
            cursor.execute(text)

    def fetch(self, statement: Statement) -> pa.Table:
        """Run ``statement`` and return all its rows."""
        with self._translated(), self._connection.cursor() as cursor:
            cursor.execute(statement.text, statement.values or None)
            return cursor.fetch_arrow_table()

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except adbc_driver_manager.Error as error:
            self.lost = is_lost(error.sqlstate) or (
                error.sqlstate is None and isinstance(error, adbc_driver_manager.OperationalError)
            )
            if error.sqlstate is None and not self.lost:
                raise NotSupported(
                    f"the result cannot be read as Arrow ({error.status_code.name})"
                ) from None
            # The driver's message repeats the statement and may hold values.
            raise error_for(error.sqlstate, self._where.where) from None
        except KeyboardInterrupt:
            self.lost = True
            raise


class Readers:
    """A pool of reading connections, opened when they are needed.

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
        self._root: adbc.Connection | None = None
        self._lock = threading.Lock()
        self._pool = QueuePool(
            self._connect,  # type: ignore[arg-type]  # an ADBC connection is a DBAPI one
            pool_size=settings.pool_min,
            max_overflow=settings.pool_max - settings.pool_min,
            timeout=settings.acquire_timeout,
            recycle=int(settings.pool_idle),
            use_lifo=True,
            # In autocommit there is nothing to roll back.
            reset_on_return=None,
        )

    @contextlib.contextmanager
    def reader(self) -> Iterator[Reader]:
        """Borrow a connection; one that was lost is thrown away."""
        try:
            borrowed = self._pool.connect()
        except PoolTimeout:
            raise ConnectionFailed(
                f"no connection to {self._where.where} became free within "
                f"{self._settings.acquire_timeout:g} s: {self._settings.pool_max} are in use"
            ) from None
        reader = Reader(_adbc(borrowed), self._where)
        try:
            yield reader
        finally:
            if reader.lost:
                borrowed.invalidate()
                self._forget_idle()
            borrowed.close()

    def fetch(self, statement: Statement) -> pa.Table:
        """Run ``statement`` on its own; a connection that turns out to be lost is replaced once."""
        with self.reader() as reader, contextlib.suppress(ConnectionFailed):
            return reader.fetch(statement)
        with self.reader() as reader:
            return reader.fetch(statement)

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[Reader]:
        """Borrow a connection that sees one moment, whatever others commit."""
        with self.reader() as reader:
            reader.execute(_SNAPSHOT)
            try:
                yield reader
            finally:
                with contextlib.suppress(ConnectionFailed):
                    reader.execute("ROLLBACK")

    def close(self) -> None:
        """Close every connection that is not in use."""
        self._pool.dispose()
        with self._lock:
            if self._root is not None:
                self._root.close()
                self._root = None

    def _forget_idle(self) -> None:
        """Drop the waiting connections, which the same restart will have cut."""
        with self._lock:
            self._pool.dispose()
            self._pool = self._pool.recreate()

    def _connect(self) -> adbc.Connection:
        try:
            with self._lock:
                if self._root is None:
                    self._root = adbc.connect(self._where.conninfo, autocommit=True)
                connection = self._root.adbc_clone()
        except adbc_driver_manager.Error as error:
            raise connection_failed(self._where, str(error)) from None
        connection.adbc_connection.set_autocommit(True)
        Reader(connection, self._where).execute(session_settings(self._where, self._settings, True))
        return connection


def _adbc(borrowed: PoolProxiedConnection) -> Any:  # noqa: ANN401 - SQLAlchemy knows no ADBC type
    return borrowed.dbapi_connection


def session_settings(where: Target, settings: Settings, read_only: bool) -> str:
    """Return one statement that sets up a session of ours.

    It is a statement rather than start-up options, because ``PGTZ`` in the environment wins over
    those. A timeout in the URL's own ``options`` stays.
    """
    options = where.parameters.get("options", "")
    wanted = {"TimeZone": "UTC"}
    if read_only:
        wanted["default_transaction_read_only"] = "on"
    for name, seconds in (
        ("statement_timeout", settings.statement_timeout if read_only else 0),
        ("idle_in_transaction_session_timeout", settings.idle_in_transaction_timeout),
    ):
        if name not in options:
            wanted[name] = f"{round(seconds * 1000)}ms"
    calls = ", ".join(f"set_config('{name}', '{value}', false)" for name, value in wanted.items())
    return f"SELECT {calls}"  # noqa: S608 - the names and values are our own
