"""Analyses of posts."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from echo_analytics.arguments import positive
from echo_analytics.queries import posts as queries

if TYPE_CHECKING:
    from echo_analytics.source import Source

F = TypeVar("F")


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
