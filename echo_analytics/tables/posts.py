"""Tables of posts: the newest, and what a search found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from echo_analytics.arguments import positive, time_zone
from echo_analytics.plots.columns import INSTANT, read
from echo_analytics.plots.template import palette
from echo_analytics.plots.text import count
from echo_analytics.tables import cells
from echo_analytics.tables.house import Column, table
from echo_analytics.tables.kinds import moments, wholes, words

if TYPE_CHECKING:
    from great_tables import GT

    from echo_analytics.plots.columns import Frame
    from echo_analytics.plots.template import Theme

_NEWEST = {
    "title": pa.string(),
    "content": pa.string(),
    "created_at": INSTANT,
    "author_name": pa.string(),
    "category": pa.string(),
}
_FOUND = {
    "rank": pa.int64(),
    "title": pa.string(),
    "snippet": pa.string(),
    "score": pa.float64(),
    "author_name": pa.string(),
    "category": pa.string(),
    "created_at": INSTANT,
}
_LONGEST_TITLE = 90
_LONGEST_CONTENT = 140
_LONGEST_NAME = 40


def posts_with_authors(
    frame: Frame, *, top: int = 20, timezone: str = "UTC", theme: Theme = "light"
) -> GT:
    """Show the newest posts with how they begin.

    Parameters
    ----------
    frame
        What the analysis of the same name returns.
    top
        How many posts at the most; the subtitle says how many there are.
    timezone
        The IANA name of the zone in which moments are told.
    theme
        "light" or "dark".

    Returns
    -------
    great_tables.GT
        A row a post, in the order of the frame. E-mail addresses are left out.

    Raises
    ------
    InvalidInput
        A column is missing or of another type, or another argument is wrong.
    MissingExtra
        great_tables is not installed.

    Examples
    --------
    >>> posts_with_authors(newest, top=5)
    <table echo-posts-with-authors-..., 5 rows>
    """
    most, zone, colours = positive("top", top), time_zone(timezone), palette(theme)
    columns = read(frame, _NEWEST)
    shown = {name: values[:most] for name, values in columns.items()}
    begins = [
        cells.quiet(cells.text(content, _LONGEST_CONTENT), colours) for content in shown["content"]
    ]
    return table(
        "posts_with_authors",
        "Newest posts",
        _some(len(shown["title"]), len(columns["title"])),
        {
            "created_at": moments("Created", shown["created_at"], zone),
            "title": _two_lines(shown["title"], begins),
            "author_name": words("Author", shown["author_name"], _LONGEST_NAME),
            "category": words("Category", shown["category"], _LONGEST_NAME),
        },
        theme=theme,
    )


def search_posts(
    frame: Frame,
    *,
    query: str | None = None,
    top: int = 20,
    timezone: str = "UTC",
    theme: Theme = "light",
) -> GT:
    """Show the posts that a search found, with what matched in them highlighted.

    Parameters
    ----------
    frame
        What the analysis of the same name returns.
    query
        What was looked for, for the title.
    top
        How many posts at the most; the subtitle says how many there are.
    timezone
        The IANA name of the zone in which moments are told.
    theme
        "light" or "dark".

    Returns
    -------
    great_tables.GT
        A row a post, best first, with a bar for its score. Titles and snippets are shown as they
        are written: HTML in them is text.

    Raises
    ------
    InvalidInput
        A column is missing or of another type, or another argument is wrong.
    MissingExtra
        great_tables is not installed.

    Examples
    --------
    >>> search_posts(found, query="migration", top=5)
    <table echo-search-posts-..., 5 rows>
    """
    most, zone, colours = positive("top", top), time_zone(timezone), palette(theme)
    columns = read(frame, _FOUND)
    shown = {name: values[:most] for name, values in columns.items()}
    scores = [f"{score:.2f}" for score in shown["score"]]
    snippets = [cells.marked(snippet, colours) for snippet in shown["snippet"]]
    return table(
        "search_posts",
        "Best matches" if query is None else f"Best matches for “{query}”",
        _some(len(shown["rank"]), len(columns["rank"])),
        {
            "rank": wholes("Rank", shown["rank"]),
            "title": _two_lines(shown["title"], snippets),
            "author_name": words("Author", shown["author_name"], _LONGEST_NAME),
            "category": words("Category", shown["category"], _LONGEST_NAME),
            "created_at": moments("Created", shown["created_at"], zone),
            "score": Column(
                "Score (BM25)",
                cells.bars(shown["score"], scores, colours.published, colours),
            ),
        },
        theme=theme,
    )


def _two_lines(titles: list[str], below: list[str]) -> Column:
    """Titles, and something below each."""
    shown = [
        f"<strong>{cells.text(title, _LONGEST_TITLE)}</strong><br>{more}"
        for title, more in zip(titles, below, strict=True)
    ]
    return Column("Post", shown, "left")


def _some(shown: int, found: int) -> str:
    return count(found, "post") if shown == found else f"{shown:,} of {count(found, 'post')}"
