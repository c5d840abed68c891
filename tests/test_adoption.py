from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from drizzle_database import (
    KEPT,
    REPAIRED,
    STATES,
    WRITTEN,
    add_posts,
    alembic,
    application,
    fingerprint,
    load,
    public,
    role,
    rows,
    run,
)

from echo_analytics import triggers
from echo_analytics.catalogue import differences
from echo_analytics.errors import MigrationRefused
from echo_analytics.migrate import downgrade, head, migrate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def url(empty_url: str) -> str:
    return application(empty_url)


@pytest.fixture
def nobody(url: str) -> Iterator[str]:
    with role(url) as theirs:
        yield theirs


def test_adoption_repairs_contradictions_and_reports_what_it_did(url: str) -> None:
    report = migrate(url)
    assert (report.kind, report.from_revision, report.to_revision) == ("application", None, head())
    assert report.repaired_rows == 6
    assert report.applied == (
        "create the schema analytics",
        "create the table analytics.report_runs",
        "record the revision 0006 in analytics.alembic_version",
        f"create the trigger function analytics.{triggers.FUNCTION}",
        f"create the trigger {triggers.TRIGGER} on public.posts",
        "repair posts whose published is NULL: 3",
        "repair posts whose published and status contradict: 3",
    )
    assert (report.warnings, report.changed) == ((), True)
    assert rows(url, STATES) == REPAIRED


def test_adoption_keeps_every_row_and_updated_at(url: str) -> None:
    before = rows(url, KEPT)
    migrate(url)
    assert rows(url, KEPT) == before
    stamps = rows(url, "select distinct updated_at::text from public.posts")
    assert stamps == [(WRITTEN,)]


def test_adoption_adds_nothing_to_public_but_the_trigger(url: str) -> None:
    before = public(url)
    migrate(url)
    assert differences(before, public(url)) == ()
    assert rows(url, "select count(*) from public.categories") == [(0,)]
    assert rows(url, "select tgname from pg_trigger where not tgisinternal") == [
        (triggers.TRIGGER,)
    ]
    assert rows(url, "select hash from drizzle.__drizzle_migrations") == [("abc",)]


def test_checking_says_the_same_and_changes_nothing(url: str) -> None:
    before = fingerprint(url)
    report = migrate(url, check=True)
    assert fingerprint(url) == before
    assert migrate(url) == report


def test_the_second_run_does_nothing(url: str) -> None:
    migrate(url)
    before = fingerprint(url)
    report = migrate(url)
    assert (report.kind, report.changed, report.applied) == ("adopted", False, ())
    assert report.repaired_rows == 0
    assert fingerprint(url) == before


def test_an_empty_applications_database_is_adopted_without_default_categories(
    empty_url: str,
) -> None:
    load(empty_url)
    assert migrate(empty_url).kind == "application"
    assert rows(empty_url, "select count(*) from public.categories") == [(0,)]


def test_downgrading_leaves_public_alone_and_it_can_be_adopted_again(url: str) -> None:
    before = public(url)
    migrate(url)
    everything = "select p::text from public.posts as p order by id"
    posts = rows(url, everything)
    for revision, left in (("0003", 0), ("base", 0)):
        downgrade(url, revision)
        count = rows(url, "select count(*) from pg_trigger where not tgisinternal")
        assert count == [(left,)]
        assert differences(before, public(url)) == ()
        assert rows(url, everything) == posts
    assert rows(url, "select count(*) from pg_proc where pronamespace = 'analytics'::regnamespace")[
        0
    ] == (0,)
    assert migrate(url).kind == "application"
    assert rows(url, everything) == posts


def test_downgrading_works_after_the_application_has_changed_its_tables(url: str) -> None:
    migrate(url)
    run(url, "alter table public.posts drop column status", "drop table public.categories cascade")
    assert downgrade(url) is None
    assert rows(url, "select count(*) from public.posts") == [(9,)]


def test_what_was_our_own_is_the_applications_when_it_was_made_anew(database_url: str) -> None:
    downgrade(database_url)
    load(database_url)
    assert migrate(database_url).kind == "application"
    downgrade(database_url)
    assert rows(database_url, "select count(*) from public.posts") == [(0,)]


def test_alembic_takes_the_same_way(url: str) -> None:
    before = public(url)
    result = alembic(url, "upgrade", "head")
    assert result.returncode == 0, result.stderr
    assert rows(url, STATES) == REPAIRED
    assert differences(before, public(url)) == ()
    assert migrate(url).changed is False
    result = alembic(url, "check")
    assert (result.returncode, "No new upgrade" in result.stdout) == (0, True), result.stdout
    assert alembic(url, "downgrade", "base").returncode == 0
    assert differences(before, public(url)) == ()


def test_alembic_check_leaves_the_applications_own_additions_alone(url: str) -> None:
    migrate(url)
    run(
        url,
        "create table public.comments (id int primary key, post uuid references public.posts)",
        "alter table public.users add column nick text",
        "create index on public.users (name)",
        "alter type public.post_status add value 'scheduled'",
        "alter table public.categories rename constraint categories_name_unique"
        " to categories_name_key",
    )
    assert alembic(url, "check").returncode == 0
    assert migrate(url).changed is False


def test_a_role_that_does_not_own_the_tables_is_refused(url: str, nobody: str) -> None:
    before = fingerprint(url)
    with pytest.raises(MigrationRefused, match=r"does not own the table public\.posts"):
        migrate(nobody)
    assert fingerprint(url) == before


def test_the_owner_of_the_tables_needs_no_other_right_than_to_create_a_schema(
    url: str, nobody: str
) -> None:
    theirs = nobody
    ((name, database),) = rows(theirs, "select current_user, current_database()")
    run(
        url,
        f'grant create on database "{database}" to {name}',
        f"grant select on public.users, public.categories to {name}",
        f"alter table public.posts owner to {name}",
    )
    assert migrate(theirs).repaired_rows == 6
    assert migrate(theirs).changed is False


def test_a_dump_without_comments_is_never_taken_for_our_own(
    create_database: Callable[..., str], migrated_template: str
) -> None:
    url = create_database(migrated_template)
    run(url, "comment on table analytics.alembic_version is null")
    add_posts(url)
    downgrade(url)
    assert rows(url, "select count(*) from public.posts") == [(9,)]
