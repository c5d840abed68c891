"""What the options of reports say.

An option that all reports have is a field of `Wish`; ``with_wish`` gives it to the commands.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import MISSING, dataclass, field, fields
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer

from echo_analytics.cli.options import DatabaseOption, DebugOption
from echo_analytics.errors import InvalidInput

FolderOption = Annotated[
    Path, typer.Option("--output", metavar="FOLDER", help="Where reports are published.")
]
FOLDER = Path("reports")


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
    output: FolderOption = FOLDER
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


def check_due(wish: Wish) -> None:
    """Refuse options about periods that contradict each other."""
    if wish.due and wish.period is not None:
        raise InvalidInput("--period, --due", "take only one of the two")
    if wish.catch_up is not None and not wish.due:
        raise InvalidInput("--catch-up", "needs --due")


def catch_up_of(wish: Wish) -> int:
    """Return how many periods are looked at."""
    return 1 if wish.catch_up is None else wish.catch_up


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
