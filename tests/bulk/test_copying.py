"""COPY of Arrow rows."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta, timezone
from typing import TYPE_CHECKING
from uuid import UUID

import psycopg
import pyarrow as pa
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from echo_analytics.bulk import copy_batches, copy_rows
from echo_analytics.errors import InvalidInput, UniqueConstraintViolation
from echo_analytics.schema import users

if TYPE_CHECKING:
    from collections.abc import Iterator

NASTY = [
    None,
    "",
    " ",
    'a "quoted" word',
    '"',
    "first line\nsecond line",
    "carriage\r\nreturn\r",
    "\\",
    "\\.",
    "before\n\\.\nafter",
    "\\N",
    "NULL",
    "a,b;c\td",
    "emoji 😀 and é",
    "\ufeff\u200b\u2028",
    "\x01\x7f",
]


@pytest.fixture
def connection(database_url: str) -> Iterator[sa.Connection]:
    engine = sa.create_engine(
        "postgresql+psycopg://",
        creator=lambda: psycopg.connect(database_url),
        poolclass=sa.NullPool,
    )
    with engine.connect() as opened:
        yield opened
    engine.dispose()


def _texts(connection: sa.Connection, texts: list[str | None]) -> list[str | None]:
    connection.execute(sa.text("CREATE TEMPORARY TABLE texts (place int, body text)"))
    rows = pa.table({"place": pa.array(range(len(texts)), pa.int32()), "body": texts})
    try:
        assert copy_rows(connection, "texts", rows) == len(texts)
        found = connection.execute(sa.text("SELECT body FROM texts ORDER BY place"))
        return list(found.scalars())
    finally:
        connection.execute(sa.text("DROP TABLE texts"))


def test_nasty_texts_and_nulls_arrive_as_they_were(connection: sa.Connection) -> None:
    assert _texts(connection, NASTY) == NASTY


@settings(
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.lists(
        st.none() | st.text(st.characters(exclude_characters="\0", codec="utf-8")), max_size=20
    )
)
def test_any_text_without_a_nul_arrives_as_it_was(
    connection: sa.Connection, texts: list[str | None]
) -> None:
    assert _texts(connection, texts) == texts


@pytest.mark.parametrize("text", [None, "", "\\.", "\n"])
def test_a_table_of_one_column_keeps_null_apart_from_empty(
    connection: sa.Connection, text: str | None
) -> None:
    connection.execute(sa.text("CREATE TEMPORARY TABLE single (body text)"))
    copy_rows(connection, "single", pa.table({"body": pa.array([text, "last"], pa.string())}))
    found = connection.execute(sa.text("SELECT body FROM single")).scalars().all()
    assert found == [text, "last"]


def test_instants_of_any_zone_are_written_in_utc_to_the_microsecond(
    connection: sa.Connection,
) -> None:
    instant = datetime(2026, 3, 29, 1, 30, 0, 123456, tzinfo=timezone(timedelta(hours=5.5)))
    connection.execute(sa.text("SET LOCAL TimeZone = 'America/New_York'"))
    connection.execute(
        sa.text("CREATE TEMPORARY TABLE moments (plain timestamp, zoned timestamptz)")
    )
    moment = pa.array([instant], pa.timestamp("us", "Asia/Kolkata"))
    copy_rows(connection, "moments", pa.table({"plain": moment, "zoned": moment}))
    plain, zoned = connection.execute(sa.text("SELECT plain, zoned FROM moments")).one()
    assert plain == datetime(2026, 3, 28, 20, 0, 0, 123456)  # noqa: DTZ001 - the column is naive
    assert zoned == instant


def test_uuid_json_enum_number_and_date_columns_arrive_as_they_were(
    connection: sa.Connection,
) -> None:
    connection.execute(
        sa.text(
            "CREATE TEMPORARY TABLE kinds (a uuid, b json, c public.post_status, d bigint,"
            " e date, f boolean, g float8, h jsonb)"
        )
    )
    kinds = {
        "a": ["0190f3c0-0000-7000-8000-000000000001"],
        "b": ['{"quote": "\\"", "line": "a\\nb"}'],
        "c": pa.array(["archived"]).dictionary_encode(),
        "d": [-(2**40)],
        "e": [date(2024, 2, 29)],
        "f": [True],
        "g": [0.1],
        "h": ['{"a": 1}'],
    }
    copy_rows(connection, "kinds", pa.table(kinds).to_batches()[0])
    row = connection.execute(sa.text("SELECT * FROM kinds")).one()
    assert row.a == UUID("0190f3c0-0000-7000-8000-000000000001")
    assert row.b == json.loads('{"quote": "\\"", "line": "a\\nb"}')
    assert tuple(row)[2:] == (
        "archived",
        -(2**40),
        date(2024, 2, 29),
        True,
        0.1,
        {"a": 1},
    )


def test_absent_columns_of_the_table_get_their_defaults(connection: sa.Connection) -> None:
    copy_rows(connection, users, pa.table({"email": ["a@example.org"], "name": ["A"]}))
    row = connection.execute(sa.select(users)).one()
    assert (row.role, row.email_verified, row.bio) == ("user", False, None)
    assert row.created_at.tzinfo == UTC


def test_rows_of_several_batches_all_arrive_in_order(connection: sa.Connection) -> None:
    connection.execute(sa.text("CREATE TEMPORARY TABLE numbers (place serial, n int)"))
    chunks = [pa.table({"n": range(40_000)}), pa.table({"n": range(40_000, 40_010)})]
    assert copy_rows(connection, "numbers", pa.concat_tables(chunks)) == 40_010
    found = connection.execute(
        sa.text("SELECT count(*), count(*) FILTER (WHERE n = place - 1), max(n) FROM numbers")
    ).one()
    assert tuple(found) == (40_010, 40_010, 40_009)


def test_no_rows_are_no_rows(connection: sa.Connection) -> None:
    empty = pa.table({"email": pa.array([], pa.string()), "name": pa.array([], pa.string())})
    assert copy_rows(connection, users, empty) == 0


def test_names_that_need_quotes_are_quoted(connection: sa.Connection) -> None:
    connection.execute(sa.text('CREATE TEMPORARY TABLE "Odd ""name" ("Select" int)'))
    assert copy_rows(connection, 'Odd "name', pa.table({"Select": [1]})) == 1


def test_the_rows_go_when_the_transaction_is_rolled_back(connection: sa.Connection) -> None:
    copy_rows(connection, users, pa.table({"email": ["a@example.org"], "name": ["A"]}))
    connection.rollback()
    assert connection.execute(sa.select(users)).all() == []


def test_the_rows_stay_when_the_transaction_is_committed(
    connection: sa.Connection, database_url: str
) -> None:
    copy_rows(connection, users, pa.table({"email": ["a@example.org"], "name": ["A"]}))
    connection.commit()
    with psycopg.connect(database_url) as other:
        assert other.execute("SELECT email FROM public.users").fetchall() == [("a@example.org",)]


def test_a_refusal_of_the_server_is_an_error_of_the_package(connection: sa.Connection) -> None:
    twice = pa.table({"email": ["a@example.org"] * 2, "name": ["A", "B"]})
    with pytest.raises(UniqueConstraintViolation) as caught:
        copy_rows(connection, users, twice)
    assert caught.value.field == "email"


@pytest.mark.parametrize(
    "column",
    [
        pa.array([["a"]]),
        pa.array([b"a"]),
        pa.array([{"a": 1}]),
        pa.array([1]),
    ],
)
def test_what_does_not_fit_its_column_is_refused_by_column(
    connection: sa.Connection, column: pa.Array
) -> None:
    with pytest.raises(InvalidInput, match=r"rows\['name'\]"):
        copy_rows(connection, users, pa.table({"email": ["a@example.org"], "name": column}))


def test_nanoseconds_that_would_be_lost_are_refused(connection: sa.Connection) -> None:
    moment = pa.array([1], pa.timestamp("ns", "UTC"))
    rows = pa.table({"email": ["a@example.org"], "name": ["A"], "created_at": moment})
    with pytest.raises(InvalidInput, match=r"rows\['created_at'\]"):
        copy_rows(connection, users, rows)


def test_what_taking_the_next_batch_raises_comes_out_and_nothing_is_kept(
    connection: sa.Connection,
) -> None:
    def batches() -> Iterator[pa.RecordBatch]:
        yield pa.record_batch({"email": ["a@example.org"], "name": ["A"]})
        raise KeyError("broken")

    with pytest.raises(KeyError, match="broken"):
        copy_batches(connection, users, ["email", "name"], batches())
    connection.rollback()
    assert connection.execute(sa.select(users)).all() == []
