"""What is due: the last complete periods that have no report yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from echo_analytics.arguments import choice, moment
from echo_analytics.reports.library import KINDS, Kind
from echo_analytics.reports.making import make_report
from echo_analytics.reports.period import last_complete

if TYPE_CHECKING:
    from datetime import datetime

    from echo_analytics.database import Database
    from echo_analytics.reports.publishing import PublishedRun


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
    kind = report if isinstance(report, Kind) else KINDS[choice("report", report, tuple(KINDS))]
    until = moment("now", now)
    runs: list[PublishedRun] = []
    failures: list[Exception] = []
    for period in last_complete(kind.step, until, timezone, catch_up):
        try:
            runs.append(make_report(db, kind, period, now=until, **options))
        except Exception as error:
            error.add_note(f"that was the report for {period.name}")
            failures.append(error)
    if failures:
        for other in failures[1:]:
            failures[0].add_note(f"and so failed another: {other}")
        raise failures[0]
    return runs
