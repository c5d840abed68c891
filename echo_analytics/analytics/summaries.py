"""Analyses that sum up a range of days."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from echo_analytics.arguments import choice, day_range, moment, open_range, positive, time_zone
from echo_analytics.local_days import edges_of_days
from echo_analytics.periods import COMPARISONS, shifted_range, year_before
from echo_analytics.queries import summaries as queries
from echo_analytics.queries.activity import ACTIVITIES
from echo_analytics.queries.lifecycle import counted_posts

if TYPE_CHECKING:
    from datetime import date, datetime
    from zoneinfo import ZoneInfo

    from echo_analytics.periods import Comparison
    from echo_analytics.queries.activity import Activity
    from echo_analytics.source import Source

F = TypeVar("F")


def top_authors(
    source: Source[F],
    start: date | str | None = None,
    end: date | str | None = None,
    *,
    limit: int = 10,
    activity: Activity = "any",
    timezone: str = "UTC",
) -> F:
    """Rank the authors with the most posts, and say how much of all posts is theirs.

    Parameters
    ----------
    source
        A database, or a snapshot of one.
    start, end
        The first and the last day, both included; None leaves a side open.
    limit
        How many authors at the most.
    activity
        "any": posts of any status count. "published": only those that are published now.
    timezone
        The IANA name of the zone whose days are meant.

    Returns
    -------
    frame
        One row an author with posts in the range, most posts first, then by id:

        - rank (int64): authors with as many posts share one, and the next one is left out (1, 1, 3)
        - author_id, author_name (string)
        - total_posts (int64)
        - share (float64): of the posts of all authors
        - cumulative_share (float64): of the authors down to this row

    Raises
    ------
    InvalidInput
        An argument is wrong.
    DatabaseError
        The server refused, timed out or was lost.

    Examples
    --------
    >>> len(top_authors(db, "2026-01-01", "2026-06-30", limit=3))
    3
    """
    zone, number = time_zone(timezone), positive("limit", limit)
    first, last = open_range(start, end)
    published = choice("activity", activity, ACTIVITIES) == "published"
    in_step = published and source.status_in_step()
    conditions = counted_posts(published, in_step)
    return source.frame(queries.top_authors(_span(first, last, zone), number, conditions))


def category_summary(
    source: Source[F],
    start: date | str,
    end: date | str,
    *,
    timezone: str = "UTC",
    now: datetime | None = None,
) -> F:
    """Sum up what was posted in each category, beside as many days before.

    Parameters
    ----------
    source
        A database, or a snapshot of one.
    start, end
        The first and the last day, both included. The days that are compared with are as many,
        directly before.
    timezone
        The IANA name of the zone whose days are meant.
    now
        The moment (aware) that decides whether the range is over; None is the present.

    Returns
    -------
    frame
        One row a category, also for one without posts, most posts first, then by name; posts
        without a category come last, where there are any:

        - category_id, category (string): null for posts without a category
        - total_posts, published_posts, unique_authors (int64)
        - share (float64): of all posts of the range; null where there are none
        - first_post, last_post (timestamp, UTC): within the range; null without posts
        - median_length (float64): of the content, in characters; null without posts
        - total_posts_previous (int64): in the days before
        - total_posts_relative_change (float64): null where that is zero, and while the range is not
          over: what is not complete is not compared

    Raises
    ------
    InvalidInput
        An argument is wrong.
    DatabaseError
        The server refused, timed out or was lost.

    Examples
    --------
    >>> category_summary(db, "2026-06-01", "2026-06-30").columns[1]
    'category'
    """
    first, last = day_range(start, end)
    zone = time_zone(timezone)
    before = shifted_range(first, last, "day", (last - first).days + 1)
    span, earlier = _span(first, last, zone), _span(*before, zone)
    return source.frame(queries.category_summary(span, earlier, moment("now", now)))


def posting_heatmap(
    source: Source[F],
    start: date | str,
    end: date | str,
    *,
    activity: Activity = "any",
    timezone: str = "UTC",
) -> F:
    """Count posts by weekday and hour of the day, as the clock of the zone shows them.

    Parameters
    ----------
    source
        A database, or a snapshot of one.
    start, end
        The first and the last day, both included.
    activity
        "any": posts of any status count. "published": only those that are published now.
    timezone
        The IANA name of the zone.

    Returns
    -------
    frame
        Always 168 rows, in order:

        - weekday (int64): 1 is Monday, 7 is Sunday
        - hour (int64): 0 to 23; an hour that the clock repeats counts twice into its row
        - total_posts (int64)

    Raises
    ------
    InvalidInput
        An argument is wrong.
    DatabaseError
        The server refused, timed out or was lost.

    Examples
    --------
    >>> len(posting_heatmap(db, "2026-01-01", "2026-06-30", timezone="Europe/Berlin"))
    168
    """
    first, last = day_range(start, end)
    zone = time_zone(timezone)
    published = choice("activity", activity, ACTIVITIES) == "published"
    in_step = published and source.status_in_step()
    conditions = counted_posts(published, in_step)
    return source.frame(*queries.posting_heatmap(_span(first, last, zone), zone, conditions))


def overview(
    source: Source[F],
    start: date | str,
    end: date | str,
    *,
    compare: Comparison = "previous_period",
    timezone: str = "UTC",
    now: datetime | None = None,
) -> F:
    """Give the key figures of a range, and their change against the one before.

    Parameters
    ----------
    source
        A database, or a snapshot of one.
    start, end
        The first and the last day, both included.
    compare
        "previous_period": as many days, directly before. "previous_year": the same dates a year
        before; 29 February becomes 28.
    timezone
        The IANA name of the zone whose days are meant.
    now
        The moment (aware) that decides whether the range is over; None is the present.

    Returns
    -------
    frame
        A row for each figure, in this order:

        - metric (string): total_posts, published_posts, draft_posts, archived_posts,
          unique_authors (of the range), posts_per_author (null without authors), new_authors (whose
          first post ever is in the range), new_users (who signed up in it)
        - value, value_previous (float64)
        - change (float64): null while the range is not over: what is not complete is not compared
        - relative_change (float64): null there too, and where the value before is zero

    Raises
    ------
    InvalidInput
        An argument is wrong.
    DatabaseError
        The server refused, timed out or was lost.

    Examples
    --------
    >>> overview(db, "2026-06-01", "2026-06-30").columns[0]
    'metric'
    """
    first, last = day_range(start, end)
    zone = time_zone(timezone)
    if choice("compare", compare, COMPARISONS) == "previous_year":
        before = year_before(first), year_before(last)
    else:
        before = shifted_range(first, last, "day", (last - first).days + 1)
    span, earlier = _span(first, last, zone), _span(*before, zone)
    return source.frame(queries.overview(span, earlier, moment("now", now)))


def _span(first: date | None, last: date | None, zone: ZoneInfo) -> queries.Span:
    return queries.Span(*edges_of_days(first, last, zone))
