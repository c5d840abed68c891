from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest
from drizzle_database import USER, connect, insert_post, rows, run
from sample_posts import USERS
from test_triggers_in_the_application import CHANGES

import echo_analytics as echo
from search_index.indexed import assert_exact, noted

if TYPE_CHECKING:
    from collections.abc import Iterator

CHANGES = {
    **CHANGES,
    "category is dropped": "alter table public.posts drop column category_id",
    "category becomes text": "alter table public.posts drop constraint"
    " posts_category_id_categories_id_fk, alter column category_id type text",
    "created_at is renamed": "alter table public.posts rename column created_at to made_at",
    "created_at gets a zone": "alter table public.posts alter column created_at type timestamptz",
    "title becomes shorter": "alter table public.posts alter column title type varchar(200)",
    "the index is dropped": "drop table analytics.post_search",
    "its state is dropped": "drop table analytics.post_search_state",
    "what is noted is dropped": "drop table analytics.post_search_todo, analytics.post_search",
    "its function is dropped": "drop function analytics.search_document(text, text)",
    "its words are dropped": "drop table analytics.post_search_word",
}
KEEPS = {
    "title becomes shorter",
    "created_at gets a zone",
    "status becomes text",
    "a label is renamed",
    "published is generated",
}
"""After these, the index is kept as before."""


UPSERT = (
    "insert into public.posts as p (id, title, content, author_id) select id, 'again',"
    " content, author_id from public.posts on conflict (id) do update set title = 'upsert'"
)
MERGE = (
    "merge into public.posts as p using public.posts as q on p.id = q.id"
    " when matched and p.content = 'c' then delete"
    " when matched then update set title = 'merged'"
)
WRITES = (
    "update public.posts set title = title || ' and C++' where content = 'c'",
    "update public.posts set content = null::text || content where false",
    "update public.posts set status = 'archived' where content = 'c'",
    "update public.posts set created_at = created_at - interval '1 year'",
    "update public.posts set category_id = (select id from public.categories limit 1)",
    "update public.posts set author_id = (select max(id::text)::uuid from public.users)",
    "update public.posts set id = gen_random_uuid() where content = 'c'",
    "update public.posts set updated_at = now()",
    UPSERT,
    MERGE,
    "delete from public.posts where title = 'merged'",
)


@pytest.fixture
def writer(url: str) -> Iterator[str]:
    name = f"indexed_{url.rpartition('echo_test_')[2].partition('?')[0]}"
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
        for _ in range(1_500):  # so that some of them collect words
            insert_post(connection, published=True)
        connection.execute("update public.posts set title = 'Elephants', content = 'and C++'")
        connection.execute("update public.posts set status = 'archived' where published")
        connection.execute("delete from public.users where name = 'User 3'")
        assert_exact(url)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("select * from analytics.post_search")
        connection.execute("truncate public.posts")
        assert_exact(url)


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
@pytest.mark.parametrize("session", ["new", "same"])
def test_the_application_may_change_its_tables_and_go_on_writing(
    url: str, change: str, session: str
) -> None:
    with connect(url) as before, connect(url) as after:
        before.execute("delete from public.posts")
        insert_post(before, status="published")
        before.execute("update public.posts set title = 'u'")
        before.execute(change.encode())
        connection = before if session == "same" else after
        insert = "insert into public.posts (title, content, author_id) values ('n', 'c', %s)"
        for _ in range(3):
            connection.execute(insert, (USER,))
        connection.execute("update public.posts set title = 'new'")
        assert connection.execute("delete from public.posts").rowcount == 4
        connection.execute("delete from public.users")


@pytest.mark.parametrize("name", sorted(set(CHANGES) - {"analytics is dropped"}))
def test_after_a_change_the_index_is_exact_or_says_that_it_is_not(url: str, name: str) -> None:
    run(
        url,
        CHANGES[name],
        f"insert into public.posts (title, content, author_id) values ('n', 'c', '{USER}')",
        "update public.posts set title = 'new'",
        "delete from public.posts where content = ''",
    )
    with echo.connect(url) as db:
        usable = db.search_index.status().usable
    assert usable == (name in KEEPS)
    if usable:
        posts = rows(url, "select id from public.posts where title = 'new' order by id")
        found = "select post_id from analytics.post_search where words @@ 'new:A' order by post_id"
        assert rows(url, found) == posts


