"""The figure of unusual days."""

from __future__ import annotations

from typing import TYPE_CHECKING

import plotly.graph_objects as go
import pyarrow as pa

from echo_analytics.arguments import time_zone
from echo_analytics.plots.columns import in_order, read
from echo_analytics.plots.marks import faded, unfinished_region
from echo_analytics.plots.origin import described
from echo_analytics.plots.panels import count_axis
from echo_analytics.plots.template import HEAD_WITH_LEGEND, blank, no_data, palette
from echo_analytics.plots.text import ABSENT, count, days, literal
from echo_analytics.plots.times import slider, time_axis

if TYPE_CHECKING:
    from echo_analytics.plots.columns import Columns, Frame
    from echo_analytics.plots.origin import Origin
    from echo_analytics.plots.template import Palette, Theme

_COLUMNS = {
    "date": pa.date32(),
    "total_posts": pa.int64(),
    "expected": pa.float64(),
    "lower": pa.float64(),
    "upper": pa.float64(),
    "score": pa.float64(),
    "is_anomaly": pa.bool_(),
    "is_complete": pa.bool_(),
}
_TITLE = "Unusual days"
_HOVER = (
    "Posts: %{y:,}<br>Expected: %{customdata[0]} (%{customdata[1]} to %{customdata[2]})"
    "<br>Score: %{customdata[3]}<extra></extra>"
)


def post_anomalies(
    frame: Frame, *, timezone: str = "UTC", theme: Theme = "light", meta: Origin | None = None
) -> go.Figure:
    """Draw the posts of each day, the band in which they were expected, and the unusual days.

    Parameters
    ----------
    frame
        What the analysis of the same name returns.
    timezone
        The IANA name of the zone that the days were counted in, for the subtitle.
    theme
        "light" or "dark".
    meta
        Where the frame came from, for ``layout.meta``.

    Returns
    -------
    plotly.graph_objects.Figure
        A line from zero over its band; unusual days are marked by triangles that point up for more
        posts than expected, and down for fewer.

    Raises
    ------
    InvalidInput
        A column is missing or of another type, or the zone is unknown.

    Examples
    --------
    >>> post_anomalies(unusual).layout.title.text
    'Unusual days'
    """
    zone, colours = time_zone(timezone).key, palette(theme)
    columns = read(frame, _COLUMNS)
    order = sorted(range(len(columns["date"])), key=columns["date"].__getitem__)
    columns = in_order(columns, order)
    dates = columns["date"]
    if not dates:
        return described(no_data(theme, _TITLE), "post_anomalies", columns, meta)
    marked = sum(columns["is_anomaly"])
    subtitle = (
        f"{days(dates[0], dates[-1])} ({literal(zone)}) · "
        f"{count(marked, 'unusual day')} of {len(dates):,}"
    )
    figure = blank(theme, _TITLE, subtitle, 420)
    figure.add_traces([*_band(columns, colours), _line(columns, colours), _marks(columns, colours)])
    if not all(columns["is_complete"]):
        first = dates[columns["is_complete"].index(False)]
        figure.update_layout(**unfinished_region(first, dates[-1], colours))
    highest = [value for value in columns["upper"] if value is not None]
    figure.update_layout(
        margin={"t": HEAD_WITH_LEGEND},
        hovermode="x",
        xaxis={**time_axis("day", colours), **slider(len(dates))},
        yaxis=count_axis([*columns["total_posts"], *(int(value) + 1 for value in highest)]),
    )
    return described(figure, "post_anomalies", columns, meta)


def _band(columns: Columns, colours: Palette) -> list[go.Scatter]:
    edge = {"width": 0, "shape": "hvh"}
    shared = {"x": columns["date"], "mode": "lines", "hoverinfo": "skip", "line": edge}
    return [
        go.Scatter(**shared, y=columns["lower"], showlegend=False),
        go.Scatter(
            **shared,
            y=columns["upper"],
            name="Expected",
            fill="tonexty",
            fillcolor=faded(colours.axis, 0.4),
        ),
    ]


def _line(columns: Columns, colours: Palette) -> go.Scatter:
    return go.Scatter(
        name="Posts",
        x=columns["date"],
        y=columns["total_posts"],
        mode="lines+markers" if len(columns["date"]) < 3 else "lines",
        line={"color": colours.published, "width": 1.75},
        customdata=_hovers(columns),
        hovertemplate=_HOVER,
    )


def _marks(columns: Columns, colours: Palette) -> go.Scatter:
    rows = [row for row, marked in enumerate(columns["is_anomaly"]) if marked]
    shown = in_order(columns, rows)
    return go.Scatter(
        name="Unusual day",
        x=shown["date"],
        y=shown["total_posts"],
        mode="markers",
        marker={
            "color": colours.others[3],
            "size": 12,
            "symbol": ["triangle-up" if score > 0 else "triangle-down" for score in shown["score"]],
            "line": {"color": colours.background, "width": 1},
        },
        cliponaxis=False,
        hoverinfo="skip",
    )


def _hovers(columns: Columns) -> list[tuple[str, ...]]:
    return [
        tuple(ABSENT if value is None else f"{value:,.1f}" for value in values)
        for values in zip(
            *(columns[name] for name in ("expected", "lower", "upper", "score")), strict=True
        )
    ]
