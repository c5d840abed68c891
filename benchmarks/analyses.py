"""The analyses and extractions beside the alternatives: one database, one process, interleaved.

    python -m benchmarks.analyses --posts 1000000 --runs 7

Prints the median of each in milliseconds, and its ratio to ours. Everything is counted from the
tables; ``benchmarks.rollups`` measures series that are stored.
"""

from __future__ import annotations

import contextlib
import functools
from typing import TYPE_CHECKING, Any

import pandas as pd
import polars as pl
import psycopg
import sqlalchemy as sa

import echo_analytics as echo
from benchmarks.alone import measure_alone
from benchmarks.database import END, START
from benchmarks.plain_sql import STATEMENTS, by_hand
from benchmarks.result import compared

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from psycopg.rows import TupleRow

    from benchmarks.plain_sql import Connection
    from benchmarks.result import Calls, Place, Result

IN_MEMORY = 1_000_000
"""So many posts are read into one frame at the most: some of the others need gigabytes for it."""

SEARCHABLE = 100_000
"""So many posts are searched without an index at the most: each is read, and cut into words."""

SIGNED_UP = ("2023-08-02", "2024-07-31")

SEARCHED = ("ba", "zoke", "ba zoke mulai")

# The specification's own statements, as its application sends them.
SPEC_DAILY = """
SELECT date_trunc('day', created_at) AS date, count(*) AS total_posts,
       count(case when published then 1 end) AS published_posts,
       count(distinct author_id) AS unique_authors
FROM posts WHERE created_at >= %s AND created_at <= %s
GROUP BY date_trunc('day', created_at) ORDER BY date_trunc('day', created_at)"""
SPEC_USERS = """
SELECT users.id, users.name, count(posts.id), count(case when published then 1 end),
       count(case when not published then 1 end), min(posts.created_at), max(posts.created_at)
FROM users LEFT JOIN posts ON posts.author_id = users.id
WHERE users.id = %s GROUP BY users.id, users.name"""
SPEC_NEWEST = """
SELECT posts.id, title, content, posts.created_at, users.id, users.name, users.email
FROM posts INNER JOIN users ON posts.author_id = users.id
WHERE published = true ORDER BY posts.created_at DESC LIMIT 100"""
SPEC_SEARCH = """
SELECT * FROM posts
WHERE published = true
  AND to_tsvector('english', title || ' ' || content) @@ plainto_tsquery('english', %s)
ORDER BY ts_rank(to_tsvector('english', title || ' ' || content),
                 plainto_tsquery('english', %s)) DESC"""
ALL_POSTS = """
SELECT id::text, title, content, status::text, published, author_id::text, category_id::text,
       created_at, updated_at FROM posts"""
SORTED_POSTS = f"{ALL_POSTS} ORDER BY created_at, id"


# Any: each has parameters of its own.
ANALYSES: dict[str, Callable[..., Any]] = {
    "overview": echo.overview,
    "top_authors": echo.top_authors,
    "category_summary": echo.category_summary,
    "posting_heatmap": echo.posting_heatmap,
    "author_retention": echo.author_retention,
    "author_lifecycle": echo.author_lifecycle,
    "stickiness": echo.stickiness,
    "publishing_funnel": functools.partial(echo.publishing_funnel, days=365),
    "post_anomalies": echo.post_anomalies,
    "user_stats, all users": lambda db, *_: echo.user_stats(db),
}


@contextlib.contextmanager
def _connected(place: Place) -> Iterator[tuple[echo.Database[pd.DataFrame], Connection]]:
    """Ours, and one of psycopg; what takes too long is stopped in both."""
    with (
        echo.connect(place.limited) as db,
        psycopg.connect(place.limited, autocommit=True) as plain,
    ):
        yield db, plain


def analyses(place: Place) -> Iterator[Result]:
    """Compare each analysis of two years with the same in plain SQL."""
    with _connected(place) as (db, plain):
        for name in STATEMENTS:
            # Everybody signed up in the year before the first post.
            days = SIGNED_UP if name == "publishing_funnel" else (START, END)
            calls: Calls = {
                name: functools.partial(ANALYSES[name], db, *days),
                "plain SQL, psycopg": by_hand(plain, name, *days),
            }
            yield compared(name, calls, place)


