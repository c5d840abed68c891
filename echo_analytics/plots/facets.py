"""The figure of what kinds of posts a search finds."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import plotly.graph_objects as go
import pyarrow as pa

from echo_analytics.arguments import positive
from echo_analytics.plots.columns import in_order, read
from echo_analytics.plots.origin import described
from echo_analytics.plots.template import blank, no_data, palette
from echo_analytics.plots.text import count, paragraph, short

if TYPE_CHECKING:
    from collections.abc import Iterator

    from echo_analytics.plots.columns import Columns, Frame
    from echo_analytics.plots.origin import Origin
    from echo_analytics.plots.template import Palette, Theme

FACETS = {
    "facet": pa.string(),
    "value": pa.string(),
    "label": pa.string(),
    "total_posts": pa.int64(),
    "approximate": pa.bool_(),
}
"""The columns of the analysis."""

HEADINGS = {"category": "Categories", "author": "Authors", "month": "Months"}
"""The kinds of rows, in their order, and what they are called."""

_TITLE = "Kinds of matches"
_HOVER = "<b>%{customdata[0]}</b><br>%{customdata[1]}<extra></extra>"
_LONGEST_NAME = 32
_HEADING_ROWS = 1.3


def search_facets(
    frame: Frame,
    *,
    query: str | None = None,
    months: int = 12,
    theme: Theme = "light",
    meta: Origin | None = None,
) -> go.Figure:
    """Draw how many matches of a search each category, author and month has.

    Parameters
    ----------
    frame
        What the analysis of the same name returns.
    query
        What was looked for, for the title.
    months
        How many of the last months at the most; the subtitle says how many there are.
    theme
        "light" or "dark".
    meta
        Where the frame came from, for ``layout.meta``.

    Returns
    -------
    plotly.graph_objects.Figure
        A bar a row, under a heading for each kind, all to the same scale. Estimates are said to be
        some: "about" before the number, and hatched bars.

    Raises
    ------
    InvalidInput
        A column is missing or of another type, or ``months`` is not a whole number of 1 or more.

    Examples
    --------
    >>> search_facets(facets, query="migration").layout.title.text
    'Kinds of matches for “migration”'
    """
    most, colours = positive("months", months), palette(theme)
    columns = read(frame, FACETS)
    title = _TITLE if query is None else f"{_TITLE} for “{short(query, 40)}”"
    if not columns["facet"]:
        return described(no_data(theme, title), "search_facets", columns, meta)
    shown = in_order(columns, _rows(columns, most))
    height = round(110 + 27 * (_places(shown)[-1] + 1))
    figure = blank(theme, title, _subtitle(columns, most), height)
    figure.add_trace(_bars(shown, colours))
    return described(_with_axes(figure, shown, colours), "search_facets", columns, meta)


def named(facet: str, label: str | None) -> str:
    """Return the name of a row for reading.

    >>> named("category", None), named("month", "2026-06"), named("author", "Ada")
    ('No category', 'June 2026', 'Ada')
    """
    if label is None:
        return "No category" if facet == "category" else "–"
    if facet != "month":
        return label
    year, _, month = label.partition("-")
    return f"{date(int(year), int(month), 1):%B %Y}"


def _rows(columns: Columns, months: int) -> Iterator[int]:
    """Give the numbers of the rows that are shown, kind by kind."""
    for kind in HEADINGS:
        rows = [row for row, facet in enumerate(columns["facet"]) if facet == kind]
        yield from rows[:months] if kind == "month" else rows


def _subtitle(columns: Columns, most: int) -> str:
    numbers = {kind: columns["facet"].count(kind) for kind in HEADINGS}
    said = [
        count(numbers["category"], "category", "categories"),
        count(numbers["author"], "author"),
        f"{most} of {numbers['month']:,} months"
        if numbers["month"] > most
        else count(numbers["month"], "month"),
    ]
    return " · ".join([*said, *(["estimates"] if any(columns["approximate"]) else [])])


def _places(shown: Columns) -> list[float]:
    """Return where the rows stand, with room for a heading above the first of each kind."""
    kinds = list(dict.fromkeys(shown["facet"]))
    return [
        place + _HEADING_ROWS * (kinds.index(facet) + 1)
        for place, facet in enumerate(shown["facet"])
    ]


def _bars(shown: Columns, colours: Palette) -> go.Bar:
    about = ["about " if estimate else "" for estimate in shown["approximate"]]
    posts = [
        f"{word}{count(total, 'post')}".capitalize()
        for word, total in zip(about, shown["total_posts"], strict=True)
    ]
    return go.Bar(
        orientation="h",
        x=shown["total_posts"],
        y=_places(shown),
        width=0.62,
        text=[f"{word}{total:,}" for word, total in zip(about, shown["total_posts"], strict=True)],
        textposition="outside",
        constraintext="none",
        textfont={"color": colours.quiet, "size": 12},
        cliponaxis=False,
        customdata=list(zip(map(paragraph, _names(shown)), posts, strict=True)),
        hovertemplate=_HOVER,
        marker={
            "color": colours.others[0],
            "line": {"width": 0},
            "pattern": {"shape": ["/" if word else "" for word in about]},
        },
        showlegend=False,
    )


def _names(shown: Columns) -> list[str]:
    return [named(*row) for row in zip(shown["facet"], shown["label"], strict=True)]


def _with_axes(figure: go.Figure, shown: Columns, colours: Palette) -> go.Figure:
    places = _places(shown)
    ticks = {
        place: f"{short(name, _LONGEST_NAME)}  "
        for place, name in zip(places, _names(shown), strict=True)
    }
    for kind in set(shown["facet"]):
        ticks[places[shown["facet"].index(kind)] - 1] = f"<b>{HEADINGS[kind]}</b>  "
    return figure.update_layout(
        hovermode="closest",
        margin={"b": 20},
        xaxis={
            "range": [0, max(1, *shown["total_posts"]) * 1.16],
            "showticklabels": False,
            "showgrid": False,
            "fixedrange": True,
        },
        yaxis={
            "range": [places[-1] + 0.6, -0.4],
            "tickmode": "array",
            "tickvals": sorted(ticks),
            "ticktext": [ticks[place] for place in sorted(ticks)],
            "tickfont": {"color": colours.text, "size": 13},
            "showgrid": False,
            "fixedrange": True,
        },
    )
