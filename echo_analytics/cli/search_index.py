"""The commands ``search-index ...``."""

from __future__ import annotations

from typing import Annotated

import typer

from echo_analytics.cli.common import opened
from echo_analytics.cli.options import DatabaseOption, DebugOption

search_index = typer.Typer(
    help="The index that searches go by, kept by triggers.", no_args_is_help=True
)


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
    with opened(database, debug) as db:
        report = db.search_index.build(configuration, batch_size=batch_size, progress=True)
        typer.echo(report.text(), nl=False)


@search_index.command("status")
def search_index_status(database: DatabaseOption = None, debug: DebugOption = False) -> None:
    """Say what there is of the search index."""
    with opened(database, debug) as db:
        typer.echo(db.search_index.status().text(), nl=False)


@search_index.command()
def drop(database: DatabaseOption = None, debug: DebugOption = False) -> None:
    """Remove the search index and its triggers."""
    with opened(database, debug) as db:
        typer.echo(db.search_index.drop().text(), nl=False)
