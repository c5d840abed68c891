"""The analyses beside the alternatives: the same database, one process, interleaved.

    python -m benchmarks.analyses --posts 1000000 --runs 7

Prints the median of each in milliseconds, its ratio to ours, and the milliseconds between them.
"""

from __future__ import annotations

import argparse
import functools
import statistics
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
from benchmarks.database import END, START, database

if TYPE_CHECKING:
    from collections.abc import Callable

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
OTHERS: dict[str, Callable[..., Any]] = {
    "overview": echo.overview,
    "top_authors": echo.top_authors,
    "category_summary": echo.category_summary,
    "posting_heatmap": echo.posting_heatmap,
    "author_retention": echo.author_retention,
    "author_lifecycle": echo.author_lifecycle,
    "stickiness": echo.stickiness,
    "publishing_funnel": echo.publishing_funnel,
    "post_anomalies": echo.post_anomalies,
}


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


def comparisons(url: str) -> dict[str, dict[str, Callable[[], Any]]]:
    """Return what is compared with what; ours comes first."""
    db = echo.connect(url)
    polars_db = db.using("polars")
    plain = psycopg.connect(url, autocommit=True)
    engine = sa.create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    users = echo.user_stats(db)
    busiest, median = users["user_id"].iloc[0], users["user_id"].iloc[len(users) // 2]

    def drained(query: str) -> None:
        with plain.cursor() as cursor, cursor.copy(f"COPY ({query}) TO STDOUT BINARY") as copy:
            for _ in copy:
                pass

    def stats_of(user: str) -> dict[str, Callable[[], Any]]:
        return {
            "user_stats (pandas)": lambda: echo.user_stats(db, user),
            "user_stats (polars)": lambda: echo.user_stats(polars_db, user),
            "specification's SQL, psycopg": lambda: plain.execute(SPEC_USERS, (user,)).fetchall(),
        }

    return {
        "daily_posts, two years": {
            "daily_posts": lambda: echo.daily_posts(db, START, END),
            "daily_posts in Berlin": lambda: echo.daily_posts(
                db, START, END, timezone="Europe/Berlin"
            ),
            "specification's SQL, psycopg": lambda: plain.execute(
                SPEC_DAILY, (START, END)
            ).fetchall(),
        },
        "user_stats, one user": stats_of(median),
        "user_stats, the busiest user": stats_of(busiest),
        "posts_with_authors, 100": {
            "posts_with_authors (pandas)": lambda: echo.posts_with_authors(db, 100),
            "posts_with_authors (polars)": lambda: echo.posts_with_authors(polars_db, 100),
            "specification's SQL, psycopg": lambda: plain.execute(SPEC_NEWEST).fetchall(),
        },
        "every post": {
            "posts (polars)": lambda: echo.posts(polars_db, ordered=False),
            "posts (pandas)": lambda: echo.posts(db, ordered=False),
            "COPY in binary, drained": lambda: drained(ALL_POSTS),
            "pandas.read_sql": lambda: pd.read_sql(sa.text(ALL_POSTS), engine),
            "polars.read_database": lambda: pl.read_database(ALL_POSTS, engine),
        },
        "every post, in order": {
            "posts (polars)": lambda: echo.posts(polars_db),
            "COPY in binary, drained": lambda: drained(SORTED_POSTS),
        },
        "other analyses": {
            name: functools.partial(analysis, db, START, END) for name, analysis in OTHERS.items()
        }
        | {"user_stats, all users": lambda: echo.user_stats(db)},
    }


def main() -> None:
    """Measure on a database that is kept between runs, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--folder", type=Path, help="Where databases are kept.")
    parser.add_argument("--only", help="Measure what has this in its name.")
    given = parser.parse_args()
    shown = Table("measurement", "way", "ms", "ratio", "ms more", title=f"{given.posts:,} posts")
    with database(given.posts, given.folder) as url:
        for name, calls in comparisons(url).items():
            if given.only and given.only not in name:
                continue
            medians = measured(calls, given.runs)
            ours = next(iter(medians.values()))
            for way, median in medians.items():
                row = f"{median:,.1f}", f"{median / ours:.2f}", f"{median - ours:+,.1f}"
                shown.add_row(name, way, *row)
    Console(width=110).print(shown)


if __name__ == "__main__":
    main()
