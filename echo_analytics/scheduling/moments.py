"""When something is due on a clock that goes by another zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from echo_analytics.buckets import bucket_start, shift_bucket
from echo_analytics.errors import InvalidInput

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from echo_analytics.scheduling.plan import Step

_DAY = 24 * 60
_AHEAD = 400


@dataclass(frozen=True)
class CronMoment:
    """The first five fields of a line for cron.

    Parameters
    ----------
    minute, hour
        On the clock of the machine.
    day
        Of the month; None is any.
    weekday
        0 is Sunday, as cron has it; None is any.
    """

    minute: int
    hour: int
    day: int | None = None
    weekday: int | None = None

    @property
    def fields(self) -> str:
        """The fields as cron reads them."""
        day = "*" if self.day is None else self.day
        weekday = "*" if self.weekday is None else self.weekday
        return f"{self.minute} {self.hour} {day} * {weekday}"


def time_of_day(argument: str, text: str) -> time:
    """Return a time such as ``06:00``.

    Raises
    ------
    InvalidInput
        It is none.
    """
    try:
        return datetime.strptime(text, "%H:%M").time()  # noqa: DTZ007 - a time of day has no zone
    except (TypeError, ValueError):
        raise InvalidInput(argument, "is no time such as 06:00") from None


def cron_moment(step: Step, at: time, zone: ZoneInfo, machine: ZoneInfo, today: date) -> CronMoment:
    """Return when cron has to run so that it is never before ``at`` in ``zone``.

    The two zones may be apart by different hours in summer and in winter: the later one counts.
    For a month, cron cannot say "the last day": a moment that falls there is moved to the first
    minute of the next day.

    Parameters
    ----------
    step
        What is over on the day it runs.
    at
        The time of day in ``zone``.
    zone, machine
        The zone of the periods, and the one that cron goes by.
    today
        Where the year begins whose days are looked at.
    """
    late = max(_minutes_after(day, at, zone, machine) for day in _days(step, today))
    if step == "month":
        late = max(late, 0)
    days, minutes = divmod(late, _DAY)
    hour, minute = divmod(minutes, 60)
    if step == "week":
        # A week begins on Monday, which is 1 for cron.
        return CronMoment(minute, hour, weekday=(1 + days) % 7)
    if step == "month":
        return CronMoment(minute, hour, day=1 + days)
    return CronMoment(minute, hour)


def _days(step: Step, today: date) -> list[date]:
    """Return the days of more than a year on which a period has just ended."""
    found = [shift_bucket(bucket_start(today, step), step, 1)]
    while (found[-1] - found[0]).days < _AHEAD:
        found.append(shift_bucket(found[-1], step, 1))
    return found


def _minutes_after(day: date, at: time, zone: ZoneInfo, machine: ZoneInfo) -> int:
    """Return how long after midnight of ``day`` on the machine it is due; it may be before."""
    instant = datetime.combine(day, at, zone).astimezone(UTC)
    shown = instant.astimezone(machine).replace(tzinfo=None)
    # A minute that has begun is waited for.
    return -((datetime.combine(day, time()) - shown) // timedelta(minutes=1))
