from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from echo_analytics.local_days import start_of_day, starts_of_days

MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)


def scanned(day: date, zone: ZoneInfo) -> datetime:
    """The earliest second whose local date is ``day`` or later, found by looking at the clock."""
    instant = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=30)
    while instant.astimezone(zone).date() < day:
        instant += MINUTE
    instant -= MINUTE
    while instant.astimezone(zone).date() < day:
        instant += SECOND
    return instant


CASES = [
    ("UTC", "2026-01-01"),
    ("Europe/Berlin", "2026-03-29"),
    ("Europe/Berlin", "2026-10-25"),
    ("America/New_York", "2026-03-08"),
    ("America/New_York", "2026-11-01"),
    ("Australia/Lord_Howe", "2026-04-05"),
    ("Australia/Lord_Howe", "2026-10-04"),
    ("America/Santiago", "2026-04-05"),
    ("America/Santiago", "2026-09-06"),
    ("Asia/Beirut", "2022-03-27"),
    ("Asia/Beirut", "2022-10-30"),
    ("Pacific/Apia", "2011-12-30"),
    ("Pacific/Kwajalein", "1993-08-21"),
    ("America/Havana", "2026-03-08"),
    ("America/Havana", "2026-11-01"),
    ("Atlantic/Azores", "2026-03-29"),
    ("Atlantic/Azores", "2026-10-25"),
    ("America/St_Johns", "1990-04-01"),
    ("America/St_Johns", "2005-10-30"),
    ("America/St_Johns", "2010-03-14"),
    ("America/St_Johns", "1988-04-03"),
    ("Africa/Casablanca", "2026-02-15"),
    ("Africa/Casablanca", "2026-03-22"),
    ("Asia/Gaza", "2023-04-29"),
    ("Asia/Gaza", "2023-10-28"),
    ("Asia/Kathmandu", "1986-01-01"),
    ("Pacific/Kiritimati", "1994-12-31"),
    ("America/Toronto", "1919-03-30"),
    ("America/Toronto", "1919-10-26"),
    ("Africa/Monrovia", "1972-01-07"),
    ("Asia/Manila", "1844-12-31"),
]


@pytest.mark.parametrize(("name", "middle"), CASES)
def test_a_day_starts_at_its_earliest_instant(name: str, middle: str) -> None:
    zone = ZoneInfo(name)
    for shift in (-2, -1, 0, 1, 2):
        day = date.fromisoformat(middle) + timedelta(days=shift)
        assert start_of_day(day, zone) == scanned(day, zone), day


def test_a_day_that_a_zone_skipped_ends_where_it_starts() -> None:
    zone = ZoneInfo("Pacific/Apia")
    before, skipped, after = starts_of_days(date(2011, 12, 29), date(2011, 12, 30), zone)
    assert before == datetime(2011, 12, 29, 10, tzinfo=UTC)
    assert skipped == after == datetime(2011, 12, 30, 10, tzinfo=UTC)


def test_a_midnight_that_comes_twice_counts_the_first_time() -> None:
    # Havana went from 01:00 back to 00:00 on 1 November 2026, an hour after its first midnight.
    found = start_of_day(date(2026, 11, 1), ZoneInfo("America/Havana"))
    assert found == datetime(2026, 11, 1, 4, tzinfo=UTC)


@given(
    name=st.sampled_from(sorted(available_timezones())),
    first=st.dates(date(1900, 1, 1), date(2100, 1, 1)),
    second=st.integers(-3 * 86400, 3 * 86400),
)
def test_days_partition_time(name: str, first: date, second: int) -> None:
    zone = ZoneInfo(name)
    starts = starts_of_days(first - timedelta(days=5), first + timedelta(days=5), zone)
    assert len(starts) == 12
    assert starts == sorted(starts)
    assert all(start.tzinfo is UTC for start in starts)
    assert all(
        start.astimezone(zone).date() >= first + timedelta(days=number - 5)
        and (start - SECOND).astimezone(zone).date() < first + timedelta(days=number - 5)
        for number, start in enumerate(starts)
    )
    instant = datetime(first.year, first.month, first.day, tzinfo=UTC) + second * SECOND
    assert sum(a <= instant < b for a, b in pairwise(starts)) == 1
