from __future__ import annotations

import sys
from datetime import UTC, date, datetime

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from echo_analytics.errors import InvalidInput, MissingExtra
from echo_analytics.frames import (
    FRAMES,
    check_frame,
    library_of,
    to_arrow,
    to_frame,
    to_pandas,
    to_polars,
)

SCHEMA = pa.schema(
    [
        pa.field("count", pa.int64(), nullable=False),
        pa.field("change", pa.int64()),
        pa.field("rate", pa.float64()),
        pa.field("done", pa.bool_(), nullable=False),
        pa.field("id", pa.string()),
        pa.field("date", pa.date32()),
        pa.field("instant", pa.timestamp("us", tz="UTC")),
        pa.field("words", pa.list_(pa.string())),
    ]
)
MOMENT = datetime(2026, 3, 29, 1, 2, 3, 456789, tzinfo=UTC)
FULL: tuple[object, ...] = (1, 2**60 + 1, 0.5, True, "é", date(2026, 3, 29), MOMENT, ["a", "b"])
EMPTY: tuple[object, ...] = (0, None, None, False, None, None, None, None)
EARLY: tuple[object, ...] = (2, -1, -0.5, True, "", date(1678, 1, 1), MOMENT.replace(year=1678), [])
ROWS: dict[str, list[tuple[object, ...]]] = {
    "zero": [],
    "one": [FULL],
    "nulls": [EMPTY],
    "many": [FULL, EMPTY, EARLY] * 1000,
}


def table(rows: list[tuple[object, ...]]) -> pa.Table:
    return pa.Table.from_pylist(
        [dict(zip(SCHEMA.names, row, strict=True)) for row in rows], schema=SCHEMA
    )


every_size = pytest.mark.parametrize("rows", ROWS.values(), ids=ROWS.keys())


@every_size
def test_pandas_dtypes_do_not_depend_on_the_rows(rows: list[tuple[object, ...]]) -> None:
    assert {name: str(dtype) for name, dtype in to_pandas(table(rows)).dtypes.items()} == {
        "count": "int64",
        "change": "Int64",
        "rate": "float64",
        "done": "bool",
        "id": "str",
        "date": "date32[day][pyarrow]",
        "instant": "datetime64[us, UTC]",
        "words": "list<item: string>[pyarrow]",
    }


@every_size
def test_polars_dtypes_do_not_depend_on_the_rows(rows: list[tuple[object, ...]]) -> None:
    assert to_polars(table(rows)).schema == {
        "count": pl.Int64,
        "change": pl.Int64,
        "rate": pl.Float64,
        "done": pl.Boolean,
        "id": pl.String,
        "date": pl.Date,
        "instant": pl.Datetime("us", "UTC"),
        "words": pl.List(pl.String),
    }


@every_size
def test_a_frame_goes_back_to_the_same_rows(rows: list[tuple[object, ...]]) -> None:
    original = table(rows)
    for frame in (to_pandas(original), to_polars(original), original):
        back = to_arrow(frame)
        assert back.column_names == original.column_names
        assert back.to_pylist() == original.to_pylist()


def test_the_index_of_pandas_is_plain_and_columns_are_in_order() -> None:
    frame = to_pandas(table([FULL, EMPTY]))
    assert list(frame.index) == [0, 1]
    assert list(frame.columns) == SCHEMA.names


def test_days_compare_with_days_and_instants_with_instants() -> None:
    frame = to_pandas(table([FULL, EMPTY]))
    assert (frame["date"] == date(2026, 3, 29)).fillna(value=False).tolist() == [True, False]
    assert frame["date"][0] == date(2026, 3, 29)
    assert (frame["instant"] >= pd.Timestamp(MOMENT)).tolist() == [True, False]
    assert frame["change"][0] == 2**60 + 1


def test_no_frame_is_a_view_that_writes_through() -> None:
    original = table([FULL])
    frame = to_pandas(original)
    frame.loc[0, "count"] = 99
    assert original.column("count").to_pylist() == [1]


def test_a_table_may_come_in_chunks() -> None:
    chunks = pa.concat_tables([table([FULL]), table([]), table([EMPTY])])
    assert len(to_pandas(chunks)) == len(to_polars(chunks)) == 2


@pytest.mark.parametrize(
    ("name", "kind"), [("pandas", pd.DataFrame), ("polars", pl.DataFrame), ("arrow", pa.Table)]
)
def test_each_name_gives_its_frame(name: str, kind: type) -> None:
    assert isinstance(to_frame(table([FULL]), check_frame(name)), kind)
    assert name in FRAMES


@pytest.mark.parametrize("name", ["", "Pandas", "spark", None, 5, ["pandas"]])
def test_another_name_is_refused(name: object) -> None:
    with pytest.raises(InvalidInput, match="frame: needs 'pandas', 'polars' or 'arrow'"):
        check_frame(name)


def test_without_polars_the_error_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "polars", None)
    with pytest.raises(MissingExtra, match=r"pip install 'echo-analytics\[polars\]'"):
        check_frame("polars")
    assert to_arrow(to_pandas(table([FULL]))).num_rows == 1


def test_frames_are_known_by_their_library_and_nothing_else_is_one() -> None:
    table = pa.table({"a": [1]})
    known = [table, table.to_batches()[0], to_pandas(table), to_polars(table)]
    assert [library_of(frame) for frame in known] == ["arrow", "arrow", "pandas", "polars"]
    assert library_of(to_polars(table).lazy()) == "polars"
    others: list[object] = [[], {}, "", table.column(0)]
    assert [library_of(value) for value in others] == [None] * 4
