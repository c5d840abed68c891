"""Selects of how many of those who began together are still there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import sqlalchemy as sa

from echo_analytics.constructs import constant, instant, ratio, whole
from echo_analytics.queries.calendar import calendar, number_of
from echo_analytics.schema import posts, users

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from echo_analytics.buckets import Buckets
    from echo_analytics.source import AnySelect

Cohorts: TypeAlias = Literal["first_post", "sign_up"]
Method: TypeAlias = Literal["on", "on or after"]

COHORTS: tuple[Cohorts, ...] = ("first_post", "sign_up")
METHODS: tuple[Method, ...] = ("on", "on or after")

_COLUMNS = ("cohort", "cohort_size", "period", "active_authors", "rate", "is_complete")


@dataclass(frozen=True, slots=True)
class Retention:
    """What is asked for.

    Parameters
    ----------
    buckets
        The cohorts, and the periods.
    now
        A period that this has not passed is not complete.
    cohort_by, method
        The definitions.
    periods
        The last period wanted; None for all.
    mean
        Whether to add the weighted means.
    """

    buckets: Buckets
    now: datetime
    cohort_by: Cohorts
    method: Method
    periods: int | None
    mean: bool


def author_retention(wanted: Retention, conditions: Sequence[sa.ColumnElement[bool]]) -> AnySelect:
    """Authors of each cohort who were active in each period after it began."""
    activity = _activity(wanted, conditions)
    people = _people(wanted, activity)
    sizes = (
        sa.select(people.c.cohort, sa.func.count().label("size"))
        .group_by(people.c.cohort)
        .subquery("sizes")
    )
    cells = _cells(wanted)
    counts = _counts(wanted, _active(people, activity))
    here: sa.ColumnElement[Any] = counts.c.authors  # Any: a sum too
    if wanted.method == "on or after":
        # Each author was counted in the last period they were active in.
        total = sa.func.sum(sa.func.coalesce(here, constant(0)))
        here = total.over(partition_by=cells.c.cohort, order_by=cells.c.period.desc())
    grid = cells.outerjoin(sizes, sizes.c.cohort == cells.c.cohort).outerjoin(
        counts,
        sa.and_(counts.c.cohort == cells.c.cohort, counts.c.period == cells.c.period),
    )
    counted = (
        sa.select(
            cells.c.bucket,
            whole(sizes.c.size, "cohort_size"),
            cells.c.period,
            whole(here, "active_authors"),
            cells.c.is_complete,
        )
        .select_from(grid)
        .cte("counted")
    )
    rows: Any = _rows(counted)  # Any: with the means it is a union
    if wanted.mean:
        rows = sa.union_all(rows, _means(counted))
    result = rows.subquery("retention")
    return sa.select(*(result.c[name] for name in _COLUMNS)).order_by(
        result.c.cohort.nulls_last(), result.c.period
    )


def _activity(wanted: Retention, conditions: Sequence[sa.ColumnElement[bool]]) -> sa.CTE:
    """Each author and each period they were active in; 0 is before the range, one more after it."""
    return (
        sa.select(
            posts.c.author_id,
            number_of(posts.c.created_at, wanted.buckets.starts).label("number"),
            sa.func.min(posts.c.created_at).label("first_post"),
            sa.func.max(posts.c.created_at).label("last_post"),
        )
        .where(*conditions)
        .group_by(posts.c.author_id, sa.text("2"))
        .cte("activity")
    )


def _people(wanted: Retention, activity: sa.CTE) -> sa.CTE:
    """The members of each cohort, and since when their posts count."""
    starts = wanted.buckets.starts
    if wanted.cohort_by == "sign_up":
        began: sa.FromClause = sa.select(
            users.c.id.label("author_id"), users.c.created_at.label("since")
        ).subquery("began")
    else:
        began = (
            sa.select(activity.c.author_id, sa.func.min(activity.c.first_post).label("since"))
            .group_by(activity.c.author_id)
            .subquery("began")
        )
    return (
        sa.select(
            began.c.author_id, began.c.since, number_of(began.c.since, starts).label("cohort")
        )
        .where(began.c.since >= instant(starts[0]), began.c.since < instant(starts[-1]))
        .cte("people")
    )


def _active(people: sa.CTE, activity: sa.CTE) -> sa.Subquery:
    """Each member and each period they were active in since they began."""
    return (
        sa.select(
            people.c.cohort,
            people.c.author_id,
            (activity.c.number - people.c.cohort).label("period"),
        )
        .select_from(people.join(activity, activity.c.author_id == people.c.author_id))
        .where(activity.c.last_post >= people.c.since)
        .subquery("active")
    )


def _counts(wanted: Retention, active: sa.Subquery) -> sa.Subquery:
    if wanted.method == "on":
        here: sa.FromClause = active
    else:
        most: sa.ColumnElement[Any] = constant(len(wanted.buckets)) - active.c.cohort  # Any: least
        if wanted.periods is not None:
            most = sa.func.least(most, constant(wanted.periods))
        last = sa.func.least(sa.func.max(active.c.period), most, type_=sa.Integer)
        here = (
            sa.select(active.c.cohort, active.c.author_id, last.label("period"))
            .group_by(active.c.cohort, active.c.author_id)
            .subquery("last")
        )
    return (
        sa.select(here.c.cohort, here.c.period, sa.func.count().label("authors"))
        .group_by(here.c.cohort, here.c.period)
        .subquery("counts")
    )


def _cells(wanted: Retention) -> sa.Subquery:
    """Every cohort and every period of the range that it has."""
    cohorts = calendar(wanted.buckets, wanted.now, name="cohorts")
    periods = calendar(wanted.buckets, wanted.now, name="periods")
    period = periods.c.number - cohorts.c.number
    within = [period >= constant(0)]
    if wanted.periods is not None:
        within.append(period <= constant(wanted.periods))
    return (
        sa.select(
            cohorts.c.number.label("cohort"),
            cohorts.c.bucket,
            period.label("period"),
            periods.c.is_complete,
        )
        .select_from(cohorts.join(periods, sa.and_(*within)))
        .subquery("cells")
    )


def _rows(counted: sa.CTE) -> sa.Select[Any]:  # Any: the declared columns
    return sa.select(
        counted.c.bucket.label("cohort"),
        counted.c.cohort_size,
        sa.cast(counted.c.period, sa.BigInteger).label("period"),
        counted.c.active_authors,
        ratio(counted.c.active_authors, counted.c.cohort_size).label("rate"),
        counted.c.is_complete,
    )


def _means(counted: sa.CTE) -> sa.Select[Any]:  # Any: the declared columns
    """Means over the cohorts whose period is complete, weighted by their sizes."""

    def total(column: sa.ColumnElement[int]) -> sa.ColumnElement[int]:
        return sa.func.sum(column).filter(counted.c.is_complete)

    sizes, authors = total(counted.c.cohort_size), total(counted.c.active_authors)
    return sa.select(
        sa.cast(sa.null(), sa.Date),
        whole(sizes, "cohort_size"),
        sa.cast(counted.c.period, sa.BigInteger),
        whole(authors, "active_authors"),
        ratio(authors, sizes),
        sa.func.bool_or(counted.c.is_complete),
    ).group_by(counted.c.period)
