"""Finding rows."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

import sqlalchemy as sa

from echo_analytics.arguments import positive
from echo_analytics.errors import ConnectionFailed, InvalidInput, NotFound
from echo_analytics.models.fields import converted, to_uuid
from echo_analytics.repositories import statements
from echo_analytics.repositories.execution import fetch
from echo_analytics.repositories.filters import Filters
from echo_analytics.repositories.kinds import plain
from echo_analytics.repositories.page import Page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager
    from datetime import datetime
    from uuid import UUID

    from psycopg.rows import TupleRow

    from echo_analytics.models.base import Input
    from echo_analytics.repositories.execution import Transactions
    from echo_analytics.repositories.kinds import Kind

    Scopes = Callable[[], AbstractContextManager[sa.Connection]]


class Stored(Protocol):
    """What every row has."""

    @property
    def id(self) -> UUID:
        """Its id."""
        ...

    @property
    def created_at(self) -> datetime:
        """When it was created."""
        ...


R = TypeVar("R", bound=Stored)
F = TypeVar("F", bound=Filters)

MAX_ROWS = 10_000
"""The largest page, and the largest batch of :meth:`Repository.iterate`."""


class Finder(Generic[R, F]):
    """Finds rows of one table.

    Parameters
    ----------
    connection
        The connection of a transaction, or a ``Database``.
    """

    kind: Kind[R]
    filters: type[F]

    def __init__(self, connection: sa.Connection | Transactions) -> None:
        self._connection = connection
        self._autocommit: Scopes | None = getattr(connection, "autocommit", None)

    def get(self, key: UUID | str, /) -> R:
        """Return the row with this id.

        Raises
        ------
        NotFound
            There is none.
        """
        found = self.find_by_id(key)
        if found is None:
            raise self._not_found()
        return found

    def find_by_id(self, key: UUID | str, /) -> R | None:
        """Return the row with this id, None where there is none."""
        return self._find("id", converted("id", to_uuid, key))

    def exists(self, key: UUID | str, /) -> bool:
        """Whether there is a row with this id."""
        parameters = {statements.KEY: converted("id", to_uuid, key)}
        return bool(self._read(statements.exists(self.kind), parameters)[0][0])

    def find_many(self, filters: F | None = None, page: int = 1, limit: int = 10) -> Page[R]:
        """Return one page of the rows that pass, newest first, and how many pass in all.

        Parameters
        ----------
        filters
            None for all rows.
        page
            From 1. A page past the last one has no rows, and the right total.
        limit
            Rows on a page, from 1 to 10,000.
        """
        names, parameters = self._wanted(filters)
        number, size = place(page, limit)
        parameters["offset"] = (number - 1) * size
        rows = self._read(statements.page(self.kind, names, size), parameters)
        items = tuple(self.kind.row(row[1:]) for row in rows if row[1] is not None)
        return Page(items, rows[0][0], number, size)

    def iterate(self, filters: F | None = None, batch_size: int = 5_000) -> Iterator[R]:
        """Go through the rows that pass, newest first, a batch at a time.

        Each batch is a query that begins after the last row of the one before. Rows that others
        create meanwhile are not seen.

        Parameters
        ----------
        filters
            None for all rows.
        batch_size
            Rows held in memory, from 1 to 10,000. No index serves the order of posts, so that each
            batch reads their whole table: large ones are faster.
        """
        names, parameters = self._wanted(filters)
        parameters["limit"] = positive("batch_size", batch_size, MAX_ROWS)
        return self._batches(names, parameters)

    def count(self, filters: F | None = None) -> int:
        """Return how many rows pass; all without filters."""
        names, parameters = self._wanted(filters)
        return int(self._read(statements.count(self.kind, names), parameters)[0][0])

    def _find(self, column: str, value: object) -> R | None:
        rows = self._read(statements.find(self.kind, column), {column: value})
        return self.kind.row(rows[0]) if rows else None

    def _batches(self, names: frozenset[str], parameters: dict[str, object]) -> Iterator[R]:
        following = False
        while True:
            statement = statements.batch(self.kind, names, following)
            rows = self._read(statement, parameters)
            items = [self.kind.row(row) for row in rows]
            yield from items
            if len(items) != parameters["limit"]:
                return
            following = True
            parameters["last_id"] = items[-1].id
            parameters["last_created_at"] = plain("created_at", items[-1].created_at)

    def _wanted(self, filters: F | None) -> tuple[frozenset[str], dict[str, object]]:
        """Return the filters that say something and their values."""
        if filters is None:
            return frozenset(), {}
        self._check("filters", filters, self.filters)
        values = {name: getattr(filters, name) for name in filters.model_fields_set}
        parameters = {n: plain(n, value) for n, value in values.items() if value is not None}
        return frozenset(parameters), parameters

    def _check(self, argument: str, value: object, wanted: type[Input]) -> None:
        if not isinstance(value, wanted):
            raise InvalidInput(argument, f"needs {wanted.__name__}")

    def _scope(self) -> AbstractContextManager[sa.Connection]:
        if isinstance(self._connection, sa.Connection):
            return contextlib.nullcontext(self._connection)
        return self._connection.transaction()

    def _read(self, statement: bytes, parameters: Mapping[str, object]) -> list[TupleRow]:
        """Run a query; one of its own is run once more where the connection was lost."""
        borrowed = False
        try:
            with self._reading() as connection:
                borrowed = not isinstance(self._connection, sa.Connection)
                return fetch(connection, statement, parameters)
        except ConnectionFailed:
            if not borrowed:
                raise
        with self._reading() as connection:
            return fetch(connection, statement, parameters)

    def _reading(self) -> AbstractContextManager[sa.Connection]:
        return self._scope() if self._autocommit is None else self._autocommit()

    def _not_found(self) -> NotFound:
        return NotFound(f"no {self.kind.name} has this id")


def place(page: int, limit: int) -> tuple[int, int]:
    """Return the number and the size of a page."""
    return positive("page", page), positive("limit", limit, MAX_ROWS)
