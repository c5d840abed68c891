"""Refusals of the server become errors that name columns, by code and catalogue alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import drizzle_database
import psycopg
import pytest
import sqlalchemy as sa

from echo_analytics import violations
from echo_analytics.database import connect
from echo_analytics.errors import (
    ConnectionFailed,
    DatabaseError,
    EchoError,
    ForeignKeyViolation,
    UniqueConstraintViolation,
)
from echo_analytics.repositories.execution import fetch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from echo_analytics.database import Database
    from echo_analytics.violations import Driver

ADA = "insert into public.users (email, name, bio) values ('ada', 'Ada', 'x')"
AGAIN = "insert into public.users (email, name, bio) values ('ada', 'Ada', 'x')"
SIMILAR = "insert into public.users (email, name, bio) values ('ADA', 'Ada', 'x')"


@pytest.fixture
def driver(empty_url: str) -> Iterator[Driver]:
    drizzle_database.load(empty_url)
    with psycopg.connect(empty_url, autocommit=True) as connection:
        yield connection


def in_one_transaction(driver: Driver, statements: Sequence[str]) -> None:
    with driver.transaction():
        for statement in statements:
            driver.execute(statement.encode())


def refusal(driver: Driver, *statements: str) -> EchoError:
    with pytest.raises(psycopg.Error) as caught:
        in_one_transaction(driver, statements)
    return violations.error_of(caught.value, driver)


def unique_field(driver: Driver, *statements: str) -> str:
    error = refusal(driver, *statements)
    assert isinstance(error, UniqueConstraintViolation)
    return error.field


def without_names(driver: Driver) -> None:
    driver.execute("alter table public.users drop constraint users_email_unique")
    driver.execute("drop index public.users_email_idx")


def test_the_same_address_twice_names_the_address(driver: Driver) -> None:
    assert unique_field(driver, ADA, AGAIN) == "email"


@pytest.mark.parametrize(
    ("definition", "again", "field"),
    [
        ("alter table public.users add constraint a unique (email)", AGAIN, "email"),
        ("alter table public.users add unique (name, email)", AGAIN, "name, email"),
        ('create unique index "Ünïque message" on public.users (email)', AGAIN, "email"),
        ("create unique index i on public.users (name) include (bio)", AGAIN, "name"),
        ("create unique index i on public.users (lower(email))", SIMILAR, "email"),
        ("create unique index i on public.users (role, lower(email))", SIMILAR, "role, email"),
        (
            "create unique index i on public.users (lower(name || email), role)",
            SIMILAR,
            "role, name, email",
        ),
        ("create unique index i on public.users (bio) where name = 'Ada'", AGAIN, "bio"),
        ("create unique index i on public.users ((true))", SIMILAR, "i"),
    ],
)
def test_every_unique_index_names_its_columns(
    driver: Driver, definition: str, again: str, field: str
) -> None:
    without_names(driver)
    driver.execute(definition.encode())
    assert unique_field(driver, ADA, again) == field


def test_a_table_of_the_same_name_in_another_schema_has_its_own_columns(driver: Driver) -> None:
    driver.execute("create schema other")
    driver.execute("create table other.users (code text constraint users_email_unique primary key)")
    insert = "insert into other.users values ('x')"
    assert unique_field(driver, insert, insert) == "code"
    assert unique_field(driver, ADA, AGAIN) == "email"


def test_a_constraint_as_young_as_its_transaction_is_named_itself(driver: Driver) -> None:
    young = "alter table public.users add constraint young unique (name)"
    assert unique_field(driver, ADA, young, SIMILAR) == "young"
    driver.execute(young.encode())
    assert unique_field(driver, ADA, SIMILAR) == "name"


POST = "insert into public.posts (title, content, author_id, category_id) values ('t', 'c', {}, {})"
NOBODY = "'00000000-0000-0000-0000-000000000000'"
SOMEBODY = "(select id from public.users)"
SOMEWHERE = "(select id from public.categories)"


@pytest.mark.parametrize(
    ("statements", "field"),
    [
        ([POST.format(NOBODY, "null")], "author_id"),
        ([ADA, POST.format(SOMEBODY, NOBODY)], "category_id"),
        (
            [
                ADA,
                "insert into public.categories (name, slug) values ('a', 'a')",
                POST.format(SOMEBODY, SOMEWHERE),
                "delete from public.categories",
            ],
            "category_id",
        ),
    ],
)
@pytest.mark.parametrize("deed", ["no action", "restrict"])
def test_a_foreign_key_is_named_in_both_directions(
    driver: Driver, statements: list[str], field: str, deed: str
) -> None:
    driver.execute("alter table public.posts drop constraint posts_category_id_categories_id_fk")
    driver.execute(
        "alter table public.posts add constraint c foreign key (category_id)"
        f" references public.categories (id) on delete {deed}".encode()
    )
    error = refusal(driver, *statements)
    assert isinstance(error, ForeignKeyViolation)
    assert error.field == field


LONG_SLUG = (
    "insert into public.categories (name, slug)"
    " select 's3cr3t', string_agg(md5(i::text), '') from generate_series(1, 200) as i"
)


@pytest.mark.parametrize(
    ("statement", "sqlstate", "told"),
    [
        ("insert into public.users (email) values ('s3cr3t')", "23502", "users.name"),
        ("insert into public.users (email, name) values ('s3cr3t', 'short')", "23514", "long_name"),
        ("insert into public.users (email, name, role) values ('a', 'b', 's3cr3t')", "22P02", ""),
        ("update public.posts set title = 's3cr3t' where id = 's3cr3t'", "22P02", ""),
        (
            LONG_SLUG,
            "54000",
            "too long for an index",
        ),
    ],
)
def test_other_refusals_hold_a_code_and_no_value(
    driver: Driver, statement: str, sqlstate: str, told: str
) -> None:
    driver.execute("alter table public.users add constraint long_name check (length(name) > 9)")
    error = refusal(driver, statement)
    assert isinstance(error, DatabaseError)
    assert error.sqlstate == sqlstate
    assert told in str(error)
    assert "s3cr3t" not in str(error)


def test_the_language_of_the_server_does_not_matter(driver: Driver) -> None:
    driver.execute(
        """
        create function public.auf_deutsch() returns trigger language plpgsql as $$ begin
            raise exception 'doppelter Schlüsselwert verletzt Unique-Constraint »role«'
            using errcode = '23505', schema = 'public', table = 'users',
                constraint = 'users_email_unique', detail = 'Schlüssel »(name)« existiert bereits';
        end $$
        """
    )
    driver.execute(
        "create trigger t before insert on public.users for each row"
        " execute function public.auf_deutsch()"
    )
    assert unique_field(driver, ADA) == "email"


def test_a_trigger_may_refuse_without_naming_anything(driver: Driver) -> None:
    statement = "do $$ begin raise exception 's3cr3t' using errcode = '23505'; end $$"
    assert unique_field(driver, statement) == "unknown"


def test_the_columns_of_a_constraint_are_looked_up_once(
    driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    dialled: list[str] = []

    def count(conninfo: str, **options: object) -> Driver:
        dialled.append(conninfo)
        return dial(conninfo, **options)

    dial: Callable[..., Driver] = psycopg.connect
    monkeypatch.setattr(psycopg, "connect", count)
    assert [unique_field(driver, ADA, AGAIN) for _ in range(3)] == ["email"] * 3
    assert len(dialled) == 1


def test_a_constraint_made_anew_is_looked_up_anew(
    driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_names(driver)
    driver.execute("create unique index i on public.users (name)")
    assert unique_field(driver, ADA, AGAIN) == "name"
    driver.execute("drop index public.i")
    driver.execute("create unique index i on public.users (bio)")
    monkeypatch.setattr(violations, "_SECONDS_KEPT", 0.0)
    assert unique_field(driver, ADA, AGAIN) == "bio"


def test_a_look_up_that_fails_leaves_the_name_of_the_constraint(
    driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> Driver:
        raise psycopg.OperationalError("s3cr3t")

    monkeypatch.setattr(psycopg, "connect", refuse)
    error = refusal(driver, ADA, AGAIN)
    assert isinstance(error, UniqueConstraintViolation)
    assert error.field in {"users_email_unique", "users_email_idx"}
    assert error.__context__ is None


def test_columns_are_found_while_the_pool_is_exhausted(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ECHO_POOL_MIN", "0")
    monkeypatch.setenv("ECHO_POOL_MAX", "1")
    monkeypatch.setenv("ECHO_ACQUIRE_TIMEOUT", "2")
    with connect(database_url) as db, pytest.raises(UniqueConstraintViolation) as caught:
        write_twice(db)
    assert caught.value.field == "email"


def write_twice(db: Database[Any]) -> None:  # Any: no frame is made
    with db.transaction() as connection:
        fetch(connection, f"{ADA} returning id".encode(), {})
        fetch(connection, f"{AGAIN} returning id".encode(), {})


def end_and_go_on(db: Database[Any], url: str) -> None:  # Any: no frame is made
    with db.transaction() as connection:
        number = connection.scalar(sa.text("select pg_backend_pid()"))
        drizzle_database.rows(url, f"select pg_terminate_backend({number}, 5000)")
        fetch(connection, b"select 1", {})


def test_a_connection_that_was_ended_is_a_failed_connection(database_url: str) -> None:
    with connect(database_url) as db:
        with pytest.raises(ConnectionFailed):
            end_and_go_on(db, database_url)
        with db.transaction() as connection:
            assert fetch(connection, b"select 1", {}) == [(1,)]


def test_a_closed_connection_is_a_failed_connection(driver: Driver) -> None:
    driver.close()
    with pytest.raises(psycopg.Error) as caught:
        driver.execute("select 1")
    assert isinstance(violations.error_of(caught.value, driver), ConnectionFailed)
