"""The commands ``report ...``: reports made, published and listed.

An option that all reports have is a field of `Wish`; ``with_wish`` gives it to the commands.
"""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Callable
from dataclasses import MISSING, dataclass, field, fields
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

from echo_analytics.cli.common import complain, opened, saying_notes, write
from echo_analytics.cli.options import DatabaseOption, DebugOption, Format, LimitOption
from echo_analytics.errors import (
    ConnectionFailed,
    EchoError,
    InvalidInput,
    MissingExtra,
    NotSupported,
)

if TYPE_CHECKING:
    from echo_analytics.database import Database
    from echo_analytics.reports.due import Tried
    from echo_analytics.reports.progress import Progress
    from echo_analytics.reports.sending import Targets

report = typer.Typer(help="Reports: made, checked, published, and listed.", no_args_is_help=True)

FolderOption = Annotated[
    Path, typer.Option("--output", metavar="FOLDER", help="Where reports are published.")
]
_FOLDER = Path("reports")


@dataclass
class Wish:
    """What the options of a report say; the fields are its options."""

    period: Annotated[
        str | None,
        typer.Option("--period", help="2026-W25, 2026-06, 2026-06-30, 2026-06-01..2026-06-30."),
    ] = None
    due: Annotated[
        bool, typer.Option("--due", help="The last complete period, if it was not made yet.")
    ] = False
    catch_up: Annotated[
        int | None,
        typer.Option("--catch-up", metavar="N", help="With --due: of the last N periods."),
    ] = None
    output: FolderOption = _FOLDER
    formats: Annotated[
        list[str] | None,
        typer.Option(
            "--format",
            help="html, pdf, xlsx, parquet, csv, png; else all but png.",
        ),
    ] = None
    timezone: Annotated[str, typer.Option("--timezone", help="Whose days.")] = "UTC"
    now: Annotated[
        str | None, typer.Option("--now", help="Instead of the present: 2026-06-22T06:00:00Z.")
    ] = None
    force: Annotated[bool, typer.Option("--force", help="Make it again.")] = False
    emails: Annotated[
        list[str] | None,
        typer.Option("--email", metavar="ADDRESS", help="Send it there; can be repeated."),
    ] = None
    webhooks: Annotated[
        list[str] | None,
        typer.Option(
            "--webhook",
            metavar="URL",
            envvar="ECHO_REPORT_WEBHOOK",
            help="Post the summary there as JSON; can be repeated.",
        ),
    ] = None
    timeout: Annotated[
        float | None,
        typer.Option("--timeout", metavar="SECONDS", help="End all of it after that time."),
    ] = None
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Say nothing but what goes wrong.")
    ] = False
    database: DatabaseOption = None
    debug: DebugOption = False
    parameters: dict[str, object] = field(default_factory=dict)


_NOT_OPTIONS = {"parameters"}


# Any: a command takes what its own parameters say.
def with_wish(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of `Wish`; it gets them as its first argument."""
    hints = get_type_hints(Wish, include_extras=True)
    options = [
        inspect.Parameter(
            each.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=each.default,
            annotation=hints[each.name],
        )
        for each in fields(Wish)
        if each.name not in _NOT_OPTIONS and each.default is not MISSING
    ]
    own = list(inspect.signature(command, eval_str=True).parameters.values())[1:]

    def wrapped(**given: Any) -> None:  # noqa: ANN401 - as above
        wish = Wish(**{each.name: given.pop(each.name) for each in options})
        command(wish, **given)

    wrapped.__name__, wrapped.__doc__ = command.__name__, command.__doc__
    wrapped.__signature__ = inspect.Signature([*own, *options])  # type: ignore[attr-defined]  # as inspect has it
    wrapped.__annotations__ = {each.name: each.annotation for each in (*own, *options)}
    return wrapped


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
    output: FolderOption = _FOLDER,
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


def make(name: str, wish: Wish) -> None:
    """Make a report as it is wished, say where it is, and send it."""
    check_due(wish)
    published(name, wish, lambda db: _made(db, name, wish))


def check_due(wish: Wish) -> None:
    """Refuse options about periods that contradict each other."""
    if wish.due and wish.period is not None:
        raise InvalidInput("--period, --due", "take only one of the two")
    if wish.catch_up is not None and not wish.due:
        raise InvalidInput("--catch-up", "needs --due")


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
def _made(db: Database[Any], name: str, wish: Wish) -> Tried:
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
        return try_due(db, name, catch_up=catch_up_of(wish), **options)
    return Tried([make_report(db, name, wish.period, **options)])


def catch_up_of(wish: Wish) -> int:
    """Return how many periods are looked at."""
    return 1 if wish.catch_up is None else wish.catch_up


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


def moment_of(wish: Wish) -> datetime | None:
    """Return the moment that decides what is complete; None is the present."""
    if wish.now is None:
        return None
    try:
        found = datetime.fromisoformat(wish.now)
    except ValueError:
        raise InvalidInput("--now", "is not a moment such as 2026-06-22T06:00:00Z") from None
    if found.tzinfo is None:
        raise InvalidInput("--now", "needs a zone, as in 2026-06-22T06:00:00Z")
    return found
