"""Users and their preferences."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import JsonValue, SkipValidation

from echo_analytics.models.base import UNSET, Changes, Input, Row
from echo_analytics.models.fields import Email, FilledText, Id, Instant, Text

UserRole = Literal["user", "admin", "moderator"]


class NotificationPreferences(Input):
    """Which notifications a user wants.

    Parameters
    ----------
    email, push
        By e-mail, and on their devices.
    """

    email: bool
    push: bool


class UserPreferences(Input):
    """What a user prefers, with the keys that the application writes.

    Parameters
    ----------
    theme
        "light" or "dark".
    notifications
        Which notifications they want.

    Examples
    --------
    >>> UserPreferences(theme="dark", notifications={"email": True, "push": False}).theme
    'dark'
    """

    theme: Literal["light", "dark"]
    notifications: NotificationPreferences


class User(Row):
    """A user as stored; nothing that an application may have written makes reading fail.

    Parameters
    ----------
    id
        The id.
    email, name, avatar, bio
        As stored.
    email_verified
        NULL reads as False.
    preferences
        None where they are NULL, JSON null, or not the preferences that this package knows; keys
        beside those are passed over.
    raw_preferences
        The JSON value as stored, None for NULL and JSON null; its text where Python cannot read it.
    role
        "user", "admin", "moderator", or whatever label else the database has.
    created_at, updated_at
        In UTC.
    """

    id: UUID
    email: str
    name: str
    email_verified: bool
    avatar: str | None
    bio: str | None
    preferences: UserPreferences | None
    raw_preferences: SkipValidation[JsonValue] = None
    role: str
    created_at: datetime
    updated_at: datetime

    def __hash__(self) -> int:
        # The raw preferences may be a dictionary, which has none.
        return hash(self.id)


class NewUser(Input):
    """A user to be created.

    Parameters
    ----------
    email
        An address of sane form; it is kept as written, since the database is case-sensitive.
    name
        Not empty.
    email_verified, avatar, bio, preferences, role
        As the application's own defaults.
    id
        None lets the database choose.
    created_at
        An aware datetime, None for now. It is ``updated_at`` as well.

    Raises
    ------
    InvalidInput
        A field is wrong, missing or unknown.

    Examples
    --------
    >>> NewUser(email="ada@example.org", name="Ada").role
    'user'
    """

    email: Email
    name: FilledText
    email_verified: bool = False
    avatar: Text | None = None
    bio: Text | None = None
    preferences: UserPreferences | None = None
    role: UserRole = "user"
    id: Id | None = None
    created_at: Instant | None = None


class UserChanges(Changes):
    """What to change of a user; fields that are not given stay, None is a value.

    Parameters
    ----------
    email, name, email_verified, role
        Checked as in :class:`NewUser`.
    avatar, bio, preferences
        None empties them.

    Raises
    ------
    InvalidInput
        A field is wrong, unknown, or cannot be changed.

    Examples
    --------
    >>> UserChanges(bio=None)
    UserChanges(bio=None)
    """

    email: Email = UNSET
    name: FilledText = UNSET
    email_verified: bool = UNSET
    avatar: Text | None = UNSET
    bio: Text | None = UNSET
    preferences: UserPreferences | None = UNSET
    role: UserRole = UNSET
