"""What the three repositories share."""

from __future__ import annotations

import logging
import time
from itertools import groupby
from typing import TYPE_CHECKING, Generic, TypeVar

from echo_analytics.errors import Conflict, DatabaseError, EchoError, InvalidInput
from echo_analytics.models.base import Changes, Input
from echo_analytics.models.fields import converted, to_instant, to_uuid
from echo_analytics.repositories import statements
from echo_analytics.repositories.execution import fetch, fetch_each
from echo_analytics.repositories.filters import Filters
from echo_analytics.repositories.kinds import plain
from echo_analytics.repositories.page import Upserted
from echo_analytics.repositories.reading import Finder, Stored

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    import sqlalchemy as sa
    from psycopg.rows import TupleRow


R = TypeVar("R", bound=Stored)
N = TypeVar("N", bound=Input)
C = TypeVar("C", bound=Changes)
F = TypeVar("F", bound=Filters)

logger = logging.getLogger("echo_analytics.repositories")


class Repository(Finder[R, F], Generic[R, N, C, F]):
    """Rows of one table: created, found, changed and deleted.

    Parameters
    ----------
    connection
        The connection of a transaction, which is neither committed nor rolled back here; or a
        ``Database``, and then each call is a transaction of its own.

    Raises
    ------
    InvalidInput
        An argument is wrong; nothing was sent to the database.
    UniqueConstraintViolation, ForeignKeyViolation
        Another row is in the way; ``field`` names the column, several as ``"a, b"``.
    DatabaseError
        The server refused a statement for another reason, or cannot be reached.
    """

    new: type[N]
    changes: type[C]

    def create(self, item: N) -> R:
        """Write one new row and return it as it is stored."""
        started = time.perf_counter()
        names, parameters = self._values(item)
        with self._scope() as connection:
            row = self._only(fetch(connection, statements.insert(self.kind, names), parameters))
        created = self.kind.row(row)
        self._log("created", [created.id], started)
        return created

    def create_many(self, items: Iterable[N]) -> list[R]:
        """Write new rows, all or none, and return them in the same order.

        Within a caller's transaction an error aborts that, as any failed statement does.
        """
        started = time.perf_counter()
        rows: list[TupleRow] = []
        values = [self._values(item) for item in items]
        with self._scope() as connection:
            for names, group in groupby(values, key=lambda value: value[0]):
                statement = statements.insert(self.kind, names)
                rows += fetch_each(connection, statement, [each for _, each in group])
            if len(rows) != len(values):
                raise self._blocked()
        created = [self.kind.row(row) for row in rows]
        self._log("created", [each.id for each in created], started)
        return created

    def update(self, key: UUID | str, changes: C, /) -> R:
        """Change the fields that ``changes`` names and return the row as it is now.

        Without any field nothing is written.

        Raises
        ------
        NotFound
            There is no row with this id.
        """
        return self._update(key, changes, None)

    def upsert(self, item: N) -> Upserted[R]:
        """Write a new row; where there is one already, set the fields that were given.

        Fields that were left to their defaults stay as they are in a row that is there, and so do
        its id and ``created_at``.
        """
        started = time.perf_counter()
        names, parameters = self._values(item)
        if self.kind.key not in names:
            raise InvalidInput(self.kind.key, f"is needed to find the {self.kind.name}")
        changed = names & item.model_fields_set - {self.kind.key, "id", "created_at"}
        statement = statements.upsert(self.kind, names, changed)
        with self._scope() as connection:
            row = self._only(fetch(connection, statement, parameters))
        upserted = Upserted(self.kind.row(row[:-1]), bool(row[-1]))
        self._log("created" if upserted.inserted else "updated", [upserted.item.id], started)
        return upserted

    def _delete(self, key: UUID | str) -> R:
        started = time.perf_counter()
        parameters = {statements.KEY: converted("id", to_uuid, key)}
        with self._scope() as connection:
            rows = fetch(connection, statements.delete(self.kind), parameters)
            if not rows:
                raise self._missed(connection, parameters)
        deleted = self.kind.row(rows[0])
        self._log("deleted", [deleted.id], started)
        return deleted

    def _update(self, key: UUID | str, changes: C, if_updated_at: datetime | None) -> R:
        started = time.perf_counter()
        self._check("changes", changes, self.changes)
        names = frozenset(changes.model_fields_set)
        parameters = {name: plain(name, getattr(changes, name)) for name in names}
        parameters[statements.KEY] = converted("id", to_uuid, key)
        if if_updated_at is not None:
            seen = converted("if_updated_at", to_instant, if_updated_at)
            parameters[statements.SEEN] = plain("updated_at", seen)
        make = statements.update if names else statements.unchanged
        with self._scope() as connection:
            rows = fetch(connection, make(self.kind, names, if_updated_at is not None), parameters)
            if not rows:
                raise self._missed(connection, parameters)
        if not names:
            return self.kind.row(rows[0])
        updated = self.kind.row(rows[0])
        self._log("updated", [updated.id], started)
        return updated

    def _missed(self, connection: sa.Connection, parameters: Mapping[str, object]) -> EchoError:
        """Return why a statement has found no row to change."""
        if not fetch(connection, statements.exists(self.kind), parameters)[0][0]:
            return self._not_found()
        if statements.SEEN in parameters:
            as_seen = statements.unchanged(self.kind, frozenset(), expected=True)
            if not fetch(connection, as_seen, parameters):
                return Conflict(
                    f"the {self.kind.name} was changed by somebody else in the meantime"
                )
        return self._blocked()

    def _only(self, rows: list[TupleRow]) -> TupleRow:
        if not rows:
            raise self._blocked()
        return rows[0]

    def _blocked(self) -> DatabaseError:
        return DatabaseError(f"a trigger of the database has kept a {self.kind.name} as it was")

    def _values(self, item: N) -> tuple[frozenset[str], dict[str, object]]:
        """Return the columns of a new row and their values."""
        self._check("item", item, self.new)
        values: dict[str, object] = {}
        for name in self.new.model_fields:
            value = getattr(item, name)
            if value is not None or name not in ("id", "created_at"):
                values[name] = plain(name, value)
        if "created_at" in values and "updated_at" in self.kind.table.c:
            values["updated_at"] = values["created_at"]
        return frozenset(values), values

    def _log(self, event: str, ids: Sequence[UUID], started: float) -> None:
        if not logger.isEnabledFor(logging.INFO):
            return
        milliseconds = (time.perf_counter() - started) * 1000
        what = f"{len(ids)} x {self.kind.name}" if len(ids) != 1 else f"{self.kind.name} {ids[0]}"
        extra = {"ids": [str(each) for each in ids], "duration_ms": milliseconds}
        logger.info("%s %s in %.1f ms", what, event, milliseconds, extra=extra)


class StampedRepository(Repository[R, N, C, F]):
    """A repository of rows that know when they were last changed."""

    def update(self, key: UUID | str, changes: C, /, *, if_updated_at: datetime | None = None) -> R:
        """Change the fields that ``changes`` names and return the row as it is now.

        The server sets ``updated_at``: never before ``created_at``, and always later than it was.
        Without any field nothing is written.

        Parameters
        ----------
        key
            The id.
        changes
            The fields and their new values.
        if_updated_at
            Change the row only if nobody has since this ``updated_at`` of it.

        Raises
        ------
        NotFound
            There is no row with this id.
        Conflict
            Somebody else has changed the row.
        """
        return self._update(key, changes, if_updated_at)
