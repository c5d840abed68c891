from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from drizzle_database import (
    USER,
    add_posts,
    fingerprint,
    load,
    public,
    role,
    rows,
    run,
)

from echo_analytics import schema, triggers
from echo_analytics.catalogue import differences
from echo_analytics.errors import (
    ConnectionFailed,
    DatabaseError,
)
from echo_analytics.migrate import current, downgrade, head, migrate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


CATEGORIES = [
    ("General", "general", "General discussion topics"),
    ("News", "news", "News and announcements"),
    ("Tech", "tech", "Technology related posts"),
]


@pytest.fixture(scope="module")
def drizzle(create_database: Callable[..., str]) -> dict[str, str]:
    url = create_database()
    load(url)
    return public(url)


@pytest.fixture
def nobody(empty_url: str) -> Iterator[str]:
    with role(empty_url) as theirs:
        yield theirs


def test_an_empty_database_becomes_what_the_applications_tools_make(
    empty_url: str, drizzle: dict[str, str]
) -> None:
    report = migrate(empty_url)
    assert (report.kind, report.from_revision, report.to_revision) == ("empty", None, head())
    assert report.changed
    assert differences(drizzle, public(empty_url)) == ()
    assert len(drizzle) > 50


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
        f"revision 000{number}" for number in range(1, 7)
    ]
    assert fingerprint(empty_url) == before
    assert migrate(empty_url) == report


def test_the_second_run_does_nothing(database_url: str) -> None:
    before = fingerprint(database_url)
    report = migrate(database_url)
    assert (report.kind, report.changed, report.applied) == ("own", False, ())
    assert fingerprint(database_url) == before


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


def test_downgrading_an_empty_database_does_nothing(empty_url: str) -> None:
    before = fingerprint(empty_url)
    assert downgrade(empty_url) is None
    assert fingerprint(empty_url) == before


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
