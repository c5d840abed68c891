"""The select of days on which unusually much or little was posted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from echo_analytics.constructs import constant, instant, whole
from echo_analytics.queries import rollups
from echo_analytics.queries.calendar import calendar, number_of
from echo_analytics.schema import posts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from echo_analytics.buckets import Buckets
    from echo_analytics.source import AnySelect

_WEEK = 7

_TO_DEVIATION = 1.4826
"""What makes a median of absolute deviations a standard deviation, for normal data."""


@dataclass(frozen=True, slots=True)
class Anomalies:
    """What is asked for.

    Parameters
    ----------
    days
        The days of the range, and before them those of the history.
    history
        How many days come before the range.
    now
        A day that this has not passed is not complete.
    weeks, minimum
        How many earlier weeks are looked at, and how many of their days are needed.
    threshold
        The score from which on a day is unusual.
    """

    days: Buckets
    history: int
    now: datetime
    weeks: int
    minimum: int
    threshold: float


def post_anomalies(wanted: Anomalies, *, stored: bool = False) -> AnySelect:
    """Days beside what the same weekdays before them let expect.

    With ``stored`` the days are those of rollups, whose parameters are ``zone``, ``first`` and
    ``last``; there is no row where these do not answer.
    """
    totals = _totals(wanted, stored)
    baseline = _baseline(wanted, totals)
    day = totals.alias("day")
    enough = baseline.c.days >= constant(wanted.minimum)
    expected = sa.case((enough, baseline.c.expected))
    # Never less than what chance alone does to a count.
    chance = sa.func.sqrt(sa.func.greatest(expected, sa.literal_column("1.0")))
    spread = sa.func.greatest(baseline.c.deviation * sa.literal_column(str(_TO_DEVIATION)), chance)
    threshold = sa.literal_column(repr(float(wanted.threshold)), sa.Float)
    margin = threshold * spread
    known = sa.and_(enough, day.c.is_complete)
    score = sa.case((known, (day.c.total_posts - expected) / spread))
    zero = sa.literal_column("0.0", sa.Float)
    return (
        sa.select(
            day.c.date,
            whole(day.c.total_posts, "total_posts"),
            _float(expected, "expected"),
            _float(sa.case((enough, sa.func.greatest(expected - margin, zero))), "lower"),
            _float(sa.case((enough, expected + margin)), "upper"),
            _float(score, "score"),
            sa.func.coalesce(sa.func.abs(score) > threshold, sa.false()).label("is_anomaly"),
            day.c.is_complete,
        )
        .select_from(day.outerjoin(baseline, baseline.c.number == day.c.number))
        .where(day.c.number > constant(wanted.history))
        .where(*([rollups.covered("all")] if stored else []))
        .order_by(day.c.number)
    )


def _totals(wanted: Anomalies, stored: bool) -> sa.CTE:
    """Every day with its posts, and whether the first post ever was there by then."""
    starts = wanted.days.starts
    dates = calendar(wanted.days, wanted.now)
    if stored:
        counted = rollups.counted("first", "last", None, "counted")
        same_day = dates.c.bucket == counted.c.day
    else:
        counted = _counted(starts)
        same_day = dates.c.number == counted.c.number
    first = sa.select(number_of(sa.func.min(posts.c.created_at), starts)).scalar_subquery()
    return (
        sa.select(
            dates.c.number,
            dates.c.bucket.label("date"),
            sa.func.coalesce(counted.c.total_posts, constant(0)).label("total_posts"),
            dates.c.is_complete,
            sa.func.coalesce(dates.c.number >= first, sa.false()).label("is_history"),
        )
        .select_from(dates.outerjoin(counted, same_day))
        .cte("totals")
    )


def _counted(starts: Sequence[datetime]) -> sa.FromClause:
    number = number_of(posts.c.created_at, starts)
    return (
        sa.select(number.label("number"), sa.func.count().label("total_posts"))
        .where(posts.c.created_at >= instant(starts[0]), posts.c.created_at < instant(starts[-1]))
        .group_by(sa.text("1"))
        .subquery("counted")
    )


def _baseline(wanted: Anomalies, totals: sa.CTE) -> sa.Subquery:
    """Median and median absolute deviation of the same weekdays before each day."""
    day, past = totals.alias("target"), totals.alias("past")
    # Joined by equality: compared with every other day, a thousand days are a million pairs.
    weeks = (
        sa.func.generate_series(constant(1), constant(wanted.weeks))
        .table_valued(sa.column("back", sa.Integer))
        .render_derived(name="weeks")
    )
    same = sa.and_(
        past.c.number == day.c.number - weeks.c.back * constant(_WEEK),
        past.c.is_history,
        past.c.is_complete,
    )
    pairs = (
        sa.select(day.c.number, past.c.total_posts)
        .select_from(day.join(weeks, sa.true()).join(past, same))
        .where(day.c.number > constant(wanted.history))
        .cte("pairs")
    )
    middle = (
        sa.select(pairs.c.number, _median(pairs.c.total_posts).label("expected"))
        .group_by(pairs.c.number)
        .cte("middle")
    )
    distance = sa.func.abs(pairs.c.total_posts - middle.c.expected)
    return (
        sa.select(
            pairs.c.number,
            middle.c.expected,
            sa.func.count().label("days"),
            _median(distance).label("deviation"),
        )
        .select_from(pairs.join(middle, middle.c.number == pairs.c.number))
        .group_by(pairs.c.number, middle.c.expected)
        .subquery("baseline")
    )


# Any: a median of whole numbers is a float.
def _median(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    return sa.func.percentile_cont(sa.literal_column("0.5")).within_group(column)


def _float(column: sa.ColumnElement[Any], name: str) -> sa.Label[float]:
    return sa.cast(column, sa.Float).label(name)
