"""Writing through psycopg: its pool beneath a SQLAlchemy engine, sessions in UTC."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import sqlalchemy as sa
from psycopg_pool import ConnectionPool, PoolTimeout
from sqlalchemy.pool import NullPool

from echo_analytics.errors import ConnectionFailed
from echo_analytics.readers import session_settings
from echo_analytics.target import Target, connection_failed

if TYPE_CHECKING:
    from psycopg import Connection
    from psycopg.rows import TupleRow

    from echo_analytics.settings import Settings


class Writers:
    """A pool of writing connections and the engine over it, opened when first used.

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
        self.pool: ConnectionPool[Connection[TupleRow]] = ConnectionPool(
            where.conninfo,
            min_size=settings.pool_min,
            max_size=settings.pool_max,
            timeout=settings.acquire_timeout,
            max_idle=settings.pool_idle,
            configure=self._configure,
            check=ConnectionPool.check_connection,
            name="echo_analytics",
            close_returns=True,
            open=False,
        )
        self.engine = sa.create_engine(
            "postgresql+psycopg://", creator=self._acquire, poolclass=NullPool
        )

    def close(self) -> None:
        """Close the pool."""
        self.engine.dispose()
        self.pool.close()

    def _configure(self, connection: Connection[TupleRow]) -> None:
        connection.autocommit = True
        connection.execute(session_settings(self._where, self._settings, False))
        connection.autocommit = False

    def _acquire(self) -> Connection[TupleRow]:
        if self.pool.closed:
            # The pool would wait for its timeout where one attempt can say at once what is wrong.
            self._probe()
            self.pool.open()
        try:
            return self.pool.getconn()
        except PoolTimeout:
            raise ConnectionFailed(
                f"no connection to {self._where.where} became free within "
                f"{self._settings.acquire_timeout:g} s"
            ) from None

    def _probe(self) -> None:
        try:
            psycopg.connect(self._where.conninfo).close()
        except psycopg.Error as error:
            raise connection_failed(self._where, str(error)) from None
