"""Selects about users."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from echo_analytics.constructs import (
    as_text,
    ids,
    instant,
    local_date,
    status_counts,
    whole,
)
from echo_analytics.schema import UTCDateTime, posts, users

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from echo_analytics.source import AnySelect


def user_stats(
    user_ids: Sequence[str] | None, zone: ZoneInfo, recent: tuple[datetime, datetime]
) -> AnySelect:
    """Posts of each user; all users when ``user_ids`` is None.

    ``recent`` is where the last 30 days start and end.
    """
    since, until = (instant(edge) for edge in recent)
    is_recent = sa.and_(posts.c.created_at >= since, posts.c.created_at < until)
    counts = sa.select(
        posts.c.author_id,
        *status_counts(),
        sa.func.count(local_date(posts.c.created_at, zone).distinct()).label("days_active"),
        sa.func.count().filter(is_recent).label("posts_last_30_days"),
        sa.func.min(posts.c.created_at).label("first_post"),
        sa.func.max(posts.c.created_at).label("last_post"),
    ).group_by(posts.c.author_id)
    chosen = sa.select(users.c.id, users.c.name)
    if user_ids is not None:
        wanted = sa.any_(ids(user_ids))
        # Told twice, so that the index on author_id finds the few posts.
        counts = counts.where(posts.c.author_id == wanted)
        chosen = chosen.where(users.c.id == wanted)
    posted, people = counts.subquery("posted"), chosen.subquery("people")

    def count(name: str) -> sa.Label[int]:
        return whole(posted.c[name], name)

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
