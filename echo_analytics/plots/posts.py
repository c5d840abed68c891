"""Figures of posts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import plotly.graph_objects as go
import pyarrow as pa

from echo_analytics.plots.columns import INSTANT, read
from echo_analytics.plots.lanes import Lanes
from echo_analytics.plots.origin import described
from echo_analytics.plots.template import HOURS, blank, no_data, palette
from echo_analytics.plots.text import ABSENT, count, days, moment, paragraph, short

if TYPE_CHECKING:
    from echo_analytics.plots.columns import Columns, Frame
    from echo_analytics.plots.origin import Origin
    from echo_analytics.plots.template import Palette, Theme

_NEWEST = {
    "title": pa.string(),
    "created_at": INSTANT,
    "author_name": pa.string(),
    "category": pa.string(),
}
_NEWEST_TITLE = "Newest posts by category"
_MOST_LARGE_DOTS = 250
_POST_HOVER = (
    "<b>%{customdata[0]}</b><br>Author: %{customdata[1]}<br>Category: %{customdata[2]}"
    "<br>Created: %{customdata[3]}<extra></extra>"
)


def posts_with_authors(
    frame: Frame, *, theme: Theme = "light", meta: Origin | None = None
) -> go.Figure:
    """Draw the newest posts as dots along the time, a lane for each category.

    Parameters
    ----------
    frame
        What the analysis of the same name returns.
    theme
        "light" or "dark".
    meta
        Where the frame came from, for ``layout.meta``.

    Returns
    -------
    plotly.graph_objects.Figure
        One dot a post; posts of about the same time are moved apart within their lane. The
        categories with fewest posts share a lane when there are more than twelve.

    Raises
    ------
    InvalidInput
        A column is missing or of another type.

    Examples
    --------
    >>> posts_with_authors(newest).layout.title.text
    'Newest posts by category'
    """
    columns = read(frame, _NEWEST)
    moments = columns["created_at"]
    if not moments:
        return described(no_data(theme, _NEWEST_TITLE), "posts_with_authors", columns, meta)
    lanes = Lanes(columns["category"])
    period = days(min(moments).date(), max(moments).date())
    authors = count(len(set(columns["author_name"])), "author")
    subtitle = f"{count(len(moments), 'post')} by {authors} · {period} (UTC)"
    figure = blank(theme, _NEWEST_TITLE, subtitle, 160 + 56 * len(lanes.labels))
    figure.add_trace(_dots(columns, lanes, palette(theme)))
    return described(_with_lanes(figure, lanes), "posts_with_authors", columns, meta)


def _dots(columns: Columns, lanes: Lanes, colours: Palette) -> go.Scatter:
    few = len(columns["title"]) <= _MOST_LARGE_DOTS
    return go.Scatter(
        mode="markers",
        x=columns["created_at"],
        y=lanes.heights(columns["created_at"]),
        marker={
            "color": colours.published,
            "size": 10 if few else 6,
            "opacity": 0.85 if few else 0.7,
            "line": {"color": colours.background, "width": 1},
        },
        customdata=list(
            zip(
                map(paragraph, columns["title"]),
                (short(name, 60) for name in columns["author_name"]),
                (ABSENT if name is None else short(name, 60) for name in columns["category"]),
                map(moment, columns["created_at"]),
                strict=True,
            )
        ),
        hovertemplate=_POST_HOVER,
        showlegend=False,
    )


def _with_lanes(figure: go.Figure, lanes: Lanes) -> go.Figure:
    number = len(lanes.labels)
    return figure.update_layout(
        hovermode="closest",
        xaxis={"type": "date", "tickformatstops": HOURS, "showline": True, "ticks": "outside"},
        yaxis={
            "range": [number - 0.5, -0.5],
            "tickmode": "array",
            "tickvals": list(range(number)),
            "ticktext": lanes.labels,
            "tickfont": {"color": figure.layout.template.layout.font.color, "size": 13},
            "fixedrange": True,
        },
    )
