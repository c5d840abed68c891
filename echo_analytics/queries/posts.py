"""Selects about posts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from echo_analytics.constructs import as_text, instant, is_published, uuid
from echo_analytics.schema import categories, posts, users

if TYPE_CHECKING:
    from datetime import datetime

    from echo_analytics.cursor import Cursor
    from echo_analytics.source import AnySelect


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which posts are wanted; None is any.

    Parameters
    ----------
    author_id, category_id
        Of this author, in this category.
    since, until
        Created at ``since`` or later, and before ``until``.
    after
        Those that come after this one, newest first.
    """

    author_id: str | None = None
    category_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    after: Cursor | None = None


def posts_with_authors(
    wanted: Wanted, limit: int, *, in_step: bool, pii: bool = False
) -> AnySelect:
    """The newest published posts with the names of their authors and categories."""
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
        .where(is_published(in_step), *_conditions(wanted))
        .order_by(posts.c.created_at.desc(), posts.c.id.desc())
        .limit(limit)
    )


def _conditions(wanted: Wanted) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    if wanted.author_id is not None:
        found.append(posts.c.author_id == uuid(wanted.author_id))
    if wanted.category_id is not None:
        found.append(posts.c.category_id == uuid(wanted.category_id))
    if wanted.since is not None:
        found.append(posts.c.created_at >= instant(wanted.since))
    if wanted.until is not None:
        found.append(posts.c.created_at < instant(wanted.until))
    if wanted.after is not None:
        last = sa.tuple_(instant(wanted.after.created_at), uuid(wanted.after.id))
        # Compared as a pair, so that the index on created_at finds where to go on.
        found.append(sa.tuple_(posts.c.created_at, posts.c.id) < last)
    return found
