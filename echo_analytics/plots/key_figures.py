"""The figure of the key figures of a range."""

from __future__ import annotations

from typing import TYPE_CHECKING

import plotly.graph_objects as go
import pyarrow as pa

from echo_analytics.plots.columns import read
from echo_analytics.plots.marks import change
from echo_analytics.plots.origin import described, scope
from echo_analytics.plots.template import blank, no_data, palette
from echo_analytics.plots.text import ABSENT, literal

if TYPE_CHECKING:
    from datetime import date

    from echo_analytics.plots.columns import Frame
    from echo_analytics.plots.origin import Origin
    from echo_analytics.plots.template import Theme

_COLUMNS = {
    "metric": pa.string(),
    "value": pa.float64(),
    "value_previous": pa.float64(),
    "change": pa.float64(),
    "relative_change": pa.float64(),
}
_TITLE = "Key figures"
_NAMES = {"unique_authors": "Active authors", "posts_per_author": "Posts per author"}
_IN_A_ROW = 4


def overview(
    frame: Frame,
    *,
    start: date | str | None = None,
    end: date | str | None = None,
    timezone: str = "UTC",
    theme: Theme = "light",
    meta: Origin | None = None,
) -> go.Figure:
    """Draw the key figures as tiles: the value, and the change against the range before.

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
        A tile a figure. Changes are told by sign and arrow and have no colour of their own, for
        more need not be better.

    Raises
    ------
    InvalidInput
        A column is missing or of another type, or the range or the zone is wrong.

    Examples
    --------
    >>> overview(figures).layout.title.text
    'Key figures'
    """
    where, colours = scope(start, end, timezone), palette(theme)
    columns = read(frame, _COLUMNS)
    number = len(columns["metric"])
    if not number:
        return described(no_data(theme, _TITLE), "overview", columns, meta)
    lines = -(-number // _IN_A_ROW)
    figure = blank(theme, _TITLE, where, 100 + 110 * lines)
    notes = []
    for place, (metric, value, before, _, relative) in enumerate(
        zip(*columns.values(), strict=True)
    ):
        left = (place % _IN_A_ROW) / _IN_A_ROW
        top = 1 - (place // _IN_A_ROW) / lines
        for text, size, colour, down in (
            (literal(figure_name(metric)), 13, colours.quiet, 0),
            (f"<b>{_number(value)}</b>", 26, colours.text, -18),
            (_before(before, relative), 12, colours.quiet, -56),
        ):
            notes.append(
                {
                    "text": text,
                    "showarrow": False,
                    "xref": "paper",
                    "yref": "paper",
                    "x": left,
                    "xanchor": "left",
                    "y": top,
                    "yanchor": "top",
                    "yshift": down,
                    "align": "left",
                    "font": {"size": size, "color": colour},
                }
            )
    # An axis of nothing gives the notes their place; the points carry the values for a reader
    # that does not see them.
    figure.add_trace(
        go.Scatter(
            x=list(range(number)),
            y=columns["value"],
            text=[literal(figure_name(metric)) for metric in columns["metric"]],
            mode="markers",
            marker={"opacity": 0},
            hoverinfo="skip",
            showlegend=False,
        )
    )
    hidden = {"visible": False, "fixedrange": True}
    figure.update_layout(annotations=notes, xaxis=hidden, yaxis=hidden, margin={"b": 12})
    return described(figure, "overview", columns, meta)


def figure_name(metric: str) -> str:
    """Return what a key figure is called.

    >>> figure_name("total_posts"), figure_name("unique_authors")
    ('Total posts', 'Active authors')
    """
    return _NAMES.get(metric, metric.replace("_", " ").capitalize())


def _number(value: float | None) -> str:
    if value is None:
        return ABSENT
    return f"{value:,.0f}" if value == int(value) else f"{value:,.2f}"


def _before(before: float | None, relative: float | None) -> str:
    told = f"before: {_number(before)}"
    if relative is None:
        return told
    arrow = "▲" if relative > 0 else "▼" if relative < 0 else "="
    return f"{arrow} {change(relative)} · {told}"
