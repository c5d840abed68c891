"""The command ``echo-analytics``: one function for each subcommand.

It exits with 0 when all went well, 2 for wrong usage or input, 3 when the database cannot be
reached, and 1 for anything else. Errors are one line; ``--debug`` adds the trace.
"""

from __future__ import annotations

import contextlib
import signal
import sys
import traceback
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

import echo_analytics as echo
from echo_analytics.errors import ConnectionFailed, EchoError, InvalidInput
from echo_analytics.options import (  # noqa: TC001 - typer needs them when it runs
    DatabaseOption,
    DebugOption,
    Format,
    FormatOption,
    LimitOption,
    OutputOption,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from echo_analytics.database import Database

app = typer.Typer(
    name="echo-analytics",
    help="Analyses and reports for the database of an Echo Stack application.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


rollups = typer.Typer(
    help="Counts by day that are stored and kept exact, for series in milliseconds.",
    no_args_is_help=True,
)
app.add_typer(rollups, name="rollups")

search_index = typer.Typer(
    help="The index of searches to come, kept by triggers.", no_args_is_help=True
)
app.add_typer(search_index, name="search-index")


class _State:
    """What the options before the subcommand said."""

    debug = False
    database: str | None = None


@app.callback(invoke_without_command=True)
def _main(
    context: typer.Context,
    database: DatabaseOption = None,
    debug: DebugOption = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Say what is written, on standard error.")
    ] = False,
    version: Annotated[bool, typer.Option("--version", help="Show the version.")] = False,
) -> None:
    _State.debug, _State.database = debug, database
    if verbose:
        _listen()
    if version:
        typer.echo(f"echo-analytics {echo.__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        raise typer.Exit


@app.command()
def status(
    database: DatabaseOption = None,
    wanted: FormatOption = None,
    output: OutputOption = None,
    debug: DebugOption = False,
) -> None:
    """Say how the database is and what it holds; 3 is the exit code of one that is unhealthy."""
    from echo_analytics.status import status_table, unreachable_table

    with contextlib.ExitStack() as stack:
        try:
            db = stack.enter_context(_opened(database, debug))
        except ConnectionFailed as error:
            _write(unreachable_table(error), wanted, output)
            raise
        health = db.health()
        _write(status_table(db, health), wanted, output)
    if health.status == "unhealthy":
        raise ConnectionFailed(health.problem or "the database does not answer")


@app.command()
def migrate(
    database: DatabaseOption = None,
    check: Annotated[bool, typer.Option("--check", help="Only say what would be done.")] = False,
    debug: DebugOption = False,
) -> None:
    """Bring the database to the newest schema, or adopt an application's."""
    from echo_analytics.database import migrate_at

    _remember(debug)
    report = migrate_at(database or _State.database, check=check)
    typer.echo(report.text(), nl=False)


@app.command()
def demo(
    rows: Annotated[int, typer.Option("--rows", help="How many posts to make.")] = 40_000,
    output: Annotated[
        Path, typer.Option("--output", metavar="FILE", help="The page of charts.")
    ] = Path("echo-analytics-demo.html"),
    open_page: Annotated[bool, typer.Option("--open", help="Open the page.")] = False,
    database: DatabaseOption = None,
    debug: DebugOption = False,
) -> None:
    """Load the demo data, show four analyses, and write a page of charts."""
    from echo_analytics.reports.demo import run_demo

    with _opened(database, debug) as db:
        run_demo(db, rows, output, typer.echo)
    if open_page:
        typer.launch(output.resolve().as_uri())


@app.command("import")
def import_(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Parquet, CSV, JSONL.")],
    skip_bad_rows: Annotated[
        bool, typer.Option("--skip-bad-rows", help="Load the good rows, write the bad ones apart.")
    ] = False,
    rejects: Annotated[
        Path | None, typer.Option("--rejects", metavar="FILE", help="Where bad rows are written.")
    ] = None,
    database: DatabaseOption = None,
    debug: DebugOption = False,
) -> None:
    """Load posts from files, each one whole or not at all."""
    with _opened(database, debug) as db:
        report = echo.import_posts(
            db, files, skip_bad_rows=skip_bad_rows, rejects=rejects, progress=True
        )
    typer.echo(report.text(), nl=False)


@app.command("backfill-preferences")
def backfill_preferences(
    batch_size: Annotated[int, typer.Option("--batch-size", help="Users changed at once.")] = 100,
    concurrency: Annotated[int, typer.Option("--concurrency", help="How many at a time.")] = 10,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count.")] = False,
    database: DatabaseOption = None,
    debug: DebugOption = False,
) -> None:
    """Give the default preferences to users who have none; it can be stopped and run again."""
    with _opened(database, debug) as db, _saying_notes():
        report = echo.backfill_preferences(
            db, batch_size, concurrency, dry_run=dry_run, progress=True
        )
    typer.echo(report.text(), nl=False)
    raise typer.Exit(1 if report.skipped else 0)


@app.command()
def users(
    user: Annotated[
        list[str] | None, typer.Argument(metavar="[USER_ID]...", help="Else all users.")
    ] = None,
    limit: LimitOption = 20,
    database: DatabaseOption = None,
    wanted: FormatOption = None,
    output: OutputOption = None,
    debug: DebugOption = False,
) -> None:
    """Count the posts of users, those with the most first."""
    from echo_analytics.arguments import positive

    positive("--limit", limit)
    with _opened(database, debug) as db:
        _write(echo.user_stats(db, user or None).slice(0, limit), wanted, output)


@app.command()
def daily(
    start: Annotated[str | None, typer.Argument(help="The first day; else 30 days back.")] = None,
    end: Annotated[str | None, typer.Argument(help="The last day; else today.")] = None,
    timezone: Annotated[str, typer.Option("--timezone", help="Whose days.")] = "UTC",
    database: DatabaseOption = None,
    wanted: FormatOption = None,
    output: OutputOption = None,
    debug: DebugOption = False,
) -> None:
    """Count the posts of each day."""
    from echo_analytics.arguments import day_range, time_zone, today

    last = today(time_zone(timezone)) if end is None else end
    first = _back(last, 30) if start is None else start
    day_range(first, last)
    with _opened(database, debug) as db:
        _write(echo.daily_posts(db, first, last, timezone=timezone), wanted, output)


@app.command()
def search(
    query: Annotated[list[str], typer.Argument(metavar="QUERY...", help="What to look for.")],
    limit: LimitOption = 20,
    database: DatabaseOption = None,
    wanted: FormatOption = None,
    output: OutputOption = None,
    debug: DebugOption = False,
) -> None:
    """Find the published posts that answer a query best."""
    with _opened(database, debug) as db:
        found = echo.search_posts(db, " ".join(query), limit=limit)
        if wanted is None and output is None:
            found = found.select(["rank", "title", "snippet", "author_name", "created_at"])
        _write(found, wanted, output)


@app.command("reader-role")
def reader_role(
    print_: Annotated[
        bool, typer.Option("--print", help="Print the SQL that makes it, for psql.")
    ] = False,
    create: Annotated[bool, typer.Option("--create", help="Make it in the database.")] = False,
    name: Annotated[str, typer.Option("--name", help="What it is called.")] = "echo_reader",
    password_file: Annotated[
        Path | None,
        typer.Option(
            "--password-file",
            metavar="FILE",
            help="Its password, made up where there is no file; else ECHO_READER_PASSWORD.",
        ),
    ] = None,
    connection_limit: Annotated[
        int, typer.Option("--connection-limit", help="How many sessions at a time.")
    ] = 30,
    statement_timeout: Annotated[
        int, typer.Option("--statement-timeout", help="Seconds for a statement.")
    ] = 300,
    idle_timeout: Annotated[
        int, typer.Option("--idle-timeout", help="Seconds that a transaction may stand idle.")
    ] = 60,
    leave_public: Annotated[
        bool, typer.Option("--leave-public", help="Take no right from PUBLIC.")
    ] = False,
    database: DatabaseOption = None,
    debug: DebugOption = False,
) -> None:
    """Make a role that can read the database and nothing else, for analysts."""
    from echo_analytics.reader_role import given_password

    _remember(debug)
    if print_ == create:
        raise InvalidInput("--print, --create", "needs one of the two")
    # Any: what both functions take by name.
    options: dict[str, Any] = {
        "connection_limit": connection_limit,
        "statement_timeout": statement_timeout,
        "idle_timeout": idle_timeout,
        "leave_public": leave_public,
    }
    script = echo.reader_role_sql(name, **options)
    if print_:
        typer.echo(script, nl=False)
        return
    password = given_password(password_file)
    with _opened(database, debug) as db:
        report = echo.create_reader_role(db, name, password=password, **options)
    typer.echo(report.text(), nl=False)


@rollups.command()
def enable(
    timezone: Annotated[str, typer.Option("--timezone", help="Whose days.")] = "UTC",
    database: DatabaseOption = None,
    debug: DebugOption = False,
) -> None:
    """Store the days of a zone, and keep them exact from now on."""
    with _opened(database, debug) as db:
        typer.echo(db.rollups.enable(timezone).text(), nl=False)


@rollups.command()
def disable(
    timezone: Annotated[
        str | None, typer.Option("--timezone", help="Whose days; else everything.")
    ] = None,
    database: DatabaseOption = None,
    debug: DebugOption = False,
) -> None:
    """Remove the days of a zone, or everything that rollups are made of."""
    with _opened(database, debug) as db:
        typer.echo(db.rollups.disable(timezone).text(), nl=False)


@rollups.command()
def refresh(
    full: Annotated[bool, typer.Option("--full", help="Count everything again.")] = False,
    database: DatabaseOption = None,
    debug: DebugOption = False,
) -> None:
    """Fold what was written since the last time into what is stored."""
    with _opened(database, debug) as db:
        typer.echo(db.rollups.refresh(full=full).text(), nl=False)


@rollups.command("status")
def rollups_status(database: DatabaseOption = None, debug: DebugOption = False) -> None:
    """Say which days are stored, and whether analyses go by them."""
    with _opened(database, debug) as db:
        typer.echo(db.rollups.status().text(), nl=False)


@search_index.command()
def build(
    configuration: Annotated[
        str | None,
        typer.Option("--configuration", help="A text search configuration; else english."),
    ] = None,
    batch_size: Annotated[int, typer.Option("--batch-size", help="Posts read at once.")] = 1_000,
    database: DatabaseOption = None,
    debug: DebugOption = False,
) -> None:
    """Build the search index, or go on with a build that was broken off."""
    with _opened(database, debug) as db:
        report = db.search_index.build(configuration, batch_size=batch_size, progress=True)
        typer.echo(report.text(), nl=False)


@search_index.command("status")
def search_index_status(database: DatabaseOption = None, debug: DebugOption = False) -> None:
    """Say what there is of the search index."""
    with _opened(database, debug) as db:
        typer.echo(db.search_index.status().text(), nl=False)


@search_index.command()
def drop(database: DatabaseOption = None, debug: DebugOption = False) -> None:
    """Remove the search index and its triggers."""
    with _opened(database, debug) as db:
        typer.echo(db.search_index.drop().text(), nl=False)


def _back(day: date | str, days: int) -> date:
    from echo_analytics.arguments import calendar_day

    return calendar_day("end", day) - timedelta(days=days - 1)


# Any: the frames here are Arrow tables, which come without types.
@contextlib.contextmanager
def _opened(url: str | None, debug: bool) -> Iterator[Database[Any]]:
    _remember(debug)
    with echo.connect(url or _State.database, frame="arrow") as db:
        yield db


@contextlib.contextmanager
def _saying_notes() -> Iterator[None]:
    """Say what a command that ends early has done until then."""
    try:
        yield
    except BaseException as error:
        for note in getattr(error, "__notes__", ()):
            _complain(note)
        raise


def _remember(debug: bool) -> None:
    _State.debug = _State.debug or debug


def _listen() -> None:
    import logging

    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logger = logging.getLogger("echo_analytics")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)


# Any: Arrow tables come without types.
def _write(table: Any, wanted: Format | None, output: Path | None) -> None:  # noqa: ANN401
    from echo_analytics.output import chosen_format, write

    write(table, chosen_format(None if wanted is None else wanted.value, output), output)


def exit_code(error: BaseException) -> int:
    """Return what the process says about ``error`` when it ends."""
    if isinstance(error, ConnectionFailed):
        return 3
    return 2 if isinstance(error, InvalidInput) else 1


def main() -> None:
    """Run the command; an error is one line and an exit code."""
    # Also where the parser is not reached.
    _State.debug = "--debug" in sys.argv
    # An end in good order, which stops the embedded server too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        raise SystemExit(app(standalone_mode=False) or 0)
    except typer.TyperException as error:
        _complain(error.format_message())
        raise SystemExit(2) from None
    except (typer.Abort, KeyboardInterrupt):
        _complain("stopped")
        raise SystemExit(130) from None
    except (EchoError, OSError) as error:
        if _State.debug:
            traceback.print_exc()
        _complain(str(error))
        raise SystemExit(exit_code(error)) from None
    except Exception as error:
        if _State.debug:
            traceback.print_exc()
        _complain(f"unexpected {type(error).__name__}; --debug shows where")
        raise SystemExit(1) from None


def _complain(text: str) -> None:
    if line := " ".join(text.split()):
        typer.echo(f"echo-analytics: {line}", err=True)
