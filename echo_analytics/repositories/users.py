"""Users."""

from __future__ import annotations

import json
import time
from datetime import UTC
from functools import lru_cache
from typing import TYPE_CHECKING

import sqlalchemy as sa

from echo_analytics.errors import InvalidInput
from echo_analytics.models import NewUser, User, UserChanges, UserPreferences
from echo_analytics.models.fields import converted, storable, to_uuid
from echo_analytics.repositories import statements
from echo_analytics.repositories.base import StampedRepository
from echo_analytics.repositories.execution import fetch
from echo_analytics.repositories.filters import UserFilters
from echo_analytics.repositories.kinds import Kind
from echo_analytics.repositories.page import DeletedUser
from echo_analytics.schema import user_role, users

if TYPE_CHECKING:
    from uuid import UUID

    from psycopg.rows import TupleRow
    from pydantic import JsonValue

COLUMNS = (
    users.c.id,
    users.c.email,
    users.c.name,
    users.c.email_verified,
    users.c.avatar,
    users.c.bio,
    # As text: not all JSON that PostgreSQL keeps can be read by Python.
    sa.cast(users.c.preferences, sa.Text).label("preferences"),
    users.c.role,
    users.c.created_at,
    users.c.updated_at,
)

_USUAL = 200
"""Characters of preferences that are worth remembering."""


def user_of(row: TupleRow) -> User:
    """Make a user of what ``COLUMNS`` select."""
    text = row[6]
    raw = None if text is None else _json(text)
    return User(
        id=row[0],
        email=row[1],
        name=row[2],
        email_verified=bool(row[3]),
        avatar=row[4],
        bio=row[5],
        preferences=_usual(text) if text and len(text) < _USUAL else _preferences(raw),
        raw_preferences=raw,
        role=row[7],
        created_at=row[8].replace(tzinfo=UTC),
        updated_at=row[9].replace(tzinfo=UTC),
    )


def _json(text: str) -> JsonValue:
    try:
        value: JsonValue = json.loads(text)
    except (ValueError, RecursionError):
        # Numbers of thousands of digits, or thousands of brackets.
        return text
    return value


@lru_cache(maxsize=256)
def _usual(text: str) -> UserPreferences | None:
    """Check preferences that many users share but once."""
    return _preferences(_json(text))


def _preferences(raw: JsonValue) -> UserPreferences | None:
    if not isinstance(raw, dict) or not isinstance(raw.get("notifications"), dict):
        return None
    told = {name: raw["notifications"].get(name) for name in ("email", "push")}  # type: ignore[union-attr]  # a dict
    try:
        return UserPreferences(theme=raw.get("theme"), notifications=told)  # type: ignore[arg-type]  # checked there
    except InvalidInput:
        return None


USERS = Kind(
    name="user",
    table=users,
    key="email",
    columns=COLUMNS,
    row=user_of,
    searched=users.c.name,
    conditions={
        "email": users.c.email == sa.bindparam("email"),
        "role": users.c.role == sa.bindparam("role", type_=user_role),
        "email_verified": sa.func.coalesce(users.c.email_verified, sa.false())
        == sa.bindparam("email_verified"),
    },
)


class UserRepository(StampedRepository[User, NewUser, UserChanges, UserFilters]):
    """Users: created, found, changed and deleted. An upsert goes by the e-mail address.

    Examples
    --------
    >>> with db.transaction() as connection:  # doctest: +SKIP
    ...     ada = UserRepository(connection).create(NewUser(email="ada@example.org", name="Ada"))
    >>> page = UserRepository(db).find_many(UserFilters(search="a"), limit=5)
    >>> len(page), page.has_next
    (5, True)
    """

    kind = USERS
    new = NewUser
    changes = UserChanges
    filters = UserFilters

    def find_by_email(self, email: str) -> User | None:
        """Return the user with exactly this address, None where there is none."""
        if not isinstance(email, str):
            raise InvalidInput("email", "needs a string")
        return self._find("email", converted("email", storable, email))

    def delete(self, key: UUID | str, /) -> DeletedUser:
        """Delete a user, whose posts go with them, and return who and how many that was.

        Raises
        ------
        NotFound
            There is no user with this id.
        ForeignKeyViolation
            A table of the application's own still refers to the user.
        """
        started = time.perf_counter()
        parameters = {statements.KEY: converted("id", to_uuid, key)}
        with self._scope() as connection:
            # Once locked, no post can be added that would go without being counted.
            if not fetch(connection, statements.lock(USERS), parameters):
                raise self._not_found()
            rows = fetch(connection, statements.delete_user(USERS), parameters)
            if not rows:
                raise self._missed(connection, parameters)
        deleted = DeletedUser(user_of(rows[0][:-1]), rows[0][-1])
        self._log("deleted", [deleted.user.id], started)
        return deleted
