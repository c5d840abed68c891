"""The period of a report: an ISO week, a month, a day or any range, in a time zone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal, TypeAlias

from echo_analytics.arguments import calendar_day, choice, day_range, time_zone, whole_number
from echo_analytics.buckets import bucket_start, shift_bucket
from echo_analytics.errors import InvalidInput
from echo_analytics.local_days import local_day, start_of_day
from echo_analytics.plots.text import day, days

if TYPE_CHECKING:
    from datetime import datetime
    from zoneinfo import ZoneInfo

Kind: TypeAlias = Literal["day", "week", "month", "range"]
Step: TypeAlias = Literal["day", "week", "month"]

STEPS: tuple[Step, ...] = ("day", "week", "month")

_DAY = timedelta(days=1)
_WEEK = re.compile(r"(\d{4})-W(\d{2})")
_MONTH = re.compile(r"(\d{4})-(\d{2})")
_PROBLEM = "is none such as 2026-W25, 2026-06, 2026-06-30 or 2026-06-01..2026-06-30"


@dataclass(frozen=True, slots=True)
class Period:
    """The days that a report is about.

    Parameters
    ----------
    kind
        "day", "week", "month" or "range".
    first, last
        The first and the last day, both included.
    zone
        Whose days.
    """

    kind: Kind
    first: date
    last: date
    zone: ZoneInfo

    @property
    def name(self) -> str:
        """How it is written: ``2026-W25``, ``2026-06``, ``2026-06-30``, ``2026-06-01..2026-06-30``.

        Examples
        --------
        >>> parse_period("2026-01", "UTC").name
        '2026-01'
        """
        if self.kind == "week":
            return f"{self.first:%G-W%V}"
        if self.kind == "month":
            return f"{self.first:%Y-%m}"
        return str(self.first) if self.kind == "day" else f"{self.first}..{self.last}"

    @property
    def words(self) -> str:
        """How it is called in a heading.

        Examples
        --------
        >>> parse_period("2026-W25", "UTC").words
        'week 25 of 2026 (15 – 21 June 2026)'
        """
        if self.kind == "week":
            return f"week {self.first:%-V} of {self.first:%G} ({days(self.first, self.last)})"
        if self.kind == "month":
            return f"{self.first:%B %Y}"
        return days(self.first, self.last)

    @property
    def step(self) -> Step:
        """The buckets it is compared by: its own kind, for a range days, weeks or months."""
        if self.kind != "range":
            return self.kind
        length = (self.last - self.first).days + 1
        return "day" if length <= 31 else "week" if length <= 182 else "month"

    @property
    def end(self) -> datetime:
        """The instant (aware, UTC) at which it is over."""
        return start_of_day(self.last + _DAY, self.zone)

    def is_complete(self, now: datetime) -> bool:
        """Whether it is over at ``now``."""
        return self.end <= now

    def notice(self, now: datetime) -> str:
        """Return what has to be known first of its numbers: that it is not over, if it is not."""
        if self.is_complete(now):
            return ""
        local = now.astimezone(self.zone)
        return (
            f"This period is not over: it ends on {day(self.last)}, and the numbers are those of "
            f"{day(local)}, {local:%H:%M}."
        )

    def first_of_buckets(self, count: int) -> date:
        """Return the first day of the ``count`` buckets of its kind that end with its last one."""
        return shift_bucket(bucket_start(self.last, self.step), self.step, 1 - count)

    def back(self, days: int) -> date:
        """Return the day so many days before its first one."""
        return self.first - timedelta(days=days)


def parse_period(text: str, timezone: str) -> Period:
    """Return the period that a text names.

    Parameters
    ----------
    text
        An ISO week ``2026-W25``, a month ``2026-06``, a day ``2026-06-30`` or a range of days
        ``2026-06-01..2026-06-30``.
    timezone
        The IANA name of the zone whose days are meant.

    Raises
    ------
    InvalidInput
        It is none of these, or the zone is unknown.

    Examples
    --------
    >>> parse_period("2026-W25", "Europe/Berlin").first
    datetime.date(2026, 6, 15)
    """
    zone = time_zone(timezone)
    if not isinstance(text, str):
        raise InvalidInput("period", _PROBLEM)
    if week := _WEEK.fullmatch(text):
        return _week(int(week[1]), int(week[2]), zone)
    if month := _MONTH.fullmatch(text):
        return _starting(_day(f"{month[1]}-{month[2]}-01"), "month", zone)
    first, separator, last = text.partition("..")
    if separator:
        return Period("range", *day_range(_day(first), _day(last)), zone)
    return _starting(_day(first), "day", zone)


def last_complete(step: Step, now: datetime, timezone: str, count: int = 1) -> list[Period]:
    """Return the last periods that were over at ``now``, the oldest first.

    Parameters
    ----------
    step
        "day", "week" or "month".
    now
        A moment (aware).
    timezone
        The IANA name of the zone whose days are meant.
    count
        How many.

    Raises
    ------
    InvalidInput
        An argument is wrong.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> [each.name for each in last_complete("week", datetime(2026, 6, 24, tzinfo=UTC), "UTC", 2)]
    ['2026-W24', '2026-W25']
    """
    choice("step", step, STEPS)
    zone, wanted = time_zone(timezone), whole_number("catch_up", count, least=1, most=1_000)
    this = bucket_start(local_day(now, zone), step)
    starts = (shift_bucket(this, step, -number) for number in range(wanted, 0, -1))
    return [_starting(start, step, zone) for start in starts]


def _week(year: int, number: int, zone: ZoneInfo) -> Period:
    try:
        first = date.fromisocalendar(year, number, 1)
    except ValueError:
        raise InvalidInput("period", f"{year} has no week {number}") from None
    return _starting(calendar_day("period", first), "week", zone)


def _starting(first: date, step: Step, zone: ZoneInfo) -> Period:
    return Period(step, first, shift_bucket(first, step, 1) - _DAY, zone)


def _day(text: str) -> date:
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        raise InvalidInput("period", _PROBLEM)
    return calendar_day("period", text)
