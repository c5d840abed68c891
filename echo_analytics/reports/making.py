"""Making a report: fetch, draw, check, publish."""

from __future__ import annotations

import functools
import inspect
import platform
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from echo_analytics.arguments import choice, moment
from echo_analytics.errors import InvalidInput
from echo_analytics.reports import checks, finding
from echo_analytics.reports.fetching import fetch
from echo_analytics.reports.formats.html import notice
from echo_analytics.reports.formats.writing import check_tools, chosen, write_files
from echo_analytics.reports.ledger import FileLedger, open_ledger
from echo_analytics.reports.library import KINDS, Kind
from echo_analytics.reports.period import Period, last_complete, parse_period
from echo_analytics.reports.progress import Progress, Silent
from echo_analytics.reports.publishing import Job, PublishedRun, output_folder, publish

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from echo_analytics.database import Database
    from echo_analytics.reports.fetching import Fetched
    from echo_analytics.reports.section import Part


_FINDERS = {"author": finding.author_id, "category": finding.category_id}
_PACKAGES = (
    "echo-analytics",
    "plotly",
    "great-tables",
    "pyarrow",
    "weasyprint",
    "kaleido",
    "xlsxwriter",
)


# Any: whatever the frame of the database.
def make_report(
    db: Database[Any],
    report: str | Kind,
    period: str | Period | None = None,
    *,
    output: str | os.PathLike[str],
    parameters: Mapping[str, object] | None = None,
    timezone: str = "UTC",
    formats: Iterable[str] | None = None,
    beside: Iterable[str] = (),
    force: bool = False,
    now: datetime | None = None,
    progress: Progress | None = None,
) -> PublishedRun:
    """Make a report for a period and publish it, unless that was done before.

    Parameters
    ----------
    db
        The database.
    report
        The name of a report, or one of your own.
    period
        ``2026-W25``, ``2026-06``, ``2026-06-30`` or ``2026-06-01..2026-06-30``; None is the last
        complete one.
    output
        The output folder; it is made where it is missing.
    parameters
        What else the report takes.
    timezone
        The IANA name of the zone whose days are meant.
    formats
        Of "html", "pdf", "xlsx", "parquet", "csv" and "png"; None is all but png.
    beside
        More of them, which are no reason to make a report again that is there without them.
    force
        Make it again.
    now
        The moment (aware) that decides what is complete; None is the present.
    progress
        Is told each step.

    Returns
    -------
    PublishedRun
        Where it is; ``made`` is False where it was there already.

    Raises
    ------
    InvalidInput
        An argument is wrong.
    EchoError, OSError
        It failed; what there is of it is below ``failed/``, and the last good one is untouched.
    """
    kind = report if isinstance(report, Kind) else KINDS[choice("report", report, tuple(KINDS))]
    until = moment("now", now)
    asked = _period(kind, period, timezone, until)
    needed = chosen(formats)
    wanted = chosen((*needed, *beside))
    check_tools(wanted)
    given = _given(db, kind, parameters or {})
    told = Silent() if progress is None else progress
    folder = output_folder(output)
    ledger = open_ledger(db, folder)
    job = Job(
        kind.name,
        asked.name,
        {**given, "timezone": asked.zone.key},
        last=asked.last,
        complete=asked.is_complete(until),
        # In the database it is known; a folder may hold the reports of several.
        source=db.where if isinstance(ledger, FileLedger) else "",
        group=None if kind.about is None else str(given[kind.about]),
    )
    compose = functools.partial(kind.compose, **given)

    def make(making: Path) -> Mapping[str, object]:
        try:
            fetched = fetch(db, compose, asked, until, told, more=len(wanted))
            checks.check_rows(fetched)
            alt = write_files(fetched, making, wanted, told)
        finally:
            told.end()
        return {**_told(fetched, db.where), "formats": list(wanted), "alt": alt}

    return publish(
        job,
        make,
        output=folder,
        ledger=ledger,
        force=force,
        suffices=lambda manifest: set(needed) <= set(manifest.get("formats", ())),
    )


# Any: whatever the frame of the database.
def _given(db: Database[Any], kind: Kind, parameters: Mapping[str, object]) -> dict[str, object]:
    """Return the parameters, checked; what a report is about is looked up."""
    check_parameters(kind, parameters)
    if kind.about in _FINDERS:
        if kind.about not in parameters:
            raise InvalidInput(kind.about, f"the report {kind.name} needs it")
        wanted = str(parameters[kind.about])
        return {**parameters, kind.about: _FINDERS[kind.about](db.using("arrow"), wanted)}
    return dict(parameters)


def check_parameters(kind: Kind, parameters: Mapping[str, object]) -> None:
    """Refuse what a report does not take, and what is missing.

    Raises
    ------
    InvalidInput
        The message names it.
    """
    known = dict(list(inspect.signature(kind.compose).parameters.items())[2:])
    for name in parameters:
        if name not in known:
            raise InvalidInput("parameters", f"the report {kind.name} does not take {name}")
    for name, parameter in known.items():
        if parameter.default is parameter.empty and name not in {*parameters, kind.about}:
            raise InvalidInput("parameters", f"the report {kind.name} needs {name}")


def _period(kind: Kind, period: str | Period | None, timezone: str, now: datetime) -> Period:
    if isinstance(period, Period):
        return period
    if period is None:
        return last_complete(kind.step, now, timezone)[0]
    return parse_period(period, timezone)


def _told(report: Fetched, where: str) -> dict[str, object]:
    """Return what the manifest says of a report."""
    period = report.period
    return {
        "title": report.title,
        "summary": [
            *filter(None, [notice(report)]),
            *(sentence for part in report.parts[:3] for sentence in part.sentences),
        ],
        "words": period.words,
        "days": {"first": str(period.first), "last": str(period.last)},
        "zone": period.zone.key,
        "as_of": report.as_of.astimezone(UTC).isoformat(),
        "database": where,
        "schema_revision": report.revision,
        "versions": {
            "python": platform.python_version(),
            "postgresql": report.server_version,
            **{name: _version(name) for name in _PACKAGES},
        },
        "sections": [_section(part) for part in report.parts],
    }


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _section(part: Part) -> dict[str, object]:
    told: dict[str, object] = {
        "name": part.section.name,
        "heading": part.section.heading,
        "sentences": list(part.sentences),
    }
    if part.table is None:
        return told
    return told | {
        "analysis": part.section.asks,
        "arguments": {name: _plain(value) for name, value in part.arguments.items()},
        "figure": part.has_figure,
        "rows": part.table.num_rows,
        "columns": {field.name: str(field.type) for field in part.table.schema},
        "sql": [
            {"text": asked.text, "values": [_plain(value) for value in asked.values]}
            for asked in part.statements
        ],
    }


def _plain(value: object) -> object:
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return str(value)
