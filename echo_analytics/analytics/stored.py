"""Series from what is stored, where that answers what is asked."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

from echo_analytics.local_days import local_day
from echo_analytics.periods import year_before
from echo_analytics.queries import rollups as queries

if TYPE_CHECKING:
    from datetime import date

    from echo_analytics.analytics.asking import Asked
    from echo_analytics.source import Source

F = TypeVar("F")


def stored_series(source: Source[F], asked: Asked, name: str) -> F | None:
    """Return the series by what is stored; None where it has to be counted from the tables.

    Days are stored with their own distinct authors. Those of longer buckets, of windows and of
    running counts do not add up from them, nor do those of several values that become one group.
    """
    if asked.every != "day" or asked.rolling is not None or asked.cumulative:
        return None
    if asked.by == "author" or not queries.are_stored(asked.first, asked.last):
        return None
    values: dict[str, object] = {
        "zone": asked.zone.key,
        "first": asked.first,
        "last": asked.last,
        # A day is over once the next one has begun.
        "today": local_day(asked.now, asked.zone),
    }
    if asked.by is not None:
        values["top"] = asked.top
    if asked.compare is not None:
        first, last = _days_before(asked)
        if not queries.are_stored(first, last):
            return None
        values |= {"first_before": first, "last_before": last}
    return source.rolled_up(queries.days(name, asked.by, asked.compare), values)


def _days_before(asked: Asked) -> tuple[date, date]:
    """Return the first and the last day that is compared with."""
    if asked.compare == "previous_year":
        return year_before(asked.first), year_before(asked.last)
    day = timedelta(days=1)
    return asked.first - (asked.last - asked.first + day), asked.first - day
