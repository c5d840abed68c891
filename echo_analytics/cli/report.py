"""The commands ``report ...``: reports made, published and listed."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Annotated, Any

import typer

from echo_analytics.cli.common import complain, opened, saying_notes, write
from echo_analytics.cli.options import DatabaseOption, DebugOption, Format, LimitOption
from echo_analytics.cli.wish import (
    FOLDER,
    FolderOption,
    Wish,
    catch_up_of,
    check_due,
    moment_of,
    with_wish,
)
from echo_analytics.errors import (
    ConnectionFailed,
    EchoError,
    MissingExtra,
    NotSupported,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from echo_analytics.database import Database
    from echo_analytics.reports.due import Tried
    from echo_analytics.reports.library import Kind
    from echo_analytics.reports.progress import Progress
    from echo_analytics.reports.sending import Targets

report = typer.Typer(help="Reports: made, checked, published, and listed.", no_args_is_help=True)


@report.command()
@with_wish
def weekly(wish: Wish) -> None:
    """Say what a week brought."""
    make("weekly", wish)


@report.command()
@with_wish
def monthly(wish: Wish) -> None:
    """Say what a month brought."""
    make("monthly", wish)


@report.command()
@with_wish
def author(
    wish: Wish,
    who: Annotated[str, typer.Argument(metavar="AUTHOR", help="An id, an e-mail or a name.")],
) -> None:
    """Say what one author wrote."""
    wish.parameters["author"] = who
    make("author", wish)


@report.command()
@with_wish
def category(
    wish: Wish,
    which: Annotated[str, typer.Argument(metavar="CATEGORY", help="An id, a slug or a name.")],
) -> None:
    """Say what was written in one category."""
    wish.parameters["category"] = which
    make("category", wish)


@report.command("list")
def list_(
    output: FolderOption = FOLDER,
    wanted: Annotated[Format | None, typer.Option("--format", help="How to write it.")] = None,
    limit: LimitOption = 20,
    database: DatabaseOption = None,
    debug: DebugOption = False,
) -> None:
    """Say which reports were made, and what failed; 3 where the database cannot be asked."""
    from echo_analytics.arguments import positive
    from echo_analytics.reports.history import history
    from echo_analytics.reports.ledger import open_ledger
    from echo_analytics.reports.sweeping import sweep

    positive("--limit", limit)
    folder = output.absolute()
    with contextlib.ExitStack() as stack:
        try:
            db = stack.enter_context(opened(database, debug))
        except ConnectionFailed:
            write(history(folder, None, limit), wanted, None)
            raise
        ledger = open_ledger(db, folder)
        if folder.is_dir():
            sweep(folder, ledger)
        write(history(folder, ledger, limit), wanted, None)


def make(report: str | Kind, wish: Wish) -> None:
    """Make a report as it is wished, say where it is, and send it."""
    check_due(wish)
    name = report if isinstance(report, str) else report.name
    published(name, wish, lambda db: _made(db, report, wish))


def _keep(name: str, wish: Wish, error: ConnectionFailed) -> None:
    """Let ``report list`` show that the database could not be reached at all."""
    from echo_analytics.reports.publishing import KEPT, keep_unstarted, output_folder

    if not any(note.startswith(KEPT) for note in getattr(error, "__notes__", ())):
        kept = keep_unstarted(output_folder(wish.output), name, wish.period or "due", error)
        complain(f"{KEPT} {kept}")


# Any: as above.
def published(name: str, wish: Wish, made: Callable[[Database[Any]], Tried]) -> None:
    """Make reports within the time that there is, say where they are, and send them.

    Those that were made are sent, whatever became of the others.
    """
    from echo_analytics.cli.limits import limited
    from echo_analytics.reports.sending import Targets

    targets = Targets(wish.emails or (), wish.webhooks or ())
    tried = None
    try:
        with limited(wish), saying_notes(), opened(wish.database, wish.debug) as db:
            tried = made(db)
            for run in tried.runs:
                said = "published in" if run.made else "was there already:"
                told = run.manifest
                _say(wish, f"{told['report']} {told['period']} {said} {run.folder}")
            if targets and tried.runs:
                _send(db, tried, targets, wish)
            tried.check()
    except ConnectionFailed as error:
        if tried is None or not tried.runs:
            _keep(name, wish, error)
        raise


def _say(wish: Wish, text: str) -> None:
    if not wish.quiet:
        typer.echo(text)


# Any: as above.
def _send(db: Database[Any], tried: Tried, targets: Targets, wish: Wish) -> None:
    from echo_analytics.reports.ledger import open_ledger
    from echo_analytics.reports.publishing import output_folder
    from echo_analytics.reports.sending import send

    output = output_folder(wish.output)
    try:
        ledger = open_ledger(db, output)
        send(tried.runs, targets, ledger=ledger, output=output, say=lambda text: _say(wish, text))
    except (EchoError, OSError) as error:
        # That a report was not made weighs more than that another was not sent.
        tried.failures.append(error)


# Any: Arrow tables come without types.
def _made(db: Database[Any], report: str | Kind, wish: Wish) -> Tried:
    from echo_analytics.reports.due import Tried, try_due
    from echo_analytics.reports.making import make_report

    given = [part for each in wish.formats or () for part in each.split(",")]
    options: dict[str, Any] = {
        "output": wish.output,
        "parameters": wish.parameters,
        "timezone": wish.timezone,
        "formats": given or None,
        "beside": pictures(wish),
        "force": wish.force,
        "now": moment_of(wish),
        "progress": progress_of(wish),
    }
    if wish.due:
        return try_due(db, report, catch_up=catch_up_of(wish), **options)
    return Tried([make_report(db, report, wish.period, **options)])


def progress_of(wish: Wish) -> Progress:
    """Return what is told each step."""
    from echo_analytics.reports.progress import Silent, chosen_progress

    return Silent() if wish.quiet else chosen_progress(complain)


def pictures(wish: Wish) -> tuple[str, ...]:
    """Return what e-mails need besides, where this machine can make it."""
    from echo_analytics.reports.formats.writing import check_tools

    if not wish.emails:
        return ()
    try:
        check_tools(("png",))
    except (MissingExtra, NotSupported) as error:
        complain(f"the e-mail will have no charts in it: {error}")
        return ()
    return ("png",)
