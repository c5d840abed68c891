"""The command ``report file``: a report of one's own, from a file of Python."""

from __future__ import annotations

import importlib.util
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from echo_analytics.cli.common import State
from echo_analytics.cli.notebook import pairs
from echo_analytics.cli.report import make
from echo_analytics.cli.wish import Wish, with_wish
from echo_analytics.errors import EchoError, InvalidInput

if TYPE_CHECKING:
    from echo_analytics.reports.library import Kind

NAME = "REPORT"


@with_wish
def file(
    wish: Wish,
    context: typer.Context,
    path: Annotated[
        Path,
        typer.Argument(
            metavar="FILE [-p NAME VALUE]...",
            help=f"A file of Python with a {NAME}, and its parameters.",
        ),
    ],
) -> None:
    """Make a report of your own, from a file of Python."""
    wish.parameters.update(pairs(context.args, "report file"))
    make(kind_of(path), wish)


def kind_of(path: Path) -> Kind:
    """Return the report that a file of Python has under the name ``REPORT``; the file is run.

    Raises
    ------
    InvalidInput
        It cannot be read or run, or has no report.
    """
    from echo_analytics.reports.library import Kind

    spec = importlib.util.spec_from_file_location(f"echo_report_{path.stem}", path)
    if spec is None or spec.loader is None or not path.is_file():
        raise InvalidInput("file", f"{path} is no file of Python")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except EchoError:
        raise
    except Exception as error:
        if State.debug:
            traceback.print_exc()
        raise InvalidInput("file", f"{path} cannot be run: {_said(error)}") from None
    found = getattr(module, NAME, None)
    if not isinstance(found, Kind):
        raise InvalidInput("file", f"{path} has no {NAME} = Kind(...)")
    return found


def _said(error: Exception) -> str:
    line = getattr(error, "lineno", None) or traceback.extract_tb(error.__traceback__)[-1].lineno
    return f"{type(error).__name__}, line {line}"
