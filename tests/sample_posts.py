"""Posts with a known history, for databases with and without our trigger, and plain answers."""

from __future__ import annotations

import contextlib
import functools
import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import drizzle_database
import psycopg

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from zoneinfo import ZoneInfo

USERS = {UUID(int=number): f"User {number}" for number in range(1, 8)}
SILENT = UUID(int=7)
CATEGORY = UUID(int=100)
STATUSES = ("draft", "published", "archived")


@dataclass(frozen=True)
class Post:
    """A row of ``posts``; ``created_at`` is aware."""

    id: UUID
    author: UUID
    created_at: datetime
    published: bool | None = True
    status: str = "published"
    title: str = "title"
    content: str = "content"
    category: UUID | None = None

    @property
    def state(self) -> str:
        """What it counts as: archived, else published if either column says so, else draft."""
        if self.status == "archived":
            return "archived"
        return "published" if self.published or self.status == "published" else "draft"


def contradictory(count: int = 60) -> list[Post]:
    """Posts with every pair of the two columns; many share the same instant."""
    draws = random.Random(5)  # noqa: S311 - not for secrets
    authors = sorted(set(USERS) - {SILENT})
    return [
        Post(
            id=UUID(int=1000 + number),
            author=draws.choice(authors),
            created_at=datetime(2026, 3, 28, 12, tzinfo=UTC) + timedelta(hours=draws.randrange(40)),
            published=draws.choice([True, False, None]),
            status=draws.choice(STATUSES),
            title=f"Title {number}",
            content=draws.choice(["slow query", "lock timeout at night", "migration of data", ""]),
            category=draws.choice([None, CATEGORY]),
        )
        for number in range(count)
    ]


def add_users(url: str) -> None:
    """Add the authors and the category."""
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO public.users (id, email, name) VALUES (%s, %s, %s)",
            [(key, f"{key.int}@example.org", name) for key, name in USERS.items()],
        )
        cursor.execute(
            "INSERT INTO public.categories (id, name, slug) VALUES (%s, 'Databases', 'databases')",
            (CATEGORY,),
        )


def replace_posts(url: str, posts: Sequence[Post]) -> None:
    """Let ``posts`` be all that there are."""
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute("DELETE FROM public.posts")
        cursor.executemany(
            "INSERT INTO public.posts (id, author_id, created_at, published, status, title,"
            " content, category_id) VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
            [
                (
                    p.id,
                    p.author,
                    p.created_at.astimezone(UTC).replace(tzinfo=None),
                    p.published,
                    p.status,
                    p.title,
                    p.content,
                    p.category,
                )
                for p in posts
            ],
        )


@contextlib.contextmanager
def reader_of_a_foreign_database(url: str) -> Iterator[str]:
    """Make the application's tables without anything of ours, and a role that may only read."""
    drizzle_database.load(url)
    add_users(url)
    with drizzle_database.role(url) as role_url:
        name = psycopg.conninfo.conninfo_to_dict(role_url)["user"]
        drizzle_database.run(
            url,
            f"grant usage on schema public to {name}",
            f"grant select on all tables in schema public to {name}",
        )
        yield role_url


# Any: the frames of two libraries.
def records(frame: Any) -> list[dict[str, Any]]:  # noqa: ANN401
    """The rows of a pandas, polars or Arrow frame, with None for what is missing."""
    from echo_analytics.frames import to_arrow

    rows: list[dict[str, Any]] = to_arrow(frame).to_pylist()
    return rows


@functools.cache
def local_day(instant: datetime, zone: ZoneInfo) -> date:
    """The latest day that has begun: the clock may have gone back over a midnight since."""
    return max(
        (instant - timedelta(minutes=minutes)).astimezone(zone).date() for minutes in range(26 * 60)
    )
