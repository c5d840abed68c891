"""Tables of who comes, stays and leaves, and of how far they come."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from echo_analytics.arguments import positive, time_zone
from echo_analytics.plots.columns import in_order, read
from echo_analytics.plots.origin import scope
from echo_analytics.plots.template import palette
from echo_analytics.plots.text import count
from echo_analytics.plots.times import step_of
from echo_analytics.tables import cells
from echo_analytics.tables.buckets import bucket_column, left_out, span
from echo_analytics.tables.house import Column, table
from echo_analytics.tables.kinds import (
    shares,
    shares_with_bars,
    wholes,
    wholes_with_bars,
    words,
)

if TYPE_CHECKING:
    from datetime import date

    from great_tables import GT

    from echo_analytics.plots.columns import Columns, Frame
    from echo_analytics.plots.template import Theme

_LIFECYCLE = {
    "new_authors": "New",
    "returning_authors": "Returning",
    "resurrected_authors": "Resurrected",
    "dormant_authors": "Dormant",
}
_ACTIVE = {
    "daily_active": "On the day",
    "weekly_active": "In 7 days",
    "monthly_active": "In 30 days",
}
_FUNNEL = {
    "step": pa.int64(),
    "step_name": pa.string(),
    "users": pa.int64(),
    "conversion_from_first": pa.float64(),
    "conversion_from_previous": pa.float64(),
    "median_hours": pa.float64(),
}


def author_lifecycle(
    frame: Frame, *, last: int = 31, timezone: str = "UTC", theme: Theme = "light"
) -> GT:
    """Show how many authors are new, stay, come back and leave, period by period.

    Parameters
    ----------
    frame
        What the analysis of the same name returns.
    last
        How many periods at the most, the last ones; a note says how many there are.
    timezone
        The IANA name of the zone whose periods were counted, for the subtitle.
    theme
        "light" or "dark".

    Returns
    -------
    great_tables.GT
        A row a period, with a bar for its active authors: those who are not dormant.

    Raises
    ------
    InvalidInput
        A column is missing or of another type, or another argument is wrong.
    MissingExtra
        great_tables is not installed.

    Examples
    --------
    >>> author_lifecycle(weeks, last=4)
    <table echo-author-lifecycle-..., 4 rows>
    """
    most, zone, colours = positive("last", last), time_zone(timezone), palette(theme)
    kinds = {"bucket": pa.date32(), **dict.fromkeys(_LIFECYCLE, pa.int64())}
    columns = read(frame, {**kinds, "is_complete": pa.bool_()})
    step = step_of(columns["bucket"])
    shown = _newest(columns, "bucket", most)
    present = list(_LIFECYCLE)[:3]
    active = [sum(row) for row in zip(*(shown[key] for key in present), strict=True)]
    return table(
        "author_lifecycle",
        f"Authors by {step}",
        span(columns["bucket"], zone),
        {
            "bucket": bucket_column(shown["bucket"], shown["is_complete"], step, zone, colours),
            "active_authors": wholes_with_bars("Active", active, colours),
            **{key: wholes(name, shown[key]) for key, name in _LIFECYCLE.items()},
        },
        theme=theme,
        notes=left_out(len(columns["bucket"]), most, step),
    )


def stickiness(
    frame: Frame, *, last: int = 31, timezone: str = "UTC", theme: Theme = "light"
) -> GT:
    """Show how many authors were active on a day, in 7 and in 30 days, and the ratios.

    Parameters
    ----------
    frame
        What the analysis of the same name returns.
    last
        How many days at the most, the last ones; a note says how many there are.
    timezone
        The IANA name of the zone whose days were counted, for the subtitle.
    theme
        "light" or "dark".

    Returns
    -------
    great_tables.GT
        A row a day, with bars for the ratios.

    Raises
    ------
    InvalidInput
        A column is missing or of another type, or another argument is wrong.
    MissingExtra
        great_tables is not installed.

    Examples
    --------
    >>> stickiness(active, last=7)
    <table echo-stickiness-..., 7 rows>
    """
    most, zone, colours = positive("last", last), time_zone(timezone), palette(theme)
    kinds = {"date": pa.date32(), **dict.fromkeys(_ACTIVE, pa.int64())}
    ratios = dict.fromkeys(("daily_weekly", "daily_monthly"), pa.float64())
    columns = read(frame, {**kinds, **ratios, "is_complete": pa.bool_()})
    shown = _newest(columns, "date", most)
    return table(
        "stickiness",
        "Active authors",
        span(columns["date"], zone),
        {
            "date": bucket_column(shown["date"], shown["is_complete"], "day", zone, colours),
            **{key: wholes(name, shown[key]) for key, name in _ACTIVE.items()},
            "daily_weekly": shares_with_bars("Day of 7 days", shown["daily_weekly"], colours),
            "daily_monthly": shares_with_bars("Day of 30 days", shown["daily_monthly"], colours),
        },
        theme=theme,
        notes=left_out(len(columns["date"]), most, "day"),
    )


def publishing_funnel(
    frame: Frame,
    *,
    start: date | str | None = None,
    end: date | str | None = None,
    timezone: str = "UTC",
    theme: Theme = "light",
) -> GT:
    """Show how far those came who signed up.

    Parameters
    ----------
    frame
        What the analysis of the same name returns.
    start, end, timezone
        The range of the sign-ups and the zone that the analysis was asked for, for the subtitle.
    theme
        "light" or "dark".

    Returns
    -------
    great_tables.GT
        A row a step, with a bar for its users.

    Raises
    ------
    InvalidInput
        A column is missing or of another type, or the range or the zone is wrong.
    MissingExtra
        great_tables is not installed.

    Examples
    --------
    >>> publishing_funnel(steps)
    <table echo-publishing-funnel-..., 4 rows>
    """
    where, colours = scope(start, end, timezone), palette(theme)
    columns = read(frame, _FUNNEL)
    people = count(columns["users"][0], "sign-up") if columns["users"] else ""
    return table(
        "publishing_funnel",
        "From sign-up to the second published post",
        " · ".join(filter(None, (where, people))),
        {
            "step_name": words("Step", [name.capitalize() for name in columns["step_name"]]),
            "users": wholes_with_bars("Users", columns["users"], colours),
            "conversion_from_first": shares("Of all sign-ups", columns["conversion_from_first"]),
            "conversion_from_previous": shares(
                "Of the step before", columns["conversion_from_previous"]
            ),
            "median_hours": Column(
                "Median time to it", [cells.hours(value) for value in columns["median_hours"]]
            ),
        },
        theme=theme,
    )


def _newest(columns: Columns, key: str, most: int) -> Columns:
    """The last rows by time, in order."""
    buckets = columns[key]
    return in_order(columns, sorted(range(len(buckets)), key=buckets.__getitem__)[-most:])
