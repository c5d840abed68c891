"""A database of a chosen size to measure on, made once and kept.

    python -m benchmarks.database --posts 1000000

Authors write as people do: a few of them most of the posts. The data are the same each time.
"""

from __future__ import annotations

import argparse
import contextlib
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import platformdirs
import psycopg
import pyarrow as pa
import sqlalchemy as sa
from psycopg.conninfo import conninfo_to_dict, make_conninfo

import echo_analytics as echo
from echo_analytics import embedded
from echo_analytics.bulk import copy_rows
from echo_analytics.migrate import migrate
from echo_analytics.schema import categories, posts, users

if TYPE_CHECKING:
    from collections.abc import Iterator

DAYS = 700
START, END = "2024-08-01", "2026-07-01"
"""The first and the last day on which posts were created."""

_AT_ONCE = 250_000
_BEGIN = np.datetime64(START, "us")
_DAY = 86_400_000_000
_STATUSES = ("published", "draft", "archived")
_WORDS = 500_000
_SPREAD = 0.6
_COMMON = (
    "the of and to a in is it that for was on are with as be this have from or by not but at we "
    "they he she all which you were when there can more an their if has will so no what about "
    "into than only other been some its do our"
)
STOP_WORDS = tuple(_COMMON.split())
"""The most frequent words of the texts, which English search leaves out."""


