"""Series from what is stored, where that answers what is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from echo_analytics.local_days import local_day
from echo_analytics.queries import rollups as queries

if TYPE_CHECKING:
    from echo_analytics.analytics.asking import Asked
    from echo_analytics.source import Source

F = TypeVar("F")


def stored_series(source: Source[F], asked: Asked, name: str) -> F | None:
    """Return the series by what is stored; None where it has to be counted from the tables.

    Days are stored with their own distinct authors. Those of longer buckets, of windows and of
    running counts do not add up from them.
    """
    if asked.every != "day" or asked.rolling is not None or asked.cumulative:
        return None
    if asked.by is not None or asked.compare is not None:
        return None
    if not queries.are_stored(asked.first, asked.last):
        return None
    values = {
        "zone": asked.zone.key,
        "first": asked.first,
        "last": asked.last,
        # A day is over once the next one has begun.
        "today": local_day(asked.now, asked.zone),
    }
    return source.rolled_up(queries.days(name), values)
