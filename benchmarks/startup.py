"""How long it takes until the first answer: importing, connecting, and a first analysis.

    python -m benchmarks.startup --posts 100000

What is imported only once is measured in processes of its own.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
from typing import TYPE_CHECKING

import adbc_driver_postgresql.dbapi as adbc
import psycopg
import sqlalchemy as sa

import echo_analytics as echo
from benchmarks.alone import measure_alone
from benchmarks.result import Result, compared

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from benchmarks.result import Calls, Place

_IMPORTS = {
    "import echo_analytics": "import echo_analytics",
    "import sqlalchemy": "import sqlalchemy",
    "import pandas": "import pandas",
}
_AFTERWARDS = {
    "echo_analytics": "import echo_analytics as echo; start(); echo.connect(url)",
    "psycopg": "start(); import psycopg; psycopg.connect(url)",
    "SQLAlchemy": "start(); import sqlalchemy as sa;"
    " sa.create_engine(url.replace('postgresql:', 'postgresql+psycopg:')).connect()",
    "ADBC": "start(); import adbc_driver_postgresql.dbapi as adbc; adbc.connect(url)",
}
_TIMED = """
import sys, time
url, began = sys.argv[1], time.perf_counter()
def start():
    global began
    began = time.perf_counter()
{}
print((time.perf_counter() - began) * 1000)
"""


def _in_a_process(code: str, url: str) -> float:
    """Return the milliseconds that some code takes in a new process, after its start."""
    command = [sys.executable, "-c", _TIMED.format(code), url]
    told = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - ours
    return float(told.stdout)


def _in_processes(name: str, codes: dict[str, str], place: Place) -> Result:
    times: dict[str, list[float]] = {way: [] for way in codes}
    for number in range(place.effort.runs + 1):
        for way, code in codes.items():
            spent = _in_a_process(code, place.url)
            if number or not place.effort.runs:  # the first time, files come from the disk
                times[way].append(spent)
    return Result(name, {way: statistics.median(spent) for way, spent in times.items()})


def results(place: Place) -> Iterator[Result]:
    """Give all measurements."""
    url = place.url
    engine_url = url.replace("postgresql:", "postgresql+psycopg:", 1)

    def closing(connect: Callable[[], object]) -> Callable[[], None]:
        # Closing is measured too, which takes next to nothing.
        return lambda: connect().close()  # type: ignore[attr-defined]  # all of them have it

    def sqlalchemy() -> None:
        engine = sa.create_engine(engine_url)
        engine.connect().close()
        engine.dispose()

    connecting: Calls = {
        "echo_analytics": closing(lambda: echo.connect(url)),
        "psycopg": closing(lambda: psycopg.connect(url)),
        "SQLAlchemy": sqlalchemy,
        "ADBC": closing(lambda: adbc.connect(url)),
    }
    yield _in_processes("importing, in a new process", _IMPORTS, place)
    yield _in_processes("the first connection of a process, with its imports", _AFTERWARDS, place)
    yield compared("connect() to a running database", connecting, place)


if __name__ == "__main__":
    measure_alone(__doc__, results, runs=15)
