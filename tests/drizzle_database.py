"""A database as the application's own tools make it, with posts that contradict themselves."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import sqlalchemy as sa
from psycopg import sql
from sqlalchemy.pool import NullPool

from echo_analytics.catalogue import describe

if TYPE_CHECKING:
    from collections.abc import Iterator

CHECKOUT = Path(__file__).parent.parent

DDL = (Path(__file__).parent / "data" / "drizzle_schema.sql").read_text()

USER = "00000000-0000-0000-0000-0000000000aa"
WRITTEN = "2025-03-04 05:06:07"

OLD_POSTS = [
    (published, status)
    for published in (True, False, None)
    for status in ("draft", "published", "archived")
]

STATES = "select title, published, status::text from public.posts order by title"
"""What repairs change."""

KEPT = (
    "select id, title, content, author_id, category_id, created_at, updated_at"
    " from public.posts order by id"
)
"""What they do not."""


def repaired(published: bool | None, status: str) -> tuple[bool, str]:
    """The rule of the specification for old posts."""
    if status == "archived":
        return False, "archived"
    return (True, "published") if published or status == "published" else (False, "draft")


REPAIRED = sorted(
    (f"{published} {status}", *repaired(published, status)) for published, status in OLD_POSTS
)
"""``STATES`` after the repair of ``OLD_POSTS``."""


def connect(url: str) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(url, autocommit=True)


def run(url: str, *statements: str) -> None:
    with connect(url) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def rows(url: str, query: str) -> list[tuple[object, ...]]:
    with connect(url) as connection:
        return connection.execute(query.encode()).fetchall()


def engine(url: str) -> sa.Engine:
    return sa.create_engine(
        url.replace("postgresql:", "postgresql+psycopg:", 1), poolclass=NullPool
    )


def load(url: str) -> None:
    """Make the tables as Drizzle does.

    Left out are psql's own commands and the one setting that servers before version 17 lack.
    """
    run(url, re.sub(r"(?m)^(\\|SET transaction_timeout).*$", "", DDL))


def add_user(url: str) -> None:
    """Add the author of ``insert_post``."""
    run(url, f"insert into public.users (id, email, name) values ('{USER}', 'a', 'a')")


def insert_post(
    connection: psycopg.Connection[tuple[object, ...]], **values: object
) -> tuple[object, ...] | None:
    """Insert a post and return its published and status."""
    names = sql.SQL(", ").join(map(sql.Identifier, ("title", "content", "author_id", *values)))
    marks = sql.SQL(", ").join([sql.Placeholder()] * (3 + len(values)))
    return connection.execute(
        sql.SQL(
            "insert into public.posts ({}) values ({}) returning published, status::text"
        ).format(names, marks),
        ("t", "c", USER, *values.values()),
    ).fetchone()


def add_posts(url: str, copies: int = 1) -> None:
    """Add a user, and ``copies`` of a post for every pair of published and status."""
    with connect(url) as connection:
        connection.execute(
            "insert into public.users (id, email, name) values (%s, 'a@b.c', 'A')", (USER,)
        )
        for published, status in OLD_POSTS * copies:
            connection.execute(
                "insert into public.posts (title, content, published, status, author_id,"
                " created_at, updated_at) values (%s, 'text', %s, %s, %s, %s, %s)",
                (f"{published} {status}", published, status, USER, WRITTEN, WRITTEN),
            )


def fingerprint(url: str) -> list[tuple[object, ...]]:
    """The row versions of the catalogue and of the application's rows: any change shows."""
    catalogue = " union all ".join(
        f"select '{table}', count(*), max(xmin::text::bigint), sum(hashtext(t::text))"
        f" from {table} as t"
        for table in ("pg_namespace", "pg_attribute", "pg_proc", "pg_trigger", "pg_description")
    )
    posts = "select xmin::text, ctid::text, p::text from public.posts as p order by id"
    there = rows(url, "select 1 from pg_tables where schemaname = 'public' and tablename = 'posts'")
    return rows(url, catalogue) + (rows(url, posts) if there else [])


@contextlib.contextmanager
def role(url: str) -> Iterator[str]:
    """A role that may log in and has no rights; gives its URL for the same database."""
    name = f"echo_role_{secrets.token_hex(4)}"
    password = secrets.token_hex(8)
    run(url, f"create role {name} login password '{password}'")
    yield (
        sa.make_url(url).set(username=name, password=password).render_as_string(hide_password=False)
    )
    run(
        url,
        f"reassign owned by {name} to current_user",
        f"drop owned by {name}",
        f"drop role {name}",
    )


def alembic(url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "alembic", *arguments],
        cwd=CHECKOUT,
        env={**os.environ, "ECHO_DATABASE_URL": url},
        capture_output=True,
        text=True,
        check=False,
    )


def wait_for(url: str, query: str, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not rows(url, query):
        assert time.monotonic() < deadline, query
        time.sleep(0.02)


def public(url: str) -> dict[str, str]:
    """What the catalogue holds about the schema ``public``."""
    with engine(url).connect() as connection:
        return describe(connection)


def application(url: str) -> str:
    """Make of an empty database that of an application with old posts, and Drizzle's own table."""
    load(url)
    add_posts(url)
    run(
        url,
        "create schema drizzle",
        "create table drizzle.__drizzle_migrations (id serial primary key, hash text)",
        "insert into drizzle.__drizzle_migrations (hash) values ('abc')",
    )
    return url
