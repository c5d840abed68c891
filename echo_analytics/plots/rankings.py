"""Figures that rank: authors by their posts, categories by theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import plotly.graph_objects as go
import pyarrow as pa

from echo_analytics.arguments import positive
from echo_analytics.plots.columns import INSTANT, in_order, read
from echo_analytics.plots.marks import change, percent
from echo_analytics.plots.origin import described, scope
from echo_analytics.plots.template import HEAD_WITH_LEGEND, blank, no_data, palette
from echo_analytics.plots.text import count, moment, paragraph, short

if TYPE_CHECKING:
    from datetime import date

    from echo_analytics.plots.columns import Columns, Frame
    from echo_analytics.plots.origin import Origin
    from echo_analytics.plots.template import Palette, Theme

_AUTHORS = {
    "rank": pa.int64(),
    "author_id": pa.string(),
    "author_name": pa.string(),
    "total_posts": pa.int64(),
    "share": pa.float64(),
    "cumulative_share": pa.float64(),
}
_CATEGORIES = {
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
_AUTHORS_TITLE = "Authors with most posts"
_CATEGORIES_TITLE = "Posts by category"
_AUTHOR_HOVER = (
    "<b>%{customdata[0]}</b><br>Rank: %{customdata[1]:,}<br>Posts: %{customdata[2]:,}"
    "<br>Share of all posts: %{customdata[3]}<br>Down to this author: %{customdata[4]}"
    "<extra></extra>"
)
_CATEGORY_HOVER = (
    "<b>%{customdata[0]}</b><br>All posts: %{customdata[1]:,} (%{customdata[2]})"
    "<br>Published: %{customdata[3]:,}<br>Draft or archived: %{customdata[4]:,}"
    "<br>Unique authors: %{customdata[5]:,}<br>Median length: %{customdata[6]}"
    "<br>First post: %{customdata[7]}<br>Last post: %{customdata[8]}"
    "<br>Period before: %{customdata[9]:,} posts (%{customdata[10]})<extra></extra>"
)
_LONGEST_NAME = 24


def top_authors(
    frame: Frame,
    *,
    start: date | str | None = None,
    end: date | str | None = None,
    timezone: str = "UTC",
    theme: Theme = "light",
    meta: Origin | None = None,
) -> go.Figure:
    """Draw the authors with most posts as a Pareto chart.

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
        A bar an author from the top, and a line of their cumulative share of all posts, from 0 to
        100%. Authors of the same name have their own bars.

    Raises
    ------
    InvalidInput
        A column is missing or of another type, or the range or the zone is wrong.

    Examples
    --------
    >>> top_authors(authors, start="2026-01-01", end="2026-06-30").layout.title.text
    'Authors with most posts'
    """
    where, colours = scope(start, end, timezone), palette(theme)
    columns = read(frame, _AUTHORS)
    if not columns["rank"]:
        return described(no_data(theme, _AUTHORS_TITLE), "top_authors", columns, meta)
    order = sorted(range(len(columns["rank"])), key=lambda row: columns["rank"][row])
    shown = in_order(columns, order)
    number, share = len(order), shown["cumulative_share"][-1]
    wrote = f"{count(number, 'author')} wrote {percent(share)} of all posts"
    figure = blank(theme, _AUTHORS_TITLE, f"{where} · {wrote}", 178 + 30 * number)
    figure.add_traces([_author_bars(shown, colours), _cumulative(shown, colours)])
    return described(_with_pareto_axes(figure, shown, colours), "top_authors", columns, meta)


def _author_hovers(shown: Columns) -> list[tuple[object, ...]]:
    return list(
        zip(
            map(paragraph, shown["author_name"]),
            shown["rank"],
            shown["total_posts"],
            map(percent, shown["share"]),
            map(percent, shown["cumulative_share"]),
            strict=True,
        )
    )


def _author_bars(shown: Columns, colours: Palette) -> go.Bar:
    return go.Bar(
        name="Posts",
        orientation="h",
        x=shown["total_posts"],
        y=shown["author_id"],
        text=[f"{total:,}" for total in shown["total_posts"]],
        textposition="auto",
        insidetextanchor="end",
        textangle=0,
        constraintext="none",
        insidetextfont={"color": colours.background, "size": 12},
        outsidetextfont={"color": colours.quiet, "size": 12},
        customdata=_author_hovers(shown),
        hovertemplate=_AUTHOR_HOVER,
        marker={"color": colours.others[0], "line": {"width": 0}},
    )


def _cumulative(shown: Columns, colours: Palette) -> go.Scatter:
    return go.Scatter(
        name="Cumulative share of all posts",
        xaxis="x2",
        x=shown["cumulative_share"],
        y=shown["author_id"],
        mode="lines+markers",
        line={"color": colours.accent, "width": 2},
        marker={"size": 9, "line": {"color": colours.background, "width": 1.5}},
        cliponaxis=False,
        customdata=_author_hovers(shown),
        hovertemplate=_AUTHOR_HOVER,
    )


def _with_pareto_axes(figure: go.Figure, shown: Columns, colours: Palette) -> go.Figure:
    return figure.update_layout(
        bargap=0.35,
        margin={"t": HEAD_WITH_LEGEND + 22, "b": 52},
        # Above the ticks of the upper axis.
        legend={"y": 1 + 26 / (30 * len(shown["rank"]) + 18)},
        hovermode="closest",
        xaxis={
            "range": [0, max(1, *shown["total_posts"]) * 1.02],
            "title": {"text": "Posts", "font": {"size": 12, "color": colours.quiet}},
            "tickformat": ",d",
            "fixedrange": True,
            "nticks": 7,
        },
        xaxis2={
            "overlaying": "x",
            "side": "top",
            "range": [0, 1.02],
            "tickvals": [0, 0.2, 0.4, 0.6, 0.8, 1],
            "tickformat": ".0%",
            "tickfont": {"color": colours.accent},
            "showgrid": False,
            "fixedrange": True,
        },
        yaxis=_names(shown["author_id"], shown["author_name"], colours),
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
    columns = read(frame, _CATEGORIES)
    number = len(columns["category"])
    if not number:
        return described(no_data(theme, _CATEGORIES_TITLE), "category_summary", columns, meta)
    shown = {name: values[:most] for name, values in columns.items()}
    subtitle = " · ".join(
        [
            where,
            count(sum(columns["total_posts"]), "post"),
            *([f"{most} of {number:,} categories"] if most < number else []),
        ]
    )
    figure = blank(theme, _CATEGORIES_TITLE, subtitle, 160 + 34 * len(shown["category"]))
    figure.add_traces(_category_traces(shown, colours))
    return described(_with_categories(figure, shown, colours), "category_summary", columns, meta)


def _category_traces(shown: Columns, colours: Palette) -> list[go.Bar | go.Scatter]:
    rest = [a - p for a, p in zip(shown["total_posts"], shown["published_posts"], strict=True)]
    same = {
        "y": list(range(len(rest))),
        "customdata": _category_hovers(shown, rest),
        "hovertemplate": _CATEGORY_HOVER,
    }
    longest = map(max, shown["total_posts"], shown["total_posts_previous"])
    changes = map(change, shown["total_posts_relative_change"])
    return [
        _category_bars("Published", shown["published_posts"], colours.published, same),
        _category_bars("Draft or archived", rest, colours.archived, same),
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


def _category_bars(name: str, counts: list[int], colour: str, same: dict[str, object]) -> go.Bar:
    return go.Bar(
        name=name,
        orientation="h",
        x=counts,
        marker={"color": colour, "line": {"width": 0}},
        **same,
    )


def _category_hovers(shown: Columns, rest: list[int]) -> list[tuple[object, ...]]:
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


def _with_categories(figure: go.Figure, shown: Columns, colours: Palette) -> go.Figure:
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
        yaxis=_names(list(range(len(names))), names, colours),
    )


def _names(places: list[str] | list[int], names: list[str], colours: Palette) -> dict[str, object]:
    """The axis of names: placed by id or number, for names need not be unique."""
    by_id = {"type": "category", "categoryorder": "array", "categoryarray": places}
    return {
        **(by_id if isinstance(places[0], str) else {}),
        "range": [len(places) - 0.5, -0.5],
        "tickmode": "array",
        "tickvals": places,
        "ticktext": [f"{short(name, _LONGEST_NAME)}  " for name in names],
        "tickfont": {"color": colours.text, "size": 13},
        "showgrid": False,
        "fixedrange": True,
    }
