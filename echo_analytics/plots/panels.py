"""Posts of days as two panels on one axis: posts by status, and authors below."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import plotly.graph_objects as go

from echo_analytics.plots.template import DATES, HEAD_WITH_LEGEND, STATUSES

if TYPE_CHECKING:
    from datetime import date

    from echo_analytics.plots.columns import Columns
    from echo_analytics.plots.template import Palette

_MOST_BARS = 62
"""Days up to which bars are wide enough to be told apart; areas with steps follow."""
_MOST_MARKERS = 31
_LONG_RANGE = 200
"""Days from which choosing a part of the range is worth the room it takes."""


def draw_days(figure: go.Figure, columns: Columns, colours: Palette) -> go.Figure:
    """Draw days that are in order into a blank figure."""
    dates = columns["date"]
    as_areas = len(dates) > _MOST_BARS and _without_gaps(dates)
    figure.add_traces([_status(columns, name, colours, as_areas) for name in STATUSES])
    figure.add_traces([_totals(columns), _authors(columns, colours)])
    return _with_panels(figure, columns, colours)


def _without_gaps(dates: list[date]) -> bool:
    return dates[-1] - dates[0] == timedelta(days=len(dates) - 1)


def _status(columns: Columns, status: str, colours: Palette, as_areas: bool) -> go.Bar | go.Scatter:
    colour = colours.status(status)
    shared = {
        "name": status.capitalize(),
        "x": columns["date"],
        "y": columns[f"{status}_posts"],
        "hovertemplate": f"{status.capitalize()}: %{{y:,}}<extra></extra>",
    }
    if not as_areas:
        return go.Bar(**shared, marker={"color": colour, "line": {"width": 0}})
    return go.Scatter(
        **shared,
        mode="lines",
        stackgroup="posts",
        fillcolor=colour,
        line={"shape": "hvh", "width": 0, "color": colour},
    )


def _totals(columns: Columns) -> go.Scatter:
    return go.Scatter(
        x=columns["date"],
        y=columns["total_posts"],
        mode="lines",
        line={"width": 0, "color": "rgba(0,0,0,0)"},
        hovertemplate="All posts: %{y:,}<extra></extra>",
        showlegend=False,
    )


def _authors(columns: Columns, colours: Palette) -> go.Scatter:
    few = len(columns["date"]) <= _MOST_MARKERS
    return go.Scatter(
        name="Unique authors",
        x=columns["date"],
        y=columns["unique_authors"],
        yaxis="y2",
        mode="lines+markers" if few else "lines",
        line={"color": colours.accent, "width": 1.5},
        marker={"size": 6},
        hovertemplate="Unique authors: %{y:,}<extra></extra>",
        showlegend=False,
    )


def _with_panels(figure: go.Figure, columns: Columns, colours: Palette) -> go.Figure:
    long = len(columns["date"]) > _LONG_RANGE
    return figure.update_layout(
        barmode="stack",
        bargap=0.2,
        margin={"t": HEAD_WITH_LEGEND},
        hovermode="x unified",
        hoversubplots="axis",
        xaxis={
            "type": "date",
            "anchor": "y2",
            "range": None if long else _whole_days(columns["date"]),
            "hoverformat": "%A, %-d %B %Y",
            "tickformatstops": DATES,
            "showgrid": False,
            "showline": True,
            "ticks": "outside",
            "showspikes": True,
            "spikemode": "across",
            "spikedash": "solid",
            "spikethickness": 1,
            "spikecolor": colours.quiet,
            "rangeselector": _ranges(colours) if long else None,
        },
        yaxis={"domain": [0.32, 1], **_count_axis(columns["total_posts"])},
        yaxis2={"domain": [0, 0.2], "nticks": 3, **_count_axis(columns["unique_authors"])},
        annotations=[_caption("Unique authors", 0.2, colours)],
    )


def _whole_days(dates: list[date]) -> list[str]:
    # A bar stands around the midnight that its day begins with.
    return [f"{dates[0] - timedelta(days=1)} 12:00", f"{dates[-1]} 12:00"]


def _count_axis(counts: list[int]) -> dict[str, object]:
    most = max(counts)
    whole = {"dtick": 1} if most < 6 else {}
    return {"range": [0, max(1, most) * 1.05], "tickformat": ",d", "fixedrange": True, **whole}


def _ranges(colours: Palette) -> dict[str, object]:
    months = [
        {"count": number, "label": f"{number} months", "step": "month", "stepmode": "backward"}
        for number in (3, 6, 12)
    ]
    return {
        "buttons": [*months, {"label": "All", "step": "all"}],
        "x": 1,
        "xanchor": "right",
        "y": 1.01,
        "yanchor": "bottom",
        "bgcolor": colours.background,
        "activecolor": colours.grid,
        "bordercolor": colours.grid,
        "borderwidth": 1,
        "font": {"size": 12, "color": colours.quiet},
    }


def _caption(text: str, top: float, colours: Palette) -> dict[str, object]:
    return {
        "text": text,
        "showarrow": False,
        "x": 0,
        "xref": "paper",
        "xanchor": "left",
        "y": top,
        "yref": "paper",
        "yanchor": "bottom",
        "yshift": 4,
        "font": {"color": colours.accent, "size": 13},
    }
