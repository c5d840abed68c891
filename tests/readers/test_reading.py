"""Sessions for reading: how they are set up, what they refuse, and what values arrive."""

from __future__ import annotations

import datetime as dt
import os
import signal
import threading
from typing import TYPE_CHECKING
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

from echo_analytics.arrow import Statement
from echo_analytics.errors import DatabaseError, NotSupported, QueryTimeout, ReadOnly
from echo_analytics.readers import Readers
from echo_analytics.settings import Settings
from echo_analytics.target import Target, target
from readers.sessions import ONE, until, value, with_settings

if TYPE_CHECKING:
    from collections.abc import Callable


def test_a_session_is_set_up_for_reading(make: Callable[..., Readers], name: str) -> None:
    readers = make(statement_timeout=7.0, idle_in_transaction_timeout=1.5)
    found = {
        setting: value(readers, "SELECT current_setting($1)", setting)
        for setting in (
            "TimeZone",
            "application_name",
            "statement_timeout",
            "idle_in_transaction_session_timeout",
            "default_transaction_read_only",
        )
    }
    assert found == {
        "TimeZone": "UTC",
        "application_name": name,
        "statement_timeout": "7s",
        "idle_in_transaction_session_timeout": "1500ms",
        "default_transaction_read_only": "on",
    }


def test_sessions_are_utc_whatever_the_environment_and_the_role_say(
    make: Callable[..., Readers],
    create_database: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    url = create_database()
    role = f"echo_role_{uuid4().hex}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(role)))
        connection.execute(
            sql.SQL("ALTER ROLE {} SET timezone = 'Asia/Tokyo'").format(sql.Identifier(role))
        )
        connection.execute(
            sql.SQL("ALTER ROLE {} SET search_path = nowhere").format(sql.Identifier(role))
        )
        connection.execute(
            sql.SQL("ALTER ROLE {} SET default_transaction_isolation = 'serializable'").format(
                sql.Identifier(role)
            )
        )
    try:
        monkeypatch.setenv("PGTZ", "America/New_York")
        monkeypatch.setenv("PGOPTIONS", "-c timezone=Europe/Berlin")
        readers = make(with_settings(url, user=role))
        assert value(readers, "SELECT current_setting('TimeZone')") == "UTC"
        assert value(readers, "SELECT current_setting('search_path')") == "public"
        assert value(readers, "SELECT '2026-01-01 00:00Z'::timestamptz::text") == (
            "2026-01-01 00:00:00+00"
        )
        readers.close()
    finally:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(role)))


def test_a_timeout_in_the_urls_options_wins(make: Callable[..., Readers], server_url: str) -> None:
    options = "-c statement_timeout=1234ms -c idle-in-transaction-session-timeout=0"
    readers = make(with_settings(server_url, options=options))
    assert value(readers, "SELECT current_setting('statement_timeout')") == "1234ms"
    assert value(readers, "SELECT current_setting('idle_in_transaction_session_timeout')") == "0"
    assert value(readers, "SELECT current_setting('TimeZone')") == "UTC"


def test_writing_is_refused(make: Callable[..., Readers], empty_url: str) -> None:
    with psycopg.connect(empty_url) as connection:
        connection.execute("CREATE TABLE things (number int)")
    readers = make(empty_url)
    with pytest.raises(ReadOnly):
        readers.fetch(Statement("INSERT INTO public.things VALUES (1) RETURNING number", ()))
    assert value(readers, "SELECT count(*) FROM public.things") == 0


FAILURES = {
    "division": ("SELECT 1 / (x - 5) AS y FROM generate_series(1, 10) x", (), DatabaseError),
    "division_late": (
        "SELECT 1 / (x - 500000) AS y FROM generate_series(1, 600000) x",
        (),
        DatabaseError,
    ),
    "division_bound": ("SELECT 1 / $1::int AS y", (0,), DatabaseError),
    "unknown_table": ("SELECT * FROM no_such_table", (), DatabaseError),
    "unknown_column": ("SELECT nothing FROM pg_class WHERE oid = $1", (1,), DatabaseError),
    "timeout": ("SELECT pg_sleep(60)", (), QueryTimeout),
    "timeout_bound": ("SELECT pg_sleep($1::float8)", (60.0,), QueryTimeout),
    "read_only": ("CREATE TABLE public.things (number int)", (), ReadOnly),
    "two_statements": ("SELECT 1; SELECT 2", (), DatabaseError),
    "two_statements_bound": ("SELECT $1::int; SELECT 2", (1,), DatabaseError),
    "bad_value": ("SELECT $1::uuid", ("not one",), DatabaseError),
    "nul": ("SELECT $1::text", ("a\0b",), DatabaseError),
    "nothing": ("", (), NotSupported),
}


