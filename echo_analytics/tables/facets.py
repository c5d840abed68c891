"""The table of what kinds of posts a search finds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from echo_analytics.plots.columns import read
from echo_analytics.plots.facets import FACETS, HEADINGS, named
from echo_analytics.plots.template import palette
from echo_analytics.plots.text import count
from echo_analytics.tables.house import table
from echo_analytics.tables.kinds import wholes_with_bars, words

if TYPE_CHECKING:
    from great_tables import GT

    from echo_analytics.plots.columns import Frame
    from echo_analytics.plots.template import Theme

_LONGEST_NAME = 60


def search_facets(frame: Frame, *, query: str | None = None, theme: Theme = "light") -> GT:
    """Show how many matches of a search each category, author and month has.

    Parameters
    ----------
    frame
        What the analysis of the same name returns.
    query
        What was looked for, for the title.
    theme
        "light" or "dark".

    Returns
    -------
    great_tables.GT
        A row a category, author or month, in the order of the frame.

    Raises
    ------
    InvalidInput
        A column is missing or of another type.
    MissingExtra
        great_tables is not installed.

    Examples
    --------
    >>> len(search_facets(facets, query="migration")._tbl_data) == len(facets)
    True
    """
    columns, colours = read(frame, FACETS), palette(theme)
    kinds = [HEADINGS.get(facet, facet) for facet in columns["facet"]]
    # A kind is named once.
    first = [kind if kind not in kinds[:row] else "" for row, kind in enumerate(kinds)]
    names = [named(*row) for row in zip(columns["facet"], columns["label"], strict=True)]
    estimated = " · estimates" if any(columns["approximate"]) else ""
    return table(
        "search_facets",
        "Kinds of matches" if query is None else f"Kinds of matches for “{query}”",
        f"{count(len(names), 'row')}{estimated}",
        {
            "facet": words("Kind", first),
            "label": words("Name", names, _LONGEST_NAME),
            "total_posts": wholes_with_bars("Posts", columns["total_posts"], colours),
        },
        theme=theme,
    )
