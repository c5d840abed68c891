from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import TYPE_CHECKING

import psycopg
import pytest
from drizzle_database import (
    DDL,
    OLD_POSTS,
    WRITTEN,
    add_posts,
    connect,
    engine,
    fingerprint,
    load,
    role,
    rows,
    run,
)
from test_migrations import alembic, wait_for

from echo_analytics import repairs, triggers
from echo_analytics.catalogue import describe, differences
from echo_analytics.errors import ConnectionFailed, DatabaseError, MigrationRefused
from echo_analytics.migrate import current, downgrade, head, migrate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

STATES = "select title, published, status::text from public.posts order by title"
KEPT = (
    "select id, title, content, author_id, category_id, created_at, updated_at"
    " from public.posts order by id"
)


@pytest.fixture(scope="module")
def template(create_database: Callable[..., str]) -> str:
    url = create_database()
    load(url)
    add_posts(url)
    run(
        url,
        "create schema drizzle",
        "create table drizzle.__drizzle_migrations (id serial primary key, hash text)",
        "insert into drizzle.__drizzle_migrations (hash) values ('abc')",
    )
    return url


@pytest.fixture
def url(create_database: Callable[..., str], template: str) -> str:
    return create_database(template)


@pytest.fixture
def nobody(url: str) -> Iterator[str]:
    with role(url) as theirs:
        yield theirs


def public(url: str) -> dict[str, str]:
    with engine(url).connect() as connection:
        return describe(connection)


def repaired(published: bool | None, status: str) -> tuple[bool, str]:
    if status == "archived":
        return False, "archived"
    return (True, "published") if published or status == "published" else (False, "draft")


EXPECTED = sorted(
    (f"{published} {status}", *repaired(published, status)) for published, status in OLD_POSTS
)


def test_adoption_repairs_contradictions_and_reports_what_it_did(url: str) -> None:
    report = migrate(url)
    assert (report.kind, report.from_revision, report.to_revision) == ("application", None, head())
    assert report.repaired_rows == 6
    assert report.applied == (
        "create the schema analytics",
        "record the revision 0005 in analytics.alembic_version",
        f"create the trigger function analytics.{triggers.FUNCTION}",
        f"create the trigger {triggers.TRIGGER} on public.posts",
        "repair posts whose published is NULL: 3",
        "repair posts whose published and status contradict: 3",
    )
    assert (report.warnings, report.changed) == ((), True)
    assert rows(url, STATES) == EXPECTED


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
    assert rows(url, STATES) == EXPECTED
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


MISSING = {
    "table public.categories": "drop table public.categories cascade",
    "table public.users": "drop table public.users cascade",
    "table public.posts": "drop table public.posts",
    "column public.users.preferences": "alter table public.users drop column preferences",
    "column public.posts.status": "alter table public.posts drop column status",
    "column public.posts.published": "alter table public.posts drop column published",
    "label moderator of the type public.user_role": "alter type public.user_role rename value"
    " 'moderator' to 'mod'",
    "type public.post_status": "alter type public.post_status rename to state",
}


@pytest.mark.parametrize(("name", "change"), MISSING.items(), ids=MISSING.keys())
def test_what_is_missing_is_refused_by_name_and_nothing_is_changed(
    url: str, name: str, change: str
) -> None:
    run(url, change)
    before = fingerprint(url)
    for check in (True, False):
        with pytest.raises(MigrationRefused) as refusal:
            migrate(url, check=check)
        assert f"{name} is missing" in str(refusal.value)
    assert fingerprint(url) == before


def test_everything_that_is_missing_is_named_at_once(url: str) -> None:
    run(url, MISSING["table public.categories"], MISSING["column public.users.preferences"])
    with pytest.raises(MigrationRefused) as refusal:
        migrate(url)
    assert "table public.categories is missing" in str(refusal.value)
    assert "column public.users.preferences is missing" in str(refusal.value)


UNFIT = {
    "created_at has the type timestamp with time zone": "alter table public.posts"
    " alter column created_at type timestamptz",
    "status has the type text": "alter table public.posts alter column status drop default,"
    " alter column status type text",
    "published is generated": "alter table public.posts drop column published, add column"
    " published boolean generated always as (status = 'published') stored",
    "public.categories is a view": "alter table public.categories rename to topics;"
    " create view public.categories as select * from public.topics",
}


@pytest.mark.parametrize(("words", "change"), UNFIT.items(), ids=UNFIT.keys())
def test_what_cannot_be_read_is_refused_by_name(url: str, words: str, change: str) -> None:
    run(url, change)
    with pytest.raises(MigrationRefused, match=words):
        migrate(url)


