from __future__ import annotations

from datetime import UTC, date, datetime
from fractions import Fraction
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

from echo_analytics import arguments
from echo_analytics.errors import InvalidInput

DAY = date(2026, 6, 30)
ID = "11111111-2222-3333-4444-555555555555"


@pytest.mark.parametrize(
    "value",
    [
        DAY,
        "2026-06-30",
        datetime(2026, 6, 30, tzinfo=UTC).replace(tzinfo=None),
        pd.Timestamp("2026-06-30"),
    ],
)
def test_a_day_may_be_a_date_or_its_text(value: object) -> None:
    found = arguments.calendar_day("start", value)
    assert found == DAY
    assert type(found) is date


@pytest.mark.parametrize(
    "value",
    [
        None,
        5,
        "",
        "yesterday",
        "30.06.2026",
        "2026-02-30",
        "2026-06-30T00:00",
        datetime(2026, 6, 30, 1, tzinfo=UTC).replace(tzinfo=None),
        datetime(2026, 6, 30, tzinfo=UTC),
        date(1677, 12, 31),
        date(2262, 1, 1),
        date.min,
        date.max,
        "0001-01-01",
        pd.NaT,
        np.datetime64("2026-06-30"),
    ],
)
def test_what_is_no_day_is_refused_by_name(value: object) -> None:
    with pytest.raises(InvalidInput, match=r"^start: "):
        arguments.calendar_day("start", value)


def test_a_range_may_be_one_day_but_not_backwards() -> None:
    assert arguments.day_range(DAY, "2026-06-30") == (DAY, DAY)
    with pytest.raises(InvalidInput, match="start: is after end"):
        arguments.day_range("2026-07-01", DAY)


def test_the_end_is_named_when_the_end_is_wrong() -> None:
    with pytest.raises(InvalidInput, match=r"^end: "):
        arguments.day_range(DAY, "soon")


@pytest.mark.parametrize("value", ["Europe/Berlin", ZoneInfo("Europe/Berlin")])
def test_a_zone_may_be_a_name_or_a_zone(value: object) -> None:
    assert arguments.time_zone(value).key == "Europe/Berlin"


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        "CEST",
        "Mars/Base",
        "/etc/passwd",
        "../etc/passwd",
        "Europe",
        "a\0b",
        "\ud800",
        UTC,
    ],
)
def test_what_is_no_zone_is_refused(value: object) -> None:
    with pytest.raises(InvalidInput, match=r"^timezone: "):
        arguments.time_zone(value)


@pytest.mark.parametrize("value", [1, 20, 2**31 - 1, np.int64(7)])
def test_a_limit_is_a_whole_number(value: object) -> None:
    found = arguments.positive("limit", value)
    assert found == value
    assert type(found) is int


@pytest.mark.parametrize(
    "value", [0, -1, 2**31, 1.0, 1.5, "5", None, True, False, Fraction(2, 1), float("nan")]
)
def test_what_is_no_limit_is_refused(value: object) -> None:
    with pytest.raises(InvalidInput, match=r"^limit: "):
        arguments.positive("limit", value)


@pytest.mark.parametrize(
    "value",
    [ID, ID.upper(), UUID(ID), [ID], (UUID(ID),), {ID}, iter([ID]), pd.Series([ID])],
)
def test_ids_become_a_list_of_texts(value: object) -> None:
    assert arguments.uuids("user_ids", value) == [ID]  # type: ignore[arg-type]  # many kinds


def test_no_ids_are_not_the_same_as_all() -> None:
    assert arguments.uuids("user_ids", None) is None
    assert arguments.uuids("user_ids", []) == []


@pytest.mark.parametrize("value", ["", "x", 5, [5], [None], [ID, "x"], ID[:-1], b"x" * 16])
def test_what_is_no_id_is_refused(value: object) -> None:
    with pytest.raises(InvalidInput, match=r"^user_ids: "):
        arguments.uuids("user_ids", value)  # type: ignore[arg-type]  # the check is about that


@pytest.mark.parametrize("value", ["", "a\0b", "\ud800", "x" * 10, "😀 $1 %s"])
def test_any_text_becomes_one_that_can_be_sent(value: str) -> None:
    found = arguments.text("query", value)
    assert "\0" not in found
    found.encode()


@pytest.mark.parametrize("value", [None, 5, b"x"])
def test_what_is_no_text_is_refused(value: object) -> None:
    with pytest.raises(InvalidInput, match=r"^query: "):
        arguments.text("query", value)
