"""The tables of the demo data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from echo_analytics.arguments import whole_number
from echo_analytics.demo.activity import authored
from echo_analytics.demo.draws import Draws, Weights
from echo_analytics.demo.people import identifier, people
from echo_analytics.demo.rhythm import DAY, DAYS, END, HOUR, START, later
from echo_analytics.demo.text import write
from echo_analytics.demo.topics import TOPICS
from echo_analytics.errors import InvalidInput
from echo_analytics.schema import DEFAULT_CATEGORIES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from echo_analytics.demo.people import Person
    from echo_analytics.demo.words import Topic

SEED = 20260630

CATEGORIES = (
    *DEFAULT_CATEGORIES,
    ("Data", "data", "Pipelines, analyses and models"),
    ("Product", "product", "What to build, and for whom"),
    ("Design", "design", "How things look and work"),
    ("Work", "work", "Teams, meetings and careers"),
    ("Everyday", "everyday", "Kitchen, garden and everything else"),
)
"""Name, slug and description."""

_INSTANT = pa.timestamp("us", tz="UTC")
_USERS = pa.schema(
    [
        ("id", pa.string()),
        ("email", pa.string()),
        ("name", pa.string()),
        ("email_verified", pa.bool_()),
        ("avatar", pa.string()),
        ("bio", pa.string()),
        ("preferences", pa.string()),
        ("role", pa.string()),
        ("created_at", _INSTANT),
        ("updated_at", _INSTANT),
    ]
)
_CATEGORIES = pa.schema(
    [
        ("id", pa.string()),
        ("name", pa.string()),
        ("slug", pa.string()),
        ("description", pa.string()),
        ("created_at", _INSTANT),
    ]
)
_POSTS = pa.schema(
    [
        ("id", pa.string()),
        ("title", pa.string()),
        ("content", pa.string()),
        ("published", pa.bool_()),
        ("status", pa.string()),
        ("author_id", pa.string()),
        ("category_id", pa.string()),
        ("created_at", _INSTANT),
        ("updated_at", _INSTANT),
    ]
)
_FAVOURITE = Weights((6, 3, 1))
_ALL_TOPICS = Weights(topic.weight for topic in TOPICS)


@dataclass(frozen=True)
class DemoData:
    """The rows of the application's three tables.

    Columns are named and ordered as in `echo_analytics.schema`; ids, enums and preferences are
    text, instants are ``timestamp[us, UTC]``.
    """

    users: pa.Table
    categories: pa.Table
    posts: pa.Table


def users_for(posts: int) -> int:
    """Return how many members a community with ``posts`` posts has: one in 20, 20 to 2,000.

    Examples
    --------
    >>> users_for(0), users_for(500), users_for(40_000)
    (0, 25, 2000)
    """
    return min(2_000, max(20, posts // 20)) if posts else 0


def demo_data(posts: int = 40_000, users: int | None = None, *, seed: int = SEED) -> DemoData:
    """Return a community that never existed, from January 2025 to June 2026 in UTC.

    The same arguments give the same bytes, ids included, on every machine.

    Parameters
    ----------
    posts
        How many posts; none gives tables without rows, apart from the categories.
    users
        How many members, some of whom never write. None: what `users_for` says.
    seed
        Another one gives another community.

    Returns
    -------
    DemoData
        Users and posts in the order of ``created_at``.

    Raises
    ------
    InvalidInput
        A number is not whole or below zero, or there are posts but no users.

    Examples
    --------
    >>> data = demo_data(500)
    >>> data.posts.num_rows, data.users.num_rows
    (500, 25)
    """
    posts = whole_number("posts", posts)
    users = users_for(posts) if users is None else whole_number("users", users)
    seed = whole_number("seed", seed)
    if posts and not users:
        raise InvalidInput("users", "needs at least 1, to have an author for the posts")
    members = people(seed, users)
    return DemoData(
        _table(_USERS, map(_user, members)),
        _table(_CATEGORIES, _categories(seed)),
        _table(_POSTS, _posts(seed, members, posts)),
    )


def _table(schema: pa.Schema, rows: Iterable[tuple[object, ...]]) -> pa.Table:
    columns: Sequence[Sequence[object]] = list(zip(*rows, strict=True)) or [()] * len(schema)
    return pa.Table.from_arrays(
        [pa.array(values, field.type) for values, field in zip(columns, schema, strict=True)],
        schema=schema,
    )


def _user(person: Person) -> tuple[object, ...]:
    return tuple(getattr(person, name) for name in _USERS.names)


def _categories(seed: int) -> Iterator[tuple[object, ...]]:
    for name, slug, description in CATEGORIES:
        yield identifier(seed, "categories", slug), name, slug, description, START


def _posts(seed: int, members: Sequence[Person], count: int) -> Iterator[tuple[object, ...]]:
    draws = Draws(seed, 2)
    words = Draws(seed, 3)
    categories = {slug: identifier(seed, "categories", slug) for _, slug, _ in CATEGORIES}
    for number, (position, created) in enumerate(authored(seed, members, count)):
        author = members[position]
        topic = _topic(draws, author)
        title, content = write(words, topic)
        status = _status(draws, created)
        yield (
            identifier(seed, "posts", number),
            title,
            content,
            status == "published",
            status,
            author.id,
            categories.get(_category(draws, topic)),
            created,
            _updated(draws, status, created),
        )


def _topic(draws: Draws, author: Person) -> Topic:
    if draws.chance(0.06):
        return TOPICS[draws.weighted(_ALL_TOPICS)]
    return author.favourites[min(draws.weighted(_FAVOURITE), len(author.favourites) - 1)]


def _category(draws: Draws, topic: Topic) -> str:
    """Return a slug, or an empty text for a post without a category."""
    kind = draws.fraction()
    if kind < 0.1:
        return ""
    return "general" if kind < 0.2 else topic.category


def _status(draws: Draws, created: int) -> str:
    """Return a status; posts of the first half are more often archived."""
    archived = 0.11 if created < START + DAYS // 2 * DAY else 0.04
    kind = draws.fraction()
    if kind < 0.12:
        return "draft"
    return "archived" if kind < 0.12 + archived else "published"


def _updated(draws: Draws, status: str, created: int) -> int:
    """Return when a post was last changed: often never, and archiving is a change."""
    if status == "archived":
        return later(draws, min(created + 20 * DAY, END), created + 200 * DAY)
    kind = draws.fraction()
    if kind < 0.55:
        return created
    return later(draws, created, created + (3 * HOUR if kind < 0.85 else 20 * DAY))
