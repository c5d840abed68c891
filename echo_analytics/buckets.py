"""The buckets of a series: the hours, days, weeks, months, quarters or years of a zone.

A bucket is named by its own first day, and cut to the range that was asked for: a range that starts
on a Wednesday has its first week named by the Monday before, holding what happened from Wednesday
on. Hours are named by the instant at which they start, so a local hour that comes twice is two
buckets; a shift of half an hour makes an hour of thirty minutes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Literal, TypeAlias

from echo_analytics.local_days import offset_change, start_of_day

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

Every: TypeAlias = Literal["hour", "day", "week", "month", "quarter", "year"]

EVERY: tuple[Every, ...] = ("hour", "day", "week", "month", "quarter", "year")
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Buckets:
    """Consecutive buckets of a range.

    Parameters
    ----------
    labels
        The name of each: its first day, or the instant (aware, UTC) at which an hour starts.
    starts
        The instants (aware, UTC) between them: one more than there are buckets. The first and the
        last are those of the range.
    ends
        The instant at which each bucket is over, also where the range ends before.
    """

    labels: list[date] | list[datetime]
    starts: list[datetime]
    ends: list[datetime]

    def __len__(self) -> int:
        return len(self.labels)

    def are_complete(self, now: datetime) -> list[bool]:
        """Return for each bucket whether ``now`` has passed it."""
        return [end <= now for end in self.ends]


def buckets(
    start: date, end: date, every: Every, zone: ZoneInfo, week_start: str = "monday"
) -> Buckets:
    """Return the buckets of the days from ``start`` to ``end``, both included."""
    if every == "hour":
        return _hours(start, end, zone)
    firsts = [bucket_start(start, every, week_start)]
    while firsts[-1] <= end:
        firsts.append(shift_bucket(firsts[-1], every, 1))
    edges = [start_of_day(first, zone) for first in firsts]
    starts = [start_of_day(start, zone), *edges[1:-1], start_of_day(end + _DAY, zone)]
    return Buckets(firsts[:-1], starts, edges[1:])


def starts_before(
    start: date, count: int, every: Every, zone: ZoneInfo, week_start: str = "monday"
) -> list[datetime]:
    """Return the instants at which the ``count`` buckets before that of ``start`` begin.

    Where ``start`` is not the first day of its own bucket, that one's beginning comes last.
    """
    if every == "hour":
        earlier = start - timedelta(days=count // 23 + 2)
        starts = _hours(earlier, start - _DAY, zone).starts[:-1]
        return starts[len(starts) - count :]
    own = bucket_start(start, every, week_start)
    firsts = [shift_bucket(own, every, number - count) for number in range(count + (own < start))]
    return [start_of_day(first, zone) for first in firsts]


def bucket_start(day: date, every: Every, week_start: str = "monday") -> date:
    """Return the first day of the bucket that holds ``day``.

    Examples
    --------
    >>> bucket_start(date(2026, 6, 30), "quarter")
    datetime.date(2026, 4, 1)
    """
    if every == "week":
        return day - timedelta(days=(day.weekday() - WEEKDAYS.index(week_start)) % 7)
    if every in _MONTHS:
        months = _MONTHS[every]
        return day.replace(month=(day.month - 1) // months * months + 1, day=1)
    return day


def shift_bucket(day: date, every: Every, count: int) -> date:
    """Return ``day`` moved by ``count`` buckets; the 31st becomes the last day of a short month.

    Examples
    --------
    >>> shift_bucket(date(2026, 5, 31), "month", -3)
    datetime.date(2026, 2, 28)
    """
    if every not in _MONTHS:
        return day + timedelta(days=count * (7 if every == "week" else 1))
    number = day.year * 12 + day.month - 1 + count * _MONTHS[every]
    first = date(number // 12, number % 12 + 1, 1)
    following = date((number + 1) // 12, (number + 1) % 12 + 1, 1)
    return first.replace(day=min(day.day, (following - first).days))


def _hours(start: date, end: date, zone: ZoneInfo) -> Buckets:
    last = start_of_day(end + _DAY, zone)
    starts = [start_of_day(start, zone)]
    while starts[-1] < last:
        starts.append(_next_hour(starts[-1], zone))
    return Buckets(starts[:-1], [*starts[:-1], last], starts[1:])


def _next_hour(instant: datetime, zone: ZoneInfo) -> datetime:
    local = instant.astimezone(zone)
    past = timedelta(minutes=local.minute, seconds=local.second)
    following = instant + _HOUR - past
    change = offset_change(instant, following, zone)
    return following if change is None else change.astimezone(UTC)
