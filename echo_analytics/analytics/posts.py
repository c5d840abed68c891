"""Analyses of posts."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar
from uuid import UUID

from echo_analytics.arguments import calendar_day, day_range, positive, time_zone, uuids
from echo_analytics.cursor import cursor
from echo_analytics.errors import InvalidInput
from echo_analytics.local_days import start_of_day
from echo_analytics.queries import posts as queries

if TYPE_CHECKING:
    from datetime import date

    from echo_analytics.source import Source

F = TypeVar("F")


def posts_with_authors(
    source: Source[F],
    limit: int = 100,
    *,
    after: str | None = None,
    author_id: str | UUID | None = None,
    category_id: str | UUID | None = None,
    start: date | str | None = None,
    end: date | str | None = None,
    timezone: str = "UTC",
    pii: bool = False,
) -> F:
    """Return the newest published posts with their authors and categories.

    Parameters
    ----------
    source
        A database, or a snapshot of one.
    limit
        How many posts at the most, 1 or more.
    after
        Go on where a page ended: what ``next_cursor(page)`` returned. The other arguments shall be
        those of that page.
    author_id, category_id
        Only posts of this author, or in this category.
    start, end
        Only posts created from the first to the last day, both included; None leaves a side open.
    timezone
        The IANA name of the zone whose days are meant.
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
        ``limit`` is not a whole number of 1 or more, ``after`` is no cursor, or another argument is
        wrong.
    DatabaseError
        The server refused, timed out or was lost.

    Examples
    --------
    >>> len(posts_with_authors(db, limit=5)) <= 5
    True
    """
    number, zone = positive("limit", limit), time_zone(timezone)
    first = None if start is None else calendar_day("start", start)
    last = None if end is None else calendar_day("end", end)
    if first is not None and last is not None:
        day_range(first, last)
    wanted = queries.Wanted(
        author_id=_id("author_id", author_id),
        category_id=_id("category_id", category_id),
        since=None if first is None else start_of_day(first, zone),
        until=None if last is None else start_of_day(last + timedelta(days=1), zone),
        after=cursor("after", after),
    )
    in_step = source.status_in_step()
    return source.frame(*queries.posts_with_authors(wanted, number, in_step=in_step, pii=pii))


def _id(argument: str, value: str | UUID | None) -> str | None:
    if value is not None and not isinstance(value, str | UUID):
        raise InvalidInput(argument, "needs a UUID")
    found = uuids(argument, value)
    return None if found is None else found[0]
