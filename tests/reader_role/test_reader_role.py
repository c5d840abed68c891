"""The role for reading: it is made and remade, can only read, and what could write is refused."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import subprocess
from typing import TYPE_CHECKING, Any

import drizzle_database
import psycopg
import pytest
from drizzle_database import rows, run
from psycopg.conninfo import conninfo_to_dict
from reading_roles import as_role, contents, new_name, reader, refusal, removed

import echo_analytics as echo
from echo_analytics import migrate
from echo_analytics.postgres.binaries import find_programs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pyarrow as pa

PASSWORD = "p4ssw0rd" + "0f4r34d3r"
NO_RIGHT, READ_ONLY = "42501", "25006"


@pytest.fixture
def db(database_url: str) -> Iterator[echo.Database[pa.Table]]:
    with echo.connect(database_url, frame="arrow") as database:
        yield database


@pytest.fixture
def name(database_url: str) -> Iterator[str]:
    role = new_name()
    with removed(database_url, role):
        yield role


def facts(url: str, name: str) -> dict[str, Any]:
    found = rows(url, f"select to_jsonb(r) from pg_roles as r where rolname = '{name}'")
    assert isinstance(found[0][0], dict)
    return found[0][0]


def test_a_new_role_may_log_in_and_is_nothing_else(
    db: echo.Database[pa.Table], database_url: str, name: str
) -> None:
    made = echo.create_reader_role(
        db, name, connection_limit=7, statement_timeout=11, idle_timeout=13
    )
    assert made == echo.ReaderRole(name, created=True)
    role = facts(database_url, name)
    attributes = ("super", "inherit", "createrole", "createdb", "replication", "bypassrls")
    assert not any(role[f"rol{attribute}"] for attribute in attributes)
    assert (role["rolcanlogin"], role["rolconnlimit"]) == (True, 7)
    assert set(role["rolconfig"]) == {
        "default_transaction_read_only=on",
        "statement_timeout=11s",
        "idle_in_transaction_session_timeout=13s",
        "lock_timeout=10s",
        "search_path=public",
    }


def test_no_more_sessions_than_allowed_get_in(
    db: echo.Database[pa.Table], database_url: str, name: str
) -> None:
    echo.create_reader_role(db, name, connection_limit=1)
    url = as_role(database_url, name)
    with drizzle_database.connect(url), pytest.raises(psycopg.OperationalError):
        drizzle_database.connect(url)


def test_it_reads_and_is_refused_everything_else(
    db: echo.Database[pa.Table], database_url: str, name: str
) -> None:
    echo.create_reader_role(db, name)
    url = as_role(database_url, name)
    assert rows(url, "select count(*) from public.posts") == [(0,)]
    assert rows(url, "select count(*) from analytics.alembic_version") == [(1,)]
    statements = {
        "insert into public.users (email, name) values ('a', 'a')": NO_RIGHT,
        "update public.users set name = name": NO_RIGHT,
        "delete from public.posts": NO_RIGHT,
        "truncate public.posts": NO_RIGHT,
        "create table public.mine ()": NO_RIGHT,
        "create temp table mine ()": NO_RIGHT,
        "create schema mine": NO_RIGHT,
        "select lo_from_bytea(0, 'x')": NO_RIGHT,
    }
    for statement, code in statements.items():
        assert refusal(url, statement) in {READ_ONLY, NO_RIGHT}
        assert refusal(url, "begin read write", statement) == code


def test_health_proves_that_the_role_is_what_denies_a_write(database_url: str) -> None:
    with reader(database_url) as url, echo.connect(url) as db:
        health = db.health()
    assert (health.write_denied, health.denied_by, health.can_write) == (True, "role", False)
    assert health.status == "degraded"


def test_making_it_again_changes_what_is_asked_for_and_keeps_the_password(
    db: echo.Database[pa.Table], database_url: str, name: str
) -> None:
    made = echo.create_reader_role(db, name, password=PASSWORD)
    stored = "select rolpassword from pg_authid where rolname = '{}'".format
    before = rows(database_url, stored(name))
    again = echo.create_reader_role(db, name, connection_limit=3)
    assert (made.created, made.password_set) == (True, True)
    assert (again.created, again.password_set) == (False, False)
    assert rows(database_url, stored(name)) == before
    assert facts(database_url, name)["rolconnlimit"] == 3


def test_the_server_gets_the_password_as_a_hash_that_proves_it(
    db: echo.Database[pa.Table], database_url: str, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(0):
        made = echo.create_reader_role(db, name, password=PASSWORD)
    found = rows(database_url, f"select rolpassword from pg_authid where rolname = '{name}'")
    stored = str(found[0][0])
    rounds, salt, key = re.fullmatch(r"SCRAM-SHA-256\$(\d+):([^$]+)\$([^:]+):.+", stored).groups()  # type: ignore[union-attr]  # it matches
    salted = hashlib.pbkdf2_hmac("sha256", PASSWORD.encode(), base64.b64decode(salt), int(rounds))
    client = hmac.new(salted, b"Client Key", "sha256").digest()
    assert base64.b64encode(hashlib.sha256(client).digest()).decode() == key
    said = caplog.text + "".join(str(vars(record)) for record in caplog.records)
    for secret in (PASSWORD, key, stored):
        assert secret not in said + repr(made) + made.text()


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("name", ""),
        ("name", "x" * 64),
        ("name", "public"),
        ("name", "none"),
        ("name", "pg_reader"),
        ("name", "a\nb"),
        ("name", "a\\b"),
        ("name", 5),
        ("password", ""),
        ("password", "a\0b"),
        ("password", "\ud800"),
        ("password", 5),
        ("connection_limit", 0),
        ("connection_limit", -1),
        ("connection_limit", True),
        ("statement_timeout", 0),
        ("statement_timeout", 1.5),
        ("idle_timeout", 0),
    ],
)
def test_a_wrong_argument_is_named_before_any_query(argument: str, value: object) -> None:
    arguments: dict[str, Any] = {argument: value}
    with pytest.raises(echo.InvalidInput, match=f"^{argument}: "):
        echo.create_reader_role(None, **arguments)  # type: ignore[arg-type]  # nothing is asked


def test_a_name_is_quoted(db: echo.Database[pa.Table], database_url: str) -> None:
    odd = f"""Odd"; drop role x; -- '{{}} % {new_name()}"""
    try:
        assert echo.create_reader_role(db, odd).name == odd
        quoted = odd.replace('"', '""')
        doubled = odd.replace("'", "''")
        assert rows(database_url, f"select 1 from pg_roles where rolname = '{doubled}'")
        assert "GRANT SELECT" in echo.reader_role_sql(odd)
    finally:
        run(database_url, f'drop owned by "{quoted}"', f'drop role "{quoted}"')


