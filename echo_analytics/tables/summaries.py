"""Tables that sum up a range of days."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from echo_analytics.arguments import time_zone
from echo_analytics.plots.columns import INSTANT, read
from echo_analytics.plots.key_figures import figure_name
from echo_analytics.plots.origin import scope
from echo_analytics.plots.template import palette
from echo_analytics.plots.text import count
from echo_analytics.tables.cells import decimal
from echo_analytics.tables.house import Column, table
from echo_analytics.tables.kinds import (
    changes,
    decimals,
    local_days,
    shares,
    wholes,
    wholes_with_bars,
    words,
)

if TYPE_CHECKING:
    from datetime import date

    from great_tables import GT

    from echo_analytics.plots.columns import Frame
    from echo_analytics.plots.template import Theme

_CATEGORIES = {
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
_FIGURES = {
    "metric": pa.string(),
    "value": pa.float64(),
    "value_previous": pa.float64(),
    "change": pa.float64(),
    "relative_change": pa.float64(),
}
_VALUES = {"value": "Value", "value_previous": "Before", "change": "Difference"}
_LONGEST_NAME = 40


def category_summary(
    frame: Frame,
    *,
    start: date | str | None = None,
    end: date | str | None = None,
    timezone: str = "UTC",
    theme: Theme = "light",
) -> GT:
    """Show what was posted in each category, beside as many days before.

    Parameters
    ----------
    frame
        What the analysis of the same name returns.
    start, end, timezone
        The range and the zone that the analysis was asked for, for the subtitle; the
        days of the first and the last post are those of the zone.
    theme
        "light" or "dark".

    Returns
    -------
    great_tables.GT
        A row a category, in the order of the frame.

    Raises
    ------
    InvalidInput
        A column is missing or of another type, or the range or the zone is wrong.
    MissingExtra
        great_tables is not installed.

    Examples
    --------
    >>> len(category_summary(categories)._tbl_data) == len(categories)
    True
    """
    where, zone, colours = scope(start, end, timezone), time_zone(timezone), palette(theme)
    columns = read(frame, _CATEGORIES)
    names = ["No category" if name is None else name for name in columns["category"]]
    return table(
        "category_summary",
        "Posts by category",
        f"{where} · {count(sum(columns['total_posts']), 'post')}",
        {
            "category": words("Category", names, _LONGEST_NAME),
            "total_posts": wholes_with_bars("All posts", columns["total_posts"], colours),
            "share": shares("Of all posts", columns["share"]),
            "published_posts": wholes("Published", columns["published_posts"]),
            "unique_authors": wholes("Authors", columns["unique_authors"]),
            "total_posts_previous": wholes("Before", columns["total_posts_previous"]),
            "total_posts_relative_change": changes(
                "Change", columns["total_posts_relative_change"]
            ),
            "median_length": decimals("Median length", columns["median_length"]),
            "first_post": local_days("First post", columns["first_post"], zone),
            "last_post": local_days("Last post", columns["last_post"], zone),
        },
        theme=theme,
    )


def overview(
    frame: Frame,
    *,
    start: date | str | None = None,
    end: date | str | None = None,
    timezone: str = "UTC",
    theme: Theme = "light",
) -> GT:
    """Show the key figures of a range, and their change against the one before.

    Parameters
    ----------
    frame
        What the analysis of the same name returns.
    start, end, timezone
        The range and the zone that the analysis was asked for, for the subtitle.
    theme
        "light" or "dark".

    Returns
    -------
    great_tables.GT
        A row a figure, in the order of the frame.

    Raises
    ------
    InvalidInput
        A column is missing or of another type, or the range or the zone is wrong.
    MissingExtra
        great_tables is not installed.

    Examples
    --------
    >>> overview(figures)
    <table echo-overview-..., 8 rows>
    """
    where = scope(start, end, timezone)
    palette(theme)
    columns = read(frame, _FIGURES)
    return table(
        "overview",
        "Key figures",
        where,
        {
            "metric": words("Figure", [figure_name(name) for name in columns["metric"]]),
            **{
                name: Column(heading, [decimal(value, 2) for value in columns[name]])
                for name, heading in _VALUES.items()
            },
            "relative_change": changes("Change", columns["relative_change"]),
        },
        theme=theme,
    )
