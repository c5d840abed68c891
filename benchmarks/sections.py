"""What the page of benchmarks has, in order: a title, what is said of it, and what measures it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import analyses, bulk, relevance, rollups, search, startup, writing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from benchmarks.result import Place, Result

JUDGED = Path(__file__).parent.parent / "tests" / "data" / "search"


@dataclass(frozen=True)
class Section:
    """A part of the page.

    Parameters
    ----------
    title
        Its heading.
    about
        What has to be known to read its table.
    results
        Measures it.
    up_to
        The most posts that it is measured with; None where it does not depend on them, and is
        measured once.
    growth
        The results of which a chart shows how they grow.
    ratios
        Whether a chart shows how many times as long the others take.
    """

    title: str
    about: str
    results: Callable[[Place], Iterable[Result]]
    up_to: int | None = 1_000_000_000
    growth: tuple[str, ...] = ()
    ratios: bool = False


def sections() -> list[Section]:
    """Return the sections."""
    return [
        Section(
            "Starting",
            "A process that imports the package, and one that connects to a server that runs "
            "already. The first connection of a process imports the libraries for it.",
            startup.results,
            up_to=None,
        ),
        Section(
            "Series by day, with rollups",
            "Two years by day, from what `echo-analytics rollups enable` stores, beside the same "
            "from the tables, the specification's own SQL, and a plain SELECT of as many stored "
            "rows through the same driver. Open days are days that were written to and not folded.",
            rollups.series,
            growth=("two years by day",),
            ratios=True,
        ),
        Section(
            "The analyses of the specification",
            "From the tables, without rollups.",
            analyses.specified,
            growth=("daily_posts, two years, from the tables",),
            ratios=True,
        ),
        Section(
            "The other analyses",
            "Two years of posts. What they are compared with are the statements of "
            "`benchmarks/plain_sql.py`: as one would write them by hand, for days of UTC, without "
            "gaps, shares and what is not complete yet. Ours do more; where they take as long, the "
            "rest costs nothing.",
            analyses.analyses,
            growth=("overview", "top_authors", "posting_heatmap", "user_stats, all users"),
            ratios=True,
        ),
        Section(
            "Search, without an index",
            "`search_posts` and the specification's query, both over the tables, where every post "
            "is read: a common word, a rare one, and three of them.",
            analyses.searching,
            up_to=analyses.SEARCHABLE,
        ),
        Section(
            "Search, with the index",
            "Queries of all kinds for 20 posts with snippets, and the specification's query with "
            "the expression index that it needs; medians of the queries of a kind. It cannot be "
            "asked for all kinds, and asks for all rows that have every word, so that of one rare "
            "word there are few. Then an insert in a transaction of its own into 20,000 posts, "
            "beside a generated column with a GIN index.",
            search.results,
            up_to=1_000_000,
            growth=("all queries, the median", "all queries, the 95th of 100"),
            ratios=True,
        ),
        Section(
            "Extraction",
            f"Every post with all its columns. Into one frame up to {analyses.IN_MEMORY:,} posts.",
            analyses.extraction,
            ratios=True,
        ),
        Section(
            "Writing, a row at a time",
            "Each call is a transaction of its own, on a database of demo data.",
            lambda place: writing.results(place.effort.runs * 10, place.effort.seconds / 2),
            up_to=None,
            ratios=True,
        ),
        Section(
            "Writing, many rows at once",
            "More is better, except for memory. COPY gets data that were encoded beforehand.",
            lambda place: bulk.results(min(100_000, place.posts), min(3, place.effort.runs)),
            up_to=None,
        ),
        Section(
            "What rollups cost a writer",
            "The same statements with the triggers and without, in turn.",
            rollups.cost,
            up_to=1_000_000,
        ),
        Section(
            "How well searches find",
            "On a small collection with judgements that comes with the tests; more is better. "
            "`benchmarks/relevance.py` measures others.",
            lambda _: relevance.results(JUDGED),
            up_to=None,
        ),
    ]