@pytest.mark.parametrize("level", psycopg.IsolationLevel)
def test_transactions_of_any_level_can_write_side_by_side(
    url: str, level: psycopg.IsolationLevel
) -> None:
    authors = sorted(USERS)
    with psycopg.connect(url) as one, psycopg.connect(url) as other:
        one.isolation_level = other.isolation_level = level
        for number in range(100):
            for connection, author in ((one, authors[0]), (other, authors[1])):
                connection.execute(
                    "insert into public.posts (title, content, author_id) values ('t', 'c', %s)",
                    (author,),
                )
            one.commit() if number % 2 else other.commit()
            other.commit()
            one.commit()
    assert_exact(url)


def test_a_transaction_that_stays_open_keeps_nobody_waiting(url: str) -> None:
    with psycopg.connect(url) as lazy, connect(url) as other:
        # It has collected words, and holds what there is to hold.
        for _ in range(600):
            insert_post(lazy)
        lazy.execute("select analytics.collect_search_words()")
        assert rows(url, "select 1 from pg_locks where locktype = 'advisory'") != []
        other.execute("set lock_timeout = '50ms'")
        for _ in range(600):
            insert_post(other)
        other.execute("select analytics.collect_search_words()")
        other.execute("update public.posts set status = 'archived', title = 'elephants'")
        assert_exact(url)
    assert_exact(url)


@pytest.mark.parametrize("number", [1, 500], ids=["one", "many"])
def test_every_way_to_change_posts_changes_the_index(url: str, number: int) -> None:
    author = min(USERS)
    with connect(url) as connection:
        connection.execute(
            "insert into public.posts (title, content, author_id) select 'T ' || n, 'c', %s"
            " from generate_series(1, %s) as n",
            (author, number),
        )
        assert_exact(url)
        for change in WRITES:
            connection.execute(change.encode())
            assert_exact(url)
    assert noted(url) == 0


def test_a_rolled_back_change_leaves_no_trace(url: str) -> None:
    before = rows(url, "select post_id, words::text from analytics.post_search order by 1")
    with psycopg.connect(url) as connection:
        connection.execute("update public.posts set title = 'gone'")
        connection.execute("delete from public.posts where content = ''")
        connection.rollback()
    assert before == rows(url, "select post_id, words::text from analytics.post_search order by 1")


def test_texts_that_no_tsvector_holds_are_cut(url: str) -> None:
    with connect(url) as connection:
        for title, content in (
            ("huge", "gazelle " + " ".join(f"w{number}x" for number in range(250_000))),
            ("t " * 100_000, " ".join(f"a_{number}" for number in range(200_000))),
            ("wide", "\N{ARABIC LIGATURE SALLALLAHOU ALAYHE WASALLAM} " * 150_000),
            ("long word", "x" * 300_000 + "."),
            ("astral", " ".join(chr(0x20000 + number) * 4 for number in range(40_000))),
        ):
            insert = "insert into public.posts (title, content, author_id) values (%s, %s, %s)"
            connection.execute(insert, (title, content, USER))
    assert noted(url) == 0
    found = rows(url, "select 1 from analytics.post_search where words @@ 'gazell'")
    assert len(found) == 1
    assert_exact(url)


def test_adopting_and_removing_leaves_the_tables_of_the_application_as_they_were(
    url: str,
) -> None:
    triggers = "select tgname from pg_trigger where tgname like 'echo_search%'"
    before = rows(url, "select * from public.posts order by id")
    with echo.connect(url) as db:
        assert db.search_index.drop().phase == "none"
        assert db.search_index.drop().phase == "none"
        assert db.search_index.status().phase == "none"
    assert rows(url, triggers) == []
    left = "select relname from pg_class where relname like 'post\\_search%'"
    assert rows(url, left) == []
    assert rows(url, "select * from public.posts order by id") == before
