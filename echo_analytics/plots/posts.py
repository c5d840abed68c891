"""Figures of posts."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import plotly.graph_objects as go
import pyarrow as pa

from echo_analytics.arguments import time_zone
from echo_analytics.plots.columns import INSTANT, read
from echo_analytics.plots.lanes import Lanes
from echo_analytics.plots.template import (
    DATES,
    HEAD_WITH_LEGEND,
    HOURS,
    STATUSES,
    blank,
    no_data,
    palette,
)
from echo_analytics.plots.text import ABSENT, count, days, literal, moment, paragraph, short

if TYPE_CHECKING:
    from datetime import date

    from echo_analytics.plots.columns import Columns, Frame
    from echo_analytics.plots.template import Palette, Theme

_DAILY = {
    "date": pa.date32(),
    "total_posts": pa.int64(),
    "published_posts": pa.int64(),
    "draft_posts": pa.int64(),
    "archived_posts": pa.int64(),
    "unique_authors": pa.int64(),
}
_NEWEST = {
    "title": pa.string(),
    "created_at": INSTANT,
    "author_name": pa.string(),
    "category": pa.string(),
}
_DAILY_TITLE = "Posts per day"
_NEWEST_TITLE = "Newest posts by category"
_MOST_BARS = 62
"""Days up to which bars are wide enough to be told apart; areas with steps follow."""
_MOST_MARKERS = 31
_LONG_RANGE = 200
"""Days from which choosing a part of the range is worth the room it takes."""
_MOST_LARGE_DOTS = 250
_POST_HOVER = (
    "<b>%{customdata[0]}</b><br>Author: %{customdata[1]}<br>Category: %{customdata[2]}"
    "<br>Created: %{customdata[3]}<extra></extra>"
)


def daily_posts(frame: Frame, *, timezone: str = "UTC", theme: Theme = "light") -> go.Figure:
    """Draw the posts of each day by status, and the number of authors below them.

    Parameters
    ----------
    frame
        What the analysis of the same name returns.
    timezone
        The IANA name of the zone that the days were counted in, for the subtitle.
    theme
        "light" or "dark".

    Returns
    -------
    plotly.graph_objects.Figure
        Bars for some weeks, areas with daily steps for longer ranges, both from zero.

    Raises
    ------
    InvalidInput
        A column is missing or of another type, or the zone is unknown.

    Examples
    --------
    >>> daily_posts(frame, timezone="Europe/Berlin").layout.title.text
    'Posts per day'
    """
    zone = time_zone(timezone).key
    columns = _by_date(read(frame, _DAILY))
    dates = columns["date"]
    if not dates:
        return no_data(theme, _DAILY_TITLE)
    total = count(sum(columns["total_posts"]), "post")
    subtitle = f"{days(dates[0], dates[-1])} ({literal(zone)}) · {total}"
    figure = blank(theme, _DAILY_TITLE, subtitle, 500)
    colours = palette(theme)
    as_areas = len(dates) > _MOST_BARS and _without_gaps(dates)
    figure.add_traces([_status(columns, name, colours, as_areas) for name in STATUSES])
    figure.add_traces([_totals(columns), _authors(columns, colours)])
    return _with_panels(figure, columns, colours)


def _by_date(columns: Columns) -> Columns:
    dates = columns["date"]
    order = sorted(range(len(dates)), key=dates.__getitem__)
    return {name: [values[row] for row in order] for name, values in columns.items()}


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
            "range": _whole_days(columns["date"]),
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


def posts_with_authors(frame: Frame, *, theme: Theme = "light") -> go.Figure:
    """Draw the newest posts as dots along the time, a lane for each category.

    Parameters
    ----------
    frame
        What the analysis of the same name returns.
    theme
        "light" or "dark".

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
        return no_data(theme, _NEWEST_TITLE)
    lanes = Lanes(columns["category"])
    period = days(min(moments).date(), max(moments).date())
    authors = count(len(set(columns["author_name"])), "author")
    subtitle = f"{count(len(moments), 'post')} by {authors} · {period} (UTC)"
    figure = blank(theme, _NEWEST_TITLE, subtitle, 160 + 56 * len(lanes.labels))
    figure.add_trace(_dots(columns, lanes, palette(theme)))
    return _with_lanes(figure, lanes)


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
