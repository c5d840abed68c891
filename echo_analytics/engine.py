"""Writing through psycopg: its pool beneath a SQLAlchemy engine, sessions in UTC."""

from __future__ import annotations

import contextlib
import logging
import os
import time
from typing import TYPE_CHECKING

import psycopg
import sqlalchemy as sa
from psycopg.rows import TupleRow
from psycopg_pool import ConnectionPool, PoolClosed, PoolTimeout
from sqlalchemy.pool import NullPool

from echo_analytics.errors import ConnectionFailed, NotSupported
from echo_analytics.sessions import PoolNumbers, session_settings
from echo_analytics.target import Target, connection_failed, within

if TYPE_CHECKING:
    from collections.abc import Callable

    from psycopg import Connection

    from echo_analytics.settings import Settings

# The pool warns of every attempt that fails; without a handler Python prints that.
logging.getLogger("psycopg.pool").addHandler(logging.NullHandler())

# SQLAlchemy would write rows into the log at DEBUG. A logger of our own, since others use it too.
_LOGGING_NAME = "echo_analytics"
logging.getLogger(f"sqlalchemy.engine.Engine.{_LOGGING_NAME}").addFilter(
    lambda record: record.levelno > logging.DEBUG
)

_PATIENCE = 1.0


def engine_over(creator: Callable[[], Connection[TupleRow]]) -> sa.Engine:
    """Return an engine without a pool of its own, none of whose log records shows a value."""
    return sa.create_engine(
        "postgresql+psycopg://",
        creator=creator,
        poolclass=NullPool,
        # Its own errors and log records would show the values of statements.
        hide_parameters=True,
        logging_name=_LOGGING_NAME,
    )


class _Lent(psycopg.Connection[TupleRow]):
    """A connection that goes back to its pool when it is closed, a broken one too.

    The pool's own ``close_returns`` forgets those that broke, and each would be missing for good.
    """

    def close(self) -> None:
        """Give the connection back; the pool closes those that are its own."""
        pool = getattr(self, "_pool", None)
        if pool is None:
            super().close()
        else:
            pool.putconn(self)


class Writers:
    """A pool of writing connections and the engine over it, opened when first used.

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
        self.pool: ConnectionPool[Connection[TupleRow]] = ConnectionPool(
            where.conninfo,
            min_size=settings.pool_min,
            max_size=settings.pool_max,
            timeout=settings.acquire_timeout,
            max_idle=settings.pool_idle,
            configure=self._configure,
            name="echo_analytics",
            connection_class=_Lent,
            open=False,
        )
        self.engine = engine_over(self._acquire)

    def numbers(self) -> PoolNumbers:
        """How many connections there are, and how many callers wait for one."""
        found = self.pool.get_stats()
        return PoolNumbers(
            found.get("pool_size", 0),
            found.get("pool_available", 0),
            found.get("requests_waiting", 0),
            self._settings.pool_max,
        )

    def close(self) -> None:
        """Close the pool; connections in use are closed when they come back."""
        self._closed = True
        if self._process != os.getpid():
            # Closing would end the parent's sessions.
            return
        self.engine.dispose()
        self.pool.close()

    def _configure(self, connection: Connection[TupleRow]) -> None:
        connection.autocommit = True
        connection.execute(session_settings(self._where, self._settings, read_only=False))
        connection.autocommit = False

    def _acquire(self) -> Connection[TupleRow]:
        """Borrow a connection; what is wrong with a server that is gone is found out soon."""
        if self._process != os.getpid():
            raise NotSupported("a database cannot be used in a forked process: connect() there")
        patience = self._settings.acquire_timeout
        deadline = time.monotonic() + patience
        with contextlib.suppress(PoolTimeout, PoolClosed):
            if self.pool.closed and not self._closed:
                self.probe()
                self.pool.open()
            with contextlib.suppress(PoolTimeout):
                return self._checked(time.monotonic() + min(_PATIENCE, patience))
            # Either all are in use, or the pool tries again and again to connect.
            self.probe()
            return self._checked(deadline)
        if self._closed:
            raise NotSupported("this database was closed; connect() opens it again")
        raise ConnectionFailed(
            f"no connection to {self._where.where} became free within "
            f"{patience:g} s: {self._settings.pool_max} are in use"
        )

    def _checked(self, deadline: float) -> Connection[TupleRow]:
        """Borrow a connection that answers; the pool's own check would pause after one that broke.

        So nobody waits for the connections of a server that was restarted.
        """
        while True:
            connection = self.pool.getconn(deadline - time.monotonic())
            try:
                ConnectionPool.check_connection(connection)
            except psycopg.Error:
                connection.close()
            except BaseException:
                connection.close()
                raise
            else:
                return connection

    def probe(self) -> None:
        """Connect outside the pool, and raise ``ConnectionFailed`` where that cannot be done."""
        reason = None
        try:
            within(self._where, self._dial).close()
        except psycopg.Error as error:
            reason = str(error)
        if reason is not None:
            raise connection_failed(self._where, reason)

    def _dial(self) -> Connection[TupleRow]:
        return psycopg.connect(self._where.conninfo)