@pytest.mark.parametrize("case", FAILURES)
def test_after_a_failure_no_transaction_is_open_and_reading_goes_on(
    case: str, make: Callable[..., Readers], ask: Callable[..., list[tuple[object, ...]]]
) -> None:
    text, values, expected = FAILURES[case]
    readers = make(statement_timeout=0.5)
    with pytest.raises(expected) as caught:
        readers.fetch(Statement(text, values))
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    assert ask("state", "starts_with(state, 'idle in')") == []
    before = ask("pid", "query <> ''")
    assert value(readers, "SELECT 1::bigint") == 1
    assert ask("state", "state <> 'idle'") == []
    assert ask("pid", "query <> ''") == before


def test_a_message_holds_no_value_of_a_row(make: Callable[..., Readers]) -> None:
    with pytest.raises(DatabaseError) as caught:
        make().fetch(Statement("SELECT $1::uuid", ("planted value",)))
    assert "planted" not in f"{caught.value!r}{caught.value.__context__}"


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("SELECT pg_sleep(60)", ()),
        ("SELECT pg_sleep($1::float8)", (60.0,)),
        ("SELECT x, repeat('y', 200) AS y FROM generate_series(1, 500000000) x", ()),
    ],
)
def test_ctrl_c_stops_the_statement_and_reading_goes_on(
    text: str,
    values: tuple[object, ...],
    make: Callable[..., Readers],
    ask: Callable[..., list[tuple[object, ...]]],
) -> None:
    readers = make()
    readers.fetch(ONE)

    def interrupt() -> None:
        until(lambda: ask("pid", "state = 'active'") != [])
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            readers.fetch(Statement(text, values))
    finally:
        thread.join()
    until(lambda: ask("pid", "state <> 'idle'") == [])
    assert value(readers, "SELECT 1::bigint") == 1


NAIVE = dt.datetime(2026, 3, 29, 1, 2, 3, 456789, tzinfo=dt.UTC).replace(tzinfo=None)
BOUND: list[tuple[str, object]] = [
    ("text", "100% $1 'quoted' \"twice\" \\ é 😀 \n"),
    ("text", ""),
    ("text", None),
    ("bigint", 2**31),
    ("bigint", -(2**63)),
    ("bigint", None),
    ("float8", 0.1),
    ("boolean", True),
    ("date", dt.date(1678, 1, 1)),
    ("date", None),
    ("timestamp", NAIVE),
    ("timestamptz", dt.datetime(2026, 3, 29, 1, 2, 3, 456789, tzinfo=dt.UTC)),
    ("text[]", ["a", "", "b,{}\"'", "😀"]),
    ("text[]", []),
    ("text[]", None),
    ("bigint[]", [1, 2**40]),
    ("bigint[]", []),
    ("timestamp[]", [NAIVE, NAIVE.replace(year=1678)]),
    ("timestamp[]", []),
    ("date[]", [dt.date(2026, 1, 1)]),
]


@pytest.mark.parametrize(("type_", "bound"), BOUND)
def test_a_bound_value_comes_back_as_it_was(
    type_: str, bound: object, make: Callable[..., Readers]
) -> None:
    assert value(make(), f"SELECT CAST($1 AS {type_})", bound) == bound


def test_several_bound_values_stay_in_order(make: Callable[..., Readers]) -> None:
    statement = Statement(
        "SELECT $2::text AS b, $1::bigint AS a, $3::text[] AS c", (1, "%s", ["x", None])
    )
    assert make().fetch(statement).to_pylist() == [{"b": "%s", "a": 1, "c": ["x", None]}]


def test_zero_rows_have_the_same_types_as_many(make: Callable[..., Readers]) -> None:
    text = "SELECT x::bigint AS n, x::text AS t, array[x::text] AS a, now()::date AS d"
    readers = make()
    none = readers.fetch(Statement(f"{text} FROM generate_series(1, 0) x", ()))
    many = readers.fetch(Statement(f"{text} FROM generate_series(1, 5000) x", ()))
    assert none.schema.types == many.schema.types
    assert (none.num_rows, many.num_rows) == (0, 5000)


def test_the_name_of_the_server_is_in_every_failure(server_url: str) -> None:
    where: Target = target(server_url, Settings())
    readers = Readers(where, Settings())
    with pytest.raises(DatabaseError) as caught:
        readers.fetch(Statement("SELECT 1 / 0", ()))
    readers.close()
    assert where.where in str(caught.value)
    assert caught.value.sqlstate == "22012"
