"""One benchmark on its own: its command line, and a table on the terminal."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.database import database
from benchmarks.result import Effort, Place, show

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from benchmarks.result import Result


def measure_alone(
    doc: str | None, results: Callable[[Place], Iterable[Result]], *, runs: int = 7
) -> None:
    """Measure what a module gives on a database of a chosen size, and print it."""
    parser = argparse.ArgumentParser(
        description=doc, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--posts", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=runs)
    parser.add_argument("--seconds", type=float, default=60.0, help="For each comparison.")
    parser.add_argument("--folder", type=Path, help="Where databases are kept.")
    given = parser.parse_args()
    with database(given.posts, given.folder) as url:
        place = Place(url, given.posts, Effort(given.runs, given.seconds))
        show(results(place), f"{given.posts:,} posts")
