"""The table of what a search makes of a query."""

from __future__ import annotations

from typing import TYPE_CHECKING

from echo_analytics.plots.columns import read
from echo_analytics.plots.explained import EXPLAINED
from echo_analytics.plots.text import count
from echo_analytics.tables.house import table
from echo_analytics.tables.kinds import decimals, wholes, words

if TYPE_CHECKING:
    from great_tables import GT

    from echo_analytics.plots.columns import Frame
    from echo_analytics.plots.template import Theme

_LONGEST_TERM = 40
_ROLES = {"optional": "May occur", "required": "Must occur", "excluded": "Must not occur"}


def explain_search(frame: Frame, *, query: str | None = None, theme: Theme = "light") -> GT:
    """Show what a search makes of each term of a query.

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
        A row a term, in the order of the frame.

    Raises
    ------
    InvalidInput
        A column is missing or of another type.
    MissingExtra
        great_tables is not installed.

    Examples
    --------
    >>> len(explain_search(explained)._tbl_data) == len(explained)
    True
    """
    columns = read(frame, EXPLAINED)
    roles = [
        f"Ignored: {reason}" if ignored else _ROLES.get(role, role)
        for role, ignored, reason in zip(
            columns["role"], columns["ignored"], columns["reason"], strict=True
        )
    ]
    return table(
        "explain_search",
        "What is looked for" if query is None else f"What is looked for by “{query}”",
        count(len(roles), "term"),
        {
            "term": words("Term", columns["term"], _LONGEST_TERM),
            "corrected_to": words("Read as", columns["corrected_to"], _LONGEST_TERM),
            "lexeme": words("Lexeme", columns["lexeme"], _LONGEST_TERM),
            "kind": words("Kind", [kind.capitalize() for kind in columns["kind"]]),
            "role": words("Part", roles),
            "document_frequency": wholes("Posts with it", columns["document_frequency"]),
            "weight": decimals("Weight", columns["weight"], 2),
        },
        theme=theme,
    )
