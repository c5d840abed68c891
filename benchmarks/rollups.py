"""Series from rollups beside those from the tables, and what rollups cost a writer.

    python -m benchmarks.rollups --posts 1000000 --runs 15

Everything is measured in one process on one database, interleaved. What was added is taken away.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import random
import statistics
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import psycopg
import sqlalchemy as sa

import echo_analytics as echo
from benchmarks.alone import measure_alone
from benchmarks.analyses import SPEC_DAILY
from benchmarks.database import copied
from benchmarks.result import Result, compared
from echo_analytics.view import View

if TYPE_CHECKING:
    from collections.abc import Iterator

    from psycopg.rows import TupleRow

    from benchmarks.result import Calls, Place

    Connection = psycopg.Connection[TupleRow]

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


@contextlib.contextmanager
def _stored_days(plain: Connection) -> Iterator[None]:
    """A table with as many rows as there are days, for a while."""
    plain.execute("DROP TABLE IF EXISTS analytics.benchmark_days")
    plain.execute(
        "CREATE TABLE analytics.benchmark_days AS SELECT d::date AS day, 1::bigint AS total,"
        " 2::bigint AS published, 3::bigint AS draft, 4::bigint AS archived, 5::bigint AS authors,"
        " true AS is_complete FROM generate_series(%s::timestamp, %s::timestamp, '1 day') AS d",
        (FIRST, LAST),
    )
    plain.execute("VACUUM ANALYZE analytics.benchmark_days")
    try:
        yield
    finally:
        plain.execute("DROP TABLE IF EXISTS analytics.benchmark_days")


def _stored(db: echo.Database[Any]) -> Calls:
    """A plain SELECT of as many rows as there are days, through the same driver."""
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
        **_stored(db),
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


def _cost_of_writing(plain: Connection, runs: int) -> Iterator[Result]:
    """Milliseconds with the triggers and without; medians of batches, one after the other.

    Single rows come before whole statements: after one of those, there is more in the log than
    writers fold in passing, and folding belongs to what they pay.
    """
    _write_singly(plain, 500)
    for name, write, size in (
        ("a single row, a transaction", lambda: _write_singly(plain, 1000), 1000),
        ("100,000 rows, one statement", lambda: plain.execute(_BULK), 1),
    ):
        times: dict[bool, list[float]] = {True: [], False: []}
        for _, on in itertools.product(range(max(1, runs)), (True, False)):
            # The trigger that keeps the status in step fires in both.
            plain.execute(f"ALTER TABLE public.posts {'ENABLE' if on else 'DISABLE'} TRIGGER USER")
            plain.execute("ALTER TABLE public.posts ENABLE TRIGGER zz_echo_published_status")
            began = time.perf_counter()
            write()
            times[on].append((time.perf_counter() - began) * 1000 / size)
        plain.execute("ALTER TABLE public.posts ENABLE TRIGGER USER")
        found = {"with rollups": times[True], "without": times[False]}
        yield Result(name, {way: statistics.median(spent) for way, spent in found.items()})


def _clean(plain: Connection) -> None:
    found = plain.execute("DELETE FROM public.posts WHERE title = %s", (_MARK,)).rowcount
    if found:
        plain.execute("VACUUM ANALYZE public.posts")


@contextlib.contextmanager
def _rolled_up(db: echo.Database[Any], plain: Connection) -> Iterator[None]:
    """Rollups for a while; what was added in it is taken away."""
    _clean(plain)
    db.rollups.enable()
    try:
        db.rollups.refresh()
        yield
    finally:
        db.rollups.disable()
        _clean(plain)


def series(place: Place) -> Iterator[Result]:
    """Compare series that are stored, with open days and after many single inserts too."""
    with (
        echo.connect(place.url) as writing,
        psycopg.connect(place.url, autocommit=True) as plain,
        echo.connect(place.limited) as db,
        psycopg.connect(place.limited, autocommit=True) as asking,
        _rolled_up(writing, plain),
        _stored_days(plain),
    ):
        tables = _Tables(db._readers, "pandas", db)  # noqa: SLF001 - the same connections
        days = _days(db, tables, asking)
        yield compared("two years by day", days, place)
        for name, calls in _breakdowns(db, tables):
            yield compared(name, calls, place)
        _open_days(plain)
        yield compared("the same, two open days", days, place)
        singles = min(_SINGLE, place.posts)
        _write_singly(plain, singles)
        yield compared(f"after {singles:,} single inserts", days, place)


def cost(place: Place) -> Iterator[Result]:
    """Measure what rollups cost those who write posts, in a copy of the database."""
    with (
        copied(place.url) as url,
        echo.connect(url) as db,
        psycopg.connect(url, autocommit=True) as plain,
        _rolled_up(db, plain),
    ):
        for result in _cost_of_writing(plain, place.effort.runs):
            yield replace(result, posts=place.posts)


def results(place: Place) -> Iterator[Result]:
    """Give all of it."""
    yield from series(place)
    yield from cost(place)


if __name__ == "__main__":
    measure_alone(__doc__, results, runs=15)
