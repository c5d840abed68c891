"""Series from what is stored, where that answers what is asked."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

from echo_analytics.analytics.grid import series
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
    }
    if asked.by == "category":
        values["top"] = asked.top
    before = None
    if asked.compare is not None:
        before = _days_before(asked)
        if not queries.are_stored(*before):
            return None
        values |= {"first_before": before[0], "last_before": before[1]}
    found = source.rolled_up(queries.days(asked.by, compared=before is not None), values)
    if found is None:
        return None
    # A day is over once the next one has begun.
    table = series(found, asked, name, before, local_day(asked.now, asked.zone))
    return None if table is None else source.as_frame(table)


def _days_before(asked: Asked) -> tuple[date, date]:
    """Return the first and the last day that is compared with."""
    if asked.compare == "previous_year":
        return year_before(asked.first), year_before(asked.last)
    day = timedelta(days=1)
    return asked.first - (asked.last - asked.first + day), asked.first - day
