from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from echo_analytics.arrow import Statement
from echo_analytics.errors import (
    ConnectionFailed,
    DatabaseError,
    NotSupported,
    QueryTimeout,
    ReadOnly,
)
from echo_analytics.readers import Readers
from echo_analytics.settings import Settings
from echo_analytics.target import Target, target

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DEADLINE = 20.0
ONE = Statement("SELECT 1::bigint AS one", ())
PID = Statement("SELECT pg_backend_pid()::bigint AS pid", ())


@pytest.fixture
def name() -> str:
    """What the sessions of this test are called on the server."""
    return f"echo_test_{uuid4().hex}"


@pytest.fixture
def make(server_url: str, name: str) -> Iterator[Callable[..., Readers]]:
    made: list[Readers] = []

    def build(url: str = server_url, **settings: float) -> Readers:
        chosen = Settings(**{"pool_min": 2, "pool_max": 3, **settings})  # type: ignore[arg-type]  # ints too
        made.append(Readers(target(url, chosen, name), chosen))
        return made[-1]

    yield build
    for readers in made:
        readers.close()


@pytest.fixture
def ask(server_url: str, name: str) -> Callable[..., list[tuple[object, ...]]]:
    """Ask the server about the sessions of this test, from another session."""

    def answer(columns: str, condition: str = "true") -> list[tuple[object, ...]]:
        query = (
            f"SELECT {columns} FROM pg_stat_activity WHERE application_name = %s AND {condition}"
        )
        with psycopg.connect(server_url, autocommit=True) as connection:
            return connection.execute(query.encode(), (name,)).fetchall()

    return answer


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


def nobody(ask: Callable[..., list[tuple[object, ...]]], condition: str) -> bool:
    return ask("pid", condition) == []


def value(readers: Readers, text: str, *values: object) -> object:
    return readers.fetch(Statement(text, values)).column(0)[0].as_py()


def with_settings(url: str, **parameters: str) -> str:
    return make_conninfo(url, **parameters)


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


def terminate(server_url: str, name: str) -> None:
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = %s",
            (name,),
        )


def test_connections_that_were_cut_while_idle_are_replaced(
    make: Callable[..., Readers],
    ask: Callable[..., list[tuple[object, ...]]],
    server_url: str,
    name: str,
) -> None:
    readers = make()
    with readers.reader() as one, readers.reader() as two:
        pids = {reader.fetch(PID).column(0)[0].as_py() for reader in (one, two)}
    terminate(server_url, name)
    until(lambda: ask("pid") == [])
    with readers.reader() as one, pytest.raises(ConnectionFailed):
        one.fetch(ONE)
    with readers.reader() as one, readers.reader() as two:
        again = {reader.fetch(PID).column(0)[0].as_py() for reader in (one, two)}
    assert len(again) == 2
    assert not again & pids


@pytest.mark.parametrize("times", [1, 3])
def test_a_read_survives_a_restart_of_the_server_before_it(
    times: int,
    make: Callable[..., Readers],
    ask: Callable[..., list[tuple[object, ...]]],
    server_url: str,
    name: str,
) -> None:
    readers = make()
    for _ in range(times):
        with readers.reader() as one, readers.reader() as two:
            assert one.fetch(ONE).equals(two.fetch(ONE))
        terminate(server_url, name)
        until(lambda: ask("pid") == [])
        assert value(readers, "SELECT 1::bigint") == 1
        with readers.snapshot() as snapshot:
            assert snapshot.fetch(ONE).num_rows == 1


def test_a_snapshot_survives_a_restart_of_the_server_before_it(
    make: Callable[..., Readers],
    ask: Callable[..., list[tuple[object, ...]]],
    server_url: str,
    name: str,
) -> None:
    readers = make()
    readers.fetch(ONE)
    terminate(server_url, name)
    until(lambda: ask("pid") == [])
    with readers.snapshot() as snapshot:
        assert snapshot.fetch(ONE).num_rows == 1