@pytest.mark.parametrize(
    ("before", "said"),
    [
        ("alter role {0} superuser", "a superuser"),
        ("alter role {0} createrole", "create roles"),
        ("alter role {0} createdb", "create databases"),
        ("alter role {0} replication", "replicate"),
        ("alter role {0} bypassrls", "row security"),
        ("grant pg_read_server_files to {0}", "a member of pg_read_server_files"),
        ("create table public.its (); alter table public.its owner to {0}", "owns something"),
        ("grant insert on public.posts to {0}", "may change public.posts"),
        ("grant update (title) on public.posts to {0}", "may change public.posts"),
        ("grant delete on public.users to public", "may change public.users"),
        (
            "create sequence public.n; grant usage on sequence public.n to {0}",
            "may change public.n",
        ),
        ("create schema other; grant create on schema other to {0}", "the schema other"),
        ("grant create on database {1} to {0}", "create schemas"),
    ],
)
def test_a_role_that_could_write_is_refused_and_nothing_is_changed(
    db: echo.Database[pa.Table], database_url: str, name: str, before: str, said: str
) -> None:
    run(
        database_url,
        f"create role {name}",
        before.format(name, conninfo_to_dict(database_url)["dbname"]),
    )
    was = contents(database_url)
    with pytest.raises(echo.NotSupported, match=said):
        echo.create_reader_role(db, name)
    assert contents(database_url) == was


def test_a_maintainer_is_refused_where_the_server_knows_that_right(
    db: echo.Database[pa.Table], database_url: str, name: str
) -> None:
    run(database_url, f"create role {name}")
    if rows(database_url, "select current_setting('server_version_num')::int < 170000")[0][0]:
        assert echo.create_reader_role(db, name).warnings == ()
        return
    run(database_url, f"grant maintain on public.posts to {name}")
    with pytest.raises(echo.NotSupported, match=r"may change public\.posts"):
        echo.create_reader_role(db, name)


def test_everybody_may_no_longer_make_tables_and_whoever_had_things_there_still_may(
    database_url: str, name: str
) -> None:
    # So it is on PostgreSQL 14, and in databases that came from there.
    run(database_url, "grant create on schema public to public")
    application, stranger = new_name(), new_name()
    with removed(database_url, application, stranger):
        for role in (application, stranger):
            run(database_url, f"create role {role} login")
        run(database_url, f"grant insert on public.posts to {application}")
        with echo.connect(database_url, frame="arrow") as db:
            assert echo.create_reader_role(db, name).warnings == ()
        makes = ("create table public.mine (); drop table public.mine", "create temp table mine ()")
        for statement in makes:
            assert refusal(as_role(database_url, application), statement) is None
            assert refusal(as_role(database_url, stranger), statement) == NO_RIGHT


def test_leave_public_takes_nothing_and_warns_or_refuses(
    db: echo.Database[pa.Table], database_url: str, name: str
) -> None:
    made = echo.create_reader_role(db, name, leave_public=True)
    assert [warning.split(":")[0] for warning in made.warnings] == [
        "it may create temporary tables",
        "it may create large objects",
    ]
    assert (
        refusal(as_role(database_url, name), "begin read write", "create temp table t ()") is None
    )
    run(database_url, "grant create on schema public to public")
    with pytest.raises(echo.NotSupported, match="create things in the schema public"):
        echo.create_reader_role(db, name, leave_public=True)


