"""Where the command starts: the list of its subcommands, and how it ends."""

from __future__ import annotations

import signal
import sys
import traceback
import warnings
from typing import Annotated, TextIO

import typer

import echo_analytics as echo
from echo_analytics.cli import (
    analyses,
    database,
    notebook,
    own,
    pages,
    reader_role,
    report,
    rollups,
    schedule,
    search_index,
)
from echo_analytics.cli.common import State, complain
from echo_analytics.cli.options import (
    DatabaseOption,
    DebugOption,
)
from echo_analytics.errors import (
    ConnectionFailed,
    DeliveryFailed,
    DeliveryUncertain,
    EchoError,
    InvalidInput,
    TimedOut,
)
from echo_analytics.supervision import TIMED_OUT

app = typer.Typer(
    name="echo-analytics",
    help="Analyses and reports for the database of an Echo Stack application.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

# In the order of the help.
app.command()(database.status)
app.command()(database.migrate)
app.command()(database.demo)
app.command()(pages.dashboard)
app.command()(pages.lab)
app.command("import")(database.import_)
app.command("backfill-preferences")(database.backfill_preferences)
app.command()(analyses.users)
app.command()(analyses.daily)
app.command()(analyses.search)
app.command("reader-role")(reader_role.reader_role)
app.add_typer(rollups.rollups, name="rollups")
app.add_typer(search_index.search_index, name="search-index")
# What follows them is for a notebook, or for another command.
_OTHERS = {"allow_extra_args": True, "ignore_unknown_options": True}
report.report.command("run", context_settings=_OTHERS)(notebook.run)
report.report.command("file", context_settings=_OTHERS)(own.file)
report.report.command("schedule", context_settings=_OTHERS)(schedule.schedule)
app.add_typer(report.report, name="report")


@app.callback(invoke_without_command=True)
def _start(
    context: typer.Context,
    database: DatabaseOption = None,
    debug: DebugOption = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Say what is written, on standard error.")
    ] = False,
    version: Annotated[bool, typer.Option("--version", help="Show the version.")] = False,
) -> None:
    State.debug, State.database = debug, database
    if verbose:
        _listen()
    if version:
        typer.echo(f"echo-analytics {echo.__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        raise typer.Exit


def _listen() -> None:
    import logging

    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logger = logging.getLogger("echo_analytics")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)


# The first that fits.
_CODES: dict[type[EchoError], int] = {
    InvalidInput: 2,
    ConnectionFailed: 3,
    DeliveryUncertain: 5,
    DeliveryFailed: 4,
    TimedOut: TIMED_OUT,
}


def exit_code(error: BaseException) -> int:
    """Return what the process says about ``error`` when it ends."""
    for kind, code in _CODES.items():
        if isinstance(error, kind):
            return code
    return 1


def _note(
    message: Warning | str,
    category: type[Warning],  # noqa: ARG001 - as Python's own
    filename: str,  # noqa: ARG001
    lineno: int,  # noqa: ARG001
    file: TextIO | None = None,  # noqa: ARG001
    line: str | None = None,  # noqa: ARG001
) -> None:
    complain(f"note: {message}")


def main() -> None:
    """Run the command; an error is one line and an exit code."""
    # Also where the parser is not reached.
    State.debug = "--debug" in sys.argv
    warnings.showwarning = _note
    # An end in good order, which stops the embedded server too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        raise SystemExit(app(standalone_mode=False) or 0)
    except typer.TyperException as error:
        complain(error.format_message())
        raise SystemExit(2) from None
    except (typer.Abort, KeyboardInterrupt):
        complain("stopped")
        raise SystemExit(130) from None
    except (EchoError, OSError) as error:
        if State.debug:
            traceback.print_exc()
        complain(str(error))
        raise SystemExit(exit_code(error)) from None
    except Exception as error:
        if State.debug:
            traceback.print_exc()
        complain(f"unexpected {type(error).__name__}; --debug shows where")
        raise SystemExit(1) from None
