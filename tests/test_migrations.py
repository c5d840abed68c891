from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from drizzle_database import USER, add_posts, connect, engine, fingerprint, load, role, rows, run

from echo_analytics import migrate as migrations
from echo_analytics import revisions, schema, sessions, triggers
from echo_analytics.catalogue import describe, differences
from echo_analytics.errors import (
    ConnectionFailed,
    DatabaseError,
    InvalidInput,
    MigrationRefused,
    ReadOnly,
)
from echo_analytics.migrate import current, downgrade, head, migrate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CHECKOUT = Path(__file__).parent.parent

CATEGORIES = [
    ("General", "general", "General discussion topics"),
    ("News", "news", "News and announcements"),
    ("Tech", "tech", "Technology related posts"),
]


def public(url: str) -> dict[str, str]:
    with engine(url).connect() as connection:
        return describe(connection)


@pytest.fixture(scope="module")
def drizzle(create_database: Callable[..., str]) -> dict[str, str]:
    url = create_database()
    load(url)
    return public(url)


@pytest.fixture
def nobody(empty_url: str) -> Iterator[str]:
    with role(empty_url) as theirs:
        yield theirs


def alembic(url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "alembic", *arguments],
        cwd=CHECKOUT,
        env={**os.environ, "ECHO_DATABASE_URL": url},
        capture_output=True,
        text=True,
        check=False,
    )


