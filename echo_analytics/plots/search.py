"""Figures of searches."""

from __future__ import annotations

from typing import TYPE_CHECKING

import plotly.graph_objects as go
import pyarrow as pa

from echo_analytics.arguments import positive
from echo_analytics.plots.columns import INSTANT, read
from echo_analytics.plots.origin import described
from echo_analytics.plots.template import blank, no_data, palette
from echo_analytics.plots.text import ABSENT, count, moment, paragraph, short

if TYPE_CHECKING:
    from echo_analytics.plots.columns import Columns, Frame
    from echo_analytics.plots.origin import Origin
    from echo_analytics.plots.template import Theme

_COLUMNS = {
    "rank": pa.int64(),
    "title": pa.string(),
    "score": pa.float64(),
    "author_name": pa.string(),
    "category": pa.string(),
    "created_at": INSTANT,
    "matched_terms": pa.list_(pa.string()),
}
_TITLE = "Best matches"
_HOVER = (
    "<b>%{customdata[0]}</b><br>Score: %{x:.2f}<br>Author: %{customdata[1]}"
    "<br>Category: %{customdata[2]}<br>Created: %{customdata[3]}"
    "<br>Matched: %{customdata[4]}<extra></extra>"
)
_LONGEST_TITLE = 80


def search_posts(
    frame: Frame,
    *,
    query: str | None = None,
    top: int = 20,
    theme: Theme = "light",
    meta: Origin | None = None,
) -> go.Figure:
    """Draw the scores of the posts that a search found, best first.

    Parameters
    ----------
    frame
        What the analysis of the same name returns.
    query
        What was looked for, for the subtitle.
    top
        How many posts at the most; the subtitle says how many there are.
    theme
        "light" or "dark".
    meta
        Where the frame came from, for ``layout.meta``.

    Returns
    -------
    plotly.graph_objects.Figure
        One bar a post, by rank from the top, under the post's title.

    Raises
    ------
    InvalidInput
        A column is missing or of another type, or ``top`` is not a whole number of 1 or more.

    Examples
    --------
    >>> search_posts(found, query="migration").layout.title.text
    'Best matches for “migration”'
    """
    most = positive("top", top)
    columns = read(frame, _COLUMNS)
    title = _TITLE if query is None else f"{_TITLE} for “{short(query, 40)}”"
    found = len(columns["rank"])
    if not found:
        return described(no_data(theme, title), "search_posts", columns, meta)
    shown = {name: values[:most] for name, values in columns.items()}
    number = len(shown["rank"])
    posts = count(found, "post") if number == found else f"{number:,} of {count(found, 'post')}"
    figure = blank(theme, title, f"{posts} · relevance score (BM25)", 100 + 42 * number)
    figure.add_traces([_bars(shown, theme), _titles(shown, theme)])
    return described(_with_axes(figure, shown), "search_posts", columns, meta)


def _hover_values(shown: Columns) -> list[tuple[str, ...]]:
    return list(
        zip(
            map(paragraph, shown["title"]),
            (short(name, 60) for name in shown["author_name"]),
            (ABSENT if name is None else short(name, 60) for name in shown["category"]),
            map(moment, shown["created_at"]),
            (paragraph(", ".join(terms or ())) or ABSENT for terms in shown["matched_terms"]),
            strict=True,
        )
    )


def _bars(shown: Columns, theme: Theme) -> go.Bar:
    return go.Bar(
        orientation="h",
        x=shown["score"],
        y=list(range(len(shown["rank"]))),
        width=0.3,
        customdata=_hover_values(shown),
        hovertemplate=_HOVER,
        marker={"color": palette(theme).published, "line": {"width": 0}},
        text=[f"{score:.2f}" for score in shown["score"]],
        textposition="outside",
        constraintext="none",
        textfont={"color": palette(theme).quiet, "size": 12},
        cliponaxis=False,
        showlegend=False,
    )


def _titles(shown: Columns, theme: Theme) -> go.Scatter:
    return go.Scatter(
        mode="text",
        x=[0] * len(shown["rank"]),
        y=[place - 0.38 for place in range(len(shown["rank"]))],
        text=[short(title, _LONGEST_TITLE) for title in shown["title"]],
        textposition="middle right",
        textfont={"color": palette(theme).text, "size": 13},
        cliponaxis=False,
        hoverinfo="skip",
        showlegend=False,
    )


def _with_axes(figure: go.Figure, shown: Columns) -> go.Figure:
    ranks = shown["rank"]
    return figure.update_layout(
        hovermode="closest",
        margin={"b": 12},
        xaxis={
            "range": [0, max(*shown["score"], 0.01) * 1.08],
            "fixedrange": True,
            "showgrid": False,
            "showticklabels": False,
        },
        yaxis={
            "range": [len(ranks) - 0.6, -0.75],
            "tickmode": "array",
            "tickvals": list(range(len(ranks))),
            "ticktext": [f"{rank:,}  " for rank in ranks],
            "showgrid": False,
            "fixedrange": True,
        },
    )