def test_a_backend_that_is_killed_during_a_read_is_replaced_once(
    make: Callable[..., Readers],
    ask: Callable[..., list[tuple[object, ...]]],
    server_url: str,
    name: str,
) -> None:
    readers = make()

    sleeping = "state = 'active' AND query LIKE '%%pg_sleep%%'"

    def kill() -> None:
        for _ in range(2):
            until(lambda: ask("pid", sleeping) != [])
            gone = "pid = {}".format(*ask("pid", sleeping)[0])
            terminate(server_url, name)
            until(partial(nobody, ask, gone))

    thread = threading.Thread(target=kill)
    thread.start()
    with pytest.raises(ConnectionFailed, match="was lost"):
        readers.fetch(Statement("SELECT pg_sleep(60)", ()))
    thread.join()
    assert value(readers, "SELECT 1::bigint") == 1


def test_a_snapshot_sees_one_moment_and_leaves_no_transaction(
    make: Callable[..., Readers],
    ask: Callable[..., list[tuple[object, ...]]],
    empty_url: str,
) -> None:
    count = Statement("SELECT count(*) AS n FROM public.things", ())
    readers = make(empty_url)
    with psycopg.connect(empty_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE things AS SELECT 1 AS number")
        with readers.snapshot() as snapshot:
            assert snapshot.fetch(count).column(0).to_pylist() == [1]
            connection.execute("INSERT INTO things VALUES (2)")
            assert snapshot.fetch(count).column(0).to_pylist() == [1]
            assert readers.fetch(count).column(0).to_pylist() == [2]
            with pytest.raises(ReadOnly):
                snapshot.fetch(Statement("DELETE FROM public.things RETURNING 1", ()))
    assert ask("state", "starts_with(state, 'idle in')") == []


@pytest.mark.parametrize("error", [ZeroDivisionError, KeyboardInterrupt])
def test_a_snapshot_that_is_left_by_an_error_leaves_no_transaction(
    error: type[BaseException],
    make: Callable[..., Readers],
    ask: Callable[..., list[tuple[object, ...]]],
) -> None:
    readers = make()

    def use() -> None:
        with readers.snapshot() as snapshot:
            snapshot.fetch(ONE)
            raise error

    with pytest.raises(error):
        use()
    assert ask("state", "starts_with(state, 'idle in')") == []
    assert value(readers, "SELECT 1::bigint") == 1


def test_a_snapshot_that_stands_idle_for_too_long_is_ended_by_the_server(
    make: Callable[..., Readers], ask: Callable[..., list[tuple[object, ...]]]
) -> None:
    readers = make(idle_in_transaction_timeout=0.2)
    with readers.snapshot() as snapshot:
        pid = snapshot.fetch(PID).column(0)[0].as_py()
        until(lambda: ask("pid", f"pid = {pid}") == [])
        with pytest.raises(ConnectionFailed):
            snapshot.fetch(ONE)
    assert value(readers, "SELECT 1::bigint") == 1


def test_many_threads_share_a_small_pool_and_all_get_their_own_answer(
    make: Callable[..., Readers], ask: Callable[..., list[tuple[object, ...]]]
) -> None:
    readers = make(pool_max=3, acquire_timeout=60.0)
    most = 0

    def work(number: int) -> list[object]:
        nonlocal most
        answers = [value(readers, "SELECT $1::bigint + 0", number * 100 + i) for i in range(10)]
        if number % 10 == 0:
            most = max(most, len(ask("pid")))
        return answers

    with ThreadPoolExecutor(30) as executor:
        answers = list(executor.map(work, range(30)))
    assert answers == [[number * 100 + i for i in range(10)] for number in range(30)]
    # The pool's three and the one they are cloned from.
    assert most <= 4


def test_threads_that_lose_their_connections_neither_deadlock_nor_exceed_the_pool(
    make: Callable[..., Readers],
    ask: Callable[..., list[tuple[object, ...]]],
    server_url: str,
    name: str,
) -> None:
    readers = make(pool_max=3, acquire_timeout=60.0)
    ended = threading.Event()

    def work(number: int) -> int:
        answered = 0
        for i in range(20):
            try:
                assert value(readers, "SELECT $1::bigint + 0", number + i) == number + i
                answered += 1
            except ConnectionFailed:
                pass
        return answered

    def cut() -> None:
        while not ended.is_set():
            terminate(server_url, name)
            ended.wait(0.02)

    thread = threading.Thread(target=cut)
    thread.start()
    try:
        with ThreadPoolExecutor(12) as executor:
            list(executor.map(work, range(12)))
    finally:
        ended.set()
        thread.join()
    terminate(server_url, name)
    until(lambda: ask("pid") == [])
    with ThreadPoolExecutor(12) as executor:
        assert list(executor.map(work, range(12))) == [20] * 12
    assert len(ask("pid")) <= 4


def test_a_full_pool_is_reported_after_the_acquire_timeout(make: Callable[..., Readers]) -> None:
    readers = make(pool_min=1, pool_max=1, acquire_timeout=0.2)
    with readers.reader(), pytest.raises(ConnectionFailed, match=r"within 0\.2 s: 1 are in use"):
        readers.fetch(ONE)
    assert value(readers, "SELECT 1::bigint") == 1


@pytest.mark.parametrize("pool_min", [0, 1, 3])
def test_no_more_than_the_pools_maximum_is_lent(
    pool_min: int, make: Callable[..., Readers]
) -> None:
    readers = make(pool_min=pool_min, pool_max=3, acquire_timeout=0.1)
    with readers.reader(), readers.reader(), readers.reader(), pytest.raises(ConnectionFailed):
        readers.fetch(ONE)


def test_nothing_is_opened_before_the_first_read_and_nothing_stays_after_close(
    make: Callable[..., Readers], ask: Callable[..., list[tuple[object, ...]]]
) -> None:
    readers = make()
    assert ask("pid") == []
    with readers.reader() as one:
        one.fetch(ONE)
        readers.fetch(ONE)
        readers.close()
        assert one.fetch(ONE).num_rows == 1
    readers.close()
    until(lambda: ask("pid") == [])
    with pytest.raises(NotSupported, match="closed"):
        readers.fetch(ONE)
    with pytest.raises(NotSupported, match="closed"), readers.snapshot():
        pass


def test_closing_does_not_wait_for_a_server_that_does_not_answer() -> None:
    import fake_servers

    settings = Settings(connect_timeout=1.0)
    with fake_servers.silent() as port:
        readers = Readers(target(f"postgresql://u@127.0.0.1:{port}/d", settings), settings)
        with pytest.raises(ConnectionFailed):
            readers.fetch(ONE)
        began = time.monotonic()
        readers.close()
        assert time.monotonic() - began < 1


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


def in_new_process(code: str, url: str) -> subprocess.CompletedProcess[str]:
    program = f"""
    import os, sys
    from echo_analytics.arrow import Statement
    from echo_analytics.readers import Readers
    from echo_analytics.settings import Settings
    from echo_analytics.target import target
    settings = Settings()
    readers = Readers(target({url!r}, settings), settings)
    {code}
    """
    lines = [line.removeprefix("    ") for line in program.splitlines()]
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent("\n".join(lines))],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={name: text for name, text in os.environ.items() if name != "PYTEST_CURRENT_TEST"},
    )


