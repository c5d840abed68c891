"""What a widget asks of the search: a page of posts, how many there are, and of what kinds."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import echo_analytics as echo
from echo_analytics.frames import to_arrow
from echo_analytics.plots.text import count
from echo_analytics.widgets.narrowed import exact

if TYPE_CHECKING:
    from collections.abc import Mapping

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
    more
        Whether another page follows.
    total
        How many posts were found in all; None where that is not known.
    approximate
        Whether ``total`` is about right.
    """

    frame: F
    rows: int
    first: int
    more: bool
    total: int | None = None
    approximate: bool = False

    def said(self) -> str:
        """Return which posts these are, of how many."""
        if not self.rows:
            return "Nothing was found."
        which = f"Posts {self.first:,} to {self.first + self.rows - 1:,}"
        if self.total is None:
            return which
        return f"{which} of {'about ' if self.approximate else ''}{self.total:,}"


def can_narrow() -> bool:
    """Whether the search takes filters, and says what there is to filter by."""
    takes = inspect.signature(echo.search_posts).parameters
    return {"category", "offset"} <= set(takes) and hasattr(echo, "search_facets")


def page_of(
    source: Source[F], query: str, number: int, size: int, filters: Mapping[str, Any]
) -> Page[F]:
    """Return a page, the first one is 1, of ``size`` posts at the most."""
    skipped = (number - 1) * size
    if not can_narrow():
        found = exact(echo.search_posts(source, query, limit=skipped + size + 1))
        rows = found.slice(skipped, size)
        more = found.num_rows > skipped + size
        total = None if more else found.num_rows
        return Page(source.as_frame(rows), rows.num_rows, skipped + 1, more, total)
    # Any: functions that an older search does not have.
    asked: Any = echo
    frame = asked.search_posts(source, query, limit=size, offset=skipped, **filters)
    total = asked.search_count(source, query, **filters)
    number = to_arrow(frame).num_rows
    more = skipped + number < total
    return Page(frame, number, skipped + 1, more, int(total), total.approximate)


def facets_of(source: Source[Any], query: str, filters: Mapping[str, Any]) -> dict[str, Options]:
    """Return labels and values to filter by, for "category", "author" and "month"."""
    asked: Any = echo
    found = to_arrow(asked.search_facets(source, query, **filters)).to_pylist()
    options: dict[str, Options] = {"category": [], "author": [], "month": []}
    for row in found:
        if row["value"] is not None:
            about = "about " if row["approximate"] else ""
            name = " ".join(row["label"].split())[:60]
            label = f"{name} ({about}{count(row['total_posts'], 'post')})"
            options[row["facet"]].append((label, str(row["value"])))
    return options
