"""The table of what posts are written about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from echo_analytics.plots.columns import read
from echo_analytics.plots.origin import scope
from echo_analytics.plots.template import palette
from echo_analytics.plots.terms import TERMS
from echo_analytics.plots.text import count
from echo_analytics.tables.house import table
from echo_analytics.tables.kinds import decimals, shares, wholes, wholes_with_bars, words

if TYPE_CHECKING:
    from datetime import date

    from great_tables import GT

    from echo_analytics.plots.columns import Frame
    from echo_analytics.plots.template import Theme

_LONGEST_TERM = 40


def search_terms(
    frame: Frame,
    *,
    start: date | str | None = None,
    end: date | str | None = None,
    timezone: str = "UTC",
    theme: Theme = "light",
) -> GT:
    """Show how many posts have each word, beside the period before.

    Parameters
    ----------
    frame
        What the analysis of the same name returns.
    start, end, timezone
        The range and the zone that the analysis was asked for, for the subtitle.
    theme
        "light" or "dark".

    Returns
    -------
    great_tables.GT
        A row a word, in the order of the frame.

    Raises
    ------
    InvalidInput
        A column is missing or of another type, or the range or the zone is wrong.
    MissingExtra
        great_tables is not installed.

    Examples
    --------
    >>> len(search_terms(terms)._tbl_data) == len(terms)
    True
    """
    where, colours = scope(start, end, timezone), palette(theme)
    columns = read(frame, TERMS)
    return table(
        "search_terms",
        "What posts are about",
        f"{where} · {count(len(columns['term']), 'word')}",
        {
            "term": words("Word", columns["term"], _LONGEST_TERM),
            "total_posts": wholes_with_bars("Posts", columns["total_posts"], colours),
            "share": shares("Of all posts", columns["share"]),
            "total_posts_previous": wholes("Before", columns["total_posts_previous"]),
            "share_previous": shares("Share before", columns["share_previous"]),
            "rise": decimals("Rise", columns["rise"]),
        },
        theme=theme,
    )