def test_notices_of_the_server_are_not_printed(server_url: str) -> None:
    query = "SELECT to_tsquery('pg_catalog.english', 'the')::text"
    done = in_new_process(f'print(readers.fetch(Statement("{query}", ())).num_rows)', server_url)
    assert (done.returncode, done.stdout, done.stderr) == (0, "1\n", "")


def test_a_process_that_never_closes_ends_quietly(server_url: str) -> None:
    done = in_new_process('readers.fetch(Statement("SELECT 1", ()))', server_url)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system cannot fork")
def test_a_forked_process_is_refused_and_leaves_the_parents_sessions_alone(
    server_url: str,
) -> None:
    code = """
    statement = Statement("SELECT pg_backend_pid()::bigint", ())
    before = readers.fetch(statement)
    child = os.fork()
    if child == 0:
        try:
            readers.fetch(statement)
        except Exception as error:
            print(type(error).__name__, flush=True)
        readers.close()
        os._exit(0)
    os.waitpid(child, 0)
    print(readers.fetch(statement).equals(before))
    readers.close()
    """
    code = "\n".join(line.removeprefix("    ") for line in code.splitlines())
    done = in_new_process(code.strip().replace("\n", "\n    "), server_url)
    assert (done.returncode, done.stdout, done.stderr) == (0, "NotSupported\nTrue\n", "")


def test_the_name_of_the_server_is_in_every_failure(server_url: str) -> None:
    where: Target = target(server_url, Settings())
    readers = Readers(where, Settings())
    with pytest.raises(DatabaseError) as caught:
        readers.fetch(Statement("SELECT 1 / 0", ()))
    readers.close()
    assert where.where in str(caught.value)
    assert caught.value.sqlstate == "22012"
