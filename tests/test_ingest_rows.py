"""The checks of posts in files."""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime
from typing import TypeAlias
from uuid import UUID, uuid5

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from echo_analytics.ingest.rows import BY_CONTENT, BY_EXTERNAL_ID, Problem, examine
from echo_analytics.ingest.text_files import RawRows, Unreadable

Cells: TypeAlias = list[object] | list[str] | list[str | None] | pa.Array

GOOD = {
    "author_email": "ada@example.org",
    "author_name": "Ada",
    "title": "A title",
    "content": "",
    "created_at": "2026-01-02T03:04:05Z",
}
MOMENT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def raw(columns: dict[str, Cells]) -> RawRows:
    batch = pa.RecordBatch.from_pydict(columns)
    return RawRows(pa.array(range(1, batch.num_rows + 1), pa.int64()), batch)


def with_cells(name: str, cells: Cells) -> RawRows:
    columns: dict[str, Cells] = {column: [value] * len(cells) for column, value in GOOD.items()}
    return raw(columns | {name: cells})


def problems(name: str, cells: Cells) -> list[tuple[int, str]]:
    found = examine(with_cells(name, cells)).problems
    assert {problem.column for problem in found} <= {name}
    return [(problem.row, problem.problem) for problem in found]


def moments(cells: Cells) -> list[datetime | None]:
    values: list[datetime | None] = (
        examine(with_cells("created_at", cells)).good["created_at"].to_pylist()
    )
    return values


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-01-02T03:04:05Z", MOMENT),
        ("2026-01-02t03:04:05z", MOMENT),
        (" 2026-01-02 03:04:05 ", MOMENT),
        ("2026-01-02T05:04:05+02:00", MOMENT),
        ("2026-01-02 05:04:05 +0200", MOMENT),
        ("2026-01-01 22:04:05-05", MOMENT),
        ("2026-01-02 03:04:05 UTC", MOMENT),
        ("2026-01-02T03:04:05.25", MOMENT.replace(microsecond=250_000)),
        ("2026-01-02T03:04:05.123456999+00:00", MOMENT.replace(microsecond=123_456)),
        ("2026-01-02", MOMENT.replace(hour=0, minute=0, second=0)),
        ("0001-01-01T00:00:00Z", datetime(1, 1, 1, tzinfo=UTC)),
        ("9999-12-31T23:59:59.999999Z", datetime.max.replace(tzinfo=UTC)),
    ],
)
def test_iso_texts_are_instants_in_utc(text: str, expected: datetime) -> None:
    assert moments([text]) == [expected]


@given(
    st.datetimes(
        datetime(1, 1, 2),  # noqa: DTZ001 - hypothesis adds the zone
        datetime(9999, 12, 30),  # noqa: DTZ001
        timezones=st.timezones(),
    )
)
def test_what_python_writes_as_iso_is_read_as_the_same_instant(instant: datetime) -> None:
    offset = instant.utcoffset()
    # Local mean time has seconds in its offset, which ISO 8601 lacks.
    if offset is not None and offset.total_seconds() % 60 == 0:
        assert moments([instant.isoformat()]) == [instant.astimezone(UTC)]


@pytest.mark.parametrize(
    "text",
    [
        "infinity",
        "yesterday",
        "02.01.2026",
        "2026-02-30",
        "2026-01-02T25:00:00Z",
        "2026-01-02T03:04:05+99:00",
        "20260102T030405Z",
        "1767323045",
    ],
)
def test_other_texts_are_no_instants(text: str) -> None:
    assert problems("created_at", ["2026-01-02", text]) == [(2, "is not an ISO 8601 date or time")]


def test_every_bad_instant_is_found_among_many_good_ones() -> None:
    cells = ["2026-01-02T03:04:05Z"] * 1_000
    for place in (0, 333, 334, 999):
        cells[place] = "never"
    assert [row for row, _ in problems("created_at", cells)] == [1, 334, 335, 1_000]


@pytest.mark.parametrize(
    "text", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-01:00", "0000-12-31T23:00:00Z"]
)
def test_a_text_cannot_name_an_instant_outside_of_the_years(text: str) -> None:
    assert problems("created_at", [text]) == [(1, "is not in the years 1 to 9999")]


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("zone", [None, "UTC", "America/New_York"])
def test_timestamps_of_any_unit_and_zone_are_the_same_instant(unit: str, zone: str | None) -> None:
    steps = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[unit]
    stamp = calendar.timegm(MOMENT.timetuple()) * steps
    assert moments(pa.array([stamp], pa.int64()).cast(pa.timestamp(unit, zone))) == [MOMENT]


def test_nanoseconds_are_cut_off_towards_the_past() -> None:
    stamps = pa.array([-1, 1_999], pa.int64()).cast(pa.timestamp("ns", "Europe/Berlin"))
    before = datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)
    assert moments(stamps) == [before, datetime(1970, 1, 1, microsecond=1, tzinfo=UTC)]


def test_dates_are_their_first_moment_in_utc() -> None:
    days = pa.array([date(2026, 1, 2)])
    midnight = datetime(2026, 1, 2, tzinfo=UTC)
    assert moments(days.cast(pa.date32())) == moments(days.cast(pa.date64())) == [midnight]


