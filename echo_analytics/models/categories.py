"""Categories."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from echo_analytics.models.base import UNSET, Changes, Input, Row
from echo_analytics.models.fields import Id, IndexedText, Instant, Slug, Text


class Category(Row):
    """A category as stored.

    Parameters
    ----------
    id
        The id.
    name, slug, description
        As stored.
    created_at
        In UTC.
    """

    id: UUID
    name: str
    slug: str
    description: str | None
    created_at: datetime

    def __hash__(self) -> int:
        return hash(self.id)


class NewCategory(Input):
    """A category to be created.

    Parameters
    ----------
    name
        Not empty, at most 2,692 bytes: an index holds no more.
    slug
        Lower-case letters and digits, joined by single hyphens.
    description
        None for none.
    id
        None lets the database choose.
    created_at
        An aware datetime, None for now.

    Raises
    ------
    InvalidInput
        A field is wrong, missing or unknown.

    Examples
    --------
    >>> NewCategory(name="Open Source", slug="open-source").description
    """

    name: IndexedText
    slug: Slug
    description: Text | None = None
    id: Id | None = None
    created_at: Instant | None = None


class CategoryChanges(Changes):
    """What to change of a category; fields that are not given stay, None is a value.

    Parameters
    ----------
    name, slug
        Checked as in :class:`NewCategory`.
    description
        None empties it.

    Raises
    ------
    InvalidInput
        A field is wrong, unknown, or cannot be changed.
    """

    name: IndexedText = UNSET
    slug: Slug = UNSET
    description: Text | None = UNSET
