"""Selects about posts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from echo_analytics.constructs import (
    as_text,
    is_published,
)
from echo_analytics.schema import categories, posts, users

if TYPE_CHECKING:
    from echo_analytics.source import AnySelect


def posts_with_authors(limit: int, *, in_step: bool, pii: bool = False) -> AnySelect:
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
        .where(is_published(in_step))
        .order_by(posts.c.created_at.desc(), posts.c.id.desc())
        .limit(limit)
    )
