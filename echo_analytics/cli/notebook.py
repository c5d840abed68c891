"""The command ``report run``: a notebook as a report."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from echo_analytics.cli.common import State
from echo_analytics.cli.report import Wish, published, with_wish
from echo_analytics.errors import InvalidInput

if TYPE_CHECKING:
    from echo_analytics.database import Database
    from echo_analytics.reports.publishing import PublishedRun


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
) -> None:
    """Run a notebook with parameters, and publish it as a page."""
    from echo_analytics.arguments import moment, time_zone, today
    from echo_analytics.notebook_reports import declared, read_values
    from echo_analytics.notebook_reports.parameters import read_notebook
    from echo_analytics.reports.period import parse_period

    if wish.due or wish.catch_up is not None:
        raise InvalidInput("--due", "is not for notebooks: name a --period")
    if wish.formats and wish.formats != ["html"]:
        raise InvalidInput("--format", "a notebook is written as html alone")
    known = declared(read_notebook(notebook))
    given = _pairs(context.args)
    zone, complete, last = time_zone(wish.timezone), False, None
    period = str(today(zone))
    if wish.period is not None:
        asked = parse_period(wish.period, wish.timezone)
        period, last, complete = asked.name, asked.last, asked.is_complete(moment("now", None))
        given += [("start", str(asked.first)), ("end", str(asked.last))]
        given += [("timezone", zone.key)] if "timezone" in known else []
    chosen = read_values(given, known)
    facts = {
        **chosen,
        "notebook": hashlib.sha256(notebook.read_bytes()).hexdigest(),
        "show_code": show_code,
    }

    # Any: whatever the frame of the database.
    def made(db: Database[Any]) -> list[PublishedRun]:
        from echo_analytics.notebook_reports import write_report
        from echo_analytics.reports.ledger import open_ledger
        from echo_analytics.reports.publishing import Job, output_folder, publish

        output = output_folder(wish.output)
        name = re.sub(r"[^A-Za-z0-9._-]+", "-", notebook.stem).lstrip("._-") or "notebook"
        job = Job(name, period, facts, last=last, complete=complete, source=db.where)
        url = wish.database or State.database or os.environ.get("ECHO_DATABASE_URL")
        environment = {"ECHO_DATABASE_URL": url} if url else {}

        def make(folder: Path) -> dict[str, object]:
            told = write_report(
                notebook.absolute(),
                folder,
                chosen,
                show_code=show_code,
                environment=environment,
                progress=True,
            )
            return {**told, "zone": zone.key, "formats": ["html"]}

        return [publish(job, make, output=output, ledger=open_ledger(db, output), force=wish.force)]

    published(wish, made)


def _pairs(words: list[str]) -> list[tuple[str, str]]:
    """Return the parameters, each ``-p NAME VALUE``."""
    for place in range(0, len(words), 3):
        if words[place] != "-p":
            raise InvalidInput(words[place], "is no option of report run")
        if len(words) < place + 3:
            raise InvalidInput("-p", "needs a name and a value")
    return list(zip(words[1::3], words[2::3], strict=True))
