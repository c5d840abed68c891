"""The commands ``rollups ...``."""

from __future__ import annotations

from typing import Annotated

import typer

from echo_analytics.cli.common import opened
from echo_analytics.cli.options import DatabaseOption, DebugOption

rollups = typer.Typer(
    help="Counts by day that are stored and kept exact, for series in milliseconds.",
    no_args_is_help=True,
)


@rollups.command()
def enable(
    timezone: Annotated[str, typer.Option("--timezone", help="Whose days.")] = "UTC",
    database: DatabaseOption = None,
    debug: DebugOption = False,
) -> None:
    """Store the days of a zone, and keep them exact from now on."""
    with opened(database, debug) as db:
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
    with opened(database, debug) as db:
        typer.echo(db.rollups.disable(timezone).text(), nl=False)


@rollups.command()
def refresh(
    full: Annotated[bool, typer.Option("--full", help="Count everything again.")] = False,
    database: DatabaseOption = None,
    debug: DebugOption = False,
) -> None:
    """Fold what was written since the last time into what is stored."""
    with opened(database, debug) as db:
        typer.echo(db.rollups.refresh(full=full).text(), nl=False)


@rollups.command("status")
def rollups_status(database: DatabaseOption = None, debug: DebugOption = False) -> None:
    """Say which days are stored, and whether analyses go by them."""
    with opened(database, debug) as db:
        typer.echo(db.rollups.status().text(), nl=False)
