"""Selects about posts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from echo_analytics.constructs import (
    as_text,
    day,
    instant,
    instants,
    is_published,
    status_counts,
)
from echo_analytics.local_days import starts_of_days
from echo_analytics.schema import categories, posts, users

if TYPE_CHECKING:
    from datetime import date
    from zoneinfo import ZoneInfo

    from echo_analytics.source import AnySelect

COUNTS = ("total_posts", "published_posts", "draft_posts", "archived_posts")


def daily_posts(start: date, end: date, zone: ZoneInfo) -> AnySelect:
    """Posts of each local day from ``start`` to ``end``."""
    starts = starts_of_days(start, end, zone)
    days: AnySelect = sa.select(
        (day(start) + sa.cast(sa.column("number"), sa.Integer)).label("date"),
        (sa.column("number") + 1).label("number"),
    ).select_from(
        sa.func.generate_series(0, (end - start).days).table_valued("number", name="number")
    )
    per_author = (
        sa.select(
            sa.func.width_bucket(posts.c.created_at, instants(starts)).label("number"),
            posts.c.author_id,
            *status_counts(),
        )
        .where(posts.c.created_at >= instant(starts[0]), posts.c.created_at < instant(starts[-1]))
        # Authors first, then days: this hashes where count(distinct) would sort.
        .group_by(sa.text("1"), posts.c.author_id)
        .subquery("per_author")
    )
    per_day = (
        sa.select(
            per_author.c.number,
            *(sa.func.sum(per_author.c[name]).label(name) for name in COUNTS),
            sa.func.count().label("unique_authors"),
        )
        .group_by(per_author.c.number)
        .subquery("per_day")
    )
    calendar = days.subquery("calendar")
    return (
        sa.select(
            sa.type_coerce(calendar.c.date, sa.Date).label("date"),
            *(
                sa.cast(sa.func.coalesce(per_day.c[name], 0), sa.BigInteger).label(name)
                for name in (*COUNTS, "unique_authors")
            ),
        )
        .select_from(calendar.outerjoin(per_day, per_day.c.number == calendar.c.number))
        .order_by(calendar.c.date)
    )


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
