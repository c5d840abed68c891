"""The figure of the posts of each category."""

from __future__ import annotations

from typing import TYPE_CHECKING

import plotly.graph_objects as go
import pyarrow as pa

from echo_analytics.arguments import positive
from echo_analytics.plots.columns import INSTANT, read
from echo_analytics.plots.marks import change, names_axis, percent
from echo_analytics.plots.origin import described, scope
from echo_analytics.plots.template import HEAD_WITH_LEGEND, blank, no_data, palette
from echo_analytics.plots.text import count, moment, paragraph

if TYPE_CHECKING:
    from datetime import date

    from echo_analytics.plots.columns import Columns, Frame
    from echo_analytics.plots.origin import Origin
    from echo_analytics.plots.template import Palette, Theme

_COLUMNS = {
    "category_id": pa.string(),
    "category": pa.string(),
    "total_posts": pa.int64(),
    "published_posts": pa.int64(),
    "unique_authors": pa.int64(),
    "share": pa.float64(),
    "first_post": INSTANT,
    "last_post": INSTANT,
    "median_length": pa.float64(),
    "total_posts_previous": pa.int64(),
    "total_posts_relative_change": pa.float64(),
}
_TITLE = "Posts by category"
_HOVER = (
    "<b>%{customdata[0]}</b><br>All posts: %{customdata[1]:,} (%{customdata[2]})"
    "<br>Published: %{customdata[3]:,}<br>Draft or archived: %{customdata[4]:,}"
    "<br>Unique authors: %{customdata[5]:,}<br>Median length: %{customdata[6]}"
    "<br>First post: %{customdata[7]}<br>Last post: %{customdata[8]}"
    "<br>Period before: %{customdata[9]:,} posts (%{customdata[10]})<extra></extra>"
)


def category_summary(
    frame: Frame,
    *,
    start: date | str | None = None,
    end: date | str | None = None,
    timezone: str = "UTC",
    top: int = 20,
    theme: Theme = "light",
    meta: Origin | None = None,
) -> go.Figure:
    """Draw the posts of each category, what of them is published, and the period before.

    Parameters
    ----------
    frame
        What the analysis of the same name returns.
    start, end, timezone
        The range and the zone that the analysis was asked for, for the subtitle.
    top
        How many categories at the most; the subtitle says how many there are.
    theme
        "light" or "dark".
    meta
        Where the frame came from, for ``layout.meta``.

    Returns
    -------
    plotly.graph_objects.Figure
        A bar a category from the top, an upright line where it was in the period before, and the
        change beside it. Posts without a category are the last bar.

    Raises
    ------
    InvalidInput
        A column is missing or of another type, or another argument is wrong.

    Examples
    --------
    >>> category_summary(categories, top=3).layout.title.text
    'Posts by category'
    """
    where, colours, most = scope(start, end, timezone), palette(theme), positive("top", top)
    columns = read(frame, _COLUMNS)
    number = len(columns["category"])
    if not number:
        return described(no_data(theme, _TITLE), "category_summary", columns, meta)
    shown = {name: values[:most] for name, values in columns.items()}
    subtitle = " · ".join(
        [
            where,
            count(sum(columns["total_posts"]), "post"),
            *([f"{most} of {number:,} categories"] if most < number else []),
        ]
    )
    figure = blank(theme, _TITLE, subtitle, 160 + 34 * len(shown["category"]))
    figure.add_traces(_traces(shown, colours))
    return described(_with_axes(figure, shown, colours), "category_summary", columns, meta)


def _traces(shown: Columns, colours: Palette) -> list[go.Bar | go.Scatter]:
    rest = [a - p for a, p in zip(shown["total_posts"], shown["published_posts"], strict=True)]
    same = {
        "y": list(range(len(rest))),
        "customdata": _hovers(shown, rest),
        "hovertemplate": _HOVER,
    }
    longest = map(max, shown["total_posts"], shown["total_posts_previous"])
    changes = map(change, shown["total_posts_relative_change"])
    return [
        _bars("Published", shown["published_posts"], colours.published, same),
        _bars("Draft or archived", rest, colours.archived, same),
        go.Scatter(
            name="Period before",
            mode="markers",
            x=shown["total_posts_previous"],
            marker={
                "symbol": "line-ns",
                "size": 22,
                "line": {"width": 2.5, "color": colours.text},
            },
            cliponaxis=False,
            **same,
        ),
        go.Scatter(
            mode="text",
            x=list(longest),
            text=[
                f"   {total:,} ({word})" if word != "–" else f"   {total:,}"
                for total, word in zip(shown["total_posts"], changes, strict=True)
            ],
            textposition="middle right",
            textfont={"color": colours.quiet, "size": 12},
            cliponaxis=False,
            showlegend=False,
            **same,
        ),
    ]


def _bars(name: str, counts: list[int], colour: str, same: dict[str, object]) -> go.Bar:
    return go.Bar(
        name=name,
        orientation="h",
        x=counts,
        marker={"color": colour, "line": {"width": 0}},
        **same,
    )


def _hovers(shown: Columns, rest: list[int]) -> list[tuple[object, ...]]:
    lengths = (
        "–" if length is None else f"{length:,.0f} characters" for length in shown["median_length"]
    )
    return list(
        zip(
            ("No category" if name is None else paragraph(name) for name in shown["category"]),
            shown["total_posts"],
            map(percent, shown["share"]),
            shown["published_posts"],
            rest,
            shown["unique_authors"],
            lengths,
            map(moment, shown["first_post"]),
            map(moment, shown["last_post"]),
            shown["total_posts_previous"],
            map(change, shown["total_posts_relative_change"]),
            strict=True,
        )
    )


def _with_axes(figure: go.Figure, shown: Columns, colours: Palette) -> go.Figure:
    names = ["No category" if name is None else name for name in shown["category"]]
    most = max(1, *shown["total_posts"], *shown["total_posts_previous"])
    return figure.update_layout(
        barmode="stack",
        bargap=0.35,
        margin={"t": HEAD_WITH_LEGEND},
        hovermode="closest",
        xaxis={
            "range": [0, most * 1.16],
            "tickformat": ",d",
            "fixedrange": True,
            "nticks": 7,
        },
        yaxis=names_axis(list(range(len(names))), names, colours),
    )
