from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING
from uuid import UUID

import psycopg
import pytest
from drizzle_database import USER, connect, insert_post, rows, run
from rollups_recounted import assert_exact, covers
from sample_posts import USERS, add_users
from test_triggers_in_the_application import CHANGES

import echo_analytics as echo

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CHANGES = {
    **CHANGES,
    "category is dropped": "alter table public.posts drop column category_id",
    "category becomes text": "alter table public.posts drop constraint"
    " posts_category_id_categories_id_fk, alter column category_id type text",
    "created_at is renamed": "alter table public.posts rename column created_at to made_at",
    "created_at gets a zone": "alter table public.posts alter column created_at type timestamptz",
    "the log is dropped": "drop table analytics.rollup_log",
    "the days are dropped": "drop table analytics.rollup_day",
    "role is dropped": "alter table public.users drop column role",
}


@pytest.fixture(scope="module")
def filled(create_database: Callable[..., str], migrated_template: str) -> str:
    url = create_database(migrated_template)
    run(url, f"insert into public.users (id, email, name) values ('{USER}', 'a', 'a')")
    add_users(url)
    with echo.connect(url) as db:
        db.rollups.enable()
    return url


@pytest.fixture
def url(database_for_once: Callable[..., str], filled: str) -> str:
    return database_for_once(filled)


@pytest.fixture
def writer(url: str) -> Iterator[str]:
    name = f"noted_{url.rpartition('echo_test_')[2].partition('?')[0]}"
    run(
        url,
        f"create role {name}",
        f"grant select, insert, update, delete, truncate on all tables in schema public to {name}",
        "revoke all on schema analytics from public",
    )
    yield name
    run(url, f"drop owned by {name}", f"drop role {name}")


def test_a_role_without_any_right_on_analytics_can_write(url: str, writer: str) -> None:
    with connect(url) as connection:
        connection.execute(f"set role {writer}".encode())
        for _ in range(600):  # so that some of them fold
            insert_post(connection, published=True, created_at="2026-04-01")
        connection.execute("update public.posts set created_at = '2026-04-02' where published")
        connection.execute("update public.users set role = 'admin' where name = 'a'")
        connection.execute("delete from public.users where name <> 'a'")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("select * from analytics.rollup_log")
        assert_exact(url, ("all", "category", "status"))
        connection.execute("truncate public.posts")
    assert not covers(url)


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
@pytest.mark.parametrize("session", ["new", "same"])
def test_the_application_may_change_its_tables_and_go_on_writing(
    url: str, change: str, session: str
) -> None:
    with connect(url) as before, connect(url) as after:
        insert_post(before, status="published")
        before.execute("update public.posts set title = 'u'")
        before.execute("update public.users set name = name")
        before.execute(change.encode())
        connection = before if session == "same" else after
        insert = "insert into public.posts (title, content, author_id) values ('n', 'c', %s)"
        for _ in range(300):
            connection.execute(insert, (USER,))
        connection.execute("update public.posts set title = 'new'")
        assert connection.execute("delete from public.posts").rowcount == 301
        connection.execute("update public.users set name = 'new'")
        connection.execute("delete from public.users")


@pytest.mark.parametrize(
    "change",
    [
        each
        for name, each in CHANGES.items()
        if name.startswith(("status", "published", "category"))
    ],
)
def test_after_a_change_of_the_columns_nobody_goes_by_what_was_counted(
    url: str, change: str
) -> None:
    run(url, change)
    assert not covers(url)


def test_a_column_that_was_dropped_and_added_again_is_noticed(url: str) -> None:
    with connect(url) as connection:
        insert_post(connection, category_id=None, created_at="2026-04-01")
    run(
        url,
        "alter table public.posts drop column category_id",
        "alter table public.posts add column category_id uuid references public.categories",
    )
    assert not covers(url)
    with echo.connect(url) as db:
        assert db.rollups.refresh().usable
    assert_exact(url)


