"""Selects about users."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from echo_analytics.constructs import (
    as_text,
    constant,
    ids,
    instant,
    local_date,
    status_counts,
)
from echo_analytics.schema import UTCDateTime, posts, users

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from echo_analytics.source import AnySelect

_SUMS = (
    "total_posts",
    "published_posts",
    "draft_posts",
    "archived_posts",
    "posts_last_30_days",
)


def user_stats(
    user_ids: Sequence[str] | None, zone: ZoneInfo, recent: tuple[datetime, datetime]
) -> AnySelect:
    """Posts of each user; all users when ``user_ids`` is None.

    ``recent`` is where the last 30 days start and end.
    """
    since, until = (instant(edge) for edge in recent)
    is_recent = sa.and_(posts.c.created_at >= since, posts.c.created_at < until)
    by_day = sa.select(
        posts.c.author_id,
        local_date(posts.c.created_at, zone).label("day"),
        *status_counts(),
        sa.func.count().filter(is_recent).label("posts_last_30_days"),
        sa.func.min(posts.c.created_at).label("first_post"),
        sa.func.max(posts.c.created_at).label("last_post"),
    ).group_by(posts.c.author_id, sa.text("2"))
    chosen = sa.select(users.c.id, users.c.name)
    if user_ids is not None:
        wanted = sa.any_(ids(user_ids))
        # Told twice, so that the index on author_id finds the few posts.
        by_day = by_day.where(posts.c.author_id == wanted)
        chosen = chosen.where(users.c.id == wanted)
    # Days first: this hashes where count(distinct) would sort.
    days, people = by_day.subquery("days"), chosen.subquery("people")
    posted = (
        sa.select(
            days.c.author_id,
            *(sa.func.sum(days.c[name]).label(name) for name in _SUMS),
            sa.func.count().label("days_active"),
            sa.func.min(days.c.first_post).label("first_post"),
            sa.func.max(days.c.last_post).label("last_post"),
        )
        .group_by(days.c.author_id)
        .subquery("posted")
    )

    def count(name: str) -> sa.ColumnElement[int]:
        return sa.cast(sa.func.coalesce(posted.c[name], constant(0)), sa.BigInteger).label(name)

    total = count("total_posts")
    return (
        sa.select(
            as_text(people.c.id).label("user_id"),
            people.c.name.label("user_name"),
            total,
            count("published_posts"),
            count("draft_posts"),
            count("archived_posts"),
            sa.type_coerce(posted.c.first_post, UTCDateTime).label("first_post"),
            sa.type_coerce(posted.c.last_post, UTCDateTime).label("last_post"),
            count("days_active"),
            count("posts_last_30_days"),
        )
        .select_from(people.outerjoin(posted, posted.c.author_id == people.c.id))
        .order_by(total.desc(), people.c.id)
    )
