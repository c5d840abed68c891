"""Axes of time: what a bucket is called, by how far apart buckets are."""

from __future__ import annotations

import itertools
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from echo_analytics.plots.template import DATES, HOURS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

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


def step_of(buckets: Sequence[date]) -> Step:
    """Return what the buckets are: the smallest step between two of them tells.

    >>> from datetime import date
    >>> step_of([date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)])
    'month'
    """
    if buckets and isinstance(buckets[0], datetime):
        return "hour"
    ordered = sorted(set(buckets))
    if len(ordered) < 2:
        return "day"
    least = min((b - a).days for a, b in itertools.pairwise(ordered))
    return next((name for name, longest in _LONGEST if least < longest), "year")


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
