"""What a widget asks of the search: a page of posts, how many there are, and of what kinds."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from echo_analytics.analytics.counting import search_count, search_facets
from echo_analytics.analytics.search import search_posts
from echo_analytics.frames import to_arrow
from echo_analytics.plots.text import count

if TYPE_CHECKING:
    from collections.abc import Mapping

    from echo_analytics.analytics.counting import MatchCount
    from echo_analytics.source import Source

F = TypeVar("F")

Options = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Page(Generic[F]):
    """A page of what was found.

    Attributes
    ----------
    frame
        Its posts, as ``search_posts`` returns them.
    rows
        How many posts are on it.
    first
        The number of its first post, from 1.
    """

    frame: F
    rows: int
    first: int

    def said(self, total: MatchCount | None = None) -> str:
        """Return which posts these are, of how many, and what was looked for instead."""
        if not self.rows:
            return "Nothing was found."
        which = f"Posts {self.first:,} to {self.first + self.rows - 1:,}"
        if total is None:
            return which
        of = f"{which} of {'about ' if total.approximate else ''}{total:,}"
        meant = [f"“{new}” instead of “{old}”" for old, new in total.corrected.items()]
        return f"{of} for {', '.join(meant)}" if meant else of

    def more(self, total: MatchCount) -> bool:
        """Whether another page follows."""
        return self.rows > 0 and self.first + self.rows - 1 < total


def page_of(
    source: Source[F], query: str, number: int, size: int, filters: Mapping[str, Any]
) -> Page[F]:
    """Return a page, the first one is 1, of ``size`` posts at the most."""
    skipped = (number - 1) * size
    frame = search_posts(source, query, limit=size, offset=skipped, **filters)
    return Page(frame, to_arrow(frame).num_rows, skipped + 1)


def total_of(source: Source[Any], query: str, filters: Mapping[str, Any]) -> MatchCount:
    """Return how many posts there are on all pages."""
    return search_count(source, query, **filters)


def facets_of(source: Source[Any], query: str, filters: Mapping[str, Any]) -> dict[str, Options]:
    """Return labels and values to filter by, for "category", "author" and "month"."""
    found = to_arrow(search_facets(source, query, **filters)).to_pylist()
    options: dict[str, Options] = {"category": [], "author": [], "month": []}
    for row in found:
        if row["value"] is not None:
            about = "about " if row["approximate"] else ""
            name = _month_name(row["label"]) if row["facet"] == "month" else row["label"]
            name = " ".join(name.split())[:60]
            label = f"{name} ({about}{count(row['total_posts'], 'post')})"
            options[row["facet"]].append((label, str(row["value"])))
    return options


def days_of(month: str) -> tuple[date, date]:
    """Return the first and the last day of a month.

    >>> days_of("2026-06")
    (datetime.date(2026, 6, 1), datetime.date(2026, 6, 30))
    """
    first = date.fromisoformat(f"{month}-01")
    return first, first.replace(day=calendar.monthrange(first.year, first.month)[1])


def _month_name(month: str) -> str:
    return f"{days_of(month)[0]:%B %Y}"
