from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from drizzle_database import (
    alembic,
    fingerprint,
    load,
    public,
    role,
    rows,
    run,
)

from echo_analytics.errors import (
    InvalidInput,
    MigrationRefused,
    ReadOnly,
)
from echo_analytics.migrate import current, downgrade, migrate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture(scope="module")
def drizzle(create_database: Callable[..., str]) -> dict[str, str]:
    url = create_database()
    load(url)
    return public(url)


@pytest.fixture
def nobody(empty_url: str) -> Iterator[str]:
    with role(empty_url) as theirs:
        yield theirs


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


def test_downgrading_to_an_unknown_or_later_revision_is_refused(database_url: str) -> None:
    with pytest.raises(InvalidInput, match="revision"):
        downgrade(database_url, "9999")
    downgrade(database_url, "0002")
    with pytest.raises(InvalidInput, match="revision"):
        downgrade(database_url, "0004")
    assert current(database_url) == "0002"


def test_a_database_of_a_newer_version_is_refused(database_url: str) -> None:
    run(database_url, "update analytics.alembic_version set version_num = '0999'")
    for check in (True, False):
        with pytest.raises(MigrationRefused, match=r"0999.*upgrade the package"):
            migrate(database_url, check=check)


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


def test_our_own_database_that_lost_a_column_is_refused_by_name(database_url: str) -> None:
    run(database_url, "alter table public.users drop column bio")
    with pytest.raises(MigrationRefused, match=r"public\.users\.bio is missing"):
        migrate(database_url)
