"""Statements on a connection: rows come back as tuples, failures as the errors of the package."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar, cast

import psycopg

from echo_analytics.violations import error_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import AbstractContextManager

    import sqlalchemy as sa
    from psycopg.rows import TupleRow

    from echo_analytics.violations import Driver

T = TypeVar("T")

Parameters = dict[str, object]


class Transactions(Protocol):
    """Something that opens transactions: a ``Database``.

    Where it has a method ``autocommit()`` too, which gives connections without BEGIN and COMMIT,
    single queries go by that.
    """

    def transaction(self) -> AbstractContextManager[sa.Connection]:
        """Give a connection; commit at the end of the block, roll back on an error."""
        ...


def fetch(
    connection: sa.Connection, statement: bytes, parameters: Mapping[str, object]
) -> list[TupleRow]:
    """Run ``statement`` and return all its rows."""
    return on_cursor(connection, lambda cursor: cursor.execute(statement, parameters).fetchall())


def fetch_each(
    connection: sa.Connection, statement: bytes, parameters: Sequence[Mapping[str, object]]
) -> list[TupleRow]:
    """Run ``statement`` once for each of ``parameters``; return their rows in this order."""

    def run(cursor: psycopg.Cursor[TupleRow]) -> list[TupleRow]:
        cursor.executemany(statement, parameters, returning=True)
        return [row for result in cursor.results() for row in result]

    return on_cursor(connection, run)


def on_cursor(connection: sa.Connection, run: Callable[[psycopg.Cursor[TupleRow]], T]) -> T:
    """Run a function on a cursor of the driver, within the transaction of ``connection``.

    What the server refuses is raised as an error of the package.
    """
    if not connection.in_transaction():
        # What SQLAlchemy does before a statement; it does not see these.
        connection.begin()
    driver = cast("Driver", connection.connection.driver_connection)
    try:
        with driver.cursor() as cursor:
            return run(cursor)
    except (psycopg.Error, UnicodeError, OverflowError) as error:
        failure = error_of(error, driver)
    if driver.closed and not connection.invalidated:
        # SQLAlchemy would try to roll back on it.
        connection.invalidate()
    # Outside of the block, so that no context holds what the server said.
    raise failure
