"""The analysis of unusual days."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

from echo_analytics.arguments import day_range, moment, positive, time_zone
from echo_analytics.buckets import buckets
from echo_analytics.errors import InvalidInput
from echo_analytics.queries import anomalies as queries
from echo_analytics.queries.rollups import are_stored

if TYPE_CHECKING:
    from datetime import date, datetime

    from echo_analytics.source import Source

F = TypeVar("F")


def post_anomalies(
    source: Source[F],
    start: date | str,
    end: date | str,
    *,
    weeks: int = 8,
    minimum: int = 4,
    threshold: float = 3.5,
    timezone: str = "UTC",
    now: datetime | None = None,
) -> F:
    """Mark the days on which unusually many or few posts were created.

    A day is compared with the same weekday of the weeks before it, and with nothing after it, so
    that the newest complete day can be marked. What is expected is the median of those days; the
    score is the distance to it in robust standard deviations, 1.4826 times the median absolute
    deviation (Iglewicz and Hoaglin, How to Detect and Handle Outliers, 1993, whose threshold of 3.5
    is the default), but at least the square root of what is expected, or 1: what chance does to a
    count that is Poisson distributed.

    Parameters
    ----------
    source
        A database, or a snapshot of one.
    start, end
        The first and the last day, both included. The weeks before reach back before ``start``.
    weeks
        How many weeks back the same weekday is looked at.
    minimum
        How many such days are needed; they must be complete, and none may lie before the day of the
        first post of all.
    threshold
        The score, up or down, beyond which a day is marked.
    timezone
        The IANA name of the zone whose days are meant.
    now
        The moment (aware) that decides which days are complete; None is the present.

    Returns
    -------
    frame
        One row a day, in order:

        - date (date)
        - total_posts (int64)
        - expected, lower, upper (float64): what is expected and the band beyond which a day is
          marked, never below zero; null where the history is too short
        - score (float64): positive for more than expected; null also while the day is not complete
        - is_anomaly (bool): false where the score is null
        - is_complete (bool): whether ``now`` has passed the day's end

    Raises
    ------
    InvalidInput
        An argument is wrong.
    DatabaseError
        The server refused, timed out or was lost.

    Examples
    --------
    >>> len(post_anomalies(db, "2026-05-01", "2026-06-30"))
    61
    """
    first, last = day_range(start, end)
    zone = time_zone(timezone)
    back = positive("weeks", weeks, 520)
    needed = positive("minimum", minimum, back)
    if isinstance(threshold, bool) or not isinstance(threshold, int | float):
        raise InvalidInput("threshold", "needs a positive number")
    if not (math.isfinite(threshold) and threshold > 0):
        raise InvalidInput("threshold", "needs a positive number")
    history = back * 7
    earliest = first - timedelta(days=history)
    wanted = queries.Anomalies(
        days=buckets(earliest, last, "day", zone),
        history=history,
        now=moment("now", now),
        weeks=back,
        minimum=needed,
        threshold=float(threshold),
    )
    if are_stored(earliest, last):
        stored = queries.post_anomalies(wanted, stored=True)
        found = source.rolled_up(stored.params(zone=zone.key))
        if found is not None:
            return source.as_frame(found)
    return source.frame(queries.post_anomalies(wanted))
