"""What the health check and ``echo-analytics status`` say, in every state, and that they answer."""

from __future__ import annotations

import contextlib
import json
import sys
from typing import TYPE_CHECKING

import drizzle_database
import pytest
import sqlalchemy as sa
from drizzle_database import role, rows, run
from psycopg.conninfo import conninfo_to_dict
from reading_roles import contents, reader

import echo_analytics as echo
from echo_analytics.cli import main
from echo_analytics.schema import HEAD

if TYPE_CHECKING:
    from collections.abc import Callable

Called = tuple[int, str, str]


@pytest.fixture
def status(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[[str], tuple[int, dict[str, str], str]]:
    """Run ``status``; gives the exit code, what it showed by name, and what it complained about."""

    def called(url: str) -> tuple[int, dict[str, str], str]:
        arguments = ["status", "--format", "json", "--database", url]
        monkeypatch.setattr(sys, "argv", ["echo-analytics", *arguments])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        shown, complained = capsys.readouterr()
        facts = {row["name"]: row["value"] for row in json.loads(shown)}
        assert isinstance(ended.value.code, int)
        return ended.value.code, facts, complained

    return called


def test_the_owner_of_a_migrated_database_is_healthy_and_knows_the_server(
    database_url: str,
) -> None:
    with echo.connect(database_url) as db:
        health = db.health()
    assert (health.status, health.problem, health.revision) == ("healthy", None, HEAD)
    assert rows(database_url, "show server_version") == [(health.server_version,)]
    assert health.latency is not None
    assert health.latency > 0
    assert (health.can_write, health.write_denied, health.denied_by) == (True, True, "session")


def test_a_role_that_may_not_insert_is_degraded(database_url: str) -> None:
    with reader(database_url) as url, echo.connect(url) as db:
        health = db.health()
    assert (health.status, health.can_write, health.denied_by) == ("degraded", False, "role")
    assert health.problem == "the role may not insert posts here"


@pytest.mark.parametrize(
    "grant",
    [
        "grant update (title) on public.posts to {}",
        "grant delete on public.users to {}",
        "create table public.other (); grant insert on public.other to {}",
        "create schema other; grant create on schema other to {}",
    ],
)
def test_one_right_to_write_is_enough_not_to_call_it_the_role(
    database_url: str, grant: str
) -> None:
    with reader(database_url) as url:
        run(database_url, grant.format(conninfo_to_dict(url)["user"]))
        with echo.connect(url) as db:
            assert db.health().denied_by == "session"


def test_a_role_that_may_not_read_is_degraded(database_url: str) -> None:
    with role(database_url) as url, echo.connect(url) as db:
        health = db.health()
    assert (health.status, health.revision) == ("degraded", None)
    assert health.problem == "the role may not read all of users, posts and categories"


def test_the_check_leaves_everything_as_it_was(database_url: str) -> None:
    run(
        database_url,
        "create function public.meddle() returns trigger language plpgsql as"
        " $$ begin insert into public.users (email, name) values ('m', 'm'); return null; end $$",
        "create trigger meddle after update on public.users for each statement"
        " execute function public.meddle()",
    )
    with reader(database_url, leave_public=True) as url:
        before = contents(database_url)
        for each in (database_url, url):
            with echo.connect(each) as db:
                assert db.health().write_denied
        assert contents(database_url) == before


def test_it_answers_while_both_pools_are_in_use(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ECHO_POOL_MIN", "1")
    monkeypatch.setenv("ECHO_POOL_MAX", "2")
    with echo.connect(database_url) as db, contextlib.ExitStack() as stack:
        for _ in range(2):
            stack.enter_context(db.snapshot())
            stack.enter_context(db.transaction()).execute(sa.text("select 1"))
        health = db.health()
    assert health.status == "healthy"
    for numbers in (health.reading, health.writing):
        assert numbers is not None
        assert (numbers.size, numbers.idle, numbers.waiting, numbers.most) == (2, 0, 0, 2)


def test_a_database_that_was_dropped_is_unhealthy(
    create_database: Callable[..., str], server_url: str
) -> None:
    url = create_database()
    with echo.connect(url) as db:
        run(server_url, f"drop database {conninfo_to_dict(url)['dbname']} with (force)")
        health = db.health()
    assert (health.status, health.latency, health.can_write) == ("unhealthy", None, False)
    assert "does not exist" in str(health.problem)


def test_status_shows_the_health_of_a_database(
    database_url: str, status: Callable[[str], tuple[int, dict[str, str], str]]
) -> None:
    code, facts, complained = status(database_url)
    assert (code, complained) == (0, "")
    assert list(facts) == [
        "database",
        "status",
        "latency",
        "server version",
        "revision",
        "session can write",
        "reading sessions",
        "connections for reading",
        "connections for writing",
        "users",
        "posts",
        "categories",
    ]
    assert (facts["status"], facts["revision"], facts["session can write"]) == (
        "healthy",
        HEAD,
        "yes",
    )
    assert facts["connections for reading"] == "0 of 20, 0 of them idle; 0 waiting"
    assert facts["latency"].endswith(" ms")


def test_status_of_a_reader_is_degraded_and_no_failure(
    database_url: str, status: Callable[[str], tuple[int, dict[str, str], str]]
) -> None:
    with reader(database_url) as url:
        code, facts, complained = status(url)
    assert (code, complained) == (0, "")
    assert (facts["status"], facts["session can write"]) == ("degraded", "no")
    assert facts["reading sessions"] == "cannot write: the role has no right to"
    assert facts["problem"] == "the role may not insert posts here"


def test_status_of_a_database_that_cannot_be_reached_says_so_and_ends_with_3(
    status: Callable[[str], tuple[int, dict[str, str], str]],
) -> None:
    code, facts, complained = status("postgresql://me:planted-secret@127.0.0.1:1/app")
    assert code == 3
    assert list(facts) == ["status", "problem"]
    assert facts["status"] == "unhealthy"
    assert complained == f"echo-analytics: {facts['problem']}\n"
    assert "planted-secret" not in complained


def test_status_of_a_database_that_falls_ill_in_between_ends_with_3(
    database_url: str,
    status: Callable[[str], tuple[int, dict[str, str], str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with drizzle_database.role(database_url) as url:
        name = conninfo_to_dict(url)["user"]
        database = conninfo_to_dict(url)["dbname"]
        opened = echo.Database.health

        def locked_out(db: echo.Database[object]) -> echo.Health:
            run(database_url, f"alter role {name} nologin")
            return opened(db)

        monkeypatch.setattr(echo.Database, "health", locked_out)
        code, facts, complained = status(url)
    assert code == 3
    assert facts["status"] == "unhealthy"
    assert f"database {database}" in facts["problem"]
    assert facts["connections for reading"].startswith("0 of 20")
    assert complained.startswith("echo-analytics: cannot connect to ")
