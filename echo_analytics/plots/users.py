"""Figures of users."""

from __future__ import annotations

from typing import TYPE_CHECKING

import plotly.graph_objects as go
import pyarrow as pa

from echo_analytics.arguments import positive
from echo_analytics.plots.columns import INSTANT, read
from echo_analytics.plots.origin import described
from echo_analytics.plots.template import HEAD_WITH_LEGEND, STATUSES, blank, no_data, palette
from echo_analytics.plots.text import count, moment, paragraph, short

if TYPE_CHECKING:
    from echo_analytics.plots.columns import Columns, Frame
    from echo_analytics.plots.origin import Origin
    from echo_analytics.plots.template import Theme

_COLUMNS = {
    "user_id": pa.string(),
    "user_name": pa.string(),
    "total_posts": pa.int64(),
    "published_posts": pa.int64(),
    "draft_posts": pa.int64(),
    "archived_posts": pa.int64(),
    "first_post": INSTANT,
    "last_post": INSTANT,
}
_TITLE = "Most active users"
_HOVER = (
    "<b>%{customdata[0]}</b><br>%{customdata[1]:,} posts"
    "<br>Published: %{customdata[2]:,}<br>Draft: %{customdata[3]:,}"
    "<br>Archived: %{customdata[4]:,}"
    "<br>First post: %{customdata[5]}<br>Last post: %{customdata[6]}<extra></extra>"
)
_LONGEST_NAME = 24


def user_stats(
    frame: Frame, *, top: int = 15, theme: Theme = "light", meta: Origin | None = None
) -> go.Figure:
    """Draw the users with most posts, as bars stacked by status.

    Parameters
    ----------
    frame
        What the analysis of the same name returns.
    top
        How many users at the most; the subtitle says how many there are.
    theme
        "light" or "dark".
    meta
        Where the frame came from, for ``layout.meta``.

    Returns
    -------
    plotly.graph_objects.Figure
        One bar a user, most posts at the top; users of the same name have their own bars.

    Raises
    ------
    InvalidInput
        A column is missing or of another type, or ``top`` is not a whole number of 1 or more.

    Examples
    --------
    >>> user_stats(users, top=3).layout.title.text
    'Most active users'
    """
    most = positive("top", top)
    columns = read(frame, _COLUMNS)
    totals = columns["total_posts"]
    if not totals:
        return described(no_data(theme, _TITLE), "user_stats", columns, meta)
    rows = sorted(range(len(totals)), key=lambda row: -totals[row])[:most]
    shown = {name: [values[row] for row in rows] for name, values in columns.items()}
    figure = blank(theme, _TITLE, _subtitle(totals, shown), 152 + 30 * len(rows))
    figure.add_traces([*_bars(shown, theme), _sums(shown, theme)])
    return described(_with_axes(figure, shown), "user_stats", columns, meta)


def _subtitle(totals: list[int], shown: Columns) -> str:
    posts, here = sum(totals), sum(shown["total_posts"])
    if len(totals) == len(shown["user_id"]):
        return f"{count(len(totals), 'user')} · {count(posts, 'post')}"
    share = f" · {here / posts:.0%} of {count(posts, 'post')}" if posts else ""
    return f"{count(len(shown['user_id']), 'user')} of {len(totals):,}{share}"


def _hover_values(shown: Columns) -> list[tuple[object, ...]]:
    return list(
        zip(
            map(paragraph, shown["user_name"]),
            shown["total_posts"],
            *(shown[f"{status}_posts"] for status in STATUSES),
            map(moment, shown["first_post"]),
            map(moment, shown["last_post"]),
            strict=True,
        )
    )


def _bars(shown: Columns, theme: Theme) -> list[go.Bar]:
    return [
        go.Bar(
            name=status.capitalize(),
            orientation="h",
            x=shown[f"{status}_posts"],
            y=shown["user_id"],
            customdata=_hover_values(shown),
            hovertemplate=_HOVER,
            marker={"color": palette(theme).status(status), "line": {"width": 0}},
        )
        for status in STATUSES
    ]


def _sums(shown: Columns, theme: Theme) -> go.Scatter:
    return go.Scatter(
        mode="text",
        x=shown["total_posts"],
        y=shown["user_id"],
        text=[f" {total:,}" for total in shown["total_posts"]],
        textposition="middle right",
        textfont={"color": palette(theme).quiet, "size": 12},
        customdata=_hover_values(shown),
        hovertemplate=_HOVER,
        cliponaxis=False,
        showlegend=False,
    )


def _with_axes(figure: go.Figure, shown: Columns) -> go.Figure:
    ids = shown["user_id"]
    most = max(shown["total_posts"])
    return figure.update_layout(
        barmode="stack",
        bargap=0.35,
        margin={"t": HEAD_WITH_LEGEND},
        hovermode="closest",
        xaxis={
            "range": [0, max(1, most) * 1.08],
            "tickformat": ",d",
            "rangemode": "tozero",
            "fixedrange": True,
            "nticks": 7,
        },
        yaxis={
            # Ids, for names need not be unique.
            "type": "category",
            "categoryorder": "array",
            "categoryarray": ids,
            "range": [len(ids) - 0.5, -0.5],
            "tickmode": "array",
            "tickvals": ids,
            "ticktext": [f"{short(name, _LONGEST_NAME)}  " for name in shown["user_name"]],
            "tickfont": {"color": figure.layout.template.layout.font.color, "size": 13},
            "showgrid": False,
            "fixedrange": True,
        },
    )
