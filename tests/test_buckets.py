from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from echo_analytics.buckets import EVERY, Every, bucket_start, buckets, shift_bucket, starts_before
from echo_analytics.periods import COMPARISONS, Comparison, counterparts, shifted_range

BERLIN = ZoneInfo("Europe/Berlin")
DAYS = st.dates(date(1990, 1, 1), date(2040, 1, 1))


def test_a_range_cuts_its_first_and_last_bucket() -> None:
    weeks = buckets(date(2026, 6, 3), date(2026, 6, 16), "week", ZoneInfo("UTC"))
    assert weeks.labels == [date(2026, 6, 1), date(2026, 6, 8), date(2026, 6, 15)]
    assert [start.day for start in weeks.starts] == [3, 8, 15, 17]
    assert [end.day for end in weeks.ends] == [8, 15, 22]


def test_a_bucket_is_complete_when_its_own_end_has_passed() -> None:
    weeks = buckets(date(2026, 6, 3), date(2026, 6, 16), "week", ZoneInfo("UTC"))
    end = datetime(2026, 6, 15, tzinfo=UTC)
    assert weeks.are_complete(end) == [True, True, False]
    assert weeks.are_complete(end - timedelta(microseconds=1)) == [True, False, False]


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Berlin", date(2026, 3, 29), 23),
        ("Europe/Berlin", date(2026, 10, 25), 25),
        ("Australia/Lord_Howe", date(2026, 4, 5), 25),
        ("Australia/Lord_Howe", date(2026, 10, 4), 24),
        ("Asia/Kathmandu", date(2026, 6, 1), 24),
        ("Pacific/Apia", date(2011, 12, 30), 0),
    ],
)
def test_a_day_has_the_hours_of_its_clock(zone: str, day: date, hours: int) -> None:
    found = buckets(day, day, "hour", ZoneInfo(zone))
    assert len(found) == hours
    local = [start.astimezone(ZoneInfo(zone)) for start in found.starts[:-1]]
    assert all(each.date() == day for each in local)
    assert len({(each.hour, each.utcoffset()) for each in local}) == hours


@given(DAYS, st.integers(0, 800), st.sampled_from(EVERY[1:]), st.sampled_from(["monday", "sunday"]))
def test_buckets_hold_every_day_of_the_range_once(
    start: date, length: int, every: Every, week_start: str
) -> None:
    end = start + timedelta(days=length)
    found = buckets(start, end, every, BERLIN, week_start)
    labels = [bucket_start(start + timedelta(days=n), every, week_start) for n in range(length + 1)]
    assert found.labels == sorted(set(labels))
    assert len(found.starts) == len(found) + 1
    assert found.starts == sorted(found.starts)
    assert found.starts[0].astimezone(BERLIN).date() == start


@given(DAYS, st.sampled_from(EVERY[1:]), st.integers(-30, 30))
def test_the_start_of_a_bucket_shifts_to_the_start_of_another(
    day: date, every: Every, count: int
) -> None:
    first = bucket_start(day, every)
    other = shift_bucket(first, every, count)
    assert bucket_start(other, every) == other
    assert shift_bucket(other, every, -count) == first


@given(DAYS, st.sampled_from(EVERY), st.integers(0, 40))
def test_what_lies_before_a_range_ends_where_it_begins(
    start: date, every: Every, count: int
) -> None:
    first = buckets(start, start, every, BERLIN)
    before = starts_before(start, count, every, BERLIN)
    cut = every != "hour" and bucket_start(start, every) != start
    assert len(before) == count + cut
    edges = [*before, first.starts[0]]
    assert edges == sorted(set(edges))


@pytest.mark.parametrize(
    ("start", "end", "every", "count", "wanted"),
    [
        ("2026-02-01", "2026-02-28", "month", 1, ("2026-01-01", "2026-01-31")),
        ("2026-03-01", "2026-03-31", "month", 1, ("2026-02-01", "2026-02-28")),
        ("2026-03-05", "2026-03-20", "month", 1, ("2026-02-05", "2026-02-20")),
        ("2026-03-01", "2026-03-30", "month", 1, ("2026-02-01", "2026-02-28")),
        ("2026-01-01", "2026-06-30", "quarter", 2, ("2025-07-01", "2025-12-31")),
        ("2024-02-29", "2024-02-29", "year", 1, ("2023-02-28", "2023-02-28")),
        ("2026-06-01", "2026-06-07", "week", 52, ("2025-06-02", "2025-06-08")),
        ("2026-06-01", "2026-06-07", "day", 7, ("2026-05-25", "2026-05-31")),
    ],
)
def test_a_range_shifts_by_buckets(
    start: str, end: str, every: Every, count: int, wanted: tuple[str, str]
) -> None:
    found = shifted_range(date.fromisoformat(start), date.fromisoformat(end), every, count)
    assert tuple(day.isoformat() for day in found) == wanted


@given(
    DAYS,
    st.integers(0, 60),
    st.sampled_from(EVERY),
    st.sampled_from(COMPARISONS),
    st.sampled_from(["UTC", "Europe/Berlin", "Australia/Lord_Howe"]),
)
def test_every_bucket_has_a_counterpart_that_exists(
    start: date, length: int, every: Every, compare: Comparison, zone: str
) -> None:
    end = start + timedelta(days=length if every != "hour" else length // 20)
    found = buckets(start, end, every, ZoneInfo(zone))
    others = counterparts(start, end, every, ZoneInfo(zone), "monday", compare)
    assert len(others.numbers) == len(found)
    assert all(0 <= number < len(others.starts) for number in others.numbers)
    assert others.starts == sorted(others.starts)
    if compare == "previous_period":
        assert others.numbers == list(range(1, len(found) + 1))
        assert len(others.starts) == len(found) + 1
        assert others.starts[-1] <= found.starts[0]
