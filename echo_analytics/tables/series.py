"""Tables of posts over time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from echo_analytics.arguments import choice, positive, time_zone
from echo_analytics.buckets import EVERY
from echo_analytics.plots.columns import INSTANT, in_order, read
from echo_analytics.plots.template import palette
from echo_analytics.plots.text import count
from echo_analytics.plots.times import step_of
from echo_analytics.tables.buckets import bucket_column, left_out, span
from echo_analytics.tables.groups import by_group
from echo_analytics.tables.house import table
from echo_analytics.tables.kinds import STATUSES, changes, decimals, wholes, wholes_with_bars

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from great_tables import GT

    from echo_analytics.buckets import Every
    from echo_analytics.plots.columns import Columns, Frame
    from echo_analytics.plots.template import Theme
    from echo_analytics.plots.times import Step

_COUNTS = {
    "total_posts": pa.int64(),
    **dict.fromkeys(STATUSES, pa.int64()),
    "unique_authors": pa.int64(),
}
_GROUP = dict.fromkeys(("group_key", "group_kind", "group_label"), pa.string())
_DERIVED = {
    "total_posts_rolling": pa.float64(),
    "total_posts_cumulative": pa.int64(),
    "total_posts_previous": pa.int64(),
    "total_posts_relative_change": pa.float64(),
}


def posts_over_time(
    frame: Frame,
    *,
    every: Every | None = None,
    last: int = 31,
    timezone: str = "UTC",
    theme: Theme = "light",
) -> GT:
    """Show the posts of each bucket, or the groups of a breakdown with a small curve each.

    Parameters
    ----------
    frame
        What the analysis of the same name returns.
    every
        What the buckets are; None: what lies between two of them tells, and one alone is a day.
    last
        How many buckets at the most, the last ones; a note says how many there are. A breakdown
        has all of them in its curves and sums.
    timezone
        The IANA name of the zone that the buckets were counted in.
    theme
        "light" or "dark".

    Returns
    -------
    great_tables.GT
        Without breakdown a row a bucket, with a bar for all posts, and with the rolling mean, the
        running total and the change of all posts where the frame has them. With one a row a group:
        its curve over time, its sums, its share of all posts, and its change where the frame has
        what was before.

    Raises
    ------
    InvalidInput
        A column is missing or of another type, or another argument is wrong.
    MissingExtra
        great_tables is not installed.

    Examples
    --------
    >>> posts_over_time(months)
    <table echo-posts-over-time-..., 6 rows>
    """
    if every is not None:
        choice("every", every, EVERY)
    return _series(frame, "posts_over_time", "bucket", every, last, timezone, theme)


def daily_posts(
    frame: Frame, *, last: int = 31, timezone: str = "UTC", theme: Theme = "light"
) -> GT:
    """Show the posts of each day, or the groups of a breakdown, as `posts_over_time` does.

    Parameters
    ----------
    frame
        What the analysis of the same name returns.
    last
        How many days at the most, the last ones; a note says how many there are.
    timezone
        The IANA name of the zone that the days were counted in.
    theme
        "light" or "dark".

    Returns
    -------
    great_tables.GT
        A row a day, or a group.

    Raises
    ------
    InvalidInput
        A column is missing or of another type, or another argument is wrong.
    MissingExtra
        great_tables is not installed.

    Examples
    --------
    >>> daily_posts(days, last=7)
    <table echo-daily-posts-..., 7 rows>
    """
    return _series(frame, "daily_posts", "date", "day", last, timezone, theme)


def _series(
    frame: Frame,
    name: str,
    key: str,
    every: Step | None,
    last: int,
    timezone: str,
    theme: Theme,
) -> GT:
    most, zone = positive("last", last), time_zone(timezone)
    palette(theme)
    columns = _read(frame, key)
    columns.setdefault("is_complete", [True] * len(columns[key]))
    if "group_label" in columns:
        return by_group(columns, name, key, every, zone, theme)
    return _by_bucket(columns, name, key, every, most, zone, theme)


def _read(frame: Frame, key: str) -> Columns:
    optional = {"is_complete": pa.bool_(), **_GROUP, **_DERIVED}
    kind = INSTANT if _holds_hours(frame, key) else pa.date32()
    return read(frame, {key: kind, **_COUNTS}, optional)


def _holds_hours(frame: Frame, key: str) -> bool:
    """Whether buckets are instants: their type says it, also where there are no rows."""
    if isinstance(frame, pa.Table):
        return key in frame.column_names and pa.types.is_timestamp(frame.schema.field(key).type)
    names = list(getattr(frame, "columns", ()))
    return key in names and str(frame[key].dtype).startswith(("datetime64", "Datetime"))


def _by_bucket(
    columns: Columns,
    name: str,
    key: str,
    every: Step | None,
    most: int,
    zone: ZoneInfo,
    theme: Theme,
) -> GT:
    colours, buckets = palette(theme), columns[key]
    step = step_of(buckets, every)
    shown = in_order(columns, sorted(range(len(buckets)), key=buckets.__getitem__)[-most:])
    made = {
        key: bucket_column(shown[key], shown["is_complete"], step, zone, colours),
        "total_posts": wholes_with_bars("All posts", shown["total_posts"], colours),
        **{status: wholes(words, shown[status]) for status, words in STATUSES.items()},
        "unique_authors": wholes("Authors", shown["unique_authors"]),
    }
    for derived, words, kind in (
        ("total_posts_rolling", "Rolling mean", decimals),
        ("total_posts_cumulative", "Running total", wholes),
        ("total_posts_previous", "Before", wholes),
        ("total_posts_relative_change", "Change", changes),
    ):
        if derived in shown:
            made[derived] = kind(words, shown[derived])
    return table(
        name,
        f"Posts per {step}",
        f"{span(buckets, zone, step)} · {count(sum(columns['total_posts']), 'post')}",
        made,
        theme=theme,
        notes=left_out(len(buckets), most, step),
    )
