"""Figures of who writes: who comes and goes, how often they write, how far they come."""

from __future__ import annotations

from typing import TYPE_CHECKING

import plotly.graph_objects as go
import pyarrow as pa

from echo_analytics.arguments import time_zone
from echo_analytics.plots.columns import in_order, read
from echo_analytics.plots.marks import (
    hatched,
    hatching_explained,
    percent,
    signed_axis,
    unfinished_region,
)
from echo_analytics.plots.origin import described, scope
from echo_analytics.plots.panels import count_axis
from echo_analytics.plots.template import HEAD_WITH_LEGEND, blank, no_data, palette
from echo_analytics.plots.text import count, days, literal
from echo_analytics.plots.times import slider, step_of, time_axis, whole_days

if TYPE_CHECKING:
    from datetime import date

    from echo_analytics.plots.columns import Columns, Frame
    from echo_analytics.plots.origin import Origin
    from echo_analytics.plots.template import Palette, Theme

_KINDS = ("new", "returning", "resurrected", "dormant")
_LIFECYCLE = {
    "bucket": pa.date32(),
    **{f"{kind}_authors": pa.int64() for kind in _KINDS},
    "is_complete": pa.bool_(),
}
_STICKINESS = {
    "date": pa.date32(),
    "daily_active": pa.int64(),
    "weekly_active": pa.int64(),
    "monthly_active": pa.int64(),
    "daily_weekly": pa.float64(),
    "daily_monthly": pa.float64(),
    "is_complete": pa.bool_(),
}
_FUNNEL = {
    "step": pa.int64(),
    "step_name": pa.string(),
    "users": pa.int64(),
    "conversion_from_first": pa.float64(),
    "conversion_from_previous": pa.float64(),
    "median_hours": pa.float64(),
}
_LIFECYCLE_TITLE = "Authors who come, stay and leave"
_STICKINESS_TITLE = "Active authors"
_FUNNEL_TITLE = "From sign-up to the second published post"


def author_lifecycle(
    frame: Frame, *, timezone: str = "UTC", theme: Theme = "light", meta: Origin | None = None
) -> go.Figure:
    """Draw new, returning and resurrected authors above zero, and dormant ones below it.

    Parameters
    ----------
    frame
        What the analysis of the same name returns.
    timezone
        The IANA name of the zone that the periods were counted in, for the subtitle.
    theme
        "light" or "dark".
    meta
        Where the frame came from, for ``layout.meta``.

    Returns
    -------
    plotly.graph_objects.Figure
        A stack a period: above zero its active authors, below it those who no longer are. Periods
        that are not over are hatched.

    Raises
    ------
    InvalidInput
        A column is missing or of another type, or the zone is unknown.

    Examples
    --------
    >>> author_lifecycle(weeks).layout.title.text
    'Authors who come, stay and leave'
    """
    zone, colours = time_zone(timezone), palette(theme)
    columns = _ordered(read(frame, _LIFECYCLE), "bucket")
    buckets = columns["bucket"]
    if not buckets:
        return described(no_data(theme, _LIFECYCLE_TITLE), "author_lifecycle", columns, meta)
    step = step_of(buckets)
    subtitle = f"By {step}, {days(*whole_days(buckets, zone))} ({literal(zone.key)})"
    figure = blank(theme, _LIFECYCLE_TITLE, subtitle, 440)
    figure.add_traces([_kind(columns, kind, place, colours) for place, kind in enumerate(_KINDS)])
    if not all(columns["is_complete"]):
        figure.add_trace(hatching_explained(colours))
    active = map(sum, zip(*(columns[f"{kind}_authors"] for kind in _KINDS[:3]), strict=True))
    figure.update_layout(
        barmode="relative",
        bargap=0.2,
        margin={"t": HEAD_WITH_LEGEND},
        hovermode="x unified",
        xaxis=time_axis(step, colours),
        yaxis=signed_axis(max(active), max(columns["dormant_authors"])),
    )
    figure.update_yaxes(zerolinecolor=colours.axis)
    return described(figure, "author_lifecycle", columns, meta)


def _kind(columns: Columns, kind: str, place: int, colours: Palette) -> go.Bar:
    counts = columns[f"{kind}_authors"]
    colour = (*colours.others[:3], colours.axis)[place]
    return go.Bar(
        name=kind.capitalize(),
        x=columns["bucket"],
        y=[-number for number in counts] if kind == "dormant" else counts,
        customdata=counts,
        hovertemplate=f"{kind.capitalize()}: %{{customdata:,}}<extra></extra>",
        marker=hatched(colour, columns["is_complete"]),
    )


