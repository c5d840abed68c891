"""The select of how far those who signed up came."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.sql.elements import Grouping

from echo_analytics.constructs import constant, instant, ratio, status
from echo_analytics.schema import posts, users

if TYPE_CHECKING:
    from datetime import datetime

    from echo_analytics.source import AnySelect

STEPS = ("signed up", "first post", "first published", "second published")


def publishing_funnel(since: datetime, until: datetime, days: int) -> AnySelect:
    """Users of each step, for those who signed up from ``since`` until before ``until``."""
    limit = sa.cast(sa.bindparam(None, f"{days} days", type_=sa.Text), sa.Interval)
    in_time = sa.and_(
        posts.c.author_id == users.c.id,
        posts.c.created_at >= users.c.created_at,
        posts.c.created_at <= users.c.created_at + limit,
    )
    published: Any = Grouping(  # Any: an array can be indexed
        sa.func.array_agg(
            sa.dialects.postgresql.aggregate_order_by(
                posts.c.created_at, posts.c.created_at, posts.c.id
            ),
            type_=sa.ARRAY(sa.DateTime),
        ).filter(status() == sa.literal_column("'published'"))
    )
    reached = (
        sa.select(
            users.c.created_at.label("step_1"),
            sa.func.min(posts.c.created_at).label("step_2"),
            published[constant(1)].label("step_3"),
            published[constant(2)].label("step_4"),
        )
        .select_from(users.outerjoin(posts, in_time))
        .where(users.c.created_at >= instant(since), users.c.created_at < instant(until))
        .group_by(users.c.id)
        .cte("reached")
    )
    first = sa.select(sa.func.count()).select_from(reached).scalar_subquery()
    steps = [_step(reached, number, name) for number, name in enumerate(STEPS, 1)]
    counted = sa.union_all(*steps).subquery("counted")
    before = sa.func.lag(counted.c.users).over(order_by=counted.c.step)
    return sa.select(
        counted.c.step,
        counted.c.step_name,
        counted.c.users,
        ratio(counted.c.users, first).label("conversion_from_first"),
        ratio(counted.c.users, before).label("conversion_from_previous"),
        counted.c.median_hours,
    ).order_by(counted.c.step)


def _step(reached: sa.CTE, number: int, name: str) -> sa.Select[Any]:  # Any: four columns
    when = reached.c[f"step_{number}"]
    hours = sa.cast(sa.extract("epoch", when - reached.c.step_1), sa.Float) / constant(3600)
    median = sa.func.percentile_cont(sa.literal_column("0.5")).within_group(hours)
    return sa.select(
        sa.cast(constant(number), sa.BigInteger).label("step"),
        sa.cast(sa.literal_column(f"'{name}'"), sa.Text).label("step_name"),
        sa.func.count(when, type_=sa.BigInteger).label("users"),
        sa.cast(median, sa.Float).label("median_hours"),
    ).select_from(reached)