@pytest.mark.parametrize("unit", ["s", "ms", "us"])
def test_timestamps_outside_of_the_years_are_bad(unit: str) -> None:
    stamps = pa.array([-(2**62), 2**62, 0, None], pa.int64()).cast(pa.timestamp(unit))
    outside = "is not in the years 1 to 9999"
    assert problems("created_at", stamps) == [(1, outside), (2, outside), (4, "is missing")]


@pytest.mark.parametrize(
    "text",
    ["ada", "@example.org", "ada@", "a da@example.org", "a@b@c", "ada@example.org\n", "a@\u00a0"],
)
def test_an_address_needs_one_at_sign_and_no_space(text: str) -> None:
    assert problems("author_email", [text]) == [(1, "is not an e-mail address")]


@pytest.mark.parametrize("text", ["a@b", "Ada.Lovelace+x@EXAMPLE.org", "jörg@müller.example"])
def test_an_address_may_be_unusual(text: str) -> None:
    assert problems("author_email", [text]) == []
    assert examine(with_cells("author_email", [text])).good["author_email"].to_pylist() == [text]


@pytest.mark.parametrize("name", ["author_email", "author_name", "title", "created_at"])
@pytest.mark.parametrize("cell", [None, "", " \t\u2003"])
def test_what_is_required_is_not_blank(name: str, cell: str | None) -> None:
    assert problems(name, pa.array([cell], pa.string())) == [(1, "is missing")]


def test_content_may_be_empty_but_not_null() -> None:
    assert problems("content", ["", None, " "]) == [(2, "is missing")]


@pytest.mark.parametrize(
    "name", ["author_email", "author_name", "title", "content", "category", "external_id"]
)
def test_a_nul_character_is_bad(name: str) -> None:
    assert problems(name, ["a\0@b"]) == [(1, "holds a NUL character")]


@pytest.mark.parametrize("name", ["author_email", "title", "content", "status", "external_id"])
def test_bytes_that_are_no_utf8_are_bad(name: str) -> None:
    cells = [b"\xff", "\ud800".encode("utf-8", "surrogatepass"), None, GOOD.get(name, "").encode()]
    assert problems(name, pa.array(cells[:2], pa.binary())) == [
        (1, "is not valid Unicode"),
        (2, "is not valid Unicode"),
    ]


@pytest.mark.parametrize(("size", "bad"), [(2_692, False), (2_693, True)])
def test_a_title_is_as_long_as_the_index_takes(size: int, bad: bool) -> None:
    title = "é" * (size // 2) + "x" * (size % 2)
    assert bool(problems("title", [title])) == bad


def test_a_status_is_one_of_three_and_published_by_default() -> None:
    found = examine(with_cells("status", ["draft", None, "", "archived", "Published", "gone"]))
    assert found.good["status"].to_pylist() == ["draft", "published", "published", "archived"]
    assert [(problem.row, problem.column) for problem in found.problems] == [
        (5, "status"),
        (6, "status"),
    ]
    assert examine(raw({name: [cell] for name, cell in GOOD.items()})).good[
        "status"
    ].to_pylist() == ["published"]


def test_a_blank_category_is_none() -> None:
    found = examine(with_cells("category", [None, "", "  ", " Tech"]))
    assert found.good["category"].to_pylist() == [None, None, None, " Tech"]


def test_a_row_has_every_problem_once_per_column() -> None:
    found = examine(raw({name: ["\0"] for name in GOOD}))
    assert [problem.column for problem in found.problems] == list(GOOD)
    assert found.good.num_rows == 0


def test_problems_come_in_the_order_of_rows_with_the_unreadable_ones_between() -> None:
    rows = with_cells("title", ["", "fine", ""])
    numbers = pa.array([1, 2, 4], pa.int64())
    torn = RawRows(numbers, rows.columns, (Unreadable(3, "", "is torn", "{"),))
    found = examine(torn)
    assert found.problems == (
        Problem(1, "title", "is missing"),
        Problem(3, "", "is torn"),
        Problem(4, "title", "is missing"),
    )
    assert found.good["row"].to_pylist() == [2]


@given(st.text(min_size=1).filter(lambda text: text.strip() and "\0" not in text))
def test_an_external_id_gives_the_version_5_uuid_of_its_name(name: str) -> None:
    if any("\ud800" <= character <= "\udfff" for character in name):
        return
    good = examine(with_cells("external_id", [name])).good
    assert UUID(good["id"][0].as_py()) == uuid5(BY_EXTERNAL_ID, name)


def test_whole_numbers_are_external_ids_like_their_texts() -> None:
    numbers = examine(with_cells("external_id", pa.array([17], pa.int64()))).good
    texts = examine(with_cells("external_id", ["17"])).good
    assert numbers["id"].to_pylist() == texts["id"].to_pylist()


def test_without_an_external_id_the_id_comes_from_the_content() -> None:
    microseconds = calendar.timegm(MOMENT.timetuple()) * 10**6
    name = "\0".join(["ada@example.org", str(microseconds), "A title", ""])
    good = examine(with_cells("external_id", ["", None])).good
    assert {UUID(text) for text in good["id"].to_pylist()} == {uuid5(BY_CONTENT, name)}