def stickiness(
    frame: Frame, *, timezone: str = "UTC", theme: Theme = "light", meta: Origin | None = None
) -> go.Figure:
    """Draw daily, weekly and monthly active authors, and their ratios below them.

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
        Three lines from zero, told apart by their dashes too, above the two ratios.

    Raises
    ------
    InvalidInput
        A column is missing or of another type, or the zone is unknown.

    Examples
    --------
    >>> stickiness(active).layout.title.text
    'Active authors'
    """
    zone, colours = time_zone(timezone).key, palette(theme)
    columns = _ordered(read(frame, _STICKINESS), "date")
    dates = columns["date"]
    if not dates:
        return described(no_data(theme, _STICKINESS_TITLE), "stickiness", columns, meta)
    subtitle = f"{days(dates[0], dates[-1])} ({literal(zone)}) · ratios below"
    figure = blank(theme, _STICKINESS_TITLE, subtitle, 500)
    lines = (
        ("monthly_active", "In 30 days", colours.others[0], "dash", "y", ","),
        ("weekly_active", "In 7 days", colours.others[3], "dot", "y", ","),
        ("daily_active", "On the day", colours.others[1], "solid", "y", ","),
        ("daily_weekly", "Of those in 7 days", colours.others[3], "dot", "y2", ".1%"),
        ("daily_monthly", "Of those in 30 days", colours.others[0], "dash", "y2", ".1%"),
    )
    figure.add_traces(
        [
            go.Scatter(
                name=name,
                x=dates,
                y=columns[column],
                yaxis=axis,
                mode="lines+markers" if len(dates) < 3 else "lines",
                line={"color": colour, "width": 2, "dash": dash},
                hovertemplate=f"{name}: %{{y:{form}}}<extra></extra>",
                showlegend=axis == "y",
            )
            for column, name, colour, dash, axis, form in lines
        ]
    )
    if not all(columns["is_complete"]):
        first = dates[columns["is_complete"].index(False)]
        figure.update_layout(**unfinished_region(first, dates[-1], colours))
    ratios = [value for value in columns["daily_weekly"] if value is not None]
    figure.update_layout(
        margin={"t": HEAD_WITH_LEGEND},
        hovermode="x unified",
        hoversubplots="axis",
        xaxis={**time_axis("day", colours), "anchor": "y2", **slider(len(dates))},
        yaxis={"domain": [0.4, 1], **count_axis(columns["monthly_active"])},
        yaxis2={
            "domain": [0, 0.28],
            "range": [0, max([0.05, *ratios]) * 1.05],
            "tickformat": ".0%",
            "nticks": 4,
            "fixedrange": True,
        },
    )
    return described(figure, "stickiness", columns, meta)


def publishing_funnel(
    frame: Frame,
    *,
    start: date | str | None = None,
    end: date | str | None = None,
    timezone: str = "UTC",
    theme: Theme = "light",
    meta: Origin | None = None,
) -> go.Figure:
    """Draw how many of those who signed up reached each step, as a funnel.

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
        A step a row with its users and their share of those who signed up.

    Raises
    ------
    InvalidInput
        A column is missing or of another type, or the range or the zone is wrong.

    Examples
    --------
    >>> publishing_funnel(steps).layout.title.text
    'From sign-up to the second published post'
    """
    where, colours = scope(start, end, timezone), palette(theme)
    columns = _ordered(read(frame, _FUNNEL), "step")
    if not columns["step"]:
        return described(no_data(theme, _FUNNEL_TITLE), "publishing_funnel", columns, meta)
    users = columns["users"]
    subtitle = f"Users who signed up: {where} · {count(users[0], 'user')}"
    figure = blank(theme, _FUNNEL_TITLE, subtitle, 360)
    shares = list(map(percent, columns["conversion_from_first"]))
    figure.add_trace(
        go.Funnel(
            x=users,
            y=[literal(name.capitalize()) for name in columns["step_name"]],
            text=[f"{n:,} ({share})" for n, share in zip(users, shares, strict=True)],
            textinfo="text",
            textposition="auto",
            constraintext="none",
            insidetextfont={"color": colours.background},
            outsidetextfont={"color": colours.text},
            marker={"color": colours.published},
            connector={"fillcolor": colours.grid, "line": {"width": 0}},
            customdata=list(
                zip(
                    shares,
                    map(percent, columns["conversion_from_previous"]),
                    map(_hours, columns["median_hours"]),
                    strict=True,
                )
            ),
            hovertemplate=(
                "<b>%{y}</b><br>Users: %{x:,}<br>Of those who signed up: %{customdata[0]}"
                "<br>Of the step before: %{customdata[1]}"
                "<br>Median time since sign-up: %{customdata[2]}<extra></extra>"
            ),
        )
    )
    figure.update_layout(
        hovermode="closest",
        showlegend=False,
        xaxis={"visible": False, "fixedrange": True},
        yaxis={"fixedrange": True, "tickfont": {"color": colours.text, "size": 13}},
    )
    return described(figure, "publishing_funnel", columns, meta)


def _hours(hours: float | None) -> str:
    if hours is None:
        return "–"
    return f"{hours:,.1f} hours" if hours < 48 else f"{hours / 24:,.1f} days"


def _ordered(columns: Columns, by: str) -> Columns:
    keys = columns[by]
    return in_order(columns, sorted(range(len(keys)), key=keys.__getitem__))
