"""Analyses of users."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

from echo_analytics.arguments import moment, time_zone, uuids
from echo_analytics.local_days import local_day, start_of_day
from echo_analytics.queries import users as queries

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from uuid import UUID

    from echo_analytics.source import Source

F = TypeVar("F")

_DAY = timedelta(days=1)


def user_stats(
    source: Source[F],
    user_ids: str | UUID | Iterable[str | UUID] | None = None,
    *,
    timezone: str = "UTC",
    now: datetime | None = None,
) -> F:
    """Count the posts of users by status, with their first and last.

    Parameters
    ----------
    source
        A database, or a snapshot of one.
    user_ids
        One id or several; None means all users. Ids of no user are passed over.
    timezone
        The IANA name of the zone whose days are meant.
    now
        The moment (aware) that the last 30 days end with; None is the present.

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
        - days_active (int64): local days on which the user created a post of any status
        - posts_last_30_days (int64): posts of the local day of ``now`` and the 29 before it

    Raises
    ------
    InvalidInput
        An id is not a UUID, the zone is unknown, or ``now`` is not aware.
    DatabaseError
        The server refused, timed out or was lost.

    Examples
    --------
    >>> user_stats(db).columns[0]
    'user_id'
    """
    wanted, zone = uuids("user_ids", user_ids), time_zone(timezone)
    today = local_day(moment("now", now), zone)
    recent = start_of_day(today - 29 * _DAY, zone), start_of_day(today + _DAY, zone)
    return source.frame(*queries.user_stats(wanted, zone, recent))
