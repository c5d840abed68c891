"""Series from rollups beside those from the tables, and what rollups cost a writer.

    python -m benchmarks.rollups --posts 1000000 --runs 15

Everything is measured in one process on one database, interleaved. What was added is taken away.
"""

from __future__ import annotations

import argparse
import functools
import itertools
import random
import statistics
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import sqlalchemy as sa
from rich.console import Console
from rich.table import Table

import echo_analytics as echo
from benchmarks.analyses import SPEC_DAILY, measured
from benchmarks.database import database
from echo_analytics.view import View

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from psycopg.rows import TupleRow

    Connection = psycopg.Connection[TupleRow]
    Calls = dict[str, Callable[[], Any]]  # Any: only the time counts

FIRST, LAST = "2024-07-02", "2026-07-02"
"""731 days."""

_SINGLE = 100_000
_MARK = "written by the benchmark"
_INSERT = (
    "INSERT INTO public.posts (title, content, author_id, published, status, created_at)"
    " VALUES (%s, %s, %s, true, 'published', %s::timestamp + %s * interval '1 second')"
)
_BODY = "a body of some length, as posts have it; " * 10
_BULK = (
    "INSERT INTO public.posts (title, content, author_id, published, status, created_at)"
    f" SELECT '{_MARK}', content, author_id, published, status, created_at"
    " FROM (SELECT * FROM public.posts LIMIT 100000) AS p"
)


class _Tables(View[Any]):  # Any: whatever the frame
    """The same database without its rollups."""

    def rolled_up(self, select: object, values: object = None) -> None:
        """There are none."""


def _stored(db: echo.Database[Any], plain: Connection) -> Calls:
    """A plain SELECT of as many rows as there are days, through the same driver."""
    plain.execute("DROP TABLE IF EXISTS analytics.benchmark_days")
    plain.execute(
        "CREATE TABLE analytics.benchmark_days AS SELECT d::date AS day, 1::bigint AS total,"
        " 2::bigint AS published, 3::bigint AS draft, 4::bigint AS archived, 5::bigint AS authors,"
        " true AS is_complete FROM generate_series(%s::timestamp, %s::timestamp, '1 day') AS d",
        (FIRST, LAST),
    )
    plain.execute("VACUUM ANALYZE analytics.benchmark_days")
    names = ("total", "published", "draft", "archived", "authors")
    select = (
        sa.select(
            sa.column("day", sa.Date),
            *(sa.column(name, sa.BigInteger) for name in names),
            sa.column("is_complete", sa.Boolean),
        )
        .select_from(sa.table("benchmark_days", schema="analytics"))
        .order_by(sa.column("day"))
    )
    return {"as many stored rows, SELECT": lambda: db.frame(select, {})}


def _days(db: echo.Database[Any], tables: View[Any], plain: Connection) -> Calls:
    return {
        "daily_posts": lambda: echo.daily_posts(db, FIRST, LAST),
        **_stored(db, plain),
        "from the tables": lambda: echo.daily_posts(tables, FIRST, LAST),
        "specification's SQL, psycopg": lambda: plain.execute(SPEC_DAILY, (FIRST, LAST)).fetchall(),
    }


def _breakdowns(db: echo.Database[Any], tables: View[Any]) -> Iterator[tuple[str, Calls]]:
    for by, top in (("category", 20), ("status", 10), ("role", 10)):
        series = functools.partial(echo.daily_posts, start=FIRST, end=LAST, by=by, top=top)  # type: ignore[arg-type]  # one of them
        yield (
            f"two years by day and {by}",
            {
                "daily_posts": functools.partial(series, db),
                "from the tables": functools.partial(series, tables),
            },
        )


def _open_days(plain: Connection) -> None:
    """Add a post to each of two days, and nothing folds them."""
    author = plain.execute("SELECT author_id FROM public.posts LIMIT 1").fetchall()[0][0]
    values = ((_MARK, _BODY, author, day, 0) for day in ("2026-06-29", "2026-06-30"))
    for value in values:
        plain.execute(_INSERT, value)


def _write_singly(plain: Connection, count: int) -> None:
    authors = [row[0] for row in plain.execute("SELECT id FROM public.users LIMIT 5000")]
    draws = random.Random(1)  # noqa: S311 - not for secrets
    for number in range(count):
        day = f"2026-06-{29 + number % 2}"
        values = (_MARK, _BODY, draws.choice(authors), day, draws.randrange(86_400))
        plain.execute(_INSERT, values)


def _cost_of_writing(plain: Connection, runs: int) -> dict[str, tuple[float, float]]:
    """Milliseconds without and with the triggers; medians of batches, one after the other."""
    times: dict[str, dict[bool, list[float]]] = {}
    _write_singly(plain, 500)
    for _, on in itertools.product(range(runs), (False, True)):
        # The trigger that keeps the status in step fires in both.
        plain.execute(f"ALTER TABLE public.posts {'ENABLE' if on else 'DISABLE'} TRIGGER USER")
        plain.execute("ALTER TABLE public.posts ENABLE TRIGGER zz_echo_published_status")
        for name, write, size in (
            ("a single row, a transaction", lambda: _write_singly(plain, 1000), 1000),
            ("100,000 rows, one statement", lambda: plain.execute(_BULK), 1),
        ):
            began = time.perf_counter()
            write()
            spent = (time.perf_counter() - began) * 1000 / size
            times.setdefault(name, {}).setdefault(on, []).append(spent)
    plain.execute("ALTER TABLE public.posts ENABLE TRIGGER USER")
    return {
        name: (statistics.median(both[False]), statistics.median(both[True]))
        for name, both in times.items()
    }


def _clean(plain: Connection) -> None:
    plain.execute("DELETE FROM public.posts WHERE title = %s", (_MARK,))
    plain.execute("DROP TABLE IF EXISTS analytics.benchmark_days")


def main() -> None:
    """Measure on a database that is kept between runs, and print two tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--frame", choices=("pandas", "polars", "arrow"), default="pandas")
    parser.add_argument("--folder", type=Path, help="Where databases are kept.")
    given = parser.parse_args()
    shown = Table("measurement", "way", "ms", "ratio", title=f"{given.posts:,} posts")
    cost = Table("writing", "ms without", "ms with", "more", title="What it costs a writer")
    with database(given.posts, given.folder) as url, echo.connect(url, frame=given.frame) as db:
        tables = _Tables(db._readers, given.frame, db)  # noqa: SLF001 - the same connections
        with psycopg.connect(url, autocommit=True) as plain:
            _clean(plain)
            db.rollups.enable()
            db.rollups.refresh()

            def show(name: str, calls: Calls) -> None:
                medians = measured(calls, given.runs)
                ours = next(iter(medians.values()))
                for way, median in medians.items():
                    shown.add_row(name, way, f"{median:,.2f}", f"{median / ours:.2f}")

            show("two years by day", _days(db, tables, plain))
            for name, calls in _breakdowns(db, tables):
                show(name, calls)
            _open_days(plain)
            show("the same, two open days", _days(db, tables, plain))
            _write_singly(plain, _SINGLE)
            show(f"after {_SINGLE:,} single inserts", _days(db, tables, plain))
            for name, (without, with_) in _cost_of_writing(plain, 5).items():
                more = f"{with_ / without - 1:+.1%}"
                cost.add_row(name, f"{without:,.3f}", f"{with_:,.3f}", more)
            _clean(plain)
            db.rollups.disable()
    for table in (shown, cost):
        Console(width=110).print(table)


if __name__ == "__main__":
    main()
