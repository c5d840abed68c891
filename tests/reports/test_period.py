from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from echo_analytics import InvalidInput
from echo_analytics.reports.period import last_complete, parse_period


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2026-W25", date(2026, 6, 15), date(2026, 6, 21)),
        # The first week of an ISO year begins in the year before.
        ("2026-W01", date(2025, 12, 29), date(2026, 1, 4)),
        ("2020-W53", date(2020, 12, 28), date(2021, 1, 3)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2026-06-30", date(2026, 6, 30), date(2026, 6, 30)),
        ("2026-05-30..2026-06-02", date(2026, 5, 30), date(2026, 6, 2)),
    ],
)
def test_a_period_is_read_and_written(text: str, first: date, last: date) -> None:
    period = parse_period(text, "UTC")
    assert (period.first, period.last, period.name) == (first, last, text)


@pytest.mark.parametrize(
    "text",
    [
        *("", "2026", "2026-W00", "2026-W54", "2025-W53", "2026-13", "2026-02-30", "20260630"),
        *("last week", "2026-06-02..2026-06-01", "2026-06-01..", "2026-W25 ", "1200-W01"),
    ],
)
def test_what_is_no_period_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        parse_period(text, "UTC")


def test_a_period_is_over_when_its_last_local_day_is() -> None:
    period = parse_period("2026-W25", "America/New_York")
    end = datetime(2026, 6, 22, tzinfo=ZoneInfo("America/New_York"))
    assert period.end == end.astimezone(UTC) == datetime(2026, 6, 22, 4, tzinfo=UTC)
    assert period.is_complete(end)
    assert not period.is_complete(datetime(2026, 6, 22, 3, 59, tzinfo=UTC))


@pytest.mark.parametrize(
    ("step", "now", "zone", "names"),
    [
        ("week", "2026-06-22T00:00:00Z", "UTC", ["2026-W24", "2026-W25"]),
        ("week", "2026-06-21T23:59:59Z", "UTC", ["2026-W23", "2026-W24"]),
        # In Auckland it is Monday already.
        ("week", "2026-06-21T13:00:00Z", "Pacific/Auckland", ["2026-W24", "2026-W25"]),
        ("month", "2026-03-01T00:00:00Z", "UTC", ["2026-01", "2026-02"]),
        ("day", "2026-03-01T00:00:00Z", "UTC", ["2026-02-27", "2026-02-28"]),
    ],
)
def test_the_last_complete_periods(step: str, now: str, zone: str, names: list[str]) -> None:
    found = last_complete(step, datetime.fromisoformat(now), zone, 2)  # type: ignore[arg-type]  # one of them
    assert [period.name for period in found] == names


def test_a_range_is_compared_by_buckets_that_suit_its_length() -> None:
    steps = [
        parse_period(f"2026-01-01..{last}", "UTC").step
        for last in ("2026-01-31", "2026-02-01", "2026-12-31")
    ]
    assert steps == ["day", "week", "month"]
