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

    from echo_analytics.reports.period import Kind, Period, Step
    from echo_analytics.reports.section import Change, Says

HISTORY: dict[Step, int] = {"day": 92, "week": 53, "month": 25}
"""How many buckets are shown of what was before, by their kind."""

_TITLES: dict[Kind, str] = {
    "day": "Daily report",
    "week": "Weekly report",
    "month": "Monthly report",
    "range": "Report",
}

_NO_CHANCE = 11.0
"""A rise like this has one word in a thousand that has not changed."""


def history(period: Period) -> Section:
    """Return the posts of the period beside those of as many before as make a history."""
    step = period.step
    return Section(
        "history",
        f"Posts by {step}",
        echo.posts_over_time,
        {"start": period.first_of_buckets(HISTORY[step]), "every": step},
        says=trend(period),
    )


def overview(period: Period) -> Section:
    """Return the key figures; of a range they say how many posts there were, and what changed."""
    of_range = period.kind == "range"
    return Section(
        "overview",
        "Overview",
        echo.overview,
        says=sentences.overview_of_range if of_range else sentences.overview,
    )


def title(period: Period) -> str:
    """Return what a report of a period is called."""
    return _TITLES[period.kind]


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


def words(
    period: Period,
    heading: str = "What people wrote about",
    limit: int = 15,
    **only_of: str,
) -> tuple[Section, Section]:
    """Return the words of the most posts, and those that are on the rise beyond chance.

    Parameters
    ----------
    period
        The days.
    heading
        What the first of the two is called.
    limit
        How many words they have at the most.
    only_of
        A ``category`` or an ``author``, by id.
    """
    return (
        Section(
            "terms",
            heading,
            echo.search_terms,
            {"limit": limit, **only_of},
            says=sentences.frequent_words,
        ),
        Section(
            "rising_terms",
            "Words on the rise",
            echo.search_terms,
            {"by": "rising", "limit": limit, **only_of},
            says=sentences.rising_words(period),
            rows=at_least("rise", _NO_CHANCE),
            figure=False,
        ),
    )


def written_in(table: pa.Table) -> pa.Table:
    """Return the categories that had posts, in the period or in the one before."""
    now, before = table.column("total_posts"), table.column("total_posts_previous")
    before = compute.fill_null(before, 0)
    return table.filter(compute.or_(compute.greater(now, 0), compute.greater(before, 0)))


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


def at_least(column: str, least: float) -> Change:
    """Return what leaves only the rows with so much."""

    def rows(table: pa.Table) -> pa.Table:
        return table.filter(compute.greater_equal(table.column(column), least))

    return rows


def trend(period: Period) -> Says | None:
    """Return what is said of the posts of a period beside those before; None of a range.

    The last bucket of a range is not the range, and may be cut off.
    """
    return None if period.kind == "range" else sentences.trend(period.step)


def _back(period: Period, unit: Step, periods: int) -> date:
    return shift_bucket(bucket_start(period.last, unit), unit, 1 - periods)
