"""What a series is compared with: the buckets before it, or those of the year before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal, TypeAlias

from echo_analytics.buckets import buckets, shift_bucket

if TYPE_CHECKING:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from echo_analytics.buckets import Buckets, Every

Comparison: TypeAlias = Literal["previous_period", "previous_year"]

COMPARISONS: tuple[Comparison, ...] = ("previous_period", "previous_year")

_A_YEAR: dict[Every, int] = {"week": 52, "month": 12, "quarter": 4, "year": 1}
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Counterparts:
    """The buckets that those of a range are compared with.

    Parameters
    ----------
    starts
        The instants (aware, UTC) between them: one more than there are buckets.
    numbers
        For each bucket of the range, which of them it is compared with, from 1; 0 is none.
    """

    starts: list[datetime]
    numbers: list[int]


def shifted_range(start: date, end: date, every: Every, count: int) -> tuple[date, date]:
    """Return the range of as many buckets, and as much of the outer ones, ``count`` earlier.

    Examples
    --------
    >>> shifted_range(date(2026, 2, 1), date(2026, 2, 28), "month", 1)
    (datetime.date(2026, 1, 1), datetime.date(2026, 1, 31))
    """
    after = end + _DAY
    shifted = shift_bucket(after, every, -count)
    if shifted.day < after.day and every in ("month", "quarter", "year"):
        shifted += _DAY  # a day that the shorter month does not have is past its end
    return shift_bucket(start, every, -count), shifted - _DAY


def year_before(day: date) -> date:
    """Return the same date of the year before; 29 February becomes 28."""
    return shift_bucket(day, "year", -1)


def counterparts(
    start: date,
    end: date,
    every: Every,
    zone: ZoneInfo,
    week_start: str,
    compare: Comparison,
) -> Counterparts:
    """Return what the buckets of a range are compared with."""
    now = buckets(start, end, every, zone, week_start)
    if every == "hour":
        if compare == "previous_year":
            return _hours_of_the_year_before(now, start, end, zone)
        earlier = start - (end - start) - 3 * _DAY
        starts = buckets(earlier, start - _DAY, every, zone).starts
        return Counterparts(starts[-len(now) - 1 :], list(range(1, len(now) + 1)))
    if every == "day" and compare == "previous_year":
        first = year_before(start)
        days = [start + number * _DAY for number in range(len(now))]
        numbers = [(year_before(day) - first).days + 1 for day in days]
        return Counterparts(buckets(first, year_before(end), every, zone).starts, numbers)
    count = len(now) if compare == "previous_period" else _A_YEAR[every]
    first, last = shifted_range(start, end, every, count)
    before = buckets(first, last, every, zone, week_start)
    return Counterparts(before.starts, list(range(1, len(now) + 1)))


def _hours_of_the_year_before(now: Buckets, start: date, end: date, zone: ZoneInfo) -> Counterparts:
    """Match hours by date and hour on the clock; one that comes twice by its turn."""
    before = buckets(year_before(start), year_before(end), "hour", zone)
    known: dict[tuple[date, int], list[int]] = {}
    for number, begins in enumerate(before.starts[:-1], 1):
        local = begins.astimezone(zone)
        known.setdefault((local.date(), local.hour), []).append(number)
    numbers, turns = [], dict[tuple[date, int], int]()
    for begins in now.starts[:-1]:
        local = begins.astimezone(zone)
        hour = (local.date(), local.hour)
        turn = turns[hour] = turns.get(hour, -1) + 1
        there = known.get((year_before(local.date()), local.hour), [0])
        numbers.append(there[min(turn, len(there) - 1)])
    return Counterparts(before.starts, numbers)
