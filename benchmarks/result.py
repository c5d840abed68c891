"""What a benchmark found, in one form for all of them, and how times are taken.

A benchmark gives results: one thing that was measured in several ways, ours first. They are shown
on a terminal, and ``benchmarks.page`` makes a page of those of several sizes.
"""

from __future__ import annotations

import gc
import math
import statistics
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, TypeAlias

import psycopg
from rich.console import Console
from rich.table import Table

from echo_analytics.errors import QueryTimeout

Calls: TypeAlias = Mapping[str, Callable[[], Any]]
"""What is compared, by name; ours comes first. Any: only the time counts."""


@dataclass(frozen=True)
class Result:
    """One thing, measured in several ways.

    Parameters
    ----------
    name
        What was done.
    values
        What each way came to, ours first; infinite where it was stopped because it took too long.
    unit
        Of the values: "ms", "rows/s", "MB", "%" or the name of a measure.
    posts
        How many posts there were; None where it does not depend on them.
    """

    name: str
    values: Mapping[str, float]
    unit: str = "ms"
    posts: int | None = None

    def data(self) -> dict[str, Any]:
        """Return the result as JSON has it, with nothing in place of what is infinite."""
        values = {
            way: value if math.isfinite(value) else None for way, value in self.values.items()
        }
        return asdict(self) | {"values": values}

    @classmethod
    def of(cls, data: dict[str, Any]) -> Result:
        """Return the result that ``data()`` described."""
        values = {
            way: math.inf if value is None else value for way, value in data["values"].items()
        }
        return cls(**(data | {"values": values}))


@dataclass(frozen=True)
class Effort:
    """How much a comparison may take.

    Parameters
    ----------
    runs
        How often each way is run at the most, after a first time that does not count; with 0 that
        one counts.
    seconds
        How long a comparison takes, about: what has had its share is not run again, and where the
        first time took longer, it counts.
    limit
        What takes longer is stopped, and has no value.
    """

    runs: int = 7
    seconds: float = 30.0
    limit: float = 60.0


@dataclass
class Place:
    """Where something is measured.

    Parameters
    ----------
    url
        A database with so many ``posts``; what is added to it is taken away again.
    posts
        How many posts there are.
    effort
        How much a comparison may take.
    """

    url: str
    posts: int
    effort: Effort = field(default_factory=Effort)

    @property
    def limited(self) -> str:
        """The same database, whose server stops what takes too long; ours takes it over too."""
        after = "&" if "?" in self.url else "?"
        return f"{self.url}{after}options=-c%20statement_timeout%3D{1000 * self.effort.limit:.0f}"


def compared(name: str, calls: Calls, place: Place) -> Result:
    """Return the median milliseconds of each call; they run in turn."""
    return Result(name, milliseconds(calls, place.effort), posts=place.posts)


def milliseconds(calls: Calls, effort: Effort) -> dict[str, float]:
    """Return the median milliseconds of each call, run in turn after a first time.

    All may take as long, so that what is quick is not run once because others are slow.
    """
    gc.collect()
    times = {name: [_once(call)] for name, call in calls.items()}
    share = effort.seconds * 1000 / len(calls)
    for _ in range(effort.runs):
        gc.collect()
        for name, call in calls.items():
            if sum(times[name]) < share:
                times[name].append(_once(call))
    return {name: statistics.median(found[1:] or found) for name, found in times.items()}


def _once(call: Callable[[], Any]) -> float:  # Any: only the time counts
    began = time.perf_counter()
    try:
        call()
    except (QueryTimeout, psycopg.errors.QueryCanceled):
        return math.inf
    return (time.perf_counter() - began) * 1000


def show(results: Iterable[Result], title: str = "") -> None:
    """Print results as a table: each way with its value and its ratio to ours."""
    table = Table("measurement", "way", "", "unit", "x ours", title=title)
    for result in results:
        ours = next(iter(result.values.values()))
        for way, value in result.values.items():
            ratio = f"{value / ours:.2f}" if ours and math.isfinite(ours) else ""
            table.add_row(result.name, way, number(value), result.unit, ratio)
    Console(width=110).print(table)


def number(value: float) -> str:
    """Return a number with as many digits as say something: 0.0312, 3.12, 31.2, 312, 3,120."""
    if not math.isfinite(value):
        return "stopped"
    for least, digits in ((100, 0), (10, 1), (1, 2)):
        if abs(value) >= least:
            return f"{value:,.{digits}f}"
    return f"{value:.3g}"
