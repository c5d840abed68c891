"""Selects of who comes, stays, leaves and comes back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from echo_analytics.constructs import constant, instant, is_published, ratio, whole
from echo_analytics.queries.calendar import calendar, number_of
from echo_analytics.schema import posts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from echo_analytics.buckets import Buckets
    from echo_analytics.source import AnySelect

_ZERO, _ONE = constant(0), constant(1)
_WEEK, _MONTH = 7, 30


def counted_posts(published: bool, in_step: bool) -> list[sa.ColumnElement[bool]]:
    """The condition for a post to make its author active."""
    return [is_published(in_step)] if published else []


def active(
    edges: Sequence[datetime], before: int, conditions: Sequence[sa.ColumnElement[bool]]
) -> sa.CTE:
    """Who was active in which bucket, with those of the author before and after it.

    Parameters
    ----------
    edges
        The instants between the buckets.
    before
        How many of them have a number below 1.
    conditions
        What a post must meet.
    """
    number = (number_of(posts.c.created_at, edges) - constant(before)).label("number")
    there = (
        sa.select(number, posts.c.author_id)
        .where(posts.c.created_at >= instant(edges[0]), posts.c.created_at < instant(edges[-1]))
        .where(*conditions)
        .group_by(sa.text("1"), posts.c.author_id)
        .subquery("there")
    )
    own: Any = {"partition_by": there.c.author_id, "order_by": there.c.number}
    return sa.select(
        there.c.author_id,
        there.c.number,
        sa.func.lag(there.c.number).over(**own).label("earlier"),
        sa.func.lead(there.c.number).over(**own).label("later"),
    ).cte("active")


def author_lifecycle(
    buckets: Buckets,
    before: datetime,
    now: datetime,
    conditions: Sequence[sa.ColumnElement[bool]],
) -> AnySelect:
    """New, returning, resurrected and dormant authors of each bucket.

    ``before`` is where the bucket before the first one starts.
    """
    there = active([before, *buckets.starts], 1, conditions)
    began = number_of(sa.func.min(posts.c.created_at), buckets.starts)
    first = (
        sa.select(posts.c.author_id, began.label("number"))
        .where(*conditions)
        .group_by(posts.c.author_id)
        .subquery("first")
    )
    is_new = first.c.number == there.c.number
    stayed = sa.func.coalesce(there.c.earlier == there.c.number - _ONE, sa.false())

    def counted(condition: sa.ColumnElement[bool], name: str) -> sa.Label[int]:
        return sa.func.count().filter(condition).label(name)

    present = (
        sa.select(
            there.c.number,
            counted(is_new, "new_authors"),
            counted(sa.and_(sa.not_(is_new), stayed), "returning_authors"),
            counted(sa.and_(sa.not_(is_new), sa.not_(stayed)), "resurrected_authors"),
        )
        .select_from(there.join(first, first.c.author_id == there.c.author_id))
        .where(there.c.number >= _ONE)
        .group_by(there.c.number)
        .subquery("present")
    )
    following = there.c.number + _ONE
    gone = (
        sa.select(following.label("number"), sa.func.count().label("dormant_authors"))
        .where(sa.or_(there.c.later.is_(None), there.c.later > following))
        .group_by(there.c.number)
        .subquery("gone")
    )
    days = calendar(buckets, now)
    return (
        sa.select(
            days.c.bucket,
            *(
                whole(present.c[name], name)
                for name in ("new_authors", "returning_authors", "resurrected_authors")
            ),
            whole(gone.c.dormant_authors, "dormant_authors"),
            days.c.is_complete,
        )
        .select_from(
            days.outerjoin(present, present.c.number == days.c.number).outerjoin(
                gone, gone.c.number == days.c.number
            )
        )
        .order_by(days.c.number)
    )


def stickiness(
    days: Buckets,
    earlier: Sequence[datetime],
    now: datetime,
    conditions: Sequence[sa.ColumnElement[bool]],
) -> AnySelect:
    """Distinct active authors of each day, of the last 7 and of the last 30, and their ratios.

    ``earlier`` is where the 29 days before the first one start. An author is in a window from the
    day of a post until they drop out of it, or post again: running sums count who is in.
    """
    there = active([*earlier, *days.starts], len(earlier), conditions)
    came = sa.func.greatest(there.c.number, _ONE, type_=sa.Integer)

    def left(width: int) -> sa.ColumnElement[int]:
        leaves = sa.func.least(there.c.number + constant(width), there.c.later)
        return sa.func.greatest(leaves, _ONE, type_=sa.Integer)

    today = sa.case((there.c.number >= _ONE, _ONE), else_=_ZERO)
    events = sa.union_all(
        _event(there, came, today, _ONE, _ONE),
        _event(there, left(_WEEK), _ZERO, -_ONE, _ZERO),
        _event(there, left(_MONTH), _ZERO, _ZERO, -_ONE),
    ).subquery("events")
    moves = (
        sa.select(
            events.c.number,
            *(sa.func.sum(events.c[name]).label(name) for name in ("daily", "weekly", "monthly")),
        )
        .group_by(events.c.number)
        .subquery("moves")
    )
    dates = calendar(days, now)

    def running(name: str) -> sa.ColumnElement[int]:
        total = sa.func.sum(sa.func.coalesce(moves.c[name], _ZERO))
        return total.over(order_by=dates.c.number)

    counts = (
        sa.select(
            dates.c.number,
            dates.c.bucket.label("date"),
            whole(moves.c.daily, "daily_active"),
            whole(running("weekly"), "weekly_active"),
            whole(running("monthly"), "monthly_active"),
            dates.c.is_complete,
        )
        .select_from(dates.outerjoin(moves, moves.c.number == dates.c.number))
        .subquery("counts")
    )
    return sa.select(
        counts.c.date,
        counts.c.daily_active,
        counts.c.weekly_active,
        counts.c.monthly_active,
        ratio(counts.c.daily_active, counts.c.weekly_active).label("daily_weekly"),
        ratio(counts.c.daily_active, counts.c.monthly_active).label("daily_monthly"),
        counts.c.is_complete,
    ).order_by(counts.c.number)


def _event(
    there: sa.CTE,
    number: sa.ColumnElement[int],
    daily: sa.ColumnElement[int],
    weekly: sa.ColumnElement[int],
    monthly: sa.ColumnElement[int],
) -> sa.Select[int, int, int, int]:
    return sa.select(
        number.label("number"),
        daily.label("daily"),
        weekly.label("weekly"),
        monthly.label("monthly"),
    ).select_from(there)
