from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import TYPE_CHECKING

import psycopg
import pytest
from drizzle_database import (
    KEPT,
    REPAIRED,
    STATES,
    application,
    connect,
    fingerprint,
    role,
    rows,
    run,
    wait_for,
)

from echo_analytics import triggers
from echo_analytics.errors import ConnectionFailed, DatabaseError
from echo_analytics.migrate import current, head, migrate
from echo_analytics.migration import repairs

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def url(empty_url: str) -> str:
    return application(empty_url)


@pytest.fixture
def nobody(url: str) -> Iterator[str]:
    with role(url) as theirs:
        yield theirs


def test_the_applications_trigger_on_updated_at_does_not_touch_repaired_rows(url: str) -> None:
    run(
        url,
        "create function public.touch() returns trigger language plpgsql as"
        " $$ begin new.updated_at := now(); new.title := 'touched'; return new; end $$",
        "create trigger touch before update on public.posts for each row"
        " execute function public.touch()",
    )
    before = rows(url, KEPT)
    assert migrate(url).repaired_rows == 6
    assert rows(url, KEPT) == before
    assert rows(url, STATES) == REPAIRED
    run(url, "update public.posts set content = 'new'")
    assert rows(url, "select distinct title from public.posts") == [("touched",)]


def test_repairs_come_in_batches_with_progress(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repairs, "BATCH", 2)
    seen: list[tuple[int, int]] = []
    migrate(url, progress=lambda done, total: seen.append((done, total)))
    assert len(seen) >= 3
    assert seen[-1] == (6, 6)
    assert all(later[0] - earlier[0] <= 2 for earlier, later in pairwise(seen))
    assert rows(url, STATES) == REPAIRED


def test_rows_without_contradiction_are_not_rewritten(url: str) -> None:
    versions = "select id, xmin::text from public.posts order by id"
    before = set(rows(url, versions))
    migrate(url)
    changed = set(rows(url, versions)) - before
    assert len(changed) == 6


def test_adoption_that_is_killed_between_batches_goes_on(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repairs, "BATCH", 2)

    def kill(done: int, total: int) -> None:
        del done, total
        run(
            url,
            "select pg_terminate_backend(pid) from pg_stat_activity where datname ="
            " current_database() and application_name = 'echo_analytics migrate'",
        )

    with pytest.raises(ConnectionFailed):
        migrate(url, progress=kill)
    assert current(url) == head()
    assert rows(url, triggers.IN_STEP_SQL) == [(False,)]
    report = migrate(url)
    assert (report.kind, report.changed) == ("adopted", True)
    assert 0 < report.repaired_rows < 6
    assert rows(url, STATES) == REPAIRED
    assert rows(url, triggers.IN_STEP_SQL) == [(True,)]


def test_a_post_that_somebody_holds_is_repaired_once_it_is_free(url: str) -> None:
    with connect(url) as other, ThreadPoolExecutor(1) as pool:
        other.execute("begin")
        # A row lock that lets the trigger be made, unlike one of an open UPDATE.
        other.execute("lock table public.posts in row share mode")
        other.execute("select from public.posts where title = 'None draft' for update")
        adoption = pool.submit(migrate, url)
        wait_for(
            url,
            "select from public.posts having count(*) filter (where published is null) = 1"
            " and count(*) filter (where published <> (status = 'published')) = 0",
        )
        assert not adoption.done()
        assert rows(url, triggers.IN_STEP_SQL) == [(False,)]
        other.execute("commit")
        assert adoption.result(timeout=30).repaired_rows == 6
    assert rows(url, STATES) == REPAIRED


def test_a_post_that_stays_held_ends_in_an_error_and_the_next_run_goes_on(url: str) -> None:
    with connect(url) as other:
        other.execute("begin")
        other.execute("select from public.posts where title = 'None draft' for update")
        with pytest.raises(DatabaseError, match="1 posts could not be brought in step"):
            migrate(url, patience=0.3)
    assert rows(url, triggers.IN_STEP_SQL) == [(False,)]
    assert migrate(url).repaired_rows == 1
    assert rows(url, triggers.IN_STEP_SQL) == [(True,)]


def test_an_open_write_of_the_application_is_waited_for_in_short_attempts(url: str) -> None:
    with connect(url) as other:
        other.execute("begin")
        other.execute("update public.posts set title = title where title = 'None draft'")
        before = fingerprint(url)
        with pytest.raises(DatabaseError, match="held locks"):
            migrate(url, patience=0.5)
        assert fingerprint(url) == before
        with ThreadPoolExecutor(1) as pool:
            adoption = pool.submit(migrate, url)
            wait_for(
                url, "select from pg_locks where not granted and mode = 'ShareRowExclusiveLock'"
            )
            # Held up at most as long as one attempt waits.
            run(
                url,
                "set statement_timeout = '5s'; update public.posts set title = title"
                " where title = 'True draft'",
            )
            other.execute("commit")
            assert adoption.result(timeout=30).repaired_rows > 0
    assert rows(url, STATES) == REPAIRED


def test_the_application_writes_while_it_is_adopted(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repairs, "BATCH", 2)

    def write(done: int, total: int) -> None:
        del done, total
        run(
            url,
            "insert into public.posts (title, content, author_id, published)"
            " select 'new', 'c', id, true from public.users",
            "update public.posts set status = 'archived' where title = 'new'",
        )

    assert migrate(url, progress=write).repaired_rows == 6
    new = rows(url, "select distinct published, status::text from public.posts where title = 'new'")
    assert new == [(False, "archived")]


def test_rows_that_a_policy_hides_are_an_error_and_never_passed_over(url: str, nobody: str) -> None:
    theirs = nobody
    ((name, database),) = rows(theirs, "select current_user, current_database()")
    run(
        url,
        f'grant create on database "{database}" to {name}',
        f"alter table public.posts owner to {name}",
        "alter table public.posts enable row level security",
        "alter table public.posts force row level security",
    )
    with pytest.raises(DatabaseError, match="42501"):
        migrate(theirs)
    assert rows(url, triggers.IN_STEP_SQL) == [(False,)]


def test_rows_loaded_past_the_trigger_are_repaired_by_the_next_run(url: str) -> None:
    migrate(url)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("set session_replication_role = replica")
        connection.execute("update public.posts set published = null")
    report = migrate(url)
    assert report.applied == ("repair posts whose published is NULL: 9",)
    assert rows(url, STATES) == REPAIRED
    assert rows(url, triggers.IN_STEP_SQL) == [(True,)]
