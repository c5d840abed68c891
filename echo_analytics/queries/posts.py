"""Selects about posts."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from echo_analytics.constructs import as_text, is_published, naive, parameter, status
from echo_analytics.schema import UTCDateTime, categories, posts, users

if TYPE_CHECKING:
    from datetime import datetime

    from echo_analytics.cursor import Cursor
    from echo_analytics.source import AnySelect, Values


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which posts are wanted; None is any.

    Parameters
    ----------
    author_id, category_id
        Of this author, in this category.
    status
        With this status now.
    since, until
        Created at ``since`` or later, and before ``until``.
    after
        Those that come after this one, newest first.
    """

    author_id: str | None = None
    category_id: str | None = None
    status: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    after: Cursor | None = None

    def values(self) -> dict[str, object]:
        """What is wanted, as values of the conditions that ask for it."""
        found: dict[str, object] = {
            "author_id": self.author_id,
            "category_id": self.category_id,
            "status": self.status,
            "since": self.since and naive(self.since),
            "until": self.until and naive(self.until),
        }
        if self.after is not None:
            found["after"] = naive(self.after.created_at)
            found["after_id"] = self.after.id
        return {name: value for name, value in found.items() if value is not None}


def posts_with_authors(
    wanted: Wanted, limit: int, *, in_step: bool, pii: bool = False
) -> tuple[AnySelect, Values]:
    """The newest published posts with the names of their authors and categories."""
    values = wanted.values()
    return _posts_with_authors(frozenset(values), limit, in_step, pii), values


@functools.lru_cache(maxsize=128)
def _posts_with_authors(given: frozenset[str], limit: int, in_step: bool, pii: bool) -> AnySelect:
    columns: list[sa.ColumnElement[Any]] = [
        as_text(posts.c.id).label("post_id"),
        posts.c.title,
        posts.c.content,
        posts.c.created_at,
        as_text(posts.c.author_id).label("author_id"),
        users.c.name.label("author_name"),
        as_text(posts.c.category_id).label("category_id"),
        categories.c.name.label("category"),
    ]
    if pii:
        columns.append(users.c.email.label("author_email"))
    return (
        sa.select(*columns)
        .select_from(
            posts.join(users, posts.c.author_id == users.c.id).outerjoin(
                categories, posts.c.category_id == categories.c.id
            )
        )
        .where(is_published(in_step), *(_CONDITIONS[name] for name in sorted(given & _ASKED)))
        .order_by(posts.c.created_at.desc(), posts.c.id.desc())
        # Not a parameter: a statement without any is one round trip less.
        .limit(sa.literal_column(str(limit), sa.Integer))
        .execution_options(few_rows=limit <= _PAGE)
    )


def posts_of(wanted: Wanted, *, ordered: bool) -> tuple[AnySelect, Values]:
    """All columns of the posts, oldest first where they are ``ordered``."""
    values = wanted.values()
    return _posts_of(frozenset(values), ordered), values


@functools.lru_cache(maxsize=64)
def _posts_of(given: frozenset[str], ordered: bool) -> AnySelect:
    every = sa.select(
        as_text(posts.c.id).label("post_id"),
        posts.c.title,
        posts.c.content,
        status().label("status"),
        (status() == sa.literal_column("'published'")).label("published"),
        as_text(posts.c.author_id).label("author_id"),
        as_text(posts.c.category_id).label("category_id"),
        posts.c.created_at,
        posts.c.updated_at,
    ).where(*(_CONDITIONS[name] for name in sorted(given & _ASKED)))
    return every.order_by(posts.c.created_at, posts.c.id) if ordered else every


_PAGE = 1000
_AFTER = sa.tuple_(parameter("after", UTCDateTime()), parameter("after_id", sa.Uuid()))
_CONDITIONS: dict[str, sa.ColumnElement[bool]] = {
    "author_id": posts.c.author_id == parameter("author_id", sa.Uuid()),
    "status": status() == parameter("status", sa.Text()),
    "category_id": posts.c.category_id == parameter("category_id", sa.Uuid()),
    "since": posts.c.created_at >= parameter("since", UTCDateTime()),
    "until": posts.c.created_at < parameter("until", UTCDateTime()),
    # Compared as a pair, so that the index on created_at finds where to go on.
    "after": sa.tuple_(posts.c.created_at, posts.c.id) < _AFTER,
}
_ASKED = frozenset(_CONDITIONS)
