from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import psycopg
import pytest
import sqlalchemy as sa
from drizzle_database import (
    USER,
    add_posts,
    add_user,
    connect,
    engine,
    insert_post,
    load,
    rows,
    run,
)

from echo_analytics import triggers
from echo_analytics.migrate import migrate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


PUBLISHED = (True, False, None)


STATUS = ("draft", "published", "archived")


def on_insert(published: bool | None, status: str) -> tuple[bool, str]:
    if status == "archived":
        return False, "archived"
    if published or status == "published":
        return True, "published"
    return False, "draft"


def on_update(old: tuple[bool | None, str], new: tuple[bool | None, str]) -> tuple[bool, str]:
    published, status = new
    if status != old[1]:
        return status == "published", status
    if bool(published) == bool(old[0]):
        return on_insert(published, status)
    if published:
        return True, "published"
    return False, "archived" if status == "archived" else "draft"


@pytest.fixture
def url(database_url: str) -> str:
    add_user(database_url)
    return database_url


@pytest.fixture
def connection(url: str) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    with connect(url) as connection:
        yield connection


def probe(url: str) -> object:
    return rows(url, triggers.IN_STEP_SQL)[0][0]


@pytest.mark.parametrize("published", PUBLISHED)
@pytest.mark.parametrize("status", STATUS)
def test_insert_lets_archived_win_and_else_publishes_what_either_column_says(
    connection: psycopg.Connection[tuple[object, ...]], published: bool | None, status: str
) -> None:
    assert insert_post(connection, published=published, status=status) == on_insert(
        published, status
    )


@pytest.mark.parametrize("published", PUBLISHED)
def test_insert_of_published_alone_sets_the_status(
    connection: psycopg.Connection[tuple[object, ...]], published: bool | None
) -> None:
    assert insert_post(connection, published=published) == on_insert(published, "draft")


@pytest.mark.parametrize("status", STATUS)
def test_insert_of_status_alone_sets_published(
    connection: psycopg.Connection[tuple[object, ...]], status: str
) -> None:
    assert insert_post(connection, status=status) == on_insert(False, status)


def test_every_update_follows_the_column_that_changed(
    connection: psycopg.Connection[tuple[object, ...]],
) -> None:
    states = list(itertools.product(PUBLISHED, STATUS))
    found, wanted = {}, {}
    for old, new in itertools.product(states, states):
        # A replica's session does not fire the trigger, so that any old row can be made.
        connection.execute("set session_replication_role = replica")
        row = connection.execute(
            "insert into public.posts (title, content, author_id, published, status)"
            " values ('t', 'c', %s, %s, %s) returning id",
            (USER, *old),
        ).fetchone()
        connection.execute("set session_replication_role = origin")
        assert row is not None
        found[old, new] = connection.execute(
            "update public.posts set published = %s, status = %s where id = %s"
            " returning published, status::text",
            (*new, row[0]),
        ).fetchone()
        wanted[old, new] = on_update(old, new)
    assert len(found) == 81
    assert found == wanted


def test_an_update_of_another_column_brings_an_old_row_in_step(
    connection: psycopg.Connection[tuple[object, ...]],
) -> None:
    connection.execute("set session_replication_role = replica")
    insert_post(connection, published=True, status="draft")
    connection.execute("set session_replication_role = origin")
    row = connection.execute(
        "update public.posts set title = 'new' returning title, published, status::text"
    ).fetchone()
    assert row == ("new", True, "published")


def test_an_explicit_null_status_is_still_refused_by_not_null(
    connection: psycopg.Connection[tuple[object, ...]],
) -> None:
    with pytest.raises(psycopg.errors.NotNullViolation):
        insert_post(connection, status=None)
    insert_post(connection)
    with pytest.raises(psycopg.errors.NotNullViolation):
        connection.execute("update public.posts set status = null")


