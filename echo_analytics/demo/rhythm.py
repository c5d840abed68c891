"""When things happen: growth, weeks, hours, and a few days that stand out.

Instants are whole microseconds since 1970 in UTC.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from echo_analytics.demo.draws import Draws, Weights

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

FIRST_DAY = date(2025, 1, 1)
LAST_DAY = date(2026, 6, 30)
DAYS = (LAST_DAY - FIRST_DAY).days + 1

MINUTE = 60_000_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
START = int(datetime(2025, 1, 1, tzinfo=UTC).timestamp()) * 1_000_000
END = START + DAYS * DAY - 1
"""The last microsecond."""

_LAUNCH = date(2025, 9, 16)
"""The day after which more people write, and far more sign up."""

_OUTAGE = date(2025, 11, 12)
"""The day on which hardly anybody could write."""

_WEEKDAYS = (1.0, 1.12, 1.1, 1.05, 0.88, 0.42, 0.48)
_HOURS = Weights(
    (3, 2, 2, 2, 3, 5, 9, 16, 26, 34, 36, 33, 27, 31, 35, 34, 31, 28, 24, 22, 19, 14, 9, 5)
)
_QUIET_HOURS = Weights(
    (6, 4, 3, 3, 3, 4, 6, 9, 14, 20, 24, 25, 23, 23, 24, 24, 23, 24, 26, 28, 26, 20, 14, 9)
)


def _events() -> dict[int, float]:
    """Return, for the days that stand out, how much more is written."""
    spans = (
        (_LAUNCH, (3.2, 2.5, 2.0, 1.6, 1.3, 1.3, 1.4, 1.3, 1.2, 1.15)),
        (date(2026, 3, 10), (1.7, 2.0, 1.6, 1.3)),
        (_OUTAGE, (0.1,)),
        (date(2025, 4, 18), (0.6,) * 4),
        (date(2025, 8, 4), (0.8,) * 21),
        (date(2025, 12, 20), (0.55,) * 4 + (0.25,) * 3 + (0.45,) * 4 + (0.25,) * 2 + (0.6,) * 3),
        (date(2026, 4, 3), (0.6,) * 4),
    )
    return {
        (first - FIRST_DAY).days + offset: factor
        for first, factors in spans
        for offset, factor in enumerate(factors)
    }


_EVENTS = _events()


def post_days(draws: Draws) -> Weights:
    """Return how many posts each day gets, relative to the others."""
    return Weights(
        _growth(day, 2.2, 2.0)
        * _WEEKDAYS[weekday(day)]
        * _EVENTS.get(day, 1.0)
        * (0.85 + 0.3 * draws.fraction())
        for day in range(DAYS)
    )


def sign_up_days() -> Weights:
    """Return how many people sign up each day, relative to the others."""
    return Weights(_sign_ups())


def _sign_ups() -> Iterator[float]:
    for day in range(DAYS):
        event = _EVENTS.get(day, 1.0)
        crowd = event * event if event > 1 else event
        yield _growth(day, 1.0, 0.6) * (0.4 + 0.6 * _WEEKDAYS[weekday(day)]) * crowd


def _growth(day: int, linear: float, square: float) -> float:
    elapsed = day / DAYS
    return 1.0 + linear * elapsed + square * elapsed * elapsed


def weekday(day: int) -> int:
    """Return 0 for a Monday to 6 for a Sunday."""
    return (day + FIRST_DAY.weekday()) % 7


def moment(draws: Draws, day: int) -> int:
    """Return an instant of a day, at an hour when people of that day are awake."""
    hour = draws.weighted(_QUIET_HOURS if weekday(day) >= 5 else _HOURS)
    return START + day * DAY + hour * HOUR + draws.below(HOUR)


def moments(draws: Draws, days: Weights, count: int) -> Sequence[int]:
    """Return ``count`` instants in order."""
    return sorted(moment(draws, draws.weighted(days)) for _ in range(count))


def later(draws: Draws, instant: int, end: int) -> int:
    """Return an instant after ``instant``, before ``end`` and the end of the data."""
    return instant + draws.below(min(end, END + 1) - instant)


def day_of(instant: int) -> int:
    """Return which day an instant is on, 0 for the first one."""
    return (instant - START) // DAY
