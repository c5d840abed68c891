"""The figure of what posts are written about."""

from __future__ import annotations

from typing import TYPE_CHECKING

import plotly.graph_objects as go
import pyarrow as pa

from echo_analytics.plots.columns import read
from echo_analytics.plots.marks import percent
from echo_analytics.plots.origin import described, scope
from echo_analytics.plots.template import HEAD_WITH_LEGEND, blank, no_data, palette
from echo_analytics.plots.text import count, paragraph, short

if TYPE_CHECKING:
    from datetime import date

    from echo_analytics.plots.columns import Columns, Frame
    from echo_analytics.plots.origin import Origin
    from echo_analytics.plots.template import Palette, Theme

TERMS = {
    "term": pa.string(),
    "total_posts": pa.int64(),
    "share": pa.float64(),
    "total_posts_previous": pa.int64(),
    "share_previous": pa.float64(),
    "rise": pa.float64(),
}
"""The columns of the analysis."""

_TITLE = "What posts are about"
_HOVER = (
    "<b>%{customdata[0]}</b><br>Posts: %{customdata[1]:,} (%{customdata[2]} of all)"
    "<br>Period before: %{customdata[3]:,} (%{customdata[4]})<br>Rise: %{customdata[5]}"
    "<extra></extra>"
)
_LONGEST_TERM = 32


def search_terms(
    frame: Frame,
    *,
    start: date | str | None = None,
    end: date | str | None = None,
    timezone: str = "UTC",
    theme: Theme = "light",
    meta: Origin | None = None,
) -> go.Figure:
    """Draw what share of the posts has each word, and what share had it before.

    Parameters
    ----------
    frame
        What the analysis of the same name returns.
    start, end, timezone
        The range and the zone that the analysis was asked for, for the subtitle.
    theme
        "light" or "dark".
    meta
        Where the frame came from, for ``layout.meta``.

    Returns
    -------
    plotly.graph_objects.Figure
        A bar a word from the top, in the order of the frame, an upright line where it was in the
        period before, and the number of posts beside it.

    Raises
    ------
    InvalidInput
        A column is missing or of another type, or another argument is wrong.

    Examples
    --------
    >>> search_terms(terms, start="2026-01-01", end="2026-06-30").layout.title.text
    'What posts are about'
    """
    where, colours = scope(start, end, timezone), palette(theme)
    columns = read(frame, TERMS)
    number = len(columns["term"])
    if not number:
        return described(no_data(theme, _TITLE), "search_terms", columns, meta)
    figure = blank(theme, _TITLE, f"{where} · {count(number, 'word')}", 150 + 28 * number)
    figure.add_traces(_traces(columns, colours))
    return described(_with_axes(figure, columns, colours), "search_terms", columns, meta)


def _traces(columns: Columns, colours: Palette) -> list[go.Bar | go.Scatter]:
    before = [share or 0 for share in columns["share_previous"]]
    same = {
        "y": list(range(len(before))),
        "customdata": _hovers(columns),
        "hovertemplate": _HOVER,
    }
    return [
        go.Bar(
            name="Share of posts",
            orientation="h",
            x=columns["share"],
            marker={"color": colours.others[0], "line": {"width": 0}},
            **same,
        ),
        go.Scatter(
            name="Period before",
            mode="markers",
            x=columns["share_previous"],
            marker={
                "symbol": "line-ns",
                "size": 18,
                "line": {"width": 2.5, "color": colours.text},
            },
            cliponaxis=False,
            **same,
        ),
        go.Scatter(
            mode="text",
            x=list(map(max, columns["share"], before)),
            text=[f"   {total:,}" for total in columns["total_posts"]],
            textposition="middle right",
            textfont={"color": colours.quiet, "size": 12},
            cliponaxis=False,
            showlegend=False,
            **same,
        ),
    ]


def _hovers(columns: Columns) -> list[tuple[object, ...]]:
    return list(
        zip(
            map(paragraph, columns["term"]),
            columns["total_posts"],
            map(percent, columns["share"]),
            columns["total_posts_previous"],
            map(percent, columns["share_previous"]),
            ("–" if rise is None else f"{rise:+,.1f}" for rise in columns["rise"]),
            strict=True,
        )
    )


def _with_axes(figure: go.Figure, columns: Columns, colours: Palette) -> go.Figure:
    places = list(range(len(columns["term"])))
    most = max(*columns["share"], *(share or 0 for share in columns["share_previous"]))
    return figure.update_layout(
        bargap=0.35,
        margin={"t": HEAD_WITH_LEGEND},
        hovermode="closest",
        xaxis={
            "range": [0, most * 1.12],
            "tickformat": ".1%" if most < 0.1 else ".0%",
            "fixedrange": True,
            "nticks": 7,
        },
        yaxis={
            "range": [len(places) - 0.5, -0.5],
            "tickmode": "array",
            "tickvals": places,
            "ticktext": [f"{short(term, _LONGEST_TERM)}  " for term in columns["term"]],
            "tickfont": {"color": colours.text, "size": 13},
            "showgrid": False,
            "fixedrange": True,
        },
    )
