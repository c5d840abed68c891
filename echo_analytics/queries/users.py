"""Selects about users."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Literal

import sqlalchemy as sa

from echo_analytics.constructs import (
    Clock,
    as_text,
    clock,
    naive,
    parameter,
    parameters,
    status_counts,
    whole,
)
from echo_analytics.schema import UTCDateTime, posts, users

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from echo_analytics.source import AnySelect, Values

Chosen = Literal["all", "one", "some"]


def user_stats(
    user_ids: Sequence[str] | None, zone: ZoneInfo, recent: tuple[datetime, datetime]
) -> tuple[AnySelect, Values]:
    """Posts of each user; all users when ``user_ids`` is None.

    ``recent`` is where the last 30 days start and end.
    """
    days = clock(zone, of_days=True)
    since, until = map(naive, recent)
    values = {"since": since, "until": until, **days.values}
    chosen: Chosen = "all"
    if user_ids is not None and len(user_ids) == 1:
        chosen, values["user_id"] = "one", user_ids[0]
    elif user_ids is not None:
        chosen, values["user_ids"] = "some", list(user_ids)
    return _user_stats(chosen, days.fixed), values


@functools.lru_cache(maxsize=64)
def _user_stats(chosen: Chosen, fixed: int | None) -> AnySelect:
    since, until = (parameter(name, UTCDateTime()) for name in ("since", "until"))
    is_recent = sa.and_(posts.c.created_at >= since, posts.c.created_at < until)
    day = sa.cast(Clock.shown(posts.c.created_at, fixed), sa.Date)
    counts = sa.select(
        posts.c.author_id,
        *status_counts(),
        sa.func.count(day.distinct()).label("days_active"),
        sa.func.count().filter(is_recent).label("posts_last_30_days"),
        sa.func.min(posts.c.created_at).label("first_post"),
        sa.func.max(posts.c.created_at).label("last_post"),
    ).group_by(posts.c.author_id)
    people = sa.select(users.c.id, users.c.name)
    if chosen != "all":
        # For one user, days are sorted without their author.
        one, some = parameter("user_id", sa.Uuid()), parameters("user_ids", sa.Uuid())
        wanted = one if chosen == "one" else sa.any_(some)
        # Told twice, so that the index on author_id finds the few posts.
        counts = counts.where(posts.c.author_id == wanted)
        people = people.where(users.c.id == wanted)
    return _joined(people.subquery("people"), counts.subquery("posted"))


def _joined(people: sa.Subquery, posted: sa.Subquery) -> AnySelect:
    total = whole(posted.c.total_posts, "total_posts")
    return (
        sa.select(
            as_text(people.c.id).label("user_id"),
            people.c.name.label("user_name"),
            total,
            *(
                whole(posted.c[name], name)
                for name in ("published_posts", "draft_posts", "archived_posts")
            ),
            sa.type_coerce(posted.c.first_post, UTCDateTime).label("first_post"),
            sa.type_coerce(posted.c.last_post, UTCDateTime).label("last_post"),
            whole(posted.c.days_active, "days_active"),
            whole(posted.c.posts_last_30_days, "posts_last_30_days"),
        )
        .select_from(people.outerjoin(posted, posted.c.author_id == people.c.id))
        .order_by(total.desc(), people.c.id)
    )
