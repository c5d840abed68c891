"""The command ``report run``: a notebook as a report."""

from __future__ import annotations

import hashlib
import os
import re
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from echo_analytics.cli.common import State
from echo_analytics.cli.report import pictures, progress_of, published
from echo_analytics.cli.wish import Wish, catch_up_of, check_due, moment_of, with_wish
from echo_analytics.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from echo_analytics.database import Database
    from echo_analytics.reports.due import Tried
    from echo_analytics.reports.period import Period
    from echo_analytics.reports.publishing import PublishedRun

# Any: the values of parameters.
Values = dict[str, Any]


class Every(StrEnum):
    """The periods that a notebook is about."""

    day = "day"
    week = "week"
    month = "month"


@with_wish
def run(
    wish: Wish,
    context: typer.Context,
    notebook: Annotated[
        Path,
        typer.Argument(
            metavar="NOTEBOOK [-p NAME VALUE]...", help="An .ipynb file, and its parameters."
        ),
    ],
    show_code: Annotated[bool, typer.Option("--show-code", help="Show the code too.")] = False,
    every: Annotated[
        Every | None, typer.Option("--every", help="With --due: of which periods; else week.")
    ] = None,
) -> None:
    """Run a notebook with parameters, and publish it as a page."""
    check_due(wish)
    if every is not None and not wish.due:
        raise InvalidInput("--every", "needs --due")
    if wish.formats and wish.formats != ["html"]:
        raise InvalidInput("--format", "a notebook is written as html alone")
    work = _Work(wish, notebook, show_code, pairs(context.args), every or Every.week)
    published(work.name, wish, work.made)


def pairs(words: list[str], command: str = "report run") -> list[tuple[str, str]]:
    """Return the parameters, each ``-p NAME VALUE``.

    Raises
    ------
    InvalidInput
        There is something else among them.
    """
    for place in range(0, len(words), 3):
        if words[place] != "-p":
            raise InvalidInput(words[place], f"is no option of {command}")
        if len(words) < place + 3:
            raise InvalidInput("-p", "needs a name and a value")
    return list(zip(words[1::3], words[2::3], strict=True))


def values_of(
    period: Period, given: Iterable[tuple[str, str]], known: Mapping[str, object]
) -> Values:
    """Return the parameters of a notebook for a period, which gives the days and their zone.

    Raises
    ------
    InvalidInput
        The notebook does not know one of them, or it has another type.
    """
    from echo_analytics.notebook_reports import read_values

    days = [("start", str(period.first)), ("end", str(period.last))]
    zone = [("timezone", period.zone.key)] if "timezone" in known else []
    return read_values([*given, *days, *zone], known)


class _Work:
    """A notebook for each period that is asked for; all is checked before anything is made."""

    def __init__(
        self, wish: Wish, path: Path, show_code: bool, given: list[tuple[str, str]], every: Every
    ) -> None:
        from echo_analytics.arguments import moment
        from echo_analytics.notebook_reports import declared, read_values
        from echo_analytics.notebook_reports.parameters import read_notebook

        self._wish, self._path, self._show_code = wish, path, show_code
        known = declared(read_notebook(path))
        self._now = moment("now", moment_of(wish))
        self._periods = _periods(wish, every, self._now)
        if self._periods:
            self._values = [values_of(period, given, known) for period in self._periods]
        else:
            self._values = [read_values(given, known)]
        self.name = re.sub(r"[^A-Za-z0-9._-]+", "-", path.stem).lstrip("._-") or "notebook"
        self._digest = hashlib.sha256(path.read_bytes()).hexdigest()
        self._beside = pictures(wish)

    # Any: whatever the frame of the database.
    def made(self, db: Database[Any]) -> Tried:
        """Publish the notebook for each of the periods."""
        from echo_analytics.reports.due import Tried, try_each

        if not self._periods:
            return Tried([self._publish(db, None, self._values[0])])
        values = dict(zip(self._periods, self._values, strict=True))
        if not self._wish.due:
            (period,) = self._periods
            return Tried([self._publish(db, period, values[period])])
        return try_each(self._periods, lambda period: self._publish(db, period, values[period]))

    # Any: as above.
    def _publish(self, db: Database[Any], period: Period | None, values: Values) -> PublishedRun:
        from echo_analytics.arguments import time_zone
        from echo_analytics.local_days import local_day
        from echo_analytics.reports.ledger import open_ledger
        from echo_analytics.reports.publishing import Job, output_folder, publish

        output, zone = output_folder(self._wish.output), time_zone(self._wish.timezone)
        facts = {**values, "notebook": self._digest, "show_code": self._show_code}
        job = Job(
            self.name,
            str(local_day(self._now, zone)) if period is None else period.name,
            facts,
            last=None if period is None else period.last,
            complete=period is not None and period.is_complete(self._now),
            source=db.where,
        )

        def make(folder: Path) -> dict[str, object]:
            notice = "" if period is None else period.notice(self._now)
            told = self._written(folder, values, notice)
            words = {} if period is None else {"words": period.words}
            return {**told, **words, "zone": zone.key, "formats": ["html", *self._beside]}

        ledger = open_ledger(db, output)
        return publish(job, make, output=output, ledger=ledger, force=self._wish.force)

    def _written(self, folder: Path, values: Values, notice: str) -> dict[str, object]:
        from echo_analytics.notebook_reports import write_report

        url = self._wish.database or State.database or os.environ.get("ECHO_DATABASE_URL")
        return write_report(
            self._path.absolute(),
            folder,
            values,
            show_code=self._show_code,
            environment={"ECHO_DATABASE_URL": url} if url else {},
            notice=notice,
            pictures=bool(self._beside),
            progress=progress_of(self._wish),
        )


def _periods(wish: Wish, every: Every, now: datetime) -> list[Period]:
    from echo_analytics.arguments import time_zone
    from echo_analytics.reports.period import last_complete, parse_period

    time_zone(wish.timezone)
    if wish.due:
        return last_complete(every.value, now, wish.timezone, catch_up_of(wish))
    return [] if wish.period is None else [parse_period(wish.period, wish.timezone)]
