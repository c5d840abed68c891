"""Analyses of posts over time."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from echo_analytics.analytics.asking import checked
from echo_analytics.analytics.stored import stored_series
from echo_analytics.queries import series as queries

if TYPE_CHECKING:
    from datetime import date, datetime

    from echo_analytics.analytics.asking import Asked
    from echo_analytics.buckets import Every
    from echo_analytics.periods import Comparison
    from echo_analytics.queries.activity import Breakdown
    from echo_analytics.source import Source

F = TypeVar("F")


def posts_over_time(
    source: Source[F],
    start: date | str,
    end: date | str,
    *,
    every: Every = "day",
    by: Breakdown | None = None,
    top: int = 10,
    timezone: str = "UTC",
    week_start: str = "monday",
    rolling: int | None = None,
    compare: Comparison | None = None,
    cumulative: bool = False,
    now: datetime | None = None,
) -> F:
    """Count posts by hour, day, week, month, quarter or year.

    Posts count in the bucket they were created in, under the status they have now: the schema keeps
    no history of publication.

    Parameters
    ----------
    source
        A database, or a snapshot of one.
    start, end
        The first and the last day, both included: dates, or strings such as ``"2026-06-30"``. The
        first and the last bucket hold what the range has of them.
    every
        "hour", "day", "week", "month", "quarter" or "year" of the zone. A day has 23 to 25 hours
        where the clock is shifted; an hour that the clock repeats is two buckets.
    by
        Break down by "category", "author", "status" or "role" (of the author): a row for each
        bucket and group.
    top
        How many values have a group of their own, those with the most posts in the range; the rest
        is one group.
    timezone
        The IANA name of the zone whose days and hours are meant.
    week_start
        The first day of a week, "monday" to "sunday".
    rolling
        Add means over this many buckets: the bucket itself and those before it, also from before
        ``start``.
    compare
        Add what was in "previous_period", as many buckets before, or in "previous_year", the same
        dates a year before: 29 February with 28, weeks with those 52 weeks before.
    cumulative
        Add the counts from ``start`` on.
    now
        The moment (aware) that decides which buckets are complete; None is the present.

    Returns
    -------
    frame
        One row for every bucket and group, in the order of time, then of the groups' posts, with
        zeros where nothing happened:

        - bucket (date): the bucket's own first day; for hours (timestamp, UTC) when it starts
        - group_key (string): id or value, null for the groups other and none
        - group_kind (string): "value", "other" or "none" (posts without a category)
        - group_label (string): a name to show; these three only with ``by``
        - total_posts (int64)
        - published_posts, draft_posts, archived_posts (int64): they add up to total_posts
        - unique_authors (int64): distinct authors of these posts
        - is_complete (bool): whether ``now`` has passed the bucket's end
        - *_rolling (float64): means of the four counts; ``unique_authors_rolling`` (int64) counts
          distinct authors in the window
        - *_cumulative (int64): counts, and distinct authors, from ``start`` on
        - *_previous, *_change (int64, nullable), *_relative_change (float64) for each of the five:
          of the counterpart, the difference to it, and that as a share of it. Differences are null
          in a bucket that is not complete, shares also where the base is zero, and all three for an
          hour that the other day did not have

    Raises
    ------
    InvalidInput
        An argument is wrong, or the range has more than 100,000 hours where those are asked for.
    DatabaseError
        The server refused, timed out or was lost.

    Examples
    --------
    >>> weeks = posts_over_time(
    ...     db, "2026-01-01", "2026-06-30", every="week", by="category", compare="previous_period"
    ... )
    >>> "total_posts_relative_change" in weeks.columns
    True
    """
    asked = checked(
        start,
        end,
        every=every,
        by=by,
        top=top,
        timezone=timezone,
        week_start=week_start,
        rolling=rolling,
        compare=compare,
        cumulative=cumulative,
        now=now,
    )
    return _answered(source, asked, "bucket")


def daily_posts(
    source: Source[F],
    start: date | str,
    end: date | str,
    *,
    by: Breakdown | None = None,
    top: int = 10,
    timezone: str = "UTC",
    rolling: int | None = None,
    compare: Comparison | None = None,
    cumulative: bool = False,
    now: datetime | None = None,
) -> F:
    """Count the posts of each local calendar day.

    It is ``posts_over_time(..., every="day")`` with a first column called ``date``; what is said
    there about breakdowns, rolling means and comparisons holds here.

    Parameters
    ----------
    source
        A database, or a snapshot of one.
    start, end
        The first and the last day, both included: dates, or strings such as ``"2026-06-30"``.
    by
        Break down by "category", "author", "status" or "role".
    top
        How many values have a group of their own.
    timezone
        The IANA name of the zone whose days are meant.
    rolling
        Add means over this many days that end with the day.
    compare
        "previous_period" or "previous_year".
    cumulative
        Add the counts from ``start`` on.
    now
        The moment (aware) that decides which days are complete; None is the present.

    Returns
    -------
    frame
        One row for every day from ``start`` to ``end``, in order, with zeros where nothing
        happened:

        - date (date)
        - total_posts (int64)
        - published_posts, draft_posts, archived_posts (int64): they add up to total_posts
        - unique_authors (int64): distinct authors of the day's posts
        - is_complete (bool): whether ``now`` has passed the day's end

        and the further columns of ``posts_over_time`` for what is asked.

    Raises
    ------
    InvalidInput
        A day is not one, ``start`` is after ``end``, the zone is unknown, or another argument is
        wrong.
    DatabaseError
        The server refused, timed out or was lost.

    Examples
    --------
    >>> len(daily_posts(db, "2026-01-01", "2026-06-30"))
    181
    """
    asked = checked(
        start,
        end,
        by=by,
        top=top,
        timezone=timezone,
        rolling=rolling,
        compare=compare,
        cumulative=cumulative,
        now=now,
    )
    return _answered(source, asked, "date")


def _answered(source: Source[F], asked: Asked, name: str) -> F:
    found = stored_series(source, asked, name)
    if found is not None:
        return found
    return source.frame(queries.posts_over_time(asked.series(), name=name))
