"""Posts for the tests of imports, and files of them."""

from __future__ import annotations

import contextlib
import csv
import json
from typing import TYPE_CHECKING, Any

import psycopg
import pyarrow as pa
import pyarrow.parquet

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from echo_analytics.ingest import ImportReport

Post = dict[str, object]


def post(number: int, **cells: object) -> Post:
    return {
        "author_email": f"author{number % 3}@example.org",
        "author_name": f"Author {number % 3}",
        "title": f"Title {number}",
        "content": f"Text {number}",
        "created_at": f"2026-01-{number:02}T12:00:00Z",
        "external_id": f"id-{number}",
        **cells,
    }


def write(path: Path, posts: list[Post]) -> Path:
    if path.suffix == ".jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in posts))
    elif path.suffix == ".csv":
        with path.open("w", newline="") as stream:
            writer = csv.DictWriter(stream, list(posts[0]))
            writer.writeheader()
            writer.writerows(posts)
    else:
        pyarrow.parquet.write_table(pa.Table.from_pylist(posts), path)
    return path


def numbers(report: ImportReport) -> list[tuple[int, ...]]:
    return [
        (
            file.rows,
            file.posts_created,
            file.posts_unchanged,
            file.rows_rejected,
            file.users_created,
            file.categories_created,
        )
        for file in report.files
    ]


# Any: rows of any query.
@contextlib.contextmanager
def asking(url: str) -> Iterator[Callable[[str], list[Any]]]:
    """Give the rows of a query, seen from outside."""
    with psycopg.connect(url, autocommit=True) as connection:
        yield lambda query: connection.execute(query).fetchall()


def count(rows: Callable[[str], list[Any]], table: str) -> int:
    return int(rows(f"SELECT count(*) FROM public.{table}")[0][0])
