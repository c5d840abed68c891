"""Connections of ADBC's driver for PostgreSQL, as little of them as reading needs.

The driver's own DB-API imports pandas, polars and the datasets of pyarrow, which takes longer than
all else on the way to a first connection, and opens a session that is only there to be cloned.
"""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING

import adbc_driver_postgresql
import pyarrow as pa
from adbc_driver_manager import AdbcConnection, AdbcDatabase, AdbcStatement
from adbc_driver_manager._reader import AdbcRecordBatchReader

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_WITHOUT_COPY = {adbc_driver_postgresql.StatementOptions.USE_COPY.value: "false"}


class Connection:
    """A connection in autocommit, for one thread at a time."""

    def __init__(self, home: Home, connection: AdbcConnection) -> None:
        self._home = home
        self._connection = connection
        self._closed = False

    def execute(self, text: str) -> None:
        """Run a statement whose rows nobody wants."""
        with self._statement(text) as statement:
            statement.execute_query()[0].release()

    @contextlib.contextmanager
    def rows(
        self, text: str, values: Sequence[object] = (), *, few: bool = False
    ) -> Iterator[AdbcRecordBatchReader]:
        """Run a statement and give what reads its rows; ``few`` of them need no COPY."""
        with self._statement(text) as statement:
            if few:
                statement.set_options(**_WITHOUT_COPY)
            if values:
                names = [str(number) for number in range(len(values))]
                statement.bind(pa.record_batch([[value] for value in values], names=names))
            handle, _ = statement.execute_query()
            rows = AdbcRecordBatchReader._import_from_c(handle.address)  # noqa: SLF001
            with contextlib.closing(rows):
                yield rows

    def cancel(self) -> None:
        """Stop what another thread runs."""
        self._connection.cancel()

    def close(self) -> None:
        """Close it, once."""
        if not self._closed:
            self._closed = True
            self._connection.close()
            self._home.release()

    @contextlib.contextmanager
    def _statement(self, text: str) -> Iterator[AdbcStatement]:
        statement = AdbcStatement(self._connection)
        try:
            statement.set_sql_query(text)
            statement.prepare()
            yield statement
        finally:
            statement.close()


class Home:
    """What connections to a database share; it is gone when it was released, and all are closed.

    Parameters
    ----------
    uri
        The database, which is asked for its types.
    """

    def __init__(self, uri: str) -> None:
        self._database: AdbcDatabase = adbc_driver_postgresql.connect(uri)
        self._users = 1
        self._lock = threading.Lock()

    def connect(self) -> Connection:
        """Open a connection; not from two threads at a time."""
        connection = Connection(self, AdbcConnection(self._database))
        with self._lock:
            self._users += 1
        return connection

    def release(self) -> None:
        """Say that one less needs it."""
        with self._lock:
            self._users -= 1
            last = self._users == 0
        if last:
            self._database.close()
