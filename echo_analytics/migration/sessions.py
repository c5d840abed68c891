"""Connections for migrations: one at a time, short locks, and the errors of the package."""

from __future__ import annotations

import contextlib
import itertools
import logging
import time
from typing import TYPE_CHECKING, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from echo_analytics.engine import engine_over
from echo_analytics.errors import DatabaseError
from echo_analytics.settings import Settings
from echo_analytics.sqlstate import error_for
from echo_analytics.target import connection_failed
from echo_analytics.target import target as complete

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from psycopg import Connection as Driver
    from sqlalchemy import Connection, Engine

T = TypeVar("T")

logger = logging.getLogger(__name__)

_LOCK_KEY = int.from_bytes(b"echo-mig", "big")
_LOCK_NOT_AVAILABLE = "55P03"
_WORTH_ANOTHER_ATTEMPT = {_LOCK_NOT_AVAILABLE, "40P01"}

# Set within each transaction, so that nothing of it stays behind in a pool.
_SETTINGS = """
SELECT set_config('search_path', 'pg_catalog', true), set_config('TimeZone', 'UTC', true),
    set_config('statement_timeout', '0', true), set_config('row_security', 'off', true),
    set_config('lock_timeout', :lock_timeout, true)
"""


@contextlib.contextmanager
def connect(target: str | Engine) -> Iterator[Connection]:
    """Open a connection to ``target`` and raise its errors as those of the package."""
    engine = _engine(target) if isinstance(target, str) else target
    where = "the server"
    try:
        with engine.connect() as connection:
            where = _where(connection)
            yield connection
    except DBAPIError as error:
        raise error_for(_sqlstate(error), where) from None


def _engine(url: str) -> Engine:
    import psycopg

    where = complete(url, Settings.from_environment(), "echo_analytics migrate")

    def connect_to_it() -> Driver:
        try:
            return psycopg.connect(where.conninfo)
        except psycopg.Error as error:
            raise connection_failed(where, str(error)) from None

    return engine_over(connect_to_it)


def _where(connection: Connection) -> str:
    driver = connection.connection.driver_connection
    assert driver is not None  # noqa: S101  # it was opened just now
    return f"{driver.info.host} port {driver.info.port}, database {driver.info.dbname}"


def _sqlstate(error: DBAPIError) -> str | None:
    return getattr(error.orig, "sqlstate", None)


@contextlib.contextmanager
def transaction(
    connection: Connection,
    *,
    read_only: bool = False,
    lock_timeout: float = 0.0,
    one_snapshot: bool = False,
) -> Iterator[None]:
    """Run the block in one READ COMMITTED transaction, in UTC and without ``public`` in the path.

    Parameters
    ----------
    connection
        A connection that is in no transaction.
    read_only
        The server refuses every change.
    lock_timeout
        Seconds to wait for a lock, 0 for no limit.
    one_snapshot
        Make it REPEATABLE READ: all its statements see the same moment.
    """
    level = "REPEATABLE READ" if one_snapshot else "READ COMMITTED"
    connection.execution_options(isolation_level=level)
    with connection.begin():
        if read_only:
            connection.exec_driver_sql("SET TRANSACTION READ ONLY")
        connection.execute(sa.text(_SETTINGS), {"lock_timeout": f"{round(lock_timeout * 1000)}ms"})
        yield


def patiently(
    connection: Connection, action: Callable[[], T], patience: float, longest: float = 1.6
) -> T:
    """Run ``action`` in a transaction that never queues for a lock for long.

    A statement that waits for a lock holds up everybody who comes after it, so it gives up soon and
    tries again. The later attempts wait longer than a second: only then does autovacuum give way.
    None waits longer than ``longest`` seconds.

    Raises
    ------
    DatabaseError
        The lock was not to be had within ``patience`` seconds.
    """
    deadline = time.monotonic() + patience
    for attempt in itertools.count():
        lock_timeout = min(0.2 * 2**attempt, longest)
        try:
            with transaction(connection, lock_timeout=lock_timeout):
                return action()
        except DBAPIError as error:
            if _sqlstate(error) not in _WORTH_ANOTHER_ATTEMPT:
                raise
        if time.monotonic() + lock_timeout > deadline:
            break
        logger.info("other sessions hold a lock; trying again")
        time.sleep(lock_timeout)
    raise DatabaseError(
        f"other sessions held locks for {patience:g} s; try again when they have ended",
        _LOCK_NOT_AVAILABLE,
    )


@contextlib.contextmanager
def exclusive(
    connection: Connection, patience: float, key: int = _LOCK_KEY, what: str = "migration"
) -> Iterator[None]:
    """Run the block while no other migration of this database runs, or what else has the ``key``.

    Waiting is polling outside of any transaction: a session that waits inside one is in the way of
    CREATE INDEX CONCURRENTLY.

    Raises
    ------
    DatabaseError
        Another one ran for more than ``patience`` seconds.
    """
    deadline = time.monotonic() + patience
    pause = 0.05
    while not _autocommitted(connection, "pg_try_advisory_lock", key):
        if time.monotonic() > deadline:
            raise DatabaseError(
                f"another {what} has been running for {patience:g} s; try again when it has ended",
                _LOCK_NOT_AVAILABLE,
            )
        logger.info("another %s runs; waiting for it", what)
        time.sleep(pause)
        pause = min(2 * pause, 1.0)
    try:
        yield
    finally:
        # A lost connection has let go of it already.
        with contextlib.suppress(DBAPIError):
            connection.rollback()
            _autocommitted(connection, "pg_advisory_unlock", key)


def _autocommitted(connection: Connection, function: str, key: int) -> bool:
    connection.execution_options(isolation_level="AUTOCOMMIT")
    with connection.begin():
        return bool(connection.scalar(sa.text(f"SELECT {function}(:key)"), {"key": key}))
