"""What a writer pays for the search index, beside a generated tsvector column with a GIN index."""

from __future__ import annotations

import statistics
import time
from contextlib import contextmanager
from dataclasses import dataclass
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

    Connection = psycopg.Connection[TupleRow]

SIZES = (50, 300, 800, 1_500)
"""Words of the contents."""

_AT_ONCE = {50: 400, 300: 200, 800: 120, 1_500: 100}
_GENERATED = """
ALTER TABLE public.posts ADD COLUMN words tsvector GENERATED ALWAYS AS (
    to_tsvector('pg_catalog.english', coalesce(title, '') || ' ' || coalesce(content, ''))) STORED;
CREATE INDEX benchmark_words_idx ON public.posts USING gin (words)
"""
_MERGE = """
SELECT gin_clean_pending_list(c.oid) FROM pg_class AS c JOIN pg_am AS a ON a.oid = c.relam
WHERE a.amname = 'gin' AND c.relname IN ('benchmark_words_idx', 'post_search_words_idx')
"""
_WARM = 20
_INSERT = (
    "INSERT INTO public.posts (title, content, author_id, published, status)"
    " VALUES (%s, %s, (SELECT id FROM public.users LIMIT 1), true, 'published')"
)


@dataclass(frozen=True)
class Cost:
    """Milliseconds an insert, with a generated column and with our index.

    Parameters
    ----------
    typical
        Medians. What is new in a GIN index waits in a list, and most inserts only add to it.
    whole
        Means, with what those pay whose turn it is to merge the list into the index, and with what
        is left of it in the end.
    """

    typical: tuple[float, float]
    whole: tuple[float, float]


def costs(url: str, beside: int, runs: int) -> list[Cost]:
    """Return what an insert costs, by size; inserts take turns, each a transaction of its own."""
    texts = Texts(np.random.default_rng(2))
    with _beside(url, "generated", beside) as plain, _beside(url, "indexed", beside) as ours:
        return [_cost((plain, ours), texts, size, runs * _AT_ONCE[size]) for size in SIZES]


def _cost(both: tuple[Connection, Connection], texts: Texts, size: int, count: int) -> Cost:
    titles = texts.lines(count + _WARM, 7).to_pylist()
    contents = texts.lines(count + _WARM, size).to_pylist()
    times: tuple[list[float], list[float]] = ([], [])
    for number, values in enumerate(zip(titles, contents, strict=True)):
        if number == _WARM:
            for connection in both:
                _run(connection, _MERGE)
            times[0].clear()
            times[1].clear()
        for place in (0, 1) if number % 2 else (1, 0):
            times[place].append(_run(both[place], _INSERT, values))
    left = [_run(connection, _MERGE) for connection in both]
    typical, whole = (
        (statistics.median(times[0]), statistics.median(times[1])),
        ((sum(times[0]) + left[0]) / count, (sum(times[1]) + left[1]) / count),
    )
    return Cost(typical, whole)


def _run(connection: Connection, statement: str, values: tuple[str, ...] = ()) -> float:
    began = time.perf_counter()
    connection.execute(statement.encode(), values)
    return (time.perf_counter() - began) * 1000


@contextmanager
def _beside(url: str, kind: str, number: int) -> Iterator[Connection]:
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
