"""Bulk loads beside a plain COPY of the same rows: one server, one process, interleaved.

    python -m benchmarks.bulk --posts 100000 --runs 5

All write the same posts into the same table with its indexes and triggers, which is emptied in
between. Plain COPY sends CSV or binary that was made beforehand; `write_row` makes it in psycopg,
and ADBC in its driver, into a table without enums that INSERT reads. Prints the median rows per
second, and their ratio to ours. Then the peak memory of processes that load
Parquet files of several sizes.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

import adbc_driver_postgresql.dbapi
import polars as pl
import psycopg
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

import echo_analytics as echo
from benchmarks.database import Content, started
from benchmarks.result import Result, show
from echo_analytics.bulk import binary, copy_rows
from echo_analytics.frames import to_pandas
from echo_analytics.migrate import migrate
from echo_analytics.schema import categories, users

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

COLUMNS = (
    "id uuid, title text, content text, published bool, status post_status, author_id uuid,"
    " category_id uuid, created_at timestamp, updated_at timestamp"
)
NAMES, TYPES = zip(*(column.split() for column in COLUMNS.split(", ")), strict=True)
COPY = f"COPY posts ({', '.join(NAMES)}) FROM STDIN"
ROW_GROUP = 20_000


def without_zone(rows: pa.Table) -> pa.Table:
    """Return the rows as COPY takes them; ours need the zone."""
    columns = [
        column.cast(pa.timestamp("us")) if pa.types.is_timestamp(column.type) else column
        for column in rows.columns
    ]
    return pa.table(columns, names=rows.column_names)


def with_zone(rows: pa.Table) -> pa.Table:
    """Return the rows as a caller has them."""
    columns = [
        column.cast(pa.timestamp("us", "UTC")) if pa.types.is_timestamp(column.type) else column
        for column in rows.columns
    ]
    return pa.table(columns, names=rows.column_names).drop_columns("updated_at")


class Plain:
    """COPY as one would write it."""

    def __init__(self, url: str, rows: pa.Table) -> None:
        self._url, self._rows = url, without_zone(rows)
        sink = pa.BufferOutputStream()
        pa.csv.write_csv(self._rows, sink, pa.csv.WriteOptions(include_header=False))
        self._csv = memoryview(sink.getvalue())
        self._binary = bytes(self._encoded())
        columns = zip(self._rows.columns, TYPES, strict=True)
        self._tuples = list(zip(*(_objects(*each) for each in columns), strict=True))

    def csv(self) -> None:
        """Send CSV that is there already."""
        self._send("csv", self._csv)

    def ready_binary(self) -> None:
        """Send binary that is there already."""
        self._send("binary", memoryview(self._binary))

    def write_row(self) -> None:
        """Let psycopg make binary of tuples."""
        with (
            psycopg.connect(self._url) as connection,
            connection.cursor().copy(f"{COPY} (FORMAT binary)") as copy,
        ):
            copy.set_types(["text" if name == "post_status" else name for name in TYPES])
            for row in self._tuples:
                copy.write_row(row)

    def adbc(self) -> None:
        """Let ADBC ingest Arrow into a temporary table, and insert from there."""
        with adbc_driver_postgresql.dbapi.connect(self._url) as connection:
            cursor = connection.cursor()
            cursor.adbc_ingest("stage", self._rows, mode="create", temporary=True)
            chosen = ", ".join(f"{n}::{t}" for n, t in zip(NAMES, TYPES, strict=True))
            cursor.execute(f"INSERT INTO posts ({', '.join(NAMES)}) SELECT {chosen} FROM stage")
            cursor.close()
            connection.commit()

    def _send(self, kind: str, data: memoryview) -> None:
        with (
            psycopg.connect(self._url) as connection,
            connection.cursor().copy(f"{COPY} (FORMAT {kind})") as copy,
        ):
            copy.write(data)

    def _encoded(self) -> bytearray:
        made = bytearray(binary.HEADER)
        encoders = [binary.encoder(name, is_enum=name == "post_status") for name in TYPES]
        for batch in self._rows.to_batches(max_chunksize=16_384):
            made += binary.rows(batch.columns, [how for how in encoders if how is not None])
        return made + binary.TRAILER


def _objects(column: pa.ChunkedArray, kind: str) -> list[Any]:  # Any: values of any column
    values = column.to_pylist()
    return [value and uuid.UUID(value) for value in values] if kind == "uuid" else values


def ways(url: str, db: echo.Database[Any], rows: pa.Table) -> dict[str, Callable[[], object]]:
    """Return what is compared; ours comes first."""
    plain, ours = Plain(url, rows), with_zone(rows)
    pandas, polars = to_pandas(ours), pl.from_arrow(ours)
    return {
        "bulk_create(Arrow)": lambda: db.bulk_create(posts=ours),
        "COPY, CSV": plain.csv,
        "COPY, binary": plain.ready_binary,
        "psycopg write_row": plain.write_row,
        "ADBC and INSERT": plain.adbc,
        "bulk_create(polars)": lambda: db.bulk_create(posts=polars),
        "bulk_create(pandas)": lambda: db.bulk_create(posts=pandas),
        "bulk_create(skip)": lambda: db.bulk_create(posts=ours, on_conflict="skip"),
        "bulk_create(update)": lambda: db.bulk_create(posts=ours, on_conflict="update"),
    }


def medians(url: str, calls: dict[str, Callable[[], object]], runs: int) -> dict[str, float]:
    """Return the median seconds of each call, run in turn from another one each time."""
    times: dict[str, list[float]] = {name: [] for name in calls}
    for number in range(runs + 1):
        names = list(calls)
        first = number % len(names)
        for name in names[first:] + names[:first]:
            empty(url)
            began = time.perf_counter()
            calls[name]()
            if number or not runs:
                times[name].append(time.perf_counter() - began)
    return {name: statistics.median(values) for name, values in times.items()}


def empty(url: str) -> None:
    """Take all posts out, and let the server finish what it put off."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("TRUNCATE posts")
        connection.execute("CHECKPOINT")


