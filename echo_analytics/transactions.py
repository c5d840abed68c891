"""Transactions on the writing engine, and running them again where that is safe."""

from __future__ import annotations

import contextlib
import itertools
import logging
import random
import selectors
import time
from typing import TYPE_CHECKING, Literal, TypeAlias, TypeVar

import psycopg
import sqlalchemy as sa
from psycopg.pq import ConnStatus, TransactionStatus

from echo_analytics.errors import (
    ConnectionFailed,
    DatabaseError,
    EchoError,
    InvalidInput,
    OutcomeUnknown,
)
from echo_analytics.journal import reason
from echo_analytics.violations import error_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from echo_analytics.violations import Driver

T = TypeVar("T")

IsolationLevel: TypeAlias = Literal["read committed", "repeatable read", "serializable"]

ISOLATION_LEVELS: tuple[IsolationLevel, ...] = ("read committed", "repeatable read", "serializable")

logger = logging.getLogger("echo_analytics.transactions")

# The quickest one; not every system has it.
_Selector = getattr(selectors, "PollSelector", selectors.SelectSelector)

_SERIALIZATION_FAILURE, _DEADLOCK = "40001", "40P01"
_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 2.0
# A server that restarts is away for a second or two.
_FIRST_PAUSE_WITHOUT_SERVER = 0.4


@contextlib.contextmanager
def transaction(
    engine: sa.Engine,
    *,
    autocommit: bool = False,
    isolation_level: IsolationLevel | None = None,
) -> Iterator[sa.Connection]:
    """Give a connection for writing.

    Parameters
    ----------
    engine
        Where connections come from.
    autocommit
        Make each statement a transaction of its own.
    isolation_level
        None for that of the session.

    Raises
    ------
    ConnectionFailed
        The server cannot be reached, or the connection was lost before COMMIT: nothing is kept.
    OutcomeUnknown
        The connection was lost during COMMIT.
    DatabaseError
        The server refused a statement, or one that failed earlier was passed over: then nothing
        of the transaction is kept.
    """
    level = "AUTOCOMMIT" if autocommit else isolation_level and isolation_level.upper()
    failure: EchoError | None = None
    committing = False
    with (engine.execution_options(isolation_level=level) if level else engine).connect() as (
        connection
    ):
        driver: Driver = connection.connection.driver_connection  # type: ignore[assignment]  # psycopg's
        try:
            with connection.begin():
                yield connection
                _can_commit(connection, driver)
                committing = not autocommit
        except sa.exc.DBAPIError as error:
            failure = error_of(error.orig, driver)
        except BaseException as error:
            _say_rolled_back(error, autocommit)
            raise
    if failure is not None:
        if committing and isinstance(failure, ConnectionFailed):
            failure = OutcomeUnknown(
                f"{failure}; that was during COMMIT: the change may or may not have been made"
            )
            logger.warning("the outcome of a transaction is unknown")
        else:
            _say_rolled_back(failure, autocommit)
        try:
            raise failure
        finally:
            # SQLAlchemy's error, which holds the values, would hang on to it.
            failure.__context__ = None


def _say_rolled_back(error: BaseException, autocommit: bool) -> None:
    if not autocommit:
        logger.info("a transaction was rolled back (%s)", reason(error))


def run(
    begin: Callable[[], AbstractContextManager[sa.Connection]],
    work: Callable[[sa.Connection], T],
    attempts: int,
) -> T:
    """Run ``work`` in a transaction, and again where the first is certain to have left nothing.

    That is so after a serialization failure, a deadlock, and where the connection was lost before
    COMMIT. A pause, longer each time and never the same for two, comes in between.
    """
    if not callable(work):
        raise InvalidInput("work", "needs a function that takes a connection")
    lost = False
    for attempt in itertools.count(1):
        driver: Driver | None = None
        try:
            with begin() as connection:
                driver = connection.connection.driver_connection
                return work(connection)
        except DatabaseError as error:
            if isinstance(error, ConnectionFailed):
                # A server that was never there is not waited for.
                lost = lost or (driver is not None and driver.closed)
                again = lost
            else:
                again = error.sqlstate in (_SERIALIZATION_FAILURE, _DEADLOCK)
            if not again or attempt >= attempts:
                raise
            why = error.sqlstate or "connection lost"
        logger.warning("a transaction is run again (%s): %d of %d", why, attempt + 1, attempts)
        time.sleep(_pause(attempt, lost))
    raise AssertionError


def _pause(attempt: int, lost: bool) -> float:
    first = _FIRST_PAUSE_WITHOUT_SERVER if lost else _FIRST_PAUSE
    longest = min(_LONGEST_PAUSE, first * 2 ** (attempt - 1))
    return random.uniform(longest / 2, longest)  # noqa: S311 - no secret depends on it


def _can_commit(connection: sa.Connection, driver: Driver) -> None:
    """Raise what COMMIT would pass over, or could not tell apart from its own loss."""
    if connection.invalidated or driver.closed or _was_ended(driver):
        if not connection.invalidated:
            # SQLAlchemy would try to roll back on it.
            connection.invalidate()
        raise ConnectionFailed("the connection was lost before COMMIT: nothing is kept")
    if driver.info.transaction_status == TransactionStatus.INERROR:
        # COMMIT would roll back without a word.
        raise DatabaseError("a statement of the transaction failed: nothing is kept")


def _was_ended(driver: Driver) -> bool:
    """Whether word has arrived that the server ended the connection, or just its end."""
    said: list[str | None] = []

    def note(diagnostic: psycopg.errors.Diagnostic) -> None:
        said.append(diagnostic.severity_nonlocalized)

    driver.add_notice_handler(note)
    try:
        # A server that crashes says a mere warning first; the end stands behind it.
        while "FATAL" not in said and _has_arrived(driver):
            driver.pgconn.consume_input()
            driver.pgconn.is_busy()  # takes what has arrived apart
    except psycopg.OperationalError:
        return True
    finally:
        driver.remove_notice_handler(note)
    return "FATAL" in said or driver.pgconn.status != ConnStatus.OK


def _has_arrived(driver: Driver) -> bool:
    """Whether there is something to read."""
    with _Selector() as selector:
        selector.register(driver.fileno(), selectors.EVENT_READ)
        return bool(selector.select(0))
