"""Roles for reading, as the package makes them, and what a database holds, to the last version."""

from __future__ import annotations

import contextlib
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import drizzle_database
import psycopg
import sqlalchemy as sa

import echo_analytics as echo

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class Place:
    """A database: its URL for whoever owns it, and for a reader."""

    owner: str
    reader: str


CATALOGUES = (
    "pg_namespace",
    "pg_attribute",
    "pg_proc",
    "pg_trigger",
    "pg_description",
    "pg_type",
    "pg_constraint",
    "pg_rewrite",
    "pg_extension",
    "pg_default_acl",
    "pg_largeobject_metadata",
    "pg_authid",
    "pg_auth_members",
    "pg_db_role_setting",
)

_RELATIONS = """
select format('%I.%I', n.nspname, c.relname), c.relkind::text, c.relowner, c.relacl::text
from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'v', 'm', 'S', 'f') and n.nspname not in ('pg_catalog', 'pg_toast')
and n.nspname <> 'information_schema' order by 1
"""


def contents(url: str) -> list[object]:
    """The version of every row of every table and of the catalogue: any change shows."""
    with drizzle_database.connect(url) as connection:
        relations = connection.execute(_RELATIONS).fetchall()
        tables = [str(name) for name, kind, *_ in relations if kind in {"r", "p"}]
        versions = [
            f"select '{name}', count(*), sum(hashtextextended(xmin || t::text, 0)) from {name} as t"
            for name in tables
        ]
        numbers = [
            f"select '{name}', last_value, is_called::int::numeric from {name}"
            for name, kind, *_ in relations
            if kind == "S"
        ]
        catalogues = [
            f"select 'pg_catalog.{name}', count(*), sum(xmin::text::bigint) from pg_catalog.{name}"
            for name in CATALOGUES
        ]
        query = " union all ".join(versions + numbers + catalogues)
        return [*relations, *sorted(connection.execute(query.encode()).fetchall())]


def new_name() -> str:
    return f"echo_reader_{secrets.token_hex(4)}"


def as_role(url: str, name: str, password: str = "anything") -> str:  # noqa: S107 - asked for nowhere
    return sa.make_url(url).set(username=name, password=password).render_as_string(False)


@contextlib.contextmanager
def removed(url: str, *names: str) -> Iterator[None]:
    """Remove roles in the end, and what they were granted in the database."""
    try:
        yield
    finally:
        for name in names:
            if drizzle_database.rows(url, f"select from pg_roles where rolname = '{name}'"):
                drizzle_database.run(url, f'drop owned by "{name}"', f'drop role "{name}"')


@contextlib.contextmanager
def reader(url: str, **options: Any) -> Iterator[str]:  # noqa: ANN401 - those of the function
    """A role for reading; gives the URL of the same database for it."""
    name = new_name()
    with removed(url, name), echo.connect(url, frame="arrow") as db:
        echo.create_reader_role(db, name, **options)
        yield as_role(url, name)


def refusal(url: str, *statements: str) -> str | None:
    """The code that the server refuses the last of some statements with; None where it does not."""
    with psycopg.connect(url, autocommit=True) as connection:
        try:
            for statement in statements:
                connection.execute(statement.encode())
        except psycopg.Error as error:
            return error.sqlstate
    return None
