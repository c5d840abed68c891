"""Sections that several reports have, and changes of rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
from pyarrow import compute

import echo_analytics as echo
from echo_analytics.buckets import bucket_start, shift_bucket
from echo_analytics.local_days import start_of_day
from echo_analytics.reports import sentences
from echo_analytics.reports.section import Section

if TYPE_CHECKING:
    from datetime import date

    from echo_analytics.reports.period import Period, Step
    from echo_analytics.reports.section import Change

HISTORY: dict[Step, int] = {"day": 92, "week": 53, "month": 25}
"""How many buckets are shown of what was before, by their kind."""


def history(period: Period) -> Section:
    """Return the posts of the period beside those of as many before as make a history."""
    step = period.step
    return Section(
        "history",
        f"Posts by {step}",
        echo.posts_over_time,
        {"start": period.first_of_buckets(HISTORY[step]), "every": step},
        says=sentences.trend(step),
    )


def retention(period: Period, unit: Step, periods: int) -> Section:
    """Return who wrote again, of those who began in the last periods."""
    return Section(
        "retention",
        "Who writes again",
        echo.author_retention,
        {"start": _back(period, unit, periods), "every": unit, "mean": True},
        says=sentences.retention(unit),
    )


def lifecycle(period: Period, unit: Step, periods: int) -> Section:
    """Return where the authors of the last periods came from."""
    return Section(
        "lifecycle",
        "New, returning and lost authors",
        echo.author_lifecycle,
        {"start": _back(period, unit, periods), "every": unit},
        says=sentences.lifecycle(unit),
    )


def began_in(period: Period) -> Change:
    """Return what leaves only those of ``user_stats`` whose first post is in a period."""
    since, until = start_of_day(period.first, period.zone), period.end

    def rows(table: pa.Table) -> pa.Table:
        first = table.column("first_post")
        return table.filter(
            compute.and_(
                compute.greater_equal(first, pa.scalar(since, first.type)),
                compute.less(first, pa.scalar(until, first.type)),
            )
        )

    return rows


# Any: a value of the column.
def only(column: str, value: Any) -> Change:  # noqa: ANN401
    """Return what leaves only the rows with a value."""

    def rows(table: pa.Table) -> pa.Table:
        return table.filter(compute.equal(table.column(column), pa.scalar(value)))

    return rows


def _back(period: Period, unit: Step, periods: int) -> date:
    return shift_bucket(bucket_start(period.last, unit), unit, 1 - periods)
