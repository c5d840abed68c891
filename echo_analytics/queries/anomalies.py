"""The select of days on which unusually much or little was posted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from echo_analytics.constructs import constant, whole
from echo_analytics.queries import rollups
from echo_analytics.queries.calendar import calendar, number_of
from echo_analytics.schema import posts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from echo_analytics.buckets import Buckets
    from echo_analytics.source import AnySelect

_WEEK = 7
_ONCE = "MATERIALIZED"

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

    With ``stored`` the days are those of rollups of the parameter ``zone``. There is no row where
    they do not answer, nor where posts lie outside of what is stored: the first one may be among
    them.
    """
    counted = _stored() if stored else _counted(wanted.days.starts)
    conditions: list[sa.ColumnElement[bool]] = []
    if stored:
        beyond = sa.exists().where(counted.c.place == sa.literal_column("'infinity'::date"))
        conditions = [rollups.covered("all"), sa.not_(beyond)]
    totals = _totals(wanted, counted, stored)
    day = _compared(wanted, totals)
    enough = day.c.days >= constant(wanted.minimum)
    expected = sa.case((enough, day.c.expected))
    # Never less than what chance alone does to a count.
    chance = sa.func.sqrt(sa.func.greatest(expected, sa.literal_column("1.0")))
    spread = sa.func.greatest(day.c.deviation * sa.literal_column(str(_TO_DEVIATION)), chance)
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
        .where(*conditions)
        .order_by(day.c.number)
    )


def _totals(wanted: Anomalies, counted: sa.CTE, stored: bool) -> sa.CTE:
    """Every day with its posts, and whether the first post ever was there by then."""
    dates = calendar(wanted.days, wanted.now)
    place = dates.c.bucket if stored else dates.c.number
    first = sa.select(sa.func.min(counted.c.place)).scalar_subquery()
    return (
        sa.select(
            dates.c.number,
            dates.c.bucket.label("date"),
            sa.func.coalesce(counted.c.total_posts, constant(0)).label("total_posts"),
            dates.c.is_complete,
            sa.func.coalesce(place >= first, sa.false()).label("is_history"),
        )
        .select_from(dates.outerjoin(counted, place == counted.c.place))
        .cte("totals")
    )


def _counted(starts: Sequence[datetime]) -> sa.CTE:
    """The posts of each day; all those before the first one are looked at too, and counted as 0.

    No index has the instants of all posts, so that looking for the first one would read them once
    more.
    """
    place = number_of(posts.c.created_at, starts).label("place")
    total = sa.func.count().label("total_posts")
    return sa.select(place, total).group_by(sa.text("1")).cte("counted")


def _stored() -> sa.CTE:
    every = rollups.every_day()
    there = every.c.total_posts > constant(0)
    return sa.select(every.c.day.label("place"), every.c.total_posts).where(there).cte("counted")


def _compared(wanted: Anomalies, totals: sa.CTE) -> sa.CTE:
    """Each day of the range with median and median absolute deviation of those it is compared with.

    Nothing is joined: how many days there are is not known to the planner, which then might compare
    each with each.
    """
    weekday: Any = {
        "partition_by": totals.c.number % constant(_WEEK),
        "order_by": totals.c.number,
        "rows": (-wanted.weeks, -1),
    }
    counts = sa.func.array_agg(totals.c.total_posts, type_=sa.ARRAY(sa.BigInteger))
    history = counts.filter(totals.c.is_history, totals.c.is_complete).over(**weekday)
    days = sa.select(totals, history.label("history")).cte("days").prefix_with(_ONCE)
    one = sa.func.unnest(days.c.history).table_valued("posts", name="one").render_derived()
    middle = (
        sa.select(
            *(days.c[name] for name in ("number", "date", "total_posts", "is_complete", "history")),
            sa.func.cardinality(days.c.history).label("days"),
            sa.select(_median(one.c.posts)).scalar_subquery().label("expected"),
        )
        .where(days.c.number > constant(wanted.history))
        .cte("middle")
        .prefix_with(_ONCE)
    )
    other = sa.func.unnest(middle.c.history).table_valued("posts", name="other").render_derived()
    distance = sa.func.abs(other.c.posts - middle.c.expected)
    deviation = sa.select(_median(distance)).scalar_subquery()
    return sa.select(middle, deviation.label("deviation")).cte("compared").prefix_with(_ONCE)


# Any: a median of whole numbers is a float.
def _median(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    return sa.func.percentile_cont(sa.literal_column("0.5")).within_group(column)


def _float(column: sa.ColumnElement[Any], name: str) -> sa.Label[float]:
    return sa.cast(column, sa.Float).label(name)
