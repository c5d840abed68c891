"""The analyses beside the alternatives: the same database, one process, interleaved.

    python -m benchmarks.analyses --posts 40000 --runs 15

Prints the median of each in milliseconds, and its ratio to ours.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import polars as pl
import psycopg
import sqlalchemy as sa
from rich.console import Console
from rich.table import Table

import echo_analytics as echo
from echo_analytics import embedded
from echo_analytics.demo import load_demo
from echo_analytics.migrate import migrate
from echo_analytics.schema import posts

if TYPE_CHECKING:
    from collections.abc import Callable

    from echo_analytics.source import AnySelect

START, END = "2025-01-01", "2026-06-30"

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


# Any: whatever each of them returns; only the time counts.
def measured(calls: dict[str, Callable[[], Any]], runs: int) -> dict[str, float]:
    """Return the median milliseconds of each call, run in turn after one warm-up."""
    times: dict[str, list[float]] = {name: [] for name in calls}
    for number in range(runs + 1):
        for name, call in calls.items():
            began = time.perf_counter()
            call()
            if number:
                times[name].append((time.perf_counter() - began) * 1000)
    return {name: statistics.median(values) for name, values in times.items()}


def extract() -> AnySelect:
    """All posts, with ids and enums as text."""
    return sa.select(
        sa.cast(posts.c.id, sa.Text).label("id"),
        posts.c.title,
        posts.c.content,
        sa.cast(posts.c.status, sa.Text).label("status"),
        posts.c.published,
        sa.cast(posts.c.author_id, sa.Text).label("author_id"),
        sa.cast(posts.c.category_id, sa.Text).label("category_id"),
        posts.c.created_at,
        posts.c.updated_at,
    )


def comparisons(url: str) -> dict[str, dict[str, Callable[[], Any]]]:
    """Return what is compared with what; ours comes first."""
    db = echo.connect(url)
    polars_db = db.using("polars")
    plain = psycopg.connect(url, autocommit=True)
    engine = sa.create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    users = echo.user_stats(db)
    user = users["user_id"].iloc[0]

    def drained() -> None:
        with plain.cursor() as cursor, cursor.copy(f"COPY ({ALL_POSTS}) TO STDOUT BINARY") as copy:
            for _ in copy:
                pass

    return {
        "daily_posts, 18 months": {
            "daily_posts (pandas)": lambda: echo.daily_posts(db, START, END),
            "specification's SQL, psycopg": lambda: plain.execute(
                SPEC_DAILY, (START, END)
            ).fetchall(),
        },
        "user_stats, one user": {
            "user_stats (pandas)": lambda: echo.user_stats(db, user),
            "specification's SQL, psycopg": lambda: plain.execute(SPEC_USERS, (user,)).fetchall(),
        },
        "posts_with_authors, 100": {
            "posts_with_authors (pandas)": lambda: echo.posts_with_authors(db, 100),
            "specification's SQL, psycopg": lambda: plain.execute(SPEC_NEWEST).fetchall(),
        },
        "search_posts, two words": {
            "search_posts (pandas)": lambda: echo.search_posts(db, "database migration"),
            "specification's SQL, psycopg": lambda: plain.execute(
                SPEC_SEARCH, ("database migration",) * 2
            ).fetchall(),
        },
        "every post": {
            "frame (polars)": lambda: polars_db.frame(extract()),
            "frame (pandas)": lambda: db.frame(extract()),
            "COPY in binary, drained": drained,
            "pandas.read_sql": lambda: pd.read_sql(sa.text(ALL_POSTS), engine),
            "polars.read_database": lambda: pl.read_database(ALL_POSTS, engine),
        },
    }


def started(home: str) -> embedded.EmbeddedServer:
    """Start a throw-away server in ``home``."""
    # The server of a superuser runs as another user, who has to get in.
    Path(home).chmod(0o711)
    return embedded.start(Path(home), durable=False)


def main() -> None:
    """Make the data, measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=int, default=40_000)
    parser.add_argument("--runs", type=int, default=15)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="echo-bench-") as home, started(home) as server:
        migrate(server.url())
        with echo.connect(server.url()) as db:
            load_demo(db, arguments.posts)
        with psycopg.connect(server.url(), autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")
        shown = Table(
            "measurement", "way", "median ms", "ratio", title=f"{arguments.posts:,} posts"
        )
        for name, calls in comparisons(server.url()).items():
            medians = measured(calls, arguments.runs)
            ours = next(iter(medians.values()))
            for way, median in medians.items():
                shown.add_row(name, way, f"{median:,.1f}", f"{median / ours:.2f}")
        Console(width=110).print(shown)


if __name__ == "__main__":
    main()