@pytest.mark.parametrize("level", psycopg.IsolationLevel)
def test_transactions_of_any_level_can_write_side_by_side(
    url: str, level: psycopg.IsolationLevel
) -> None:
    """Where triggers read what others write, serializable transactions would fail."""
    authors = sorted(USERS)
    with psycopg.connect(url) as one, psycopg.connect(url) as other:
        one.isolation_level = other.isolation_level = level
        for number in range(300):
            for connection, author in ((one, authors[0]), (other, authors[1])):
                connection.execute(
                    "insert into public.posts (title, content, author_id, created_at)"
                    " values ('t', 'c', %s, '2026-04-01')",
                    (author,),
                )
            one.commit() if number % 2 else other.commit()
            other.commit()
            one.commit()
    assert_exact(url)


def test_a_transaction_that_stays_open_keeps_nobody_waiting(url: str) -> None:
    with psycopg.connect(url) as lazy, connect(url) as other:
        # By then it has folded, and holds what there is to hold.
        while rows(url, "select 1 from pg_locks where locktype = 'advisory'") == []:
            insert_post(lazy, created_at="2026-04-01")
        other.execute("set lock_timeout = '50ms'")
        for _ in range(600):
            insert_post(other, created_at="2026-04-01")
        other.execute("update public.posts set status = 'archived'")
        assert_exact(url)
    assert_exact(url)


def test_who_folds_does_so_alone_and_nobody_waits_for_it(url: str) -> None:
    fold = "select analytics.fold_rollups_in_passing()"
    with psycopg.connect(url) as one, connect(url) as other:
        for connection in (one, other):
            insert_post(connection, created_at="2026-04-01")
        one.execute(fold)
        # To wait for a row that the first one has stored would be for ever.
        other.execute("set statement_timeout = '5s'")
        other.execute(fold)
        noted = other.execute("select count(*) from analytics.rollup_log").fetchall()
        assert noted == [(1,)]
        one.commit()
        other.execute(fold)
        assert other.execute("select count(*) from analytics.rollup_log").fetchall() == [(0,)]
    assert_exact(url)


INSERT = (
    "insert into public.posts (title, content, author_id, created_at)"
    " values (%(title)s, 'c', %(author)s, '2026-04-01')"
)
ARCHIVE = "update public.posts set status = 'archived' where title = %(title)s"
DELETE = (
    "delete from public.posts where id in"
    " (select id from public.posts where title = %(title)s limit 5)"
)


def test_eight_writers_on_one_day_never_wait_for_what_is_not_committed(url: str) -> None:
    """All of them are in a transaction all the time: to wait for one would be for ever."""
    authors = sorted(USERS)
    with contextlib.ExitStack() as stack:
        writers = [stack.enter_context(psycopg.connect(url)) for _ in range(8)]
        for writer in writers:
            writer.execute("set lock_timeout = '500ms'")
            writer.commit()
        for turn in range(40):
            for number, writer in enumerate(writers):
                mine = {"title": f"by {number}", "author": authors[number % 2]}
                for _ in range(5):
                    writer.execute(INSERT, mine)
                writer.execute(ARCHIVE, mine)
                writer.execute(DELETE, mine)
                # One of them ends, the others stay open.
                if number == turn % 8:
                    writer.rollback() if turn % 3 == 0 else writer.commit()
    assert_exact(url)


def test_eight_writers_at_the_same_time_have_no_deadlock(url: str) -> None:
    authors, failures = sorted(USERS), list[BaseException]()

    def write(number: int) -> None:
        mine = {"title": f"by {number}", "author": authors[number % 2]}
        try:
            with psycopg.connect(url) as connection:
                for turn in range(40):
                    for statement in (*[INSERT] * 10, ARCHIVE, DELETE):
                        connection.execute(statement, mine)
                    connection.rollback() if turn % 7 == 0 else connection.commit()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert_exact(url)


def test_a_post_of_the_nil_category_differs_from_one_without(url: str) -> None:
    nil = UUID(int=0)
    run(url, f"insert into public.categories (id, name, slug) values ('{nil}', 'nil', 'nil')")
    with connect(url) as connection:
        for category in (None, nil, nil):
            insert_post(connection, category_id=category, created_at="2026-04-01")
        assert_exact(url)
    with echo.connect(url) as db:
        db.rollups.refresh()
    assert_exact(url)
