"""The options that several commands have."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Format(StrEnum):
    """How a table is written."""

    table = "table"
    csv = "csv"
    json = "json"
    parquet = "parquet"


DatabaseOption = Annotated[
    str | None,
    typer.Option(
        "--database",
        metavar="URL",
        help="The database; else ECHO_DATABASE_URL, else the embedded one.",
    ),
]
FormatOption = Annotated[
    Format | None,
    typer.Option("--format", help="How to write the rows; else as the output's name says."),
]
OutputOption = Annotated[
    Path | None, typer.Option("--output", metavar="FILE", help="Where to; else standard output.")
]
LimitOption = Annotated[int, typer.Option("--limit", help="How many rows at the most.")]
DebugOption = Annotated[
    bool, typer.Option("--debug", is_eager=True, help="Show the trace of an error.")
]
