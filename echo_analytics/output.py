"""Arrow tables for people and for files: a terminal table, CSV, JSON or Parquet."""

from __future__ import annotations

import io
import json
import os
import sys
import tempfile
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pyarrow as pa

from echo_analytics.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Callable

Format = Literal["table", "csv", "json", "parquet"]
FORMATS: tuple[Format, ...] = ("table", "csv", "json", "parquet")

_SUFFIXES: dict[str, Format] = {".csv": "csv", ".json": "json", ".parquet": "parquet"}
_LONGEST_CELL = 60


def chosen_format(wanted: Format | None, output: Path | None) -> Format:
    """Return the format asked for, else the one that the file's name says, else a table."""
    if wanted is not None:
        return wanted
    return "table" if output is None else _SUFFIXES.get(output.suffix.lower(), "table")


def write(table: pa.Table, wanted: Format, output: Path | None = None) -> None:
    """Write ``table`` to a file, or to standard output when ``output`` is None.

    A file is complete or not there: it is written beside its place and moved into it.

    Raises
    ------
    InvalidInput
        Parquet was to go to a terminal, or the file cannot be written.
    """
    if output is None:
        if wanted == "parquet" and sys.stdout.isatty():
            raise InvalidInput("--format", "parquet needs --output FILE or a pipe")
        sys.stdout.buffer.write(_RENDERERS[wanted](table))
        sys.stdout.buffer.flush()
        return
    replace_file(output, _RENDERERS[wanted](table))


def rendered(table: pa.Table, wanted: Format) -> bytes:
    """Return ``table`` as the content of a file; the same table gives the same bytes."""
    return _RENDERERS[wanted](table)


def replace_file(path: Path, content: bytes) -> None:
    """Put ``content`` at ``path`` in one step.

    Raises
    ------
    InvalidInput
        The folder is missing or cannot be written to.
    """
    try:
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise InvalidInput("--output", f"{path} cannot be written: {error.strerror}") from None
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        # mkstemp makes files that only their owner can read.
        Path(temporary).chmod(0o666 & ~_umask())
        Path(temporary).replace(path)
    except OSError as error:
        Path(temporary).unlink(missing_ok=True)
        raise InvalidInput("--output", f"{path} cannot be written: {error.strerror}") from None


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def table_text(table: pa.Table, *, width: int | None = None, title: str | None = None) -> str:
    """Return ``table`` for a terminal: numbers to the right, long texts shortened."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    drawn = Table(title=title, title_justify="left", header_style="bold")
    for field in table.schema:
        number = pa.types.is_integer(field.type) or pa.types.is_floating(field.type)
        drawn.add_column(Text(field.name), justify="right" if number else "left")
    for row in table.to_pylist():
        # A Text is shown as it is; a str would be read as markup.
        drawn.add_row(*(Text(cell_text(value)) for value in row.values()))
    stream = io.StringIO()
    console = Console(file=stream, width=width or _terminal_width())
    console.print(drawn)
    return stream.getvalue()


def cell_text(value: object) -> str:
    """Return one value for people: instants to the second, no line breaks or control characters."""
    if value is None:
        return "–"
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, bool | date):
        return str(value)
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.3f}"
    if isinstance(value, list):
        return ", ".join(cell_text(item) for item in value)
    text = "".join(letter if letter.isprintable() else " " for letter in str(value))
    return text if len(text) <= _LONGEST_CELL else text[: _LONGEST_CELL - 1] + "…"


def _terminal_width() -> int:
    # Where nobody looks there is no reason to squeeze columns.
    return os.get_terminal_size().columns if sys.stdout.isatty() else 200


def _table_bytes(table: pa.Table) -> bytes:
    return table_text(table).encode()


def _csv_bytes(table: pa.Table) -> bytes:
    from pyarrow import compute, csv

    for position, field in enumerate(table.schema):
        if pa.types.is_list(field.type):
            joined = compute.binary_join(table.column(position), " ")
            table = table.set_column(position, field.name, joined)
    sink = io.BytesIO()
    csv.write_csv(table, sink)
    return sink.getvalue()


def _json_bytes(table: pa.Table) -> bytes:
    text = json.dumps(
        table.to_pylist(), default=lambda value: value.isoformat(), ensure_ascii=False, indent=2
    )
    return (text + "\n").encode()


def _parquet_bytes(table: pa.Table) -> bytes:
    from pyarrow import parquet

    sink = io.BytesIO()
    parquet.write_table(table, sink)
    return sink.getvalue()


_RENDERERS: dict[Format, Callable[[pa.Table], bytes]] = {
    "table": _table_bytes,
    "csv": _csv_bytes,
    "json": _json_bytes,
    "parquet": _parquet_bytes,
}