def test_what_runs_with_the_rights_of_another_is_reported(
    db: echo.Database[pa.Table], database_url: str, name: str
) -> None:
    run(
        database_url,
        "create function public.purge(days int) returns void security definer language sql"
        " as 'delete from public.posts'",
        "create extension postgres_fdw",
        "create server elsewhere foreign data wrapper postgres_fdw",
        "grant usage on foreign server elsewhere to public",
    )
    assert echo.create_reader_role(db, name).warnings == (
        "it may call purge(integer), which runs with the rights of its owner",
        "it may use the foreign server elsewhere with the rights that it has there",
    )


def test_functions_of_ours_that_run_with_the_rights_of_their_owner_are_closed(
    db: echo.Database[pa.Table], database_url: str, name: str
) -> None:
    db.rollups.enable()
    assert echo.create_reader_role(db, name).warnings == ()
    ours = rows(
        database_url,
        "select oid::regprocedure::text from pg_proc"
        " where pronamespace = 'analytics'::regnamespace and prosecdef",
    )
    assert ours
    open_ = rows(
        database_url,
        "select oid::regprocedure::text from pg_proc where pronamespace = 'analytics'::regnamespace"
        f" and prosecdef and has_function_privilege('{name}', oid, 'execute')",
    )
    assert open_ == []
    # Triggers fire all the same, whoever writes.
    run(database_url, "insert into public.users (email, name) values ('a@b', 'A')")
    run(
        database_url,
        "insert into public.posts (title, content, author_id, status)"
        " select 't', 'c', id, 'published' from public.users",
    )
    assert rows(database_url, "select published from public.posts") == [(True,)]


def test_a_database_of_the_application_that_was_never_migrated(empty_url: str) -> None:
    drizzle_database.application(empty_url)
    role = new_name()
    with removed(empty_url, role), echo.connect(empty_url, frame="arrow") as db:
        made = echo.create_reader_role(db, role)
        assert made.warnings == (
            "the schema analytics is not there yet: run this again after migrating",
        )
        with echo.connect(as_role(empty_url, role), frame="arrow") as reading:
            assert reading.health().denied_by == "role"
            before = echo.user_stats(reading).to_pylist()
        migrate.migrate(empty_url)
        with echo.connect(as_role(empty_url, role), frame="arrow") as reading:
            assert reading.health().revision is None
            assert echo.user_stats(reading).num_rows == len(before)
        assert echo.create_reader_role(db, role).warnings == ()
        with echo.connect(as_role(empty_url, role), frame="arrow") as reading:
            assert reading.health().revision is not None


def test_tables_that_a_later_migration_makes_can_be_read(
    db: echo.Database[pa.Table], database_url: str, name: str
) -> None:
    echo.create_reader_role(db, name)
    run(database_url, "create table analytics.later as select 1 as one")
    assert rows(as_role(database_url, name), "select one from analytics.later") == [(1,)]


def test_a_database_without_the_tables_says_so(empty_url: str) -> None:
    role = new_name()
    with (
        removed(empty_url, role),
        echo.connect(empty_url) as db,
        pytest.raises(echo.DatabaseError, match="a table is missing"),
    ):
        echo.create_reader_role(db, role)
    assert not rows(empty_url, f"select 1 from pg_roles where rolname = '{role}'")


def test_who_may_not_make_roles_is_told_what_to_do(database_url: str, name: str) -> None:
    with drizzle_database.role(database_url) as url, echo.connect(url) as db:
        with pytest.raises(echo.NotSupported, match="reader-role --print") as caught:
            echo.create_reader_role(db, name, password=PASSWORD)
        assert PASSWORD not in str(caught.value)


def test_an_owner_without_a_superuser_makes_the_role_and_hears_what_stays_open(
    create_database: Callable[..., str], name: str
) -> None:
    url = create_database()
    with drizzle_database.role(url) as owner_url:
        owner = conninfo_to_dict(owner_url)["user"]
        run(url, f"alter role {owner} createrole", f"alter schema public owner to {owner}")
        database = conninfo_to_dict(url)["dbname"]
        run(url, f"alter database {database} owner to {owner}")
        migrate.migrate(owner_url)
        with removed(url, name), echo.connect(owner_url) as db:
            warnings = echo.create_reader_role(db, name).warnings
        assert [warning.split(":")[0] for warning in warnings] == ["it may create large objects"]
        run(url, f"alter database {database} owner to current_user")


@pytest.mark.parametrize("times", [1, 2])
def test_the_printed_sql_does_the_same_in_psql(database_url: str, name: str, times: int) -> None:
    script = echo.reader_role_sql(name, connection_limit=4)
    for _ in range(times):
        shown = run_script(database_url, script)
        assert shown.returncode == 0, shown.stderr
    assert refusal(as_role(database_url, name), "begin read write", "delete from public.posts") == (
        NO_RIGHT
    )
    run(database_url, f"grant insert on public.posts to {name}")
    shown = run_script(database_url, script)
    assert shown.returncode != 0
    assert "may change public.posts" in shown.stderr


def run_script(url: str, script: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [find_programs() / "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", url],
        input=script,
        capture_output=True,
        text=True,
        check=False,
    )
