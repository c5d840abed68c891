"""Where a local calendar day starts, as an instant.

A day starts at the earliest instant whose local date is that day or a later one. So the days of
any zone follow one another without gap or overlap: on a day that is 23 or 25 hours long, where
midnight does not exist or comes twice, and where a zone skipped a whole day (which then starts
and ends at the same instant).
"""

from __future__ import annotations

import functools
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

_BEFORE = timedelta(hours=27)
_AFTER = timedelta(hours=27)
_STEP = timedelta(microseconds=1)
_DAY = timedelta(days=1)
_FIRST = datetime(1900, 1, 1, tzinfo=UTC)
_LAST = datetime(2100, 1, 1, tzinfo=UTC)


def start_of_day(day: date, zone: ZoneInfo) -> datetime:
    """Return the instant (aware, UTC) at which ``day`` starts in ``zone``.

    Examples
    --------
    >>> from zoneinfo import ZoneInfo
    >>> start_of_day(date(2026, 3, 29), ZoneInfo("Europe/Berlin")).isoformat()
    '2026-03-28T23:00:00+00:00'
    """
    midnight = datetime.combine(day, time(), tzinfo=UTC)
    first, last = midnight - _BEFORE, midnight + _AFTER
    offset_before, offset_after = _offset(first, zone), _offset(last, zone)
    change = offset_change(first, last, zone)
    if change is None:
        return midnight - offset_before
    start = midnight - offset_before
    if start < change:
        return start
    return max(change, midnight - offset_after)


def edges_of_days(
    first: date | None, last: date | None, zone: ZoneInfo
) -> tuple[datetime | None, datetime | None]:
    """Return where the first day starts and the last one is over; None stays None."""
    return (
        None if first is None else start_of_day(first, zone),
        None if last is None else start_of_day(last + _DAY, zone),
    )


def local_day(instant: datetime, zone: ZoneInfo) -> date:
    """Return the day that has begun last in ``zone`` at ``instant`` (aware).

    Examples
    --------
    >>> from zoneinfo import ZoneInfo
    >>> local_day(datetime(2026, 6, 30, 23, tzinfo=UTC), ZoneInfo("Europe/Berlin"))
    datetime.date(2026, 7, 1)
    """
    day = instant.astimezone(zone).date()
    # The clock may have gone back over a midnight.
    return day + _DAY if start_of_day(day + _DAY, zone) <= instant else day


def starts_of_days(start: date, end: date, zone: ZoneInfo) -> list[datetime]:
    """Return the starts of the days from ``start`` to the day after ``end``."""
    count = (end - start).days + 2
    return [start_of_day(start + timedelta(days=number), zone) for number in range(count)]


def offset_change(first: datetime, last: datetime, zone: ZoneInfo) -> datetime | None:
    """Return the instant after ``first``, at ``last`` at the latest, at which the offset changes.

    None where the offset is the same at both.
    """
    if _offset(first, zone) == _offset(last, zone):
        return None
    return _change(first, last, zone)


def _offset(instant: datetime, zone: ZoneInfo) -> timedelta:
    offset = instant.astimezone(zone).utcoffset()
    assert offset is not None  # noqa: S101 - a ZoneInfo always has one
    return offset


def _change(first: datetime, last: datetime, zone: ZoneInfo) -> datetime:
    """Return the instant in between at which the offset changes, by halving."""
    before = _offset(first, zone)
    while last - first > _STEP:
        middle = first + (last - first) // 2
        if _offset(middle, zone) == before:
            first = middle
        else:
            last = middle
    return last


@functools.lru_cache(maxsize=64)
def offsets(zone: ZoneInfo, *, of_days: bool) -> tuple[tuple[datetime, ...], tuple[timedelta, ...]]:
    """Return the instants (aware, UTC) at which the offset of ``zone`` changes, and the offsets.

    There is one offset more than there are instants: the first holds before all of them. Changes
    from 1900 to 2100 are known.

    Parameters
    ----------
    zone
        The zone.
    of_days
        Give the offsets whose dates are those of ``start_of_day``: where the clock goes back over
        a midnight, the one before the change holds until it is midnight again. Else those of the
        clock.
    """
    changes: list[datetime] = []
    kept = [_offset(_FIRST, zone)]
    first = _FIRST
    while first < _LAST:
        last = first + _DAY
        after = _offset(last, zone)
        if after != kept[-1]:
            since = _change(first, last, zone)
            if of_days:
                reached = (since - _STEP + kept[-1]).date()
                since = max(since, datetime.combine(reached, time(), tzinfo=UTC) - after)
            changes.append(since)
            kept.append(after)
        first = last
    return tuple(changes), tuple(kept)
