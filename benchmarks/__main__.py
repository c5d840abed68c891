"""Measure everything at growing sizes, and write the page about it.

    python -m benchmarks --posts 1000000

Databases are made once and kept. They grow in steps of ten, from 100,000 posts to as many as asked
for. ``make bench POSTS=1000000`` is the same. What was measured is kept beside the page, so that a
later run at other sizes adds to it.
"""

from __future__ import annotations

import argparse
import time
import warnings
from pathlib import Path

import platformdirs
import psycopg

from benchmarks import page
from benchmarks.database import database
from benchmarks.result import Effort, Place, show
from benchmarks.sections import Section, sections
from echo_analytics.errors import SearchIndexWarning

PAGE = Path(__file__).parent.parent / "docs" / "benchmarks.md"
SMALLEST = 100_000


def sizes(most: int) -> list[int]:
    """Return the sizes up to ``most``, in steps of ten."""
    found, size = [], SMALLEST
    while size < most:
        found.append(size)
        size *= 10
    return [*found, most]


def measure(
    wanted: list[int], chosen: list[Section], effort: Effort, folder: Path, output: Path
) -> None:
    """Measure sections, those that depend on the posts at each size, and write the page each time.

    Parameters
    ----------
    wanted
        The numbers of posts.
    chosen
        The sections.
    effort
        How much a comparison may take.
    folder
        Where databases are kept.
    output
        The page; what was measured is kept beside it.
    """
    kept = output.with_suffix(".json")
    for size in wanted:
        began = time.perf_counter()
        with database(size, folder) as url:
            print(f"{size:,} posts, ready after {time.perf_counter() - began:.0f} s", flush=True)
            found = page.Findings.kept(kept, page.machine(_version(url)))
            busiest = 0.0
            for section in chosen:
                if _is_due(section, size, found):
                    _measure(section, Place(url, size, effort), found)
                    busiest = max(busiest, page.busy())
                    found.runs[size] = (
                        f"{page.today()}; at most {busiest:.1f} processes wanted to run, ours "
                        "among them"
                    )
                    found.save(kept)
                    page.write(found, sections(), output)


def _is_due(section: Section, size: int, found: page.Findings) -> bool:
    """Whether a section is measured at a size; what depends on none, with the smallest."""
    if section.up_to is None:
        return size <= SMALLEST or section.title not in found.results
    return size <= max(section.up_to, SMALLEST)


def _measure(section: Section, place: Place, found: page.Findings) -> None:
    began = time.perf_counter()
    results = list(section.results(place))
    found.put(section.title, None if section.up_to is None else place.posts, results)
    show(results, f"{section.title}: {time.perf_counter() - began:.0f} s")


def _version(url: str) -> str:
    with psycopg.connect(url) as connection:
        return str(connection.execute("SHOW server_version").fetchall()[0][0]).split()[0]


def main(arguments: list[str] | None = None) -> None:
    """Measure, and write the page."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--posts", type=int, default=1_000_000, help="The most posts.")
    parser.add_argument("--only", action="store_true", help="As many posts, and not fewer too.")
    parser.add_argument("--sections", default="", help="Those with this in their title.")
    parser.add_argument("--runs", type=int, default=7, help="Of each comparison, at the most.")
    parser.add_argument("--seconds", type=float, default=20.0, help="For each comparison.")
    parser.add_argument("--folder", type=Path, help="Where databases are kept.")
    parser.add_argument("--output", type=Path, default=PAGE, help="The page.")
    parser.add_argument(
        "--again", action="store_true", help="Write the page of the last measurements again."
    )
    given = parser.parse_args(arguments)
    # Searching without an index is measured on purpose.
    warnings.simplefilter("ignore", SearchIndexWarning)
    if given.again:
        found = page.Findings.load(given.output.with_suffix(".json"))
        page.write(found, sections(), given.output)
    else:
        wanted = [given.posts] if given.only else sizes(given.posts)
        chosen = [one for one in sections() if given.sections.lower() in one.title.lower()]
        home = given.folder or platformdirs.user_cache_path("echo-analytics-benchmarks")
        measure(wanted, chosen, Effort(given.runs, given.seconds), home, given.output)
    print(f"written: {given.output}")


if __name__ == "__main__":
    main()
