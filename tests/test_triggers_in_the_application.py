from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest
from drizzle_database import USER, add_user, connect, insert_post, run

from echo_analytics import triggers

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def url(database_url: str) -> str:
    add_user(database_url)
    return database_url


@pytest.fixture
def connection(url: str) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    with connect(url) as connection:
        yield connection


@pytest.fixture
def writer(url: str) -> Iterator[str]:
    name = f"writer_{url.rpartition('echo_test_')[2].partition('?')[0]}"
    run(
        url,
        f"create role {name}",
        f"grant select, insert, update on public.posts to {name}",
        "revoke all on schema analytics from public",
    )
    yield name
    run(url, f"drop owned by {name}", f"drop role {name}")


CHANGES = {
    "status is dropped": "alter table public.posts drop column status",
    "published is dropped": "alter table public.posts drop column published",
    "both are dropped": "alter table public.posts drop column status, drop column published",
    "the enum goes": "alter table public.posts drop column status; drop type public.post_status",
    "status is renamed": "alter table public.posts rename column status to state",
    "published is renamed": "alter table public.posts rename column published to live",
    "a label is renamed": "alter type public.post_status rename value 'published' to 'live'",
    "status becomes text": "alter table public.posts alter column status drop default,"
    " alter column status type text, alter column status set default 'draft'",
    "published becomes a number": "drop index public.posts_published_created_idx;"
    " alter table public.posts alter column published drop default,"
    " alter column published type int using published::int",
    "published is generated": "alter table public.posts drop column published, add column"
    " published boolean generated always as (status = 'published') stored",
    "the table is renamed": "alter table public.posts rename to articles;"
    " create view public.posts as select * from public.articles",
    "analytics is dropped": "drop schema analytics cascade",
}


def test_a_role_without_any_right_on_analytics_can_write(
    connection: psycopg.Connection[tuple[object, ...]], writer: str
) -> None:
    connection.execute(psycopg.sql.SQL("set role {}").format(psycopg.sql.Identifier(writer)))
    assert insert_post(connection, published=True) == (True, "published")
    row = connection.execute(
        "update public.posts set status = 'archived' returning published, status::text"
    ).fetchone()
    assert row == (False, "archived")
    assert connection.execute(triggers.IN_STEP_SQL.encode()).fetchone() == (True,)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("select * from analytics.alembic_version")
    connection.execute("reset role")


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
@pytest.mark.parametrize("session", ["new", "same"])
def test_the_application_may_change_its_columns_and_go_on_writing(
    url: str, change: str, session: str
) -> None:
    with connect(url) as before, connect(url) as after:
        insert_post(before, status="published")
        before.execute("update public.posts set title = 'u'")
        before.execute(change.encode())
        connection = before if session == "same" else after
        connection.execute(
            "insert into public.posts (title, content, author_id) values ('n', 'c', %s)", (USER,)
        )
        connection.execute("update public.posts set title = 'new'")
        assert connection.execute("select title from public.posts").fetchall() == [("new",)] * 2


def test_a_generated_published_stays_true_when_the_title_changes(
    connection: psycopg.Connection[tuple[object, ...]],
) -> None:
    insert_post(connection, status="published")
    connection.execute(CHANGES["published is generated"].encode())
    insert_post(connection, status="published")
    rows = connection.execute(
        "update public.posts set title = 'new' returning published, status::text"
    ).fetchall()
    assert rows == [(True, "published")] * 2


def test_a_new_label_is_not_published(
    connection: psycopg.Connection[tuple[object, ...]],
) -> None:
    connection.execute("alter type public.post_status add value 'scheduled'")
    assert insert_post(connection, status="scheduled") == (False, "scheduled")
    assert connection.execute(
        "update public.posts set published = true returning published, status::text"
    ).fetchone() == (True, "published")
    assert connection.execute(
        "update public.posts set status = 'scheduled' returning published, status::text"
    ).fetchone() == (False, "scheduled")
