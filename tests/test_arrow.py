from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa
import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from echo_analytics.arrow import INSTANT, conform, declared_schema, statement
from echo_analytics.errors import NotSupported
from echo_analytics.schema import UTCDateTime, posts

# Any: what the column holds in Python does not matter.
COLUMNS: list[tuple[sa.types.TypeEngine[Any], pa.DataType]] = [
    (sa.Text(), pa.string()),
    (sa.String(10), pa.string()),
    (pg.ENUM("a", name="e"), pa.string()),
    (sa.BigInteger(), pa.int64()),
    (sa.SmallInteger(), pa.int64()),
    (sa.Double(), pa.float64()),
    (sa.Boolean(), pa.bool_()),
    (sa.Date(), pa.date32()),
    (UTCDateTime(), pa.timestamp("us", tz="UTC")),
    (pg.ARRAY(sa.Text()), pa.list_(pa.string())),
    (sa.ARRAY(sa.BigInteger()), pa.list_(pa.int64())),
]


@pytest.mark.parametrize(("declared", "expected"), COLUMNS, ids=lambda value: str(value))
def test_a_declared_column_has_one_type(
    declared: sa.types.TypeEngine[Any], expected: pa.DataType
) -> None:
    select = sa.select(sa.cast(sa.null(), declared).label("x"))
    field = declared_schema(select).field("x")
    assert field.type == expected
    assert field.nullable is not pa.types.is_integer(expected)


@pytest.mark.parametrize("declared", [sa.Uuid(), sa.Interval(), pg.JSON(), sa.LargeBinary()])
def test_a_type_that_frames_cannot_share_must_be_cast(
    declared: sa.types.TypeEngine[Any],
) -> None:
    with pytest.raises(TypeError, match="cast it in SQL"):
        declared_schema(sa.select(sa.cast(sa.null(), declared).label("x")))


def test_values_stay_apart_from_the_text() -> None:
    select = sa.select(posts.c.title).where(posts.c.title == "100% 'x' $1").limit(7)
    found = statement(select)
    assert "100%" not in found.text
    assert found.values == ("100% 'x' $1", 7)
    assert found.text.count("$1") == found.text.count("$2") == 1


def test_a_value_that_is_used_twice_keeps_its_places() -> None:
    one, two = sa.bindparam("one", 1, sa.Integer), sa.bindparam("two", 2, sa.Integer)
    found = statement(sa.select((two + one).label("a"), (one + two).label("b")))
    numbers = {int(part[0]) for part in found.text.split("$")[1:]}
    assert numbers == set(range(1, len(found.values) + 1))


def test_percent_signs_of_literals_stay_single() -> None:
    assert "%%" not in statement(sa.select(sa.literal_column("'a%b'"))).text
    assert " % " in statement(sa.select(sa.literal(5) % 3)).text


def table(column: pa.Array) -> pa.Table:
    return pa.table({"x": column})


def schema(type_: pa.DataType, *, nullable: bool = True) -> pa.Schema:
    return pa.schema([pa.field("x", type_, nullable=nullable)])


def test_instants_without_zone_become_utc() -> None:
    moment = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    arrived = table(pa.array([moment.replace(tzinfo=None), None], pa.timestamp("us")))
    assert conform(arrived, schema(INSTANT)).column("x").to_pylist() == [moment, None]


def test_names_and_types_are_the_declared_ones_for_zero_rows_too() -> None:
    arrived = pa.table({"?column?": pa.array([], pa.int32())})
    assert conform(arrived, schema(pa.int64())).schema == schema(pa.int64())


@pytest.mark.parametrize(
    ("column", "declared", "problem"),
    [
        (pa.array(["planted"]), pa.int64(), "arrived as string"),
        (pa.array([2.5]), pa.int64(), "arrived as double"),
        (pa.array([2**40]), pa.int32(), "arrived as int64"),
        (pa.array([date(2026, 1, 1)]), pa.bool_(), "arrived as date32"),
        (
            pa.ExtensionArray.from_storage(
                pa.opaque(pa.string(), "numeric", "PostgreSQL"), pa.array(["1.5"])
            ),
            pa.float64(),
            "arrived as PostgreSQL's numeric",
        ),
    ],
)
def test_a_column_that_does_not_fit_is_named_and_no_value_is_shown(
    column: pa.Array, declared: pa.DataType, problem: str
) -> None:
    with pytest.raises(NotSupported, match=problem) as caught:
        conform(table(column), schema(declared))
    said = f"{caught.value}{caught.value.__context__}"
    assert "'x'" in said
    assert "cast it in SQL" in said
    assert "planted" not in said


def test_a_null_where_none_may_be_is_refused() -> None:
    with pytest.raises(NotSupported, match="has nulls"):
        conform(table(pa.array([1, None])), schema(pa.int64(), nullable=False))


def test_a_result_with_another_number_of_columns_is_refused() -> None:
    with pytest.raises(ValueError, match="zip"):
        conform(pa.table({"x": [1], "y": [2]}), schema(pa.int64()))
