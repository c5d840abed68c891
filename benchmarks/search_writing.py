"""What a writer pays for the search index, beside a generated tsvector column with a GIN index."""

from __future__ import annotations

import statistics
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
import psycopg

import echo_analytics as echo
from benchmarks.database import Content, Texts
from echo_analytics.bulk import copy_rows
from echo_analytics.migrate import migrate
from echo_analytics.schema import categories, posts, users

if TYPE_CHECKING:
    from collections.abc import Iterator

    from psycopg.rows import TupleRow

SIZES = (50, 300, 1_500)
"""Words of the contents."""

_AT_ONCE = {50: 400, 300: 200, 1_500: 80}
_GENERATED = """
ALTER TABLE public.posts ADD COLUMN words tsvector GENERATED ALWAYS AS (
    to_tsvector('pg_catalog.english', coalesce(title, '') || ' ' || coalesce(content, ''))) STORED;
CREATE INDEX benchmark_words_idx ON public.posts USING gin (words)
"""
_INSERT = (
    "INSERT INTO public.posts (title, content, author_id, published, status)"
    " VALUES (%s, %s, (SELECT id FROM public.users LIMIT 1), true, 'published')"
)


def costs(url: str, beside: int, runs: int) -> list[tuple[float, float]]:
    """Return milliseconds an insert with a generated column, and with our index, by size.

    Medians of batches, which take turns; each insert is a transaction of its own.
    """
    texts = Texts(np.random.default_rng(2))
    found = []
    with _beside(url, "generated", beside) as plain, _beside(url, "indexed", beside) as ours:
        for size in SIZES:
            times: tuple[list[float], list[float]] = ([], [])
            for number in range(runs + 1):
                count = _AT_ONCE[size]
                titles = texts.lines(count, 7).to_pylist()
                contents = texts.lines(count, size).to_pylist()
                both = list(zip(titles, contents, strict=True))
                for place in (0, 1) if number % 2 else (1, 0):
                    times[place].append(_inserted((plain, ours)[place], both))
            found.append((statistics.median(times[0][1:]), statistics.median(times[1][1:])))
    return found


def _inserted(connection: psycopg.Connection[TupleRow], both: list[tuple[str, str]]) -> float:
    began = time.perf_counter()
    for values in both:
        connection.execute(_INSERT, values)
    return (time.perf_counter() - began) * 1000 / len(both)


@contextmanager
def _beside(url: str, kind: str, number: int) -> Iterator[psycopg.Connection[TupleRow]]:
    """Give a connection to a new database with so many posts and one of both indexes."""
    name = f"benchmark_{kind}"
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        owner.execute(f"CREATE DATABASE {name}")
        at = url.replace("/echo?", f"/{name}?")
        migrate(at)
        with echo.connect(at) as db:
            content = Content(number)
            with db.transaction() as connection:
                copy_rows(connection, users, content.users)
                copy_rows(connection, categories, content.categories)
                copy_rows(connection, posts, content.posts(number))
            if kind == "indexed":
                db.search_index.build()
        with psycopg.connect(at, autocommit=True) as connection:
            if kind == "generated":
                connection.execute(_GENERATED)
            connection.execute("VACUUM ANALYZE")
            yield connection
        owner.execute(f"DROP DATABASE {name} WITH (FORCE)")
