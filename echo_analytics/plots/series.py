"""Figures of posts over time: by day, by any bucket, and a panel for each group."""

from __future__ import annotations

from typing import TYPE_CHECKING

import plotly.graph_objects as go
import pyarrow as pa

from echo_analytics.arguments import choice, time_zone
from echo_analytics.buckets import EVERY
from echo_analytics.frames import to_arrow
from echo_analytics.plots.columns import INSTANT, in_order, read
from echo_analytics.plots.marks import hatched, hatching_explained
from echo_analytics.plots.origin import asked_for, described
from echo_analytics.plots.panels import count_axis, draw_periods
from echo_analytics.plots.template import HEAD_WITH_LEGEND, STATUSES, blank, no_data, palette
from echo_analytics.plots.text import count, days, literal, short
from echo_analytics.plots.times import step_of, time_axis, whole_days

if TYPE_CHECKING:
    from echo_analytics.buckets import Every
    from echo_analytics.plots.columns import Columns, Frame
    from echo_analytics.plots.origin import Origin
    from echo_analytics.plots.template import Palette, Theme
    from echo_analytics.plots.times import Step

_COUNTS = {
    "total_posts": pa.int64(),
    "published_posts": pa.int64(),
    "draft_posts": pa.int64(),
    "archived_posts": pa.int64(),
    "unique_authors": pa.int64(),
}
_GROUP = {
    "group_key": pa.string(),
    "group_kind": pa.string(),
    "group_label": pa.string(),
}
_MORE = {
    **_GROUP,
    "is_complete": pa.bool_(),
    "total_posts_rolling": pa.float64(),
    "total_posts_previous": pa.int64(),
    "total_posts_cumulative": pa.int64(),
    "unique_authors_cumulative": pa.int64(),
}
_TITLE = "Posts per {}"
_PANEL = 84
_HEAD = HEAD_WITH_LEGEND + 16
_HOVER = (
    "<b>%{customdata[0]}</b><br>All posts: %{customdata[1]:,}<br>Published: %{customdata[2]:,}"
    "<br>Draft: %{customdata[3]:,}<br>Archived: %{customdata[4]:,}"
    "<br>Unique authors: %{customdata[5]:,}<extra>%{x}</extra>"
)


def daily_posts(
    frame: Frame, *, timezone: str = "UTC", theme: Theme = "light", meta: Origin | None = None
) -> go.Figure:
    """Draw the posts of each day by status, and the number of authors below them.

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
        Bars for some weeks, areas with daily steps for longer ranges, both from zero. Rolling means
        and what they are compared with are lines, a running total has a panel of its own, days that
        are not over are marked. With a breakdown, a panel for each group; those of values have one
        scale.

    Raises
    ------
    InvalidInput
        A column is missing or of another type, or the zone is unknown.

    Examples
    --------
    >>> daily_posts(frame, timezone="Europe/Berlin").layout.title.text
    'Posts per day'
    """
    return _drawn(frame, "date", "daily_posts", "day", timezone, theme, meta)


def posts_over_time(
    frame: Frame,
    *,
    every: Every | None = None,
    timezone: str = "UTC",
    theme: Theme = "light",
    meta: Origin | None = None,
) -> go.Figure:
    """Draw the posts of each bucket by status, and the number of authors below them.

    Parameters
    ----------
    frame
        What the analysis of the same name returns.
    every
        What the buckets are; None: what lies between two of them tells, and one alone is a day.
    timezone
        The IANA name of the zone that the buckets were counted in, for the subtitle.
    theme
        "light" or "dark".
    meta
        Where the frame came from, for ``layout.meta``.

    Returns
    -------
    plotly.graph_objects.Figure
        As that of ``daily_posts``; hours are shown in UTC.

    Raises
    ------
    InvalidInput
        A column is missing or of another type, or the zone is unknown.

    Examples
    --------
    >>> posts_over_time(months).layout.title.text
    'Posts per month'
    """
    if every is not None:
        choice("every", every, EVERY)
    return _drawn(frame, "bucket", "posts_over_time", every, timezone, theme, meta)


def _drawn(
    frame: Frame,
    bucket: str,
    name: str,
    every: Step | None,
    timezone: str,
    theme: Theme,
    meta: Origin | None,
) -> go.Figure:
    zone, colours = time_zone(timezone), palette(theme)
    columns = read(frame, {bucket: _kind(frame, bucket), **_COUNTS}, _MORE)
    columns["date"] = columns.pop(bucket)
    step = step_of(columns["date"], every)
    title = _TITLE.format(step)
    if not columns["date"]:
        return described(no_data(theme, title), name, columns, meta)
    first, last = asked_for(meta) or whole_days(columns["date"], zone, step)
    hours = " · hours in UTC" if step == "hour" and zone.key != "UTC" else ""
    total = count(sum(columns["total_posts"]), "post")
    subtitle = f"{days(first, last)} ({literal(zone.key)}) · {total}{hours}"
    if "group_kind" in columns:
        groups = _groups(columns)
        height = _HEAD + 44 + _PANEL * len(groups)
        figure = _with_groups(blank(theme, title, subtitle, height), columns, groups, colours, step)
    else:
        dates = columns["date"]
        ordered = in_order(columns, sorted(range(len(dates)), key=dates.__getitem__))
        figure = draw_periods(blank(theme, title, subtitle, 500), ordered, colours, step)
    return described(figure, name, columns, meta)


