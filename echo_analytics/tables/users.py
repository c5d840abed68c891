"""Tables of users and authors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from echo_analytics.arguments import positive, time_zone
from echo_analytics.plots.columns import INSTANT, in_order, read
from echo_analytics.plots.origin import scope
from echo_analytics.plots.template import palette
from echo_analytics.plots.text import count
from echo_analytics.tables.house import table
from echo_analytics.tables.kinds import STATUSES, moments, shares, wholes, wholes_with_bars, words

if TYPE_CHECKING:
    from datetime import date

    from great_tables import GT

    from echo_analytics.plots.columns import Frame
    from echo_analytics.plots.template import Theme

_USERS = {
    "user_id": pa.string(),
    "user_name": pa.string(),
    "total_posts": pa.int64(),
    **dict.fromkeys(STATUSES, pa.int64()),
    "first_post": INSTANT,
    "last_post": INSTANT,
}
_ACTIVITY = {"days_active": pa.int64(), "posts_last_30_days": pa.int64()}
_ACTIVITY_NAMES = {"days_active": "Days with posts", "posts_last_30_days": "Last 30 days"}
_TOP = {
    "rank": pa.int64(),
    "author_name": pa.string(),
    "total_posts": pa.int64(),
    "share": pa.float64(),
    "cumulative_share": pa.float64(),
}
_LONGEST_NAME = 40


def user_stats(frame: Frame, *, top: int = 20, timezone: str = "UTC", theme: Theme = "light") -> GT:
    """Show what the users with most posts have written.

    Parameters
    ----------
    frame
        What the analysis of the same name returns.
    top
        How many users at the most; the subtitle says how many there are.
    timezone
        The IANA name of the zone in which moments are told.
    theme
        "light" or "dark".

    Returns
    -------
    great_tables.GT
        A row a user, most posts first, with a bar for all posts.

    Raises
    ------
    InvalidInput
        A column is missing or of another type, or another argument is wrong.
    MissingExtra
        great_tables is not installed.

    Examples
    --------
    >>> user_stats(users, top=3)
    <table echo-user-stats-..., 3 rows>
    """
    most, zone, colours = positive("top", top), time_zone(timezone), palette(theme)
    columns = read(frame, _USERS, _ACTIVITY)
    totals = columns["total_posts"]
    rows = sorted(range(len(totals)), key=lambda row: -totals[row])[:most]
    shown = in_order(columns, rows)
    people = count(len(totals), "user")
    some = people if len(rows) == len(totals) else f"{len(rows):,} of {people}"
    return table(
        "user_stats",
        "Most active users",
        f"{some} · {count(sum(totals), 'post')}",
        {
            "user_name": words("User", shown["user_name"], _LONGEST_NAME),
            "total_posts": wholes_with_bars("All posts", shown["total_posts"], colours),
            **{key: wholes(name, shown[key]) for key, name in STATUSES.items()},
            **{
                key: wholes(name, shown[key])
                for key, name in _ACTIVITY_NAMES.items()
                if key in shown
            },
            "first_post": moments("First post", shown["first_post"], zone),
            "last_post": moments("Last post", shown["last_post"], zone),
        },
        theme=theme,
    )


def top_authors(
    frame: Frame,
    *,
    start: date | str | None = None,
    end: date | str | None = None,
    timezone: str = "UTC",
    theme: Theme = "light",
) -> GT:
    """Show the authors with most posts, and how much of all posts is theirs.

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
        A row an author, in the order of the frame.

    Raises
    ------
    InvalidInput
        A column is missing or of another type, or the range or the zone is wrong.
    MissingExtra
        great_tables is not installed.

    Examples
    --------
    >>> top_authors(authors)
    <table echo-top-authors-..., 10 rows>
    """
    where, colours = scope(start, end, timezone), palette(theme)
    columns = read(frame, _TOP)
    return table(
        "top_authors",
        "Authors with most posts",
        where,
        {
            "rank": wholes("Rank", columns["rank"]),
            "author_name": words("Author", columns["author_name"], _LONGEST_NAME),
            "total_posts": wholes_with_bars("Posts", columns["total_posts"], colours),
            "share": shares("Of all posts", columns["share"]),
            "cumulative_share": shares("With those above", columns["cumulative_share"]),
        },
        theme=theme,
    )
