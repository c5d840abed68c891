"""What is due: the last complete periods that have no report yet."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from echo_analytics.arguments import choice, moment
from echo_analytics.reports.library import KINDS, Kind
from echo_analytics.reports.making import make_report
from echo_analytics.reports.period import last_complete

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from echo_analytics.database import Database
    from echo_analytics.reports.job import PublishedRun
    from echo_analytics.reports.period import Period


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of several reports: one that fails does not keep the others from being made.

    Parameters
    ----------
    runs
        Those that are in place, the oldest first.
    failures
        What the others ended with.
    """

    runs: list[PublishedRun] = field(default_factory=list)
    failures: list[Exception] = field(default_factory=list)

    def check(self) -> None:
        """Raise the first failure, which tells of the others."""
        if self.failures:
            for other in self.failures[1:]:
                self.failures[0].add_note(f"and so failed another: {other}")
            raise self.failures[0]


def try_each(periods: Iterable[Period], make: Callable[[Period], PublishedRun]) -> Tried:
    """Make a report for each period, and go on where one fails.

    Parameters
    ----------
    periods
        The periods, the oldest first.
    make
        Makes the report for one.
    """
    tried = Tried()
    for period in periods:
        try:
            tried.runs.append(make(period))
        except Exception as error:
            error.add_note(f"that was the report for {period.name}")
            tried.failures.append(error)
    return tried


# Any: the frame of the database, and the options of make_report.
def make_due(
    db: Database[Any],
    report: str | Kind,
    *,
    catch_up: int = 1,
    timezone: str = "UTC",
    now: datetime | None = None,
    **options: Any,  # noqa: ANN401
) -> list[PublishedRun]:
    """Make the report of the last complete period, and of those before it that were missed.

    Parameters
    ----------
    db
        The database.
    report
        The name of a report, or one of your own.
    catch_up
        How many of the last complete periods are looked at.
    timezone
        The IANA name of the zone whose days are meant.
    now
        The moment (aware) that decides what is complete; None is the present.
    options
        Those of ``make_report``.

    Returns
    -------
    list of PublishedRun
        One for each of the periods, the oldest first; ``made`` says which were made just now.

    Raises
    ------
    InvalidInput
        An argument is wrong.
    EchoError, OSError
        The first failure; the other periods were tried all the same.
    """
    tried = try_due(db, report, catch_up=catch_up, timezone=timezone, now=now, **options)
    tried.check()
    return tried.runs


# Any: as above.
def try_due(
    db: Database[Any],
    report: str | Kind,
    *,
    catch_up: int = 1,
    timezone: str = "UTC",
    now: datetime | None = None,
    **options: Any,  # noqa: ANN401
) -> Tried:
    """Do as ``make_due`` does, and return what was made beside what failed.

    Raises
    ------
    InvalidInput
        An argument is wrong.
    """
    kind = report if isinstance(report, Kind) else KINDS[choice("report", report, tuple(KINDS))]
    until = moment("now", now)
    periods = last_complete(kind.step, until, timezone, catch_up)
    return try_each(periods, lambda period: make_report(db, kind, period, now=until, **options))