def _kind(frame: Frame, bucket: str) -> pa.DataType:
    """Days, or instants for hours."""
    names = frame.column_names if isinstance(frame, pa.Table) else getattr(frame, "columns", ())
    if bucket == "date" or bucket not in names:
        return pa.date32()  # a frame that is none is refused where it is read
    part = frame.select([bucket]) if isinstance(frame, pa.Table) else frame[[bucket]]
    kind = to_arrow(part).schema.field(bucket).type
    return INSTANT if pa.types.is_timestamp(kind) else pa.date32()


def _groups(columns: Columns) -> dict[tuple[str, str | None], list[int]]:
    """The rows of each group, in the frame's order."""
    found: dict[tuple[str, str | None], list[int]] = {}
    kinds, keys = columns["group_kind"], columns["group_key"]
    for row, group in enumerate(zip(kinds, keys, strict=True)):
        found.setdefault(group, []).append(row)
    return found


def _with_groups(
    figure: go.Figure,
    columns: Columns,
    groups: dict[tuple[str, str | None], list[int]],
    colours: Palette,
    step: Step,
) -> go.Figure:
    """A panel for each group: no colour has to tell them apart.

    Values have one scale. What they leave over has its own: it may be many times as much.
    """
    number = len(groups)
    named = [row for (kind, _), rows in groups.items() if kind == "value" for row in rows]
    scale = _scale(in_order(columns, named))
    notes, axes, unfinished = [], {}, False
    for place, ((kind, key), rows) in enumerate(groups.items()):
        rows.sort(key=columns["date"].__getitem__)
        part = in_order(columns, rows)
        suffix = "" if place == 0 else str(place + 1)
        top = 1 - place / number
        axes[f"yaxis{suffix}"] = {
            **(scale if kind == "value" else _scale(part)),
            "domain": [top - 0.72 / number, top - 0.06 / number],
            "nticks": 3,
        }
        complete = part.get("is_complete", [True] * len(rows))
        unfinished = unfinished or not all(complete)
        colour = colours.status(key) if key in STATUSES else colours.published
        if kind != "value":
            colour = colours.archived
        label = key.capitalize() if key in STATUSES else part["group_label"][0]
        figure.add_traces(_panel(part, label, colour, complete, f"y{suffix}", place == 0, colours))
        notes.append(_heading(label, sum(part["total_posts"]), top - 0.06 / number, colours))
    if unfinished:
        figure.add_trace(hatching_explained(colours))
    return figure.update_layout(
        **axes,
        bargap=0.15,
        margin={"t": _HEAD},
        # Above the heading of the first panel.
        legend={"y": 1 + 18 / (_PANEL * number)},
        hovermode="closest",
        xaxis={**time_axis(step, colours), "anchor": f"y{number if number > 1 else ''}"},
        annotations=notes,
    )


def _scale(columns: Columns) -> dict[str, object]:
    before = [value for value in columns.get("total_posts_previous", []) if value is not None]
    return count_axis([*columns["total_posts"], *before])


def _panel(
    part: Columns,
    label: str,
    colour: str,
    complete: list[bool],
    axis: str,
    first: bool,
    colours: Palette,
) -> list[go.Bar | go.Scatter]:
    hovers = list(
        zip(
            [short(label, 60)] * len(part["date"]),
            part["total_posts"],
            *(part[f"{status}_posts"] for status in STATUSES),
            part["unique_authors"],
            strict=True,
        )
    )
    bars = go.Bar(
        name=short(label, 60),
        x=part["date"],
        y=part["total_posts"],
        yaxis=axis,
        marker=hatched(colour, complete),
        customdata=hovers,
        hovertemplate=_HOVER,
        showlegend=False,
    )
    lines = [
        go.Scatter(
            name=name,
            legendgroup=name,
            x=part["date"],
            y=part[column],
            yaxis=axis,
            mode="lines",
            line={"color": colours.text, "width": 1.5, "dash": dash},
            hovertemplate=f"{name}: %{{y:,.1f}}<extra></extra>",
            showlegend=first,
        )
        for column, name, dash in (
            ("total_posts_rolling", "Rolling mean", "solid"),
            ("total_posts_previous", "Compared with", "dot"),
        )
        if column in part
    ]
    return [bars, *lines]


def _heading(label: str, total: int, top: float, colours: Palette) -> dict[str, object]:
    return {
        "text": f"<b>{short(label, 60)}</b> · {count(total, 'post')}",
        "showarrow": False,
        "x": 0,
        "xref": "paper",
        "xanchor": "left",
        "y": top,
        "yref": "paper",
        "yanchor": "bottom",
        "font": {"color": colours.text, "size": 12},
    }