def authors_of(number: int) -> int:
    """Return how many authors a database of ``number`` posts has: 20,000 for a million."""
    return max(10, number // 50)


def started(home: Path | str) -> embedded.EmbeddedServer:
    """Start a server in ``home``."""
    # The server of a superuser runs as another user, who has to get in.
    Path(home).chmod(0o711)
    return embedded.start(Path(home), durable=False)


@contextlib.contextmanager
def database(number: int, folder: Path | None = None) -> Iterator[str]:
    """Give the URL of a database with ``number`` posts; it is made where it is not there yet."""
    home = (folder or platformdirs.user_cache_path("echo-analytics-benchmarks")) / f"{number}-posts"
    home.mkdir(parents=True, exist_ok=True)
    home.parent.chmod(0o711)
    with started(home) as server:
        url = server.url()
        migrate(url)
        with psycopg.connect(url, autocommit=True) as connection:
            found = connection.execute("SELECT count(*) FROM posts").fetchall()[0][0]
            if found != number:
                _fill(url, number)
                connection.execute("VACUUM ANALYZE")
                connection.execute("CHECKPOINT")
        yield url


@contextlib.contextmanager
def copied(url: str) -> Iterator[str]:
    """Give the URL of a copy of a database that nobody is connected to; it is removed after."""
    copy = "benchmark_copy"
    with psycopg.connect(make_conninfo(url, dbname="template1"), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {copy} WITH (FORCE)".encode())
        try:
            yield kept_copy(url, copy)
        finally:
            connection.execute(f"DROP DATABASE IF EXISTS {copy} WITH (FORCE)".encode())


def kept_copy(url: str, copy: str) -> str:
    """Return the URL of a copy of a database, which is made where it is not there yet."""
    name = conninfo_to_dict(url)["dbname"]
    with psycopg.connect(make_conninfo(url, dbname="template1"), autocommit=True) as connection:
        there = connection.execute("SELECT FROM pg_database WHERE datname = %s", (copy,)).fetchall()
        if not there:
            command = f'CREATE DATABASE {copy} TEMPLATE "{name}" STRATEGY file_copy'
            connection.execute(command.encode())
    return sa.make_url(url).set(database=copy).render_as_string(hide_password=False)


class Content:
    """Users, categories and posts, the same each time.

    Parameters
    ----------
    number
        How many posts there are to be, which says how many write them.
    """

    def __init__(self, number: int) -> None:
        self._rng = np.random.default_rng(number)
        self._people = _uuids(self._rng, authors_of(number))
        self._kinds = _uuids(self._rng, 12)
        self.users = _users(self._rng, self._people)
        self.categories = _categories(self._kinds)
        self._text = Texts(self._rng)

    def posts(self, count: int) -> pa.Table:
        """Return ``count`` more posts, in the columns of the table."""
        return _posts(self._rng, self._text, count, self._people, self._kinds)


def _fill(url: str, number: int) -> None:
    content = Content(number)
    # Indexes are made afterwards: that takes a fraction of the time.
    indexes = sorted(posts.indexes, key=lambda index: str(index.name))
    with echo.connect(url) as db, db.transaction() as connection:
        connection.execute(sa.text("SET LOCAL statement_timeout = 0"))
        connection.execute(sa.text("SET LOCAL session_replication_role = replica"))
        connection.execute(sa.text("TRUNCATE public.posts, public.users, public.categories"))
        for index in indexes:
            index.drop(connection)
        copy_rows(connection, users, content.users)
        copy_rows(connection, categories, content.categories)
        for first in range(0, number, _AT_ONCE):
            count = min(_AT_ONCE, number - first)
            copy_rows(connection, posts, content.posts(count))
        for index in indexes:
            index.create(connection)


# Any: numpy's own types of arrays.
def _uuids(rng: np.random.Generator, count: int) -> pa.Array:
    raw = rng.bytes(16 * count).hex()
    return pa.array([raw[32 * number : 32 * (number + 1)] for number in range(count)])


def _users(rng: np.random.Generator, people: pa.Array) -> pa.Table:
    count = len(people)
    signed_up = _BEGIN - rng.integers(0, 365 * _DAY, count).astype("timedelta64[us]")
    return pa.table(
        {
            "id": people,
            "email": [f"person{number}@example.org" for number in range(count)],
            "name": [f"Person {number}" for number in range(count)],
            "role": ["user" if number % 50 else "moderator" for number in range(count)],
            "created_at": pa.array(signed_up),
        }
    )


def _categories(kinds: pa.Array) -> pa.Table:
    return pa.table(
        {
            "id": kinds,
            "name": [f"Category {number}" for number in range(len(kinds))],
            "slug": [f"category-{number}" for number in range(len(kinds))],
        }
    )


class Texts:
    """Titles and bodies as a language has them: stop words, and a long tail of rare words.

    The word of rank r has a weight of 1 / (r + 2.7) ** 1.05, after Zipf and Mandelbrot; lengths
    are spread like those of posts, from a few words to a few hundred.
    """

    def __init__(self, rng: np.random.Generator) -> None:
        self._words = np.array([*STOP_WORDS, *_made_up(_WORDS - len(STOP_WORDS))], dtype=object)
        weights = (np.arange(_WORDS) + 2.7) ** -1.05
        self._steps = np.cumsum(weights / weights.sum())
        self._rng = rng

    def lines(self, count: int, length: int) -> pa.Array:
        """Return ``count`` texts of about ``length`` words on average."""
        spread = self._rng.lognormal(-_SPREAD * _SPREAD / 2, _SPREAD, count)
        lengths = np.maximum(1, (spread * length).round()).astype(np.int64)
        drawn = np.searchsorted(self._steps, self._rng.random(int(lengths.sum())))
        words = pa.array(self._words).take(pa.array(np.minimum(drawn, _WORDS - 1)))
        offsets = pa.array(np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32))
        joined: pa.Array = pa.compute.binary_join(pa.ListArray.from_arrays(offsets, words), " ")
        return joined


def _made_up(count: int) -> list[str]:
    """Words of syllables, no two alike, the first ones the shortest."""
    syllables = [a + b for a in "bdfgklmnprstvz" for b in ("a", "e", "i", "o", "u", "ai", "en")]

    def word(number: int) -> str:
        parts = ""
        while number >= 0:
            number, last = divmod(number, len(syllables))
            parts, number = syllables[last] + parts, number - 1
        return parts

    return [word(number) for number in range(count)]


def _posts(
    rng: np.random.Generator, text: Texts, count: int, people: pa.Array, kinds: pa.Array
) -> pa.Table:
    # Squared: a tenth of the authors write a third of the posts.
    author = (rng.random(count) ** 2 * len(people)).astype(np.int64)
    category = rng.integers(0, len(kinds) + 2, count)
    status = np.searchsorted([0.8, 0.95], rng.random(count))
    created = _BEGIN + np.sort(rng.integers(0, DAYS * _DAY, count)).astype("timedelta64[us]")
    return pa.table(
        {
            "id": _uuids(rng, count),
            "title": text.lines(count, 7),
            "content": text.lines(count, 50),
            "published": pa.array(status == 0),
            "status": pa.array(_STATUSES).take(pa.array(status)),
            "author_id": people.take(pa.array(author)),
            "category_id": kinds.take(
                pa.array(np.minimum(category, len(kinds) - 1), mask=category >= len(kinds))
            ),
            "created_at": pa.array(created),
            "updated_at": pa.array(created),
        }
    )


def _size(number: int) -> str:
    return f"{number:,} posts, {math.ceil(number / authors_of(number))} an author"


def main() -> None:
    """Make the database, and say where it listens until it is stopped."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path)
    given: Any = parser.parse_args()
    with database(given.posts, given.folder) as url:
        print(f"{_size(given.posts)}: {url}")
        with contextlib.suppress(KeyboardInterrupt, EOFError):
            input("Return stops the server. ")


if __name__ == "__main__":
    main()