def test_more_of_the_applications_own_is_welcome(url: str) -> None:
    run(
        url,
        "create table public.comments (id int primary key)",
        "alter table public.posts add column slug text, alter column title type varchar(200)",
        "alter table public.posts alter column created_at type timestamp(3)",
        "alter table public.users alter column preferences type jsonb",
        "alter type public.user_role add value 'guest'",
        "create schema other",
        "create table other.things (id int)",
    )
    report = migrate(url)
    assert (report.kind, report.warnings) == ("application", ())


HAND_WRITTEN = """
create table "categories" (
  "id" uuid primary key default gen_random_uuid(),
  "name" text unique not null,
  "slug" text unique not null,
  "description" text,
  "created_at" timestamp default now() not null
)
"""


def test_other_names_of_constraints_are_fine(url: str) -> None:
    run(
        url,
        "drop table public.categories cascade",
        HAND_WRITTEN,
        "alter table public.posts add foreign key (category_id) references public.categories",
        "create unique index categories_slug_idx on public.categories (slug)",
        "alter index public.posts_title_idx rename to posts_by_title",
    )
    names = {name for (name,) in rows(url, "select conname from pg_constraint")}
    assert "categories_name_key" in names
    report = migrate(url)
    assert (report.kind, report.warnings) == ("application", ())


INDEXES = re.findall(r"CREATE (?:UNIQUE )?INDEX (\w+)", DDL)


@pytest.mark.parametrize("index", INDEXES)
def test_a_missing_index_is_a_warning_whose_statement_makes_it(url: str, index: str) -> None:
    before = public(url)
    run(url, f"drop index public.{index}")
    report = migrate(url)
    assert report.repaired_rows == 6
    assert len(report.warnings) == 1
    assert report.warnings[0].startswith(f"index {index} is missing; run: CREATE ")
    assert f"index {index}" not in public(url)
    assert migrate(url).warnings == report.warnings
    run(url, report.warnings[0].partition("run: ")[2])
    assert differences(before, public(url)) == ()
    assert migrate(url).warnings == ()


def test_an_index_with_another_predicate_is_a_warning(url: str) -> None:
    before = public(url)
    run(
        url,
        "drop index public.posts_published_created_idx",
        "create index posts_published_created_idx on public.posts (created_at)"
        " where published = false",
    )
    (warning,) = migrate(url).warnings
    assert warning.startswith("index posts_published_created_idx has another definition; run: DROP")
    run(url, *(part.partition(";")[0] for part in warning.split("run: ")[1:]))
    assert differences(before, public(url)) == ()


def test_a_missing_key_and_a_dropped_not_null_are_warnings_whose_statements_mend_them(
    url: str,
) -> None:
    before = public(url)
    run(
        url,
        "alter table public.posts drop constraint posts_author_id_users_id_fk",
        "alter table public.categories drop constraint categories_name_unique",
        "alter table public.posts alter column title drop not null",
    )
    warnings = migrate(url).warnings
    assert [warning.split(" is ")[0].split(" may ")[0] for warning in warnings] == [
        "constraint categories_name_unique",
        "constraint posts_author_id_users_id_fk",
        "column public.posts.title",
    ]
    run(url, *(warning.partition("run: ")[2] for warning in warnings))
    assert differences(before, public(url)) == ()


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
    assert rows(url, STATES) == EXPECTED
    run(url, "update public.posts set content = 'new'")
    assert rows(url, "select distinct title from public.posts") == [("touched",)]


def test_repairs_come_in_batches_with_progress(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repairs, "BATCH", 2)
    seen: list[tuple[int, int]] = []
    migrate(url, progress=lambda done, total: seen.append((done, total)))
    assert len(seen) >= 3
    assert seen[-1] == (6, 6)
    assert all(later[0] - earlier[0] <= 2 for earlier, later in pairwise(seen))
    assert rows(url, STATES) == EXPECTED


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
    assert rows(url, STATES) == EXPECTED
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
    assert rows(url, STATES) == EXPECTED


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
    assert rows(url, STATES) == EXPECTED


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


def test_a_dump_without_comments_is_never_taken_for_our_own(
    create_database: Callable[..., str], migrated_template: str
) -> None:
    url = create_database(migrated_template)
    run(url, "comment on table analytics.alembic_version is null")
    add_posts(url)
    downgrade(url)
    assert rows(url, "select count(*) from public.posts") == [(9,)]


def test_rows_loaded_past_the_trigger_are_repaired_by_the_next_run(url: str) -> None:
    migrate(url)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("set session_replication_role = replica")
        connection.execute("update public.posts set published = null")
    report = migrate(url)
    assert report.applied == ("repair posts whose published is NULL: 9",)
    assert rows(url, STATES) == EXPECTED
    assert rows(url, triggers.IN_STEP_SQL) == [(True,)]
