"""A transaction on the writing engine: committed at its end, rolled back on an error."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import sqlalchemy as sa
from psycopg.pq import TransactionStatus

from echo_analytics.errors import DatabaseError
from echo_analytics.violations import error_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from echo_analytics.errors import EchoError
    from echo_analytics.violations import Driver


@contextlib.contextmanager
def transaction(engine: sa.Engine, *, autocommit: bool = False) -> Iterator[sa.Connection]:
    """Give a connection for writing.

    Parameters
    ----------
    engine
        Where connections come from.
    autocommit
        Make each statement a transaction of its own.

    Raises
    ------
    ConnectionFailed
        The server cannot be reached.
    DatabaseError
        The server refused a statement, or one that failed earlier was passed over: then nothing
        of the transaction is kept.
    """
    options = {"isolation_level": "AUTOCOMMIT"} if autocommit else {}
    failure: EchoError | None = None
    with engine.execution_options(**options).connect() as connection:
        driver: Driver = connection.connection.driver_connection  # type: ignore[assignment]  # psycopg's
        try:
            with connection.begin():
                yield connection
                if driver.info.transaction_status == TransactionStatus.INERROR:
                    # COMMIT would roll back without a word.
                    raise DatabaseError("a statement of the transaction failed: nothing is kept")
        except sa.exc.DBAPIError as error:
            failure = error_of(error.orig, driver)
    if failure is not None:
        try:
            raise failure
        finally:
            # SQLAlchemy's error, which holds the values, would hang on to it.
            failure.__context__ = None
