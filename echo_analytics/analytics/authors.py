"""Analyses of who writes: who comes, who stays, how far they come."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar, cast

from echo_analytics.arguments import (
    choice,
    day_range,
    flag,
    moment,
    positive,
    time_zone,
    whole_number,
)
from echo_analytics.buckets import (
    WEEKDAYS,
    Every,
    bucket_start,
    buckets,
    shift_bucket,
    starts_before,
)
from echo_analytics.errors import InvalidInput
from echo_analytics.local_days import start_of_day
from echo_analytics.queries import funnel, lifecycle, retention
from echo_analytics.queries.activity import ACTIVITIES

if TYPE_CHECKING:
    from datetime import date, datetime
    from zoneinfo import ZoneInfo

    from echo_analytics.buckets import Buckets
    from echo_analytics.queries.activity import Activity
    from echo_analytics.queries.retention import Cohorts, Method
    from echo_analytics.source import Source

F = TypeVar("F")

PERIODS: tuple[Every, ...] = ("day", "week", "month", "quarter", "year")

_DAY = timedelta(days=1)
_WINDOW = 30
_MOST_PERIODS = 1_000


def author_retention(
    source: Source[F],
    start: date | str,
    end: date | str,
    *,
    every: Every = "month",
    cohort_by: Cohorts = "first_post",
    method: Method = "on",
    periods: int | None = None,
    activity: Activity = "any",
    mean: bool = False,
    timezone: str = "UTC",
    week_start: str = "monday",
    now: datetime | None = None,
) -> F:
    """Say how many of the authors who began together were active in each period after.

    A cohort is those who began in the same period; period 0 is the cohort's own. What begins and
    what counts as active are those of cohort analysis as product analytics knows it, where "on" is
    called N-period retention and "on or after" unbounded retention (Amplitude, "Retention
    Analysis"; Mixpanel, "Retention").

    Parameters
    ----------
    source
        A database, or a snapshot of one.
    start, end
        Days of the first and of the last cohort, which are whole periods. Periods go as far.
    every
        "week" or "month"; also "day", "quarter" and "year".
    cohort_by
        "first_post": those whose first post ever was in the period. "sign_up": those who signed up
        in it; posts before the sign-up are passed over.
    method
        "on": active in the period. "on or after": active in it or at any later time.
    periods
        The last period to show; None for all until ``end``.
    activity
        "any": a post of any status makes active. "published": only one that is published now; a
        first post is the first of those.
    mean
        Add a row for each period with the mean of all cohorts, weighted by their sizes.
    timezone
        The IANA name of the zone whose days are meant.
    week_start
        The first day of a week, "monday" to "sunday".
    now
        The moment (aware) that decides which periods are complete; None is the present.

    Returns
    -------
    frame
        One row for each cohort and period, in this order, also for cohorts of nobody:

        - cohort (date): the first day of the cohort's period; null in the means, which come last
        - cohort_size (int64): how many began
        - period (int64): 0 is the cohort's own
        - active_authors (int64): how many of them were active
        - rate (float64): active_authors of cohort_size; null in a cohort of nobody
        - is_complete (bool): whether ``now`` has passed the end of the period

        A row of means has the sums over the cohorts whose period is complete, and their rate.

    Raises
    ------
    InvalidInput
        An argument is wrong.
    DatabaseError
        The server refused, timed out or was lost.

    Examples
    --------
    >>> author_retention(db, "2026-01-01", "2026-06-30").columns[0]
    'cohort'
    """
    cohorts, _ = _whole_periods(start, end, every, timezone, week_start)
    choice("cohort_by", cohort_by, retention.COHORTS)
    choice("method", method, retention.METHODS)
    wanted = retention.Retention(
        buckets=cohorts,
        now=moment("now", now),
        cohort_by=cohort_by,
        method=method,
        periods=None if periods is None else whole_number("periods", periods),
        mean=flag("mean", mean),
    )
    published = _only_published(activity)
    in_step = published and source.status_in_step()
    conditions = lifecycle.counted_posts(published, in_step)
    return source.frame(retention.author_retention(wanted, conditions))


def author_lifecycle(
    source: Source[F],
    start: date | str,
    end: date | str,
    *,
    every: Every = "week",
    activity: Activity = "any",
    timezone: str = "UTC",
    week_start: str = "monday",
    now: datetime | None = None,
) -> F:
    """Count the authors who are new, stay, come back and leave, period by period.

    An author is active in a period in which they created a post. New: it holds their first post
    ever. Returning: they were active in the period before too. Resurrected: active earlier, but not
    in the period before. Dormant: active in the period before, not in this one. So the first three
    add up to the active authors of the period, and those of the period before are the returning and
    the dormant.

    Parameters
    ----------
    source
        A database, or a snapshot of one.
    start, end
        Days of the first and of the last period; periods are whole.
    every
        "day", "week", "month", "quarter" or "year" of the zone.
    activity
        "any": a post of any status makes active. "published": only one that is published now.
    timezone
        The IANA name of the zone whose days are meant.
    week_start
        The first day of a week, "monday" to "sunday".
    now
        The moment (aware) that decides which periods are complete; None is the present.

    Returns
    -------
    frame
        One row a period, in order:

        - bucket (date): the first day of the period
        - new_authors, returning_authors, resurrected_authors, dormant_authors (int64)
        - is_complete (bool): whether ``now`` has passed the end of the period

    Raises
    ------
    InvalidInput
        An argument is wrong.
    DatabaseError
        The server refused, timed out or was lost.

    Examples
    --------
    >>> len(author_lifecycle(db, "2026-01-05", "2026-02-01", every="week"))
    4
    """
    found, before = _whole_periods(start, end, every, timezone, week_start)
    until = moment("now", now)
    published = _only_published(activity)
    in_step = published and source.status_in_step()
    conditions = lifecycle.counted_posts(published, in_step)
    return source.frame(lifecycle.author_lifecycle(found, before, until, conditions))


def stickiness(
    source: Source[F],
    start: date | str,
    end: date | str,
    *,
    activity: Activity = "any",
    timezone: str = "UTC",
    now: datetime | None = None,
) -> F:
    """Count the authors active on a day, in the 7 and in the 30 days that end with it.

    Their ratios say how often those who write at all write: DAU/WAU and DAU/MAU of product
    analytics, over trailing windows.

    Parameters
    ----------
    source
        A database, or a snapshot of one.
    start, end
        The first and the last day, both included. Windows reach back before ``start``.
    activity
        "any": a post of any status makes active. "published": only one that is published now.
    timezone
        The IANA name of the zone whose days are meant.
    now
        The moment (aware) that decides which days are complete; None is the present.

    Returns
    -------
    frame
        One row a day, in order:

        - date (date)
        - daily_active, weekly_active, monthly_active (int64): distinct authors of the day, of the 7
          and of the 30 local days that end with it
        - daily_weekly, daily_monthly (float64): daily_active as a share of the others; null where
          those are zero
        - is_complete (bool): whether ``now`` has passed the day's end

    Raises
    ------
    InvalidInput
        An argument is wrong.
    DatabaseError
        The server refused, timed out or was lost.

    Examples
    --------
    >>> len(stickiness(db, "2026-06-01", "2026-06-30"))
    30
    """
    first, last = day_range(start, end)
    zone, until = time_zone(timezone), moment("now", now)
    published = _only_published(activity)
    in_step = published and source.status_in_step()
    return source.frame(
        lifecycle.stickiness(
            buckets(first, last, "day", zone),
            starts_before(first, _WINDOW - 1, "day", zone),
            until,
            lifecycle.counted_posts(published, in_step),
        )
    )


def publishing_funnel(
    source: Source[F],
    start: date | str,
    end: date | str,
    *,
    days: int = 30,
    timezone: str = "UTC",
) -> F:
    """Count how many of those who signed up came to post, to publish, and to publish again.

    Parameters
    ----------
    source
        A database, or a snapshot of one.
    start, end
        The first and the last day of the sign-ups, both included.
    days
        How long after the sign-up a step may be, in days of 24 hours. Who signed up less than that
        ago may still get there: give an ``end`` that is as long ago.
    timezone
        The IANA name of the zone whose days are meant.

    Returns
    -------
    frame
        Four rows, in order:

        - step (int64): 1 to 4
        - step_name (string): "signed up", "first post" (of any status), "first published", "second
          published" (posts that are published now, by when they were created)
        - users (int64): who reached the step in time
        - conversion_from_first (float64): as a share of those who signed up; null where nobody did
        - conversion_from_previous (float64): as a share of the step before; null in the first step,
          and where nobody reached the one before
        - median_hours (float64): from the sign-up to the step, of those who reached it; null where
          nobody did

    Raises
    ------
    InvalidInput
        An argument is wrong.
    DatabaseError
        The server refused, timed out or was lost.

    Examples
    --------
    >>> len(publishing_funnel(db, "2026-01-01", "2026-03-31", days=14))
    4
    """
    first, last = day_range(start, end)
    zone, limit = time_zone(timezone), positive("days", days, 36_525)
    since, until = start_of_day(first, zone), start_of_day(last + _DAY, zone)
    return source.frame(funnel.publishing_funnel(since, until, limit))


def _only_published(activity: str) -> bool:
    return choice("activity", activity, ACTIVITIES) == "published"


def _whole_periods(
    start: object, end: object, every: str, timezone: str, week_start: str
) -> tuple[Buckets, datetime]:
    """The periods that hold the range, whole ones, and where the one before them starts."""
    first, last = day_range(start, end)
    zone: ZoneInfo = time_zone(timezone)
    step = cast("Every", choice("every", every, PERIODS))
    choice("week_start", week_start, WEEKDAYS)
    first = bucket_start(first, step, week_start)
    last = shift_bucket(bucket_start(last, step, week_start), step, 1) - _DAY
    found = buckets(first, last, step, zone, week_start)
    if len(found) > _MOST_PERIODS:
        raise InvalidInput("start", f"is more than {_MOST_PERIODS:,} periods before end")
    return found, starts_before(first, 1, step, zone, week_start)[0]