def write_parquet(path: Path, content: Content, number: int) -> None:
    """Write posts to a Parquet file, a row group at a time."""
    schema = with_zone(content.posts(1)).schema
    with pa.parquet.ParquetWriter(path, schema) as writer:
        for begin in range(0, number, ROW_GROUP):
            writer.write_table(with_zone(content.posts(min(ROW_GROUP, number - begin))))


def peak() -> float:
    """Return the most memory that this process had, in MB; Linux says it."""
    lines = Path("/proc/self/status").read_text().splitlines()
    told = {name: value for name, _, value in (line.partition(":") for line in lines)}
    return int(told["VmHWM"].split()[0]) / 1024


def load(url: str, path: str) -> None:
    """Load a Parquet file, and print the peak of memory and the seconds."""
    with echo.connect(url) as db:
        report = db.bulk_create(posts=path)
    print(f"{peak():.0f} {report.seconds:.1f}")


def memory(url: str, content: Content, sizes: list[int]) -> Iterator[Result]:
    """Measure what processes need that load Parquet files of several sizes."""
    with tempfile.TemporaryDirectory() as folder:
        for size in sizes:
            path = Path(folder) / f"{size}.parquet"
            write_parquet(path, content, size)
            empty(url)
            command = [sys.executable, "-m", "benchmarks.bulk", "--url", url, "--load", str(path)]
            told = subprocess.run(  # noqa: S603 - ourselves
                command, check=True, capture_output=True, text=True
            ).stdout
            megabytes = path.stat().st_size / 2**20
            found = {"peak of the process": float(told.split()[0]), "the file": megabytes}
            yield Result(f"bulk_create of a Parquet file of {size:,} posts", found, unit="MB")


def results(
    number: int = 100_000, runs: int = 5, sizes: tuple[int, ...] | None = None
) -> Iterator[Result]:
    """Give rows per second, then memory, on a server that is made for it."""
    with tempfile.TemporaryDirectory(prefix="echo-bench-") as home, started(home) as server:
        url = server.url()
        migrate(url)
        content = Content(number)
        with echo.connect(url) as db:
            with db.transaction() as connection:
                copy_rows(connection, users, content.users)
                copy_rows(connection, categories, content.categories)
            found = medians(url, ways(url, db, content.posts(number)), runs)
        speeds = {name: number / seconds for name, seconds in found.items()}
        yield Result(f"{number:,} posts into a table", speeds, unit="rows/s")
        yield from memory(url, content, list(sizes or (number, 4 * number)))


def main() -> None:
    """Measure, or load one file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--sizes", type=int, nargs="*", default=[100_000, 400_000])
    parser.add_argument("--url", help=argparse.SUPPRESS)
    parser.add_argument("--load", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.load:
        load(given.url, given.load)
        return
    show(results(given.posts, given.runs, tuple(given.sizes)))


if __name__ == "__main__":
    main()
