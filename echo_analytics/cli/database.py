"""Commands about the database as a whole."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Annotated

import typer

import echo_analytics as echo
from echo_analytics.cli.common import State, opened, remember, saying_notes, write
from echo_analytics.cli.options import DatabaseOption, DebugOption, FormatOption, OutputOption
from echo_analytics.errors import ConnectionFailed


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
            db = stack.enter_context(opened(database, debug))
        except ConnectionFailed as error:
            write(unreachable_table(error), wanted, output)
            raise
        health = db.health()
        write(status_table(db, health), wanted, output)
    if health.status == "unhealthy":
        raise ConnectionFailed(health.problem or "the database does not answer")


def migrate(
    database: DatabaseOption = None,
    check: Annotated[bool, typer.Option("--check", help="Only say what would be done.")] = False,
    debug: DebugOption = False,
) -> None:
    """Bring the database to the newest schema, or adopt an application's."""
    from echo_analytics.database import migrate_at

    remember(debug)
    report = migrate_at(database or State.database, check=check)
    typer.echo(report.text(), nl=False)


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

    with opened(database, debug) as db:
        run_demo(db, rows, output, typer.echo)
    if open_page:
        typer.launch(output.resolve().as_uri())


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
    with opened(database, debug) as db:
        report = echo.import_posts(
            db, files, skip_bad_rows=skip_bad_rows, rejects=rejects, progress=True
        )
    typer.echo(report.text(), nl=False)


def backfill_preferences(
    batch_size: Annotated[int, typer.Option("--batch-size", help="Users changed at once.")] = 100,
    concurrency: Annotated[int, typer.Option("--concurrency", help="How many at a time.")] = 10,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count.")] = False,
    database: DatabaseOption = None,
    debug: DebugOption = False,
) -> None:
    """Give the default preferences to users who have none; it can be stopped and run again."""
    with opened(database, debug) as db, saying_notes():
        report = echo.backfill_preferences(
            db, batch_size, concurrency, dry_run=dry_run, progress=True
        )
    typer.echo(report.text(), nl=False)
    raise typer.Exit(1 if report.skipped else 0)
