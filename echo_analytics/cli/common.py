"""What commands share: the options before them, the open database, output, complaints."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import typer

import echo_analytics as echo

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from echo_analytics.cli.options import Format
    from echo_analytics.database import Database


class State:
    """What the options before the subcommand said."""

    debug = False
    database: str | None = None


# Any: the frames here are Arrow tables, which come without types.
@contextlib.contextmanager
def opened(url: str | None, debug: bool) -> Iterator[Database[Any]]:
    """Open the database that the options name."""
    remember(debug)
    with echo.connect(url or State.database, frame="arrow") as db:
        yield db


def remember(debug: bool) -> None:
    """Keep ``--debug``, wherever it stood."""
    State.debug = State.debug or debug


@contextlib.contextmanager
def saying_notes() -> Iterator[None]:
    """Say what a command that ends early has done until then."""
    try:
        yield
    except BaseException as error:
        for note in getattr(error, "__notes__", ()):
            complain(note)
        raise


# Any: Arrow tables come without types.
def write(table: Any, wanted: Format | None, output: Path | None) -> None:  # noqa: ANN401
    """Write a table as the options want it."""
    from echo_analytics import output as outputs

    chosen = outputs.chosen_format(None if wanted is None else wanted.value, output)
    outputs.write(table, chosen, output)


def complain(text: str) -> None:
    """Say something on standard error, in one line."""
    if line := " ".join(text.split()):
        typer.echo(f"echo-analytics: {line}", err=True)
