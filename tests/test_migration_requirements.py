from __future__ import annotations

import re

import pytest
from drizzle_database import (
    DDL,
    application,
    fingerprint,
    public,
    rows,
    run,
)
from sqlalchemy.schema import CreateTable

from echo_analytics import schema
from echo_analytics.catalogue import differences
from echo_analytics.errors import MigrationRefused
from echo_analytics.migrate import migrate


@pytest.fixture
def url(empty_url: str) -> str:
    return application(empty_url)


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


HAND_WRITTEN = """
create table "categories" (
  "id" uuid primary key default gen_random_uuid(),
  "name" text unique not null,
  "slug" text unique not null,
  "description" text,
  "created_at" timestamp default now() not null
)
"""


INDEXES = re.findall(r"CREATE (?:UNIQUE )?INDEX (\w+)", DDL)


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


def test_writing_a_statement_leaves_the_metadata_as_it_is(url: str) -> None:
    before = str(CreateTable(schema.categories))
    run(url, "alter table public.categories drop constraint categories_name_unique")
    assert len(migrate(url).warnings) == 1
    assert str(CreateTable(schema.categories)) == before
