"""Search by the index beside the specification's query, and what the index costs a writer.

    python -m benchmarks.search --posts 1000000 --runs 5

Queries of all kinds are made of the database's own words, the same each time. Each is asked in turn
of `search_posts`, for 20 posts with snippets, and where it can be asked the same of the
specification's query with the expression index that it needs: all rows in which all words are,
ordered by `ts_rank`. Where that takes long it is run once. "First" is the first time of each query.

For a writer, posts are inserted one a transaction into two databases of the same posts, one with
our index and one with a generated tsvector column and a GIN index: the median, and the mean with
what it takes to merge the entries that wait into the index.
"""

from __future__ import annotations

import argparse
import itertools
import math
import statistics
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from rich.console import Console
from rich.table import Table

import echo_analytics as echo
from benchmarks.database import database, kept_copy
from benchmarks.result import Result
from benchmarks.search_queries import Asked, Queries
from benchmarks.search_writing import SIZES, costs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from psycopg.rows import TupleRow

    from benchmarks.result import Place

    Connection = psycopg.Connection[TupleRow]

SPECIFIED = """
SELECT * FROM public.posts
WHERE published = true
AND to_tsvector('english', title || ' ' || content) @@ plainto_tsquery('english', %(words)s)
ORDER BY ts_rank(
    to_tsvector('english', title || ' ' || content), plainto_tsquery('english', %(words)s)) DESC
"""
_ITS_INDEX = """
CREATE INDEX IF NOT EXISTS benchmark_search_idx ON public.posts
USING gin (to_tsvector('english', title || ' ' || content))
"""
_LONG = 500.0
"""Milliseconds from which on the specification's query is run once."""


@dataclass
class Times:
    """What one query took, in milliseconds: ours, and the specification's where there is one."""

    asked: Asked
    ours: list[float] = field(default_factory=list)
    specified: list[float] = field(default_factory=list)

    @property
    def warm(self) -> list[float]:
        """All times of ours but the first."""
        return self.ours[1:]

    @property
    def typical(self) -> float:
        """The median of ours, but for the first time."""
        return statistics.median(self.warm)

    @property
    def other(self) -> float:
        """The median of the specification's, the first left out where there are more."""
        return statistics.median(self.specified[1:] or self.specified)


def searching(db: echo.Database[Any], plain: Connection, runs: int) -> list[Times]:
    """Ask each query so many times after a first one, in turn with the specification's."""
    times = [Times(asked) for asked in Queries(plain).all()]
    for _, one in itertools.product(range(runs + 1), times):
        one.ours.append(_timed(lambda: _ours(db, one.asked)))  # noqa: B023 - called at once
        if one.asked.words is not None and not (one.specified and one.specified[0] > _LONG):
            one.specified.append(_timed(lambda: _theirs(plain, one.asked)))  # noqa: B023
    return times


def _ours(db: echo.Database[Any], asked: Asked) -> object:
    arguments: dict[str, Any] = asked.arguments
    return echo.search_posts(db, asked.text, **arguments)


def _theirs(plain: Connection, asked: Asked) -> object:
    # Planned for its words each time, as without a prepared statement.
    return plain.execute(SPECIFIED, {"words": asked.words}, prepare=False).fetchall()


def prepared(db: echo.Database[Any], plain: Connection) -> None:
    """Make both indexes, where they are not there yet."""
    plain.execute("SET maintenance_work_mem = '1GB'")
    if not db.search_index.status().usable:
        db.search_index.build(batch_size=5_000)
    plain.execute(_ITS_INDEX)
    plain.execute("VACUUM ANALYZE public.posts, analytics.post_search")


def _timed(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return (time.perf_counter() - began) * 1000


def percentile(values: Iterable[float], share: float) -> float:
    """Return the value that so many of the others do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def table_of(times: Sequence[Times], title: str) -> Table:
    """Return the times of each kind of query, and of all, as a table."""
    columns = ("median", "p95", "max", "first", "specification", "times as long")
    shown = Table("queries", "", *columns, title=title)
    for kind in sorted({one.asked.kind for one in times}):
        _add(shown, kind, [one for one in times if one.asked.kind == kind])
    shown.add_section()
    _add(shown, "all", times)
    return shown


def _add(shown: Table, name: str, times: Sequence[Times]) -> None:
    warm = [value for one in times for value in one.warm]
    both = [one for one in times if one.specified]
    other = statistics.median(one.other for one in both) if both else math.nan
    ratio = sum(o.other for o in both) / sum(o.typical for o in both) if both else math.nan
    figures = (
        statistics.median(warm),
        percentile(warm, 0.95),
        max(warm),
        max(one.ours[0] for one in times),
        other,
        ratio,
    )
    cells = ("" if math.isnan(figure) else f"{figure:,.1f}" for figure in figures)
    shown.add_row(name, str(len(times)), *cells)


def results(place: Place) -> Iterator[Result]:
    """Give the times of each kind of query, then of all, then what an insert takes.

    The indexes are made in a copy of the database, which is kept: writing is measured without.
    """
    runs, url = place.effort.runs, kept_copy(place.url, "benchmark_search")
    with echo.connect(url, frame="arrow") as db, psycopg.connect(url, autocommit=True) as plain:
        prepared(db, plain)
        times = searching(db, plain, max(1, runs))
    for kind in sorted({one.asked.kind for one in times}):
        yield Result(kind, _ways([one for one in times if one.asked.kind == kind]))
    warm = [value for one in times for value in one.warm]
    for name, share in (("the median", 0.5), ("the 95th of 100", 0.95), ("the slowest", 1.0)):
        yield Result(f"all queries, {name}", {"search_posts": percentile(warm, share)})
    beside = min(20_000, place.posts)
    for words, cost in zip(SIZES, costs(place.url, beside, max(1, runs)), strict=True):
        for name, (generated, ours) in (("", cost.typical), (", merging too", cost.whole)):
            yield Result(
                f"an insert of {words:,} words{name}",
                {"our index": ours, "generated column, GIN": generated},
            )


def _ways(times: Sequence[Times]) -> dict[str, float]:
    """The medians, of the specification's too where it can be asked the same."""
    found = {"search_posts": statistics.median(one.typical for one in times)}
    both = [one.other for one in times if one.specified]
    if both:
        found["specification's SQL, its index"] = statistics.median(both)
    return found


def main() -> None:
    """Measure on a database that is kept between runs, and print two tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--beside", type=int, default=20_000, help="Posts that a writer adds to.")
    parser.add_argument("--folder", type=Path, help="Where databases are kept.")
    given = parser.parse_args()
    console = Console(width=110)
    with database(given.posts, given.folder) as url:
        with echo.connect(url, frame="arrow") as db, psycopg.connect(url, autocommit=True) as plain:
            prepared(db, plain)
            times = searching(db, plain, given.runs)
        console.print(table_of(times, f"{given.posts:,} posts, milliseconds a query"))
        shown = Table("one insert of", "generated column", "our index", "ratio")
        for words, cost in zip(SIZES, costs(url, given.beside, given.runs), strict=True):
            for name, (plainly, ours) in (("", cost.typical), (", merging too", cost.whole)):
                figures = (f"{plainly:.3f}", f"{ours:.3f}", f"{ours / plainly:.2f}")
                shown.add_row(f"{words:,} words{name}", *figures)
        shown.title = f"beside {given.beside:,} posts, milliseconds an insert"
        console.print(shown)


if __name__ == "__main__":
    main()
