"""The figure of the authors with most posts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import plotly.graph_objects as go
import pyarrow as pa

from echo_analytics.plots.columns import in_order, read
from echo_analytics.plots.marks import names_axis, percent
from echo_analytics.plots.origin import described, scope
from echo_analytics.plots.template import HEAD_WITH_LEGEND, blank, no_data, palette
from echo_analytics.plots.text import count, paragraph

if TYPE_CHECKING:
    from datetime import date

    from echo_analytics.plots.columns import Columns, Frame
    from echo_analytics.plots.origin import Origin
    from echo_analytics.plots.template import Palette, Theme

_COLUMNS = {
    "rank": pa.int64(),
    "author_id": pa.string(),
    "author_name": pa.string(),
    "total_posts": pa.int64(),
    "share": pa.float64(),
    "cumulative_share": pa.float64(),
}
_TITLE = "Authors with most posts"
_HOVER = (
    "<b>%{customdata[0]}</b><br>Rank: %{customdata[1]:,}<br>Posts: %{customdata[2]:,}"
    "<br>Share of all posts: %{customdata[3]}<br>Down to this author: %{customdata[4]}"
    "<extra></extra>"
)


def top_authors(
    frame: Frame,
    *,
    start: date | str | None = None,
    end: date | str | None = None,
    timezone: str = "UTC",
    theme: Theme = "light",
    meta: Origin | None = None,
) -> go.Figure:
    """Draw the authors with most posts as a Pareto chart.

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
        A bar an author from the top, and a line of their cumulative share of all posts, from 0 to
        100%. Authors of the same name have their own bars.

    Raises
    ------
    InvalidInput
        A column is missing or of another type, or the range or the zone is wrong.

    Examples
    --------
    >>> top_authors(authors, start="2026-01-01", end="2026-06-30").layout.title.text
    'Authors with most posts'
    """
    where, colours = scope(start, end, timezone), palette(theme)
    columns = read(frame, _COLUMNS)
    if not columns["rank"]:
        return described(no_data(theme, _TITLE), "top_authors", columns, meta)
    order = sorted(range(len(columns["rank"])), key=lambda row: columns["rank"][row])
    shown = in_order(columns, order)
    number, share = len(order), shown["cumulative_share"][-1]
    wrote = f"{count(number, 'author')} wrote {percent(share)} of all posts"
    figure = blank(theme, _TITLE, f"{where} · {wrote}", 178 + 30 * number)
    figure.add_traces([_bars(shown, colours), _cumulative(shown, colours)])
    return described(_with_pareto_axes(figure, shown, colours), "top_authors", columns, meta)


def _hovers(shown: Columns) -> list[tuple[object, ...]]:
    return list(
        zip(
            map(paragraph, shown["author_name"]),
            shown["rank"],
            shown["total_posts"],
            map(percent, shown["share"]),
            map(percent, shown["cumulative_share"]),
            strict=True,
        )
    )


def _bars(shown: Columns, colours: Palette) -> go.Bar:
    return go.Bar(
        name="Posts",
        orientation="h",
        x=shown["total_posts"],
        y=shown["author_id"],
        text=[f"{total:,}" for total in shown["total_posts"]],
        textposition="auto",
        insidetextanchor="end",
        textangle=0,
        constraintext="none",
        insidetextfont={"color": colours.background, "size": 12},
        outsidetextfont={"color": colours.quiet, "size": 12},
        customdata=_hovers(shown),
        hovertemplate=_HOVER,
        marker={"color": colours.others[0], "line": {"width": 0}},
    )


def _cumulative(shown: Columns, colours: Palette) -> go.Scatter:
    return go.Scatter(
        name="Cumulative share of all posts",
        xaxis="x2",
        x=shown["cumulative_share"],
        y=shown["author_id"],
        mode="lines+markers",
        line={"color": colours.accent, "width": 2},
        marker={"size": 9, "line": {"color": colours.background, "width": 1.5}},
        cliponaxis=False,
        customdata=_hovers(shown),
        hovertemplate=_HOVER,
    )


def _with_pareto_axes(figure: go.Figure, shown: Columns, colours: Palette) -> go.Figure:
    return figure.update_layout(
        bargap=0.35,
        margin={"t": HEAD_WITH_LEGEND + 22, "b": 52},
        # Above the ticks of the upper axis.
        legend={"y": 1 + 26 / (30 * len(shown["rank"]) + 18)},
        hovermode="closest",
        xaxis={
            "range": [0, max(1, *shown["total_posts"]) * 1.02],
            "title": {"text": "Posts", "font": {"size": 12, "color": colours.quiet}},
            "tickformat": ",d",
            "fixedrange": True,
            "nticks": 7,
        },
        xaxis2={
            "overlaying": "x",
            "side": "top",
            "range": [0, 1.02],
            "tickvals": [0, 0.2, 0.4, 0.6, 0.8, 1],
            "tickformat": ".0%",
            "tickfont": {"color": colours.accent},
            "showgrid": False,
            "fixedrange": True,
        },
        yaxis=names_axis(shown["author_id"], shown["author_name"], colours),
    )
