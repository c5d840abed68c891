"""Analyses of users."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from echo_analytics.arguments import uuids
from echo_analytics.queries import users as queries

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from echo_analytics.source import Source

F = TypeVar("F")


def user_stats(source: Source[F], user_ids: str | UUID | Iterable[str | UUID] | None = None) -> F:
    """Count the posts of users by status, with their first and last.

    Parameters
    ----------
    source
        A database, or a snapshot of one.
    user_ids
        One id or several; None means all users. Ids of no user are passed over.

    Returns
    -------
    frame
        One row a user, most posts first, then by id:

        - user_id (string)
        - user_name (string)
        - total_posts (int64)
        - published_posts, draft_posts, archived_posts (int64): they add up to total_posts
        - first_post, last_post (timestamp, UTC): when the user's first and last post of any status
          were created; null without posts

    Raises
    ------
    InvalidInput
        An id is not a UUID.
    DatabaseError
        The server refused, timed out or was lost.

    Examples
    --------
    >>> user_stats(db).columns[0]
    'user_id'
    """
    return source.frame(queries.user_stats(uuids("user_ids", user_ids)))
