"""Figures of two dimensions: weekdays by hours, cohorts by periods."""

from __future__ import annotations

from typing import TYPE_CHECKING

import plotly.graph_objects as go
import pyarrow as pa

from echo_analytics.plots.columns import read
from echo_analytics.plots.marks import percent
from echo_analytics.plots.origin import described, scope
from echo_analytics.plots.template import blank, no_data, palette
from echo_analytics.plots.text import count, day

if TYPE_CHECKING:
    from datetime import date

    from echo_analytics.plots.columns import Columns, Frame
    from echo_analytics.plots.origin import Origin
    from echo_analytics.plots.template import Palette, Theme

_HEATMAP = {"weekday": pa.int64(), "hour": pa.int64(), "total_posts": pa.int64()}
_RETENTION = {
    "cohort": pa.date32(),
    "cohort_size": pa.int64(),
    "period": pa.int64(),
    "active_authors": pa.int64(),
    "rate": pa.float64(),
    "is_complete": pa.bool_(),
}
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_HEATMAP_TITLE = "Posts by weekday and hour"
_RETENTION_TITLE = "Retention of authors"
_MOST_VALUES = 16
"""Columns up to which cells are wide enough for a percentage."""


def posting_heatmap(
    frame: Frame,
    *,
    start: date | str | None = None,
    end: date | str | None = None,
    timezone: str = "UTC",
    theme: Theme = "light",
    meta: Origin | None = None,
) -> go.Figure:
    """Draw how many posts were created on each weekday at each hour, as a heatmap with values.

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
        A row a weekday from Monday, a column an hour; darker (in the dark theme: lighter) for more.

    Raises
    ------
    InvalidInput
        A column is missing or of another type, or the range or the zone is wrong.

    Examples
    --------
    >>> posting_heatmap(hours).layout.title.text
    'Posts by weekday and hour'
    """
    where, colours = scope(start, end, timezone), palette(theme)
    columns = read(frame, _HEATMAP)
    if not columns["weekday"]:
        return described(no_data(theme, _HEATMAP_TITLE), "posting_heatmap", columns, meta)
    grid = [[0] * 24 for _ in _WEEKDAYS]
    for weekday, hour, total in zip(*columns.values(), strict=True):
        grid[weekday - 1][hour] = total
    subtitle = f"{where} · {count(sum(columns['total_posts']), 'post')}"
    figure = blank(theme, _HEATMAP_TITLE, subtitle, 400)
    figure.add_trace(
        go.Heatmap(
            x=list(range(24)),
            y=list(_WEEKDAYS),
            z=grid,
            zmin=0,
            # Where there is nothing, all of it would have the colour of the middle.
            zmax=None if any(columns["total_posts"]) else 1,
            text=[[f"{total:,}" for total in row] for row in grid],
            texttemplate="%{text}",
            textfont={"size": 11},
            hovertemplate="%{y}, %{x}:00 to %{x}:59<br>Posts: %{z:,}<extra></extra>",
            **_scale(colours, ",d"),
        )
    )
    figure.update_layout(**_axes("Hour of the day", colours))
    figure.update_xaxes(
        tickvals=list(range(0, 24, 2)), ticktext=[f"{h}:00" for h in range(0, 24, 2)]
    )
    return described(figure, "posting_heatmap", columns, meta)


def author_retention(
    frame: Frame,
    *,
    timezone: str = "UTC",
    theme: Theme = "light",
    meta: Origin | None = None,
) -> go.Figure:
    """Draw how many of each cohort were active in each period after, as a heatmap with values.

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
        A row a cohort from the first, with its size; a column a period. Periods that are not over
        have a star. Rows of means, where the frame has them, are the last row.

    Raises
    ------
    InvalidInput
        A column is missing or of another type, or the zone is unknown.

    Examples
    --------
    >>> author_retention(cohorts).layout.title.text
    'Retention of authors'
    """
    where, colours = scope(None, None, timezone), palette(theme)
    columns = read(frame, _RETENTION)
    if not columns["period"]:
        return described(no_data(theme, _RETENTION_TITLE), "author_retention", columns, meta)
    cohorts = list(dict.fromkeys(columns["cohort"]))
    place = {cohort: number for number, cohort in enumerate(cohorts)}
    width = max(columns["period"]) + 1
    rates: list[list[float | None]] = [[None] * width for _ in cohorts]
    texts = [[""] * width for _ in cohorts]
    hovers = [[""] * width for _ in cohorts]
    sizes: dict[date | None, int] = {}
    for cohort, size, period, active, rate, over in zip(*columns.values(), strict=True):
        row = place[cohort]
        sizes[cohort] = size if cohort is None else max(size, sizes.get(cohort, 0))
        rates[row][period] = rate
        texts[row][period] = _cell(rate, over, width)
        hovers[row][period] = _told(cohort, size, period, active, rate, over)
    subtitle = f"Share of each cohort that was active · {where}{_star(columns)}"
    figure = blank(theme, _RETENTION_TITLE, subtitle, 170 + 32 * len(cohorts))
    figure.add_trace(
        go.Heatmap(
            x=list(range(width)),
            y=list(range(len(cohorts))),
            z=rates,
            zmin=0,
            zmax=1,
            text=texts,
            texttemplate="%{text}",
            textfont={"size": 11},
            customdata=hovers,
            hovertemplate="%{customdata}<extra></extra>",
            hoverongaps=False,
            **_scale(colours, ".0%"),
        )
    )
    figure.update_layout(**_axes("Periods after the first", colours))
    figure.update_xaxes(dtick=1 if width <= 2 * _MOST_VALUES else None)
    figure.update_yaxes(
        tickvals=list(range(len(cohorts))),
        ticktext=[_cohort(cohort, sizes[cohort]) for cohort in cohorts],
    )
    return described(figure, "author_retention", columns, meta)


def _cell(rate: float | None, over: bool, width: int) -> str:
    if rate is None:
        return ""
    number = f"{rate:.0%}" if width <= _MOST_VALUES else f"{100 * rate:.0f}"
    return number if over else f"{number}*"


def _star(columns: Columns) -> str:
    return "" if all(columns["is_complete"]) else " · * not over yet"


def _told(
    cohort: date | None, size: int, period: int, active: int, rate: float | None, over: bool
) -> str:
    who = "All cohorts" if cohort is None else f"Began in the period of {day(cohort)}"
    unfinished = "" if over else "<br>Not over yet"
    return (
        f"<b>{who}</b><br>Period {period}: {active:,} of {count(size, 'author')}"
        f" ({percent(rate)}){unfinished}"
    )


def _cohort(cohort: date | None, size: int) -> str:
    return "<b>Mean</b>  " if cohort is None else f"{day(cohort)} · {count(size, 'author')}  "


def _scale(colours: Palette, form: str) -> dict[str, object]:
    """One hue from the background's side to the other."""
    return {
        "colorscale": [[0, colours.grid], [0.5, colours.others[1]], [1, colours.published]],
        "xgap": 2,
        "ygap": 2,
        "colorbar": {"tickformat": form, "thickness": 12, "outlinewidth": 0, "len": 1},
    }


def _axes(title: str, colours: Palette) -> dict[str, object]:
    return {
        "hovermode": "closest",
        "margin": {"b": 60},
        "xaxis": {
            "title": {"text": title, "font": {"size": 12, "color": colours.quiet}},
            "showgrid": False,
            "fixedrange": True,
        },
        "yaxis": {
            "autorange": "reversed",
            "showgrid": False,
            "fixedrange": True,
            "tickfont": {"color": colours.text, "size": 12},
        },
    }
