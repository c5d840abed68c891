"""Analyses of posts."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from echo_analytics.arguments import day_range, positive, time_zone
from echo_analytics.queries import posts as queries

if TYPE_CHECKING:
    from datetime import date

    from echo_analytics.source import Source

F = TypeVar("F")


def daily_posts(
    source: Source[F], start: date | str, end: date | str, *, timezone: str = "UTC"
) -> F:
    """Count the posts of each local calendar day.

    Posts count on the day they were created, under the status they have now: the schema keeps no
    history of publication.

    Parameters
    ----------
    source
        A database, or a snapshot of one.
    start, end
        The first and the last day, both included: dates, or strings such as ``"2026-06-30"``.
    timezone
        The IANA name of the zone whose days are meant.

    Returns
    -------
    frame
        One row for every day from ``start`` to ``end``, in order, with zeros where nothing
        happened:

        - date (date)
        - total_posts (int64)
        - published_posts, draft_posts, archived_posts (int64): they add up to total_posts
        - unique_authors (int64): distinct authors of the day's posts

    Raises
    ------
    InvalidInput
        A day is not one, ``start`` is after ``end``, or the zone is unknown.
    DatabaseError
        The server refused, timed out or was lost.

    Examples
    --------
    >>> len(daily_posts(db, "2026-01-01", "2026-06-30"))
    181
    """
    first, last = day_range(start, end)
    return source.frame(queries.daily_posts(first, last, time_zone(timezone)))


def posts_with_authors(source: Source[F], limit: int = 100, *, pii: bool = False) -> F:
    """Return the newest published posts with their authors and categories.

    Parameters
    ----------
    source
        A database, or a snapshot of one.
    limit
        How many posts at the most, 1 or more.
    pii
        Whether to add the authors' e-mail addresses.

    Returns
    -------
    frame
        One row a post, newest first, then by id:

        - post_id, title, content (string)
        - created_at (timestamp, UTC)
        - author_id, author_name (string)
        - category_id, category (string): null for a post without category
        - author_email (string): only with ``pii=True``

    Raises
    ------
    InvalidInput
        ``limit`` is not a whole number of 1 or more.
    DatabaseError
        The server refused, timed out or was lost.

    Examples
    --------
    >>> len(posts_with_authors(db, limit=5)) <= 5
    True
    """
    number = positive("limit", limit)
    return source.frame(
        queries.posts_with_authors(number, in_step=source.status_in_step(), pii=pii)
    )