def wait_for(url: str, query: str, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not rows(url, query):
        assert time.monotonic() < deadline, query
        time.sleep(0.02)


def test_an_empty_database_becomes_what_the_applications_tools_make(
    empty_url: str, drizzle: dict[str, str]
) -> None:
    report = migrate(empty_url)
    assert (report.kind, report.from_revision, report.to_revision) == ("empty", None, head())
    assert report.changed
    assert differences(drizzle, public(empty_url)) == ()
    assert len(drizzle) > 60


def test_the_only_triggers_in_public_are_those_with_a_function_in_analytics(
    database_url: str,
) -> None:
    found = rows(
        database_url,
        "select tgname, n.nspname from pg_trigger join pg_proc as f on f.oid = tgfoid"
        " join pg_namespace as n on n.oid = f.pronamespace where not tgisinternal",
    )
    assert found == [(triggers.TRIGGER, "analytics")]


def test_a_database_of_our_own_has_the_three_default_categories(database_url: str) -> None:
    found = rows(database_url, "select name, slug, description from public.categories order by 1")
    assert found == CATEGORIES
    assert sorted(schema.DEFAULT_CATEGORIES) == CATEGORIES


def test_the_default_categories_are_made_in_utc(empty_url: str) -> None:
    name = rows(empty_url, "select current_database()")[0][0]
    run(empty_url, f"alter database \"{name}\" set timezone to 'Asia/Tokyo'")
    migrate(empty_url)
    query = (
        "select abs(extract(epoch from created_at - (now() at time zone 'UTC'))) < 600"
        " from public.categories"
    )
    assert rows(empty_url, query) == [(True,)] * 3


def test_the_version_table_is_in_analytics(database_url: str) -> None:
    assert rows(database_url, "select version_num from analytics.alembic_version") == [(head(),)]
    assert current(database_url) == head()


def test_current_of_an_empty_database_is_none_and_makes_nothing(empty_url: str) -> None:
    before = fingerprint(empty_url)
    assert current(empty_url) is None
    assert fingerprint(empty_url) == before


def test_checking_an_empty_database_says_what_it_would_do_and_does_nothing(empty_url: str) -> None:
    before = fingerprint(empty_url)
    report = migrate(empty_url, check=True)
    assert (report.kind, report.changed) == ("empty", True)
    assert report.applied[0] == "create the schema analytics"
    assert [line.split(":")[0] for line in report.applied[1:]] == [
        f"revision 000{number}" for number in range(1, 6)
    ]
    assert fingerprint(empty_url) == before
    assert migrate(empty_url) == report


def test_the_second_run_does_nothing(database_url: str) -> None:
    before = fingerprint(database_url)
    report = migrate(database_url)
    assert (report.kind, report.changed, report.applied) == ("own", False, ())
    assert fingerprint(database_url) == before


def test_an_engine_will_do_and_its_connections_keep_their_settings(empty_url: str) -> None:
    pooled = sa.create_engine(empty_url.replace("postgresql:", "postgresql+psycopg:", 1))
    query = sa.text(
        "select current_setting('search_path'), current_setting('lock_timeout'),"
        " current_setting('statement_timeout'), pg_backend_pid()"
    )
    locks = sa.text(
        "select count(*) from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()"
    )
    with pooled.connect() as connection:
        before = connection.execute(query).one()
    assert migrate(pooled).changed
    assert current(pooled) == head()
    with pooled.connect() as connection:
        assert connection.execute(query).one() == before
        assert connection.scalar(locks) == 0
        assert connection.get_isolation_level() == "READ COMMITTED"
    pooled.dispose()


def test_downgrade_to_base_and_upgrade_again_with_rows(
    database_url: str, drizzle: dict[str, str]
) -> None:
    add_posts(database_url)
    assert downgrade(database_url) is None
    assert public(database_url) == {}
    assert rows(database_url, "select nspname from pg_namespace where nspname = 'analytics'")
    assert (
        rows(
            database_url,
            "select proname from pg_proc where pronamespace = 'analytics'::regnamespace",
        )
        == []
    )
    assert migrate(database_url).kind == "empty"
    assert differences(drizzle, public(database_url)) == ()
    assert rows(database_url, "select count(*) from public.categories") == [(3,)]


@pytest.mark.parametrize("revision", ["0001", "0002", "0003", "0004"])
def test_downgrade_by_steps_keeps_the_posts_and_upgrade_brings_them_in_step(
    database_url: str, drizzle: dict[str, str], revision: str
) -> None:
    add_posts(database_url)
    published = rows(database_url, "select id from public.posts where published order by id")
    assert downgrade(database_url, revision) == revision
    assert rows(database_url, "select count(*) from public.posts") == [(9,)]
    report = migrate(database_url)
    assert (report.kind, report.from_revision) == ("own", revision)
    # Without the column the status of published posts is gone: it comes back from `published`.
    assert report.repaired_rows == (4 if revision < "0003" else 0)
    assert differences(drizzle, public(database_url)) == ()
    again = "select id from public.posts where published and status = 'published' order by id"
    assert rows(database_url, again) == published
    assert rows(database_url, triggers.IN_STEP_SQL) == [(True,)]


def test_downgrading_to_an_unknown_or_later_revision_is_refused(database_url: str) -> None:
    with pytest.raises(InvalidInput, match="revision"):
        downgrade(database_url, "9999")
    downgrade(database_url, "0002")
    with pytest.raises(InvalidInput, match="revision"):
        downgrade(database_url, "0004")
    assert current(database_url) == "0002"


def test_downgrading_an_empty_database_does_nothing(empty_url: str) -> None:
    before = fingerprint(empty_url)
    assert downgrade(empty_url) is None
    assert fingerprint(empty_url) == before


def test_alembic_check_finds_nothing_to_do(database_url: str) -> None:
    before = fingerprint(database_url)
    result = alembic(database_url, "check")
    assert result.returncode == 0, result.stderr
    assert "No new upgrade operations detected." in result.stdout
    assert fingerprint(database_url) == before


def test_alembic_check_finds_a_column_that_is_gone(database_url: str) -> None:
    run(database_url, "alter table public.users drop column bio")
    assert "add_column" in alembic(database_url, "check").stdout


def test_alembic_current_and_check_make_nothing_on_an_empty_database(empty_url: str) -> None:
    before = fingerprint(empty_url)
    assert alembic(empty_url, "current").returncode == 0
    assert "not up to date" in alembic(empty_url, "check").stdout
    assert fingerprint(empty_url) == before


def test_alembic_upgrade_and_downgrade_work_from_the_checkout(
    empty_url: str, drizzle: dict[str, str]
) -> None:
    for _ in range(2):
        result = alembic(empty_url, "upgrade", "head")
        assert result.returncode == 0, result.stderr
        assert differences(drizzle, public(empty_url)) == ()
        assert migrate(empty_url).changed is False
        assert alembic(empty_url, "downgrade", "base").returncode == 0
        assert public(empty_url) == {}


def test_alembic_says_which_variable_is_missing() -> None:
    environment = {k: v for k, v in os.environ.items() if k != "ECHO_DATABASE_URL"}
    result = subprocess.run(
        [sys.executable, "-m", "alembic", "upgrade", "head"],
        cwd=CHECKOUT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode != 0
    assert "ECHO_DATABASE_URL" in result.stdout


def test_revisions_have_descriptive_names() -> None:
    names = [path.stem for path in sorted((CHECKOUT / "migrations" / "versions").glob("*.py"))]
    assert names == [
        "0001_base_tables",
        "0002_user_preferences_roles_and_categories",
        "0003_post_status",
        "0004_indexes",
        "0005_analytics_schema",
    ]
    assert [name[:4] for name in names] == list(revisions.titles())


def test_the_revisions_within_the_package_come_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert revisions.folder() == CHECKOUT / "migrations"
    (tmp_path / "_migrations").mkdir()
    monkeypatch.setattr(revisions, "__file__", str(tmp_path / "revisions.py"))
    assert revisions.folder() == tmp_path / "_migrations"


def test_a_folder_with_a_percent_sign_works(
    empty_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "100% ours"
    folder.symlink_to(CHECKOUT / "migrations")
    monkeypatch.setattr(revisions, "folder", lambda: folder)
    assert migrate(empty_url).changed


def test_a_database_of_a_newer_version_is_refused(database_url: str) -> None:
    run(database_url, "update analytics.alembic_version set version_num = '0999'")
    for check in (True, False):
        with pytest.raises(MigrationRefused, match=r"0999.*upgrade the package"):
            migrate(database_url, check=check)


REFUSED = {
    "public.orders": "create table public.orders (id int)",
    "public.v": "create view public.v as select 1 as one",
    "public.mood": "create type public.mood as enum ('ok')",
    "public.f()": "create function public.f() returns int language sql as 'select 1'",
    "public.s": "create sequence public.s",
    "app.users": "create schema app; create table app.users (id int)",
    "drizzle.__drizzle_migrations": "create schema drizzle;"
    " create table drizzle.__drizzle_migrations (id int)",
    "rollups": "create schema analytics; create table analytics.rollups (day date)",
}


@pytest.mark.parametrize(("name", "statement"), REFUSED.items(), ids=REFUSED.keys())
def test_a_database_that_is_not_empty_is_refused_by_name_and_untouched(
    empty_url: str, name: str, statement: str
) -> None:
    run(empty_url, statement)
    before = fingerprint(empty_url)
    for check in (True, False):
        with pytest.raises(MigrationRefused) as refusal:
            migrate(empty_url, check=check)
        assert name in str(refusal.value)
        assert "othing was changed" in str(refusal.value)
    result = alembic(empty_url, "upgrade", "head")
    assert result.returncode != 0
    assert name in result.stdout
    assert fingerprint(empty_url) == before


def test_extensions_and_empty_schemas_leave_a_database_empty(empty_url: str) -> None:
    run(
        empty_url,
        "create extension pg_trgm",
        "create schema extras",
        "create extension citext schema extras",
        "create schema analytics",
    )
    assert migrate(empty_url).kind == "empty"


def test_a_database_without_the_schema_public_is_refused(empty_url: str) -> None:
    run(empty_url, "drop schema public")
    with pytest.raises(MigrationRefused, match="no schema public"):
        migrate(empty_url)


def test_two_migrations_at_once_one_runs_and_the_other_waits(empty_url: str) -> None:
    start = threading.Barrier(2)

    def one() -> bool:
        start.wait()
        return migrate(empty_url).changed

    with ThreadPoolExecutor(2) as pool:
        changed = sorted(task.result() for task in [pool.submit(one), pool.submit(one)])
    assert changed == [False, True]


def test_two_processes_at_once_one_runs_and_the_other_waits(empty_url: str) -> None:
    code = (
        "import sys; from echo_analytics.migrate import migrate;"
        " print(migrate(sys.argv[1]).changed)"
    )
    processes = [
        subprocess.Popen([sys.executable, "-c", code, empty_url], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    assert sorted(process.communicate(timeout=60)[0].strip() for process in processes) == [
        "False",
        "True",
    ]


def test_waiting_polls_outside_of_any_transaction(empty_url: str) -> None:
    key = sessions._LOCK_KEY
    with connect(empty_url) as other, ThreadPoolExecutor(1) as pool:
        other.execute("select pg_advisory_lock(%s)", (key,))
        waiting = pool.submit(migrate, empty_url)
        polled = (
            "select from pg_stat_activity where datname = current_database()"
            " and query like '%pg_try_advisory_lock%' and state = 'idle'"
            " and pid <> pg_backend_pid() and backend_xmin is null"
        )
        wait_for(empty_url, polled)
        # It would wait for every transaction that is open.
        other.execute("create table public.t (id int)")
        other.execute("create index concurrently on public.t (id)")
        other.execute("drop table public.t")
        assert not waiting.done()
        other.execute("select pg_advisory_unlock(%s)", (key,))
        assert waiting.result(timeout=30).changed


def test_waiting_ends_with_an_error_that_says_why(empty_url: str) -> None:
    with connect(empty_url) as other:
        other.execute("select pg_advisory_lock(%s)", (sessions._LOCK_KEY,))
        with pytest.raises(DatabaseError, match="another migration"):
            migrate(empty_url, patience=0.2)
        assert migrate(empty_url, check=True).changed


STEPS = ("_upgrade", "finish")


@pytest.mark.parametrize("step", STEPS)
def test_a_migration_that_is_killed_goes_on_with_the_next_run(
    empty_url: str, drizzle: dict[str, str], monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    real = getattr(migrations, step)

    def killed(connection: sa.Connection, *rest: object) -> None:
        del rest
        if step == "_upgrade":
            real(connection)
        else:
            connection.rollback()
        connection.execute(sa.text("select pg_terminate_backend(pg_backend_pid())"))

    with monkeypatch.context() as patch:
        patch.setattr(migrations, step, killed)
        with pytest.raises(ConnectionFailed):
            migrate(empty_url)
    assert (current(empty_url) is None) == (step == "_upgrade")
    assert migrate(empty_url).changed
    assert differences(drizzle, public(empty_url)) == ()
    assert rows(empty_url, triggers.IN_STEP_SQL) == [(True,)]


def test_a_role_that_may_not_create_is_refused_and_nothing_is_left(
    empty_url: str, nobody: str
) -> None:
    before = fingerprint(empty_url)
    with pytest.raises(MigrationRefused, match="may not create"):
        migrate(nobody)
    assert fingerprint(empty_url) == before


def test_a_read_only_role_gets_the_error_for_it(empty_url: str, nobody: str) -> None:
    url = nobody
    name = rows(url, "select current_user")[0][0]
    run(
        empty_url,
        f"grant create on schema public to {name}",
        f'grant create on database "{rows(url, "select current_database()")[0][0]}" to {name}',
        f"alter role {name} set default_transaction_read_only = on",
    )
    with pytest.raises(ReadOnly):
        migrate(url)


def test_a_wrong_url_is_a_connection_failure() -> None:
    with pytest.raises(ConnectionFailed):
        migrate("postgresql://nobody@127.0.0.1:1/none")


def test_a_failing_downgrade_names_the_servers_reason_and_changes_nothing(
    database_url: str,
) -> None:
    run(database_url, "create view public.v as select * from public.users")
    before = public(database_url)
    with pytest.raises(DatabaseError, match="2BP01"):
        downgrade(database_url)
    assert public(database_url) == before
    assert current(database_url) == head()


def test_our_own_database_that_lost_a_column_is_refused_by_name(database_url: str) -> None:
    run(database_url, "alter table public.users drop column bio")
    with pytest.raises(MigrationRefused, match=r"public\.users\.bio is missing"):
        migrate(database_url)


def test_our_own_database_that_lost_its_trigger_gets_it_back(database_url: str) -> None:
    run(
        database_url,
        f"insert into public.users (id, email, name) values ('{USER}', 'a', 'a')",
        f"drop trigger {triggers.TRIGGER} on public.posts",
        "insert into public.posts (title, content, author_id, status)"
        f" values ('t', 'c', '{USER}', 'published')",
    )
    report = migrate(database_url)
    assert report.applied == (
        f"create the trigger {triggers.TRIGGER} on public.posts",
        "repair posts whose published and status contradict: 1",
    )
    assert rows(database_url, "select published from public.posts") == [(True,)]
