"""Where a local calendar day starts, as an instant.

A day starts at the earliest instant whose local date is that day or a later one. So the days of
any zone follow one another without gap or overlap: on a day that is 23 or 25 hours long, where
midnight does not exist or comes twice, and where a zone skipped a whole day (which then starts
and ends at the same instant).
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

_BEFORE = timedelta(hours=27)
_AFTER = timedelta(hours=27)
_STEP = timedelta(microseconds=1)


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
