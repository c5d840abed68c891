"""Posts of periods as panels on one axis: posts by status, authors, and the running total."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import plotly.graph_objects as go

from echo_analytics.plots.marks import hatched, hatching_explained, unfinished_region
from echo_analytics.plots.template import HEAD_WITH_LEGEND, STATUSES
from echo_analytics.plots.times import LONG_RANGE, slider, time_axis

if TYPE_CHECKING:
    from datetime import date

    from echo_analytics.plots.columns import Columns
    from echo_analytics.plots.template import Palette
    from echo_analytics.plots.times import Step

_MOST_BARS = 62
"""Days up to which bars are wide enough to be told apart; areas with steps follow."""
_MOST_MARKERS = 31
_RUNNING = "total_posts_cumulative"
_RUNNING_TOP = 0.13
_RUNNING_HEIGHT = 120
"""Pixels that the figure is higher where the running total is drawn."""


def draw_periods(figure: go.Figure, columns: Columns, colours: Palette, every: Step) -> go.Figure:
    """Draw periods that are in order into a blank figure; their first days are ``date``."""
    dates = columns["date"]
    as_areas = every == "day" and len(dates) > _MOST_BARS and _without_gaps(dates)
    complete = columns.get("is_complete", [True] * len(dates))
    figure.add_traces([_status(columns, name, colours, as_areas, complete) for name in STATUSES])
    figure.add_traces([*_beside(columns, colours), _totals(columns), _authors(columns, colours)])
    if _RUNNING in columns:
        figure.add_trace(_running(columns, colours))
    if not all(complete) and as_areas:
        figure.update_layout(**unfinished_region(dates[complete.index(False)], dates[-1], colours))
    elif not all(complete):
        figure.add_trace(hatching_explained(colours))
    return _with_panels(figure, columns, colours, every)


def _without_gaps(dates: list[date]) -> bool:
    return dates[-1] - dates[0] == timedelta(days=len(dates) - 1)


def _status(
    columns: Columns, status: str, colours: Palette, as_areas: bool, complete: list[bool]
) -> go.Bar | go.Scatter:
    colour = colours.status(status)
    shared = {
        "name": status.capitalize(),
        "x": columns["date"],
        "y": columns[f"{status}_posts"],
        "hovertemplate": f"{status.capitalize()}: %{{y:,}}<extra></extra>",
    }
    if not as_areas:
        return go.Bar(**shared, marker=hatched(colour, complete))
    return go.Scatter(
        **shared,
        mode="lines",
        stackgroup="posts",
        fillcolor=colour,
        line={"shape": "hvh", "width": 0, "color": colour},
    )


def _beside(columns: Columns, colours: Palette) -> list[go.Scatter]:
    """The rolling mean and what it is compared with, where the frame has them."""
    kinds = (
        ("total_posts_rolling", "Rolling mean", "solid", ",.1f"),
        ("total_posts_previous", "Compared with", "dot", ","),
    )
    return [
        go.Scatter(
            name=name,
            x=columns["date"],
            y=columns[column],
            mode="lines",
            line={"color": colours.text, "width": 1.75, "dash": dash},
            hovertemplate=f"{name}: %{{y:{form}}}<extra></extra>",
        )
        for column, name, dash, form in kinds
        if column in columns
    ]


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


def _running(columns: Columns, colours: Palette) -> go.Scatter:
    authors = columns.get("unique_authors_cumulative")
    by = "" if authors is None else " by %{customdata:,} authors"
    return go.Scatter(
        name="Running total",
        x=columns["date"],
        y=columns[_RUNNING],
        yaxis="y3",
        customdata=authors,
        mode="lines",
        line={"color": colours.text, "width": 1.5, "shape": "hv"},
        hovertemplate=f"Running total: %{{y:,}}{by}<extra></extra>",
        showlegend=False,
    )


def _with_panels(figure: go.Figure, columns: Columns, colours: Palette, every: Step) -> go.Figure:
    long = every == "day" and len(columns["date"]) > LONG_RANGE
    highest = [
        value
        for name in ("total_posts", "total_posts_rolling", "total_posts_previous")
        for value in columns.get(name, [])
        if value is not None
    ]
    running = columns.get(_RUNNING)
    # From the top: posts, authors, and the running total where there is one.
    posts, authors = ((0.32, 1), (0, 0.2)) if running is None else ((0.48, 1), (0.25, 0.38))
    captions = [_caption("Unique authors", authors[1], colours.accent)]
    below = {}
    if running is not None:
        captions.append(_caption("Running total", _RUNNING_TOP, colours.text))
        below["yaxis3"] = {"domain": [0, _RUNNING_TOP], "nticks": 3, **count_axis(running)}
        figure.update_layout(height=figure.layout.height + _RUNNING_HEIGHT)
    return figure.update_layout(
        **below,
        barmode="stack",
        bargap=0.2,
        margin={"t": HEAD_WITH_LEGEND},
        hovermode="x unified",
        hoversubplots="axis",
        xaxis={
            **time_axis(every, colours),
            "anchor": "y2" if running is None else "y3",
            "range": _whole_days(columns["date"]) if every == "day" and not long else None,
            "rangeselector": _ranges(colours) if long else None,
            **(slider(len(columns["date"])) if long else {}),
        },
        yaxis={"domain": posts, **count_axis(highest)},
        yaxis2={"domain": authors, "nticks": 3, **count_axis(columns["unique_authors"])},
        annotations=[*figure.layout.annotations, *captions],
    )


def _whole_days(dates: list[date]) -> list[str]:
    # A bar stands around the midnight that its day begins with.
    return [f"{dates[0] - timedelta(days=1)} 12:00", f"{dates[-1]} 12:00"]


def count_axis(counts: list[int]) -> dict[str, object]:
    """Return an axis of whole numbers from zero."""
    most = max(counts, default=0)
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


def _caption(text: str, top: float, colour: str) -> dict[str, object]:
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
        "font": {"color": colour, "size": 13},
    }
