"""Analyses of posts."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar
from uuid import UUID

from echo_analytics.arguments import choice, flag, open_range, positive, time_zone, uuids
from echo_analytics.cursor import cursor
from echo_analytics.errors import InvalidInput
from echo_analytics.local_days import edges_of_days
from echo_analytics.queries import posts as queries
from echo_analytics.schema import POST_STATUSES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from echo_analytics.cursor import Cursor
    from echo_analytics.models import PostStatus
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
    number, with_email = positive("limit", limit), flag("pii", pii)
    wanted = _wanted(start, end, timezone, author_id, category_id, after=cursor("after", after))
    in_step = source.status_in_step()
    return source.frame(
        *queries.posts_with_authors(wanted, number, in_step=in_step, pii=with_email)
    )


def posts(
    source: Source[F],
    start: date | str | None = None,
    end: date | str | None = None,
    *,
    author_id: str | UUID | None = None,
    category_id: str | UUID | None = None,
    status: PostStatus | None = None,
    ordered: bool = True,
    timezone: str = "UTC",
) -> F:
    """Return posts with all their columns, all posts where nothing else is said.

    Parameters
    ----------
    source
        A database, or a snapshot of one.
    start, end
        Only posts created from the first to the last day, both included; None leaves a side open.
    author_id, category_id
        Only posts of this author, or in this category.
    status
        Only those that are "draft", "published" or "archived" now.
    ordered
        Whether they shall be in order. Sorting many long posts makes the server write temporary
        files; without it the order is any.
    timezone
        The IANA name of the zone whose days are meant.

    Returns
    -------
    frame
        One row a post, oldest first, then by id:

        - post_id, title, content (string)
        - status (string): "draft", "published" or "archived", as all analyses count it
        - published (bool): whether the status is "published"
        - author_id (string)
        - category_id (string): null for a post without category
        - created_at, updated_at (timestamp, UTC)

    Raises
    ------
    InvalidInput
        An argument is wrong.
    DatabaseError
        The server refused, timed out or was lost.

    Examples
    --------
    >>> len(posts(db, "2026-06-01", "2026-06-30", status="draft").columns)
    9
    """
    wanted = _wanted(start, end, timezone, author_id, category_id, status=status)
    return source.frame(*queries.posts_of(wanted, ordered=flag("ordered", ordered)))


def posts_batches(
    source: Source[F],
    start: date | str | None = None,
    end: date | str | None = None,
    *,
    author_id: str | UUID | None = None,
    category_id: str | UUID | None = None,
    status: PostStatus | None = None,
    ordered: bool = True,
    timezone: str = "UTC",
) -> Iterator[F]:
    """Give posts with all their columns frame by frame, while they arrive.

    So more posts can be read than memory holds. A connection is in use until the last frame has
    been taken, or the iterator is closed.

    Parameters
    ----------
    source, start, end, author_id, category_id, status, ordered, timezone
        As those of ``posts``.

    Returns
    -------
    iterator of frames
        Each with the columns of ``posts`` and the rows of about 16 MB; at least one frame, which
        has no rows where there are no posts.

    Raises
    ------
    InvalidInput
        An argument is wrong: at the call, before anything is read.
    DatabaseError
        The server refused, timed out or was lost.

    Examples
    --------
    >>> sum(len(some) for some in posts_batches(db, "2026-06-01", "2026-06-30")) > 0
    True
    """
    wanted = _wanted(start, end, timezone, author_id, category_id, status=status)
    return source.batches(*queries.posts_of(wanted, ordered=flag("ordered", ordered)))


def _wanted(
    start: date | str | None,
    end: date | str | None,
    timezone: str,
    author_id: str | UUID | None,
    category_id: str | UUID | None,
    *,
    status: str | None = None,
    after: Cursor | None = None,
) -> queries.Wanted:
    since, until = edges_of_days(*open_range(start, end), time_zone(timezone))
    return queries.Wanted(
        author_id=_id("author_id", author_id),
        category_id=_id("category_id", category_id),
        status=None if status is None else choice("status", status, POST_STATUSES),
        since=since,
        until=until,
        after=after,
    )


def _id(argument: str, value: str | UUID | None) -> str | None:
    if value is not None and not isinstance(value, str | UUID):
        raise InvalidInput(argument, "needs a UUID")
    found = uuids(argument, value)
    return None if found is None else found[0]