def test_a_status_that_may_be_null_is_not_left_null(
    connection: psycopg.Connection[tuple[object, ...]],
) -> None:
    connection.execute("alter table public.posts alter column status drop not null")
    assert insert_post(connection, status=None) == (False, "draft")
    assert insert_post(connection, status=None, published=True) == (True, "published")
    row = connection.execute(
        "update public.posts set status = null returning published, status::text"
    ).fetchall()
    assert row == [(False, "draft"), (True, "published")]


def test_copy_fires_the_trigger(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    with connection.cursor().copy(
        "copy public.posts (title, content, author_id, status) from stdin"
    ) as copy:
        copy.write_row(("t", "c", USER, "published"))
    assert connection.execute("select published from public.posts").fetchall() == [(True,)]


def test_truncate_works(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    insert_post(connection)
    connection.execute("truncate public.posts")
    assert connection.execute("select count(*) from public.posts").fetchone() == (0,)


def test_on_conflict_sees_the_row_in_step(
    connection: psycopg.Connection[tuple[object, ...]],
) -> None:
    insert_post(connection)
    row = connection.execute(
        "insert into public.posts (id, title, content, author_id, status)"
        " select id, 't', 'c', author_id, 'published' from public.posts"
        " on conflict (id) do update set published = excluded.published"
        " returning published, status::text"
    ).fetchone()
    assert row == (True, "published")


def test_it_sees_what_the_applications_own_triggers_have_set(
    connection: psycopg.Connection[tuple[object, ...]],
) -> None:
    connection.execute(
        "create function public.publish() returns trigger language plpgsql as"
        " $$ begin new.published := null; new.status := 'published'; return new; end $$;"
        " create trigger zebra before insert on public.posts for each row"
        " execute function public.publish()"
    )
    assert insert_post(connection) == (True, "published")


def test_the_trigger_has_no_column_list_and_no_condition(url: str) -> None:
    found = rows(
        url,
        "select tgattr::text, tgqual, f.prosecdef, f.proconfig from pg_trigger"
        " join pg_proc as f on f.oid = tgfoid where tgrelid = 'public.posts'::regclass"
        " and not tgisinternal",
    )
    assert found == [("", None, True, ["search_path=pg_catalog, pg_temp"])]


def test_a_migrated_database_is_in_step(url: str) -> None:
    assert probe(url) is True


def test_a_database_without_any_table_is_not_in_step(empty_url: str) -> None:
    assert probe(empty_url) is False


def test_the_applications_database_is_not_in_step_before_it_is_adopted(empty_url: str) -> None:
    load(empty_url)
    assert probe(empty_url) is False


@pytest.mark.parametrize(
    "change",
    [
        f"alter table public.posts disable trigger {triggers.TRIGGER}",
        f"alter table public.posts enable replica trigger {triggers.TRIGGER}",
        f"drop trigger {triggers.TRIGGER} on public.posts",
        f"comment on trigger {triggers.TRIGGER} on public.posts is null",
        "alter table public.posts drop column status",
        "alter table public.posts drop column published, add column published boolean",
        "drop table public.posts",
    ],
)
def test_it_is_not_in_step_after(url: str, change: str) -> None:
    run(url, change)
    assert probe(url) is False


def test_a_disabled_trigger_is_enabled_again_and_what_passed_it_is_repaired(
    create_database: Callable[..., str], migrated_template: str
) -> None:
    url = create_database(migrated_template)
    run(url, f"alter table public.posts disable trigger {triggers.TRIGGER}")
    add_posts(url)
    report = migrate(url)
    assert report.applied[0] == f"enable the trigger {triggers.TRIGGER} on public.posts"
    assert report.repaired_rows == 6
    assert probe(url) is True


def test_install_twice_changes_nothing(url: str) -> None:
    query = "select xmin::text from pg_trigger union all select xmin::text from pg_proc"
    before = rows(url, query)
    with engine(url).begin() as connection:
        triggers.install(connection)
        assert triggers.state(connection).todo == ()
    assert rows(url, query) == before


def test_in_step_reads_the_probe(url: str) -> None:
    with engine(url).connect() as connection:
        assert triggers.in_step(connection)
        connection.execute(sa.text("alter table public.posts drop column status"))
        assert not triggers.in_step(connection)
