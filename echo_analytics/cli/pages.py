"""The commands ``dashboard`` and ``lab``: pages in a browser."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from echo_analytics.cli.common import State, complain, opened, remember
from echo_analytics.cli.options import (
    DatabaseOption,
    DebugOption,
)


def dashboard(
    host: Annotated[str, typer.Option("--host", help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", help="0 is any that is free.")] = 8866,
    token: Annotated[
        bool, typer.Option("--token/--no-token", help="Ask for a token that is made up now.")
    ] = True,
    timezone: Annotated[str, typer.Option("--timezone", help="The zone to begin with.")] = "UTC",
    open_page: Annotated[bool, typer.Option("--open", help="Open the page.")] = False,
    database: DatabaseOption = None,
    debug: DebugOption = False,
) -> None:
    """Serve the dashboard as a page, until Ctrl-C."""
    from echo_analytics.arguments import time_zone
    from echo_analytics.serving.dashboard import place, serve

    zone = time_zone(timezone).key
    where = place(host, port, token=token)
    if not where.is_local:
        known = "with the token" if where.token else "WITHOUT a token"
        complain(
            f"warning: other machines can open the dashboard {known}, and nothing is encrypted"
        )
    # The database stays open meanwhile: it is there, and so is the embedded server.
    with opened(database, debug):
        serve(where, database or State.database, zone, lambda: _say(where.url, open_page))


def _say(url: str, open_page: bool) -> None:
    typer.echo(f"The dashboard is at {url} (Ctrl-C stops it)")
    if open_page:
        typer.launch(url)


def lab(
    folder: Annotated[
        Path, typer.Argument(metavar="[FOLDER]", help="Where the notebooks are copied to.")
    ] = Path("echo-notebooks"),
    port: Annotated[int, typer.Option("--port", help="Another one where it is in use.")] = 8888,
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Open it in a browser.")
    ] = True,
    database: DatabaseOption = None,
    debug: DebugOption = False,
) -> None:
    """Copy the notebooks to a folder of yours, and open JupyterLab there; your files are kept."""
    from echo_analytics.serving import lab as labs

    remember(debug)
    wanted = labs.command(folder, port, browser=browser)
    typer.echo(labs.copy_notebooks(folder).text(), nl=False)
    raise typer.Exit(labs.run(wanted, database or State.database))
