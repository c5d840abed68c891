"""Axes of time: what a bucket is called, by how far apart buckets are."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

from echo_analytics.buckets import shift_bucket
from echo_analytics.plots.template import DATES, HOURS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from zoneinfo import ZoneInfo

    from echo_analytics.plots.template import Palette

Step = Literal["hour", "day", "week", "month", "quarter", "year"]

# The longest distance, in days, between two neighbours.
_LONGEST: tuple[tuple[Step, int], ...] = (
    ("day", 2),
    ("week", 8),
    ("month", 32),
    ("quarter", 93),
)
_HOVERS: dict[Step, str] = {
    "hour": "%A, %-d %B %Y, %H:%M UTC",
    "day": "%A, %-d %B %Y",
    "week": "Week of %-d %B %Y",
    "month": "%B %Y",
    "quarter": "Quarter from %B %Y",
    "year": "%Y",
}


LONG_RANGE = 200
"""Buckets from which choosing a part of the range is worth the room it takes."""


def slider(buckets: int) -> dict[str, object]:
    """Return the slider of an axis that has many buckets, and nothing for a few."""
    # None would draw one.
    if buckets <= LONG_RANGE:
        return {}
    return {"rangeslider": {"visible": True, "thickness": 0.07}}


def step_of(buckets: Sequence[date], every: Step | None = None) -> Step:
    """Return what the buckets are: ``every``, or what the smallest step between two of them tells.

    >>> from datetime import date
    >>> step_of([date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)])
    'month'
    """
    if every is not None:
        return every
    if buckets and isinstance(buckets[0], datetime):
        return "hour"
    ordered = sorted(set(buckets))
    if len(ordered) < 2:
        return "day"
    least = min((b - a).days for a, b in itertools.pairwise(ordered))
    return next((name for name, longest in _LONGEST if least < longest), "year")


def whole_days(
    buckets: Sequence[date], zone: ZoneInfo, every: Step | None = None
) -> tuple[date, date]:
    """Return the first and the last day of whole buckets, in a zone where they are hours.

    >>> from datetime import date
    >>> from zoneinfo import ZoneInfo
    >>> whole_days([date(2026, 1, 1), date(2026, 2, 1)], ZoneInfo("UTC"))
    (datetime.date(2026, 1, 1), datetime.date(2026, 2, 28))
    """
    first, last = min(buckets), max(buckets)
    if isinstance(first, datetime) and isinstance(last, datetime):
        return first.astimezone(zone).date(), last.astimezone(zone).date()
    return first, shift_bucket(last, step_of(buckets, every), 1) - timedelta(days=1)


def time_axis(step: Step, colours: Palette) -> dict[str, object]:
    """Return an axis of time without grid, with a line that follows the pointer."""
    return {
        "type": "date",
        "hoverformat": _HOVERS[step],
        "tickformatstops": HOURS if step == "hour" else DATES,
        "showgrid": False,
        "showline": True,
        "ticks": "outside",
        "showspikes": True,
        "spikemode": "across",
        "spikedash": "solid",
        "spikethickness": 1,
        "spikecolor": colours.quiet,
    }