def specified(place: Place) -> Iterator[Result]:
    """Compare the four analyses of the specification with its own statements."""
    with _connected(place) as (db, plain):
        polars_db = db.using("polars")
        users = echo.user_stats(db)
        busiest, median = users["user_id"].iloc[0], users["user_id"].iloc[len(users) // 2]

        def asked(statement: str, *values: object) -> Callable[[], list[TupleRow]]:
            return lambda: plain.execute(statement.encode(), values).fetchall()

        def stats_of(user: str) -> Calls:
            return {
                "user_stats (pandas)": lambda: echo.user_stats(db, user),
                "user_stats (polars)": lambda: echo.user_stats(polars_db, user),
                "specification's SQL, psycopg": asked(SPEC_USERS, user),
            }

        days: Calls = {
            "daily_posts": lambda: echo.daily_posts(db, START, END),
            "daily_posts in Berlin": lambda: echo.daily_posts(
                db, START, END, timezone="Europe/Berlin"
            ),
            "specification's SQL, psycopg": asked(SPEC_DAILY, START, END),
        }
        newest: Calls = {
            "posts_with_authors (pandas)": lambda: echo.posts_with_authors(db, 100),
            "posts_with_authors (polars)": lambda: echo.posts_with_authors(polars_db, 100),
            "specification's SQL, psycopg": asked(SPEC_NEWEST),
        }
        yield compared("daily_posts, two years, from the tables", days, place)
        yield compared("user_stats, one user", stats_of(median), place)
        yield compared("user_stats, the busiest user", stats_of(busiest), place)
        yield compared("posts_with_authors, the newest 100", newest, place)


def searching(place: Place) -> Iterator[Result]:
    """Compare searches without an index with the specification's query."""
    with _connected(place) as (db, plain):

        def asked(query: str) -> Callable[[], list[TupleRow]]:
            return lambda: plain.execute(SPEC_SEARCH, (query, query)).fetchall()

        for query in SEARCHED:
            calls: Calls = {
                "search_posts": functools.partial(echo.search_posts, db, query),
                "specification's SQL, psycopg": asked(query),
            }
            yield compared(f"search for {query!r}", calls, place)


def extraction(place: Place) -> Iterator[Result]:
    """Compare ways to read every post with all its columns."""
    url = place.url
    engine = sa.create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with _connected(place) as (db, plain):
        polars_db, arrow_db = db.using("polars"), db.using("arrow")

        def drained(query: str) -> None:
            with plain.cursor() as cursor, cursor.copy(f"COPY ({query}) TO STDOUT BINARY") as copy:
                for _ in copy:
                    pass

        def streamed() -> None:
            for _ in echo.posts_batches(arrow_db, ordered=False):
                pass

        batches: Calls = {
            "posts_batches (Arrow)": streamed,
            "COPY in binary, drained": lambda: drained(ALL_POSTS),
        }
        yield compared("every post, frame by frame", batches, place)
        if place.posts <= IN_MEMORY:
            frames: Calls = {
                "posts (polars)": lambda: echo.posts(polars_db, ordered=False),
                "posts (pandas)": lambda: echo.posts(db, ordered=False),
                "COPY in binary, drained": lambda: drained(ALL_POSTS),
                "pandas.read_sql": lambda: pd.read_sql(sa.text(ALL_POSTS), engine),
                "polars.read_database": lambda: pl.read_database(ALL_POSTS, engine),
            }
            yield compared("every post, one frame", frames, place)
            ordered: Calls = {
                "posts (polars)": lambda: echo.posts(polars_db),
                "COPY in binary, drained": lambda: drained(SORTED_POSTS),
            }
            yield compared("every post, in order", ordered, place)
    engine.dispose()


def results(place: Place) -> Iterator[Result]:
    """Give all comparisons."""
    yield from specified(place)
    yield from analyses(place)
    if place.posts <= SEARCHABLE:
        yield from searching(place)
    yield from extraction(place)


if __name__ == "__main__":
    measure_alone(__doc__, results)
