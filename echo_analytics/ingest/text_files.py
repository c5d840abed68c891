"""CSV and JSON Lines as Arrow columns of bytes, parsed in C++ wherever the rows are sound."""

from __future__ import annotations

import io
import itertools
import json
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.json

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_BLOCK = 8 * 1024 * 1024
_BOM = b"\xef\xbb\xbf"
_LINES_LOOKED_AT = 100


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A row that is no row of the table: its number, where and what is wrong, and its text."""

    row: int
    column: str
    problem: str
    text: str


@dataclass(frozen=True, slots=True)
class RawRows:
    """Some rows of a file.

    Parameters
    ----------
    numbers
        int64, the number of each row of ``columns``.
    columns
        The rows that could be read, in the types of the file.
    unreadable
        The rows that could not.
    lines
        The lines of JSON, from number ``first_line``; empty for other formats.
    """

    numbers: pa.Array
    columns: pa.RecordBatch | pa.Table
    unreadable: tuple[Unreadable, ...] = ()
    lines: Sequence[bytes] = ()
    first_line: int = 1


def numbered(first: int, columns: pa.RecordBatch) -> RawRows:
    """Return all rows of ``columns``, counted from ``first``."""
    return RawRows(pa.array(range(first, first + columns.num_rows), pa.int64()), columns)


class _Quotes(io.RawIOBase):
    """A stream that counts the quotation marks going by."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self.odd = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - any writable buffer
        piece = self._stream.read(len(buffer))
        self.odd ^= bool(piece.count(b'"') % 2)
        buffer[: len(piece)] = piece
        return len(piece)


def csv_columns(stream: IO[bytes]) -> tuple[str, ...]:
    """Return the names in the header of a CSV file."""
    with pyarrow.csv.open_csv(stream, *_csv_options([])[:2]) as reader:
        return tuple(reader.schema.names)


def csv(stream: IO[bytes], columns: Sequence[str]) -> Iterator[RawRows]:
    """Read a CSV file; every cell is bytes, and none is null.

    Raises
    ------
    pyarrow.ArrowInvalid
        A quote is never closed, or a row is larger than a block.
    """
    quotes = _Quotes(stream)
    skipped: list[Unreadable] = []
    first = 1
    last: pa.RecordBatch | None = None
    with pyarrow.csv.open_csv(quotes, *_csv_options(skipped, columns)) as reader:
        for batch in reader:
            rows = _between(first, batch, skipped)
            first = first + batch.num_rows + len(rows.unreadable)
            last = batch if batch.num_rows else last
            yield rows
        yield RawRows(pa.array([], pa.int64()), reader.schema.empty_table(), tuple(skipped))
    if quotes.odd and last is not None and _spans_lines(last.slice(last.num_rows - 1)):
        # Everything after that quote has become one cell of the last row.
        raise pa.ArrowInvalid("a quote is never closed")


def _between(first: int, columns: pa.RecordBatch, skipped: list[Unreadable]) -> RawRows:
    """Count ``columns`` from ``first``, past skipped rows, which are taken from the list.

    The reader looks ahead, so some of the skipped rows may belong to later batches.
    """
    taken = 0
    while taken < len(skipped) and skipped[taken].row < first + columns.num_rows + taken:
        taken += 1
    unreadable = tuple(skipped[:taken])
    del skipped[:taken]
    gaps = {row.row for row in unreadable}
    numbers = range(first, first + columns.num_rows + taken)
    counted = [number for number in numbers if number not in gaps] if gaps else numbers
    return RawRows(pa.array(counted, pa.int64()), columns, unreadable)


def _csv_options(
    skipped: list[Unreadable], columns: Sequence[str] = ()
) -> tuple[pa.csv.ReadOptions, pa.csv.ParseOptions, pa.csv.ConvertOptions]:
    def skip(row: pa.csv.InvalidRow) -> str:
        problem = f"has {row.actual_columns} cells, the header has {row.expected_columns}"
        # The header is number 1 to Arrow.
        skipped.append(Unreadable(row.number - 1, "", problem, row.text))
        return "skip"

    return (
        pyarrow.csv.ReadOptions(block_size=_BLOCK, use_threads=False),
        pyarrow.csv.ParseOptions(newlines_in_values=True, invalid_row_handler=skip),
        pyarrow.csv.ConvertOptions(
            column_types=dict.fromkeys(columns, pa.binary()), strings_can_be_null=False
        ),
    )


def _spans_lines(row: pa.RecordBatch) -> bool:
    return any(b"\n" in column[0].as_py() for column in row.columns)


def jsonl_keys(stream: IO[bytes]) -> set[str] | None:
    """Return the keys in the first hundred lines; None where there are no lines."""
    found: set[str] = set()
    lines = list(itertools.islice(stream, _LINES_LOOKED_AT))
    for line in lines:
        found.update(_parsed(line.removeprefix(_BOM)) or ())
    return found if lines else None


def jsonl(stream: IO[bytes], columns: Sequence[str]) -> Iterator[RawRows]:
    """Read the columns of a file with one JSON object a line; what a line lacks is null."""
    first = 1
    while block := stream.read(_BLOCK):
        block += stream.readline()
        if first == 1:
            block = block.removeprefix(_BOM)
        lines = block.removesuffix(b"\n").split(b"\n")
        batch = _fast(block, columns, len(lines))
        if batch is None:
            yield _one_by_one(first, lines, columns)
        else:
            numbers = pa.array(range(first, first + len(lines)), pa.int64())
            yield RawRows(numbers, batch, (), lines, first)
        first += len(lines)


def _fast(block: bytes, columns: Sequence[str], lines: int) -> pa.RecordBatch | None:
    """Return the rows of a block, None where a line is not sound."""
    schema = pa.schema([(name, pa.string()) for name in columns])
    options = pyarrow.json.ParseOptions(
        explicit_schema=schema, unexpected_field_behavior="ignore", newlines_in_values=False
    )
    whole = pyarrow.json.ReadOptions(block_size=len(block) + 1)
    try:
        table = pyarrow.json.read_json(pa.BufferReader(block), whole, options)
    except pa.ArrowInvalid:
        return None
    if table.num_rows != lines:
        return None
    return table.select(list(columns)).combine_chunks().to_batches()[0]


def _one_by_one(first: int, lines: Sequence[bytes], columns: Sequence[str]) -> RawRows:
    numbers: list[int] = []
    rows: list[list[bytes | None]] = []
    unreadable: list[Unreadable] = []
    for number, line in enumerate(lines, first):
        if not line.strip():
            continue
        row = _row(line, columns)
        if isinstance(row, list):
            numbers.append(number)
            rows.append(row)
        else:
            text = line.decode("utf-8", "backslashreplace")
            unreadable.append(Unreadable(number, *row, text))
    cells = zip(*rows, strict=True) if rows else [()] * len(columns)
    arrays = [pa.array(column, pa.large_binary()) for column in cells]
    batch = pa.RecordBatch.from_arrays(arrays, list(columns))
    return RawRows(pa.array(numbers, pa.int64()), batch, tuple(unreadable), lines, first)


def _row(line: bytes, columns: Sequence[str]) -> list[bytes | None] | tuple[str, str]:
    """Return the cells of a line, or the column and the problem."""
    values = _parsed(line)
    if values is None:
        return "", "is not a JSON object"
    cells: list[bytes | None] = []
    for name in columns:
        value = values.get(name)
        if name == "external_id" and isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if value is not None and not isinstance(value, str):
            return name, "is not a text"
        # A lone surrogate becomes bytes that are no UTF-8, which the check of texts reports.
        cells.append(None if value is None else value.encode("utf-8", "surrogatepass"))
    return cells


def _parsed(line: bytes) -> dict[str, object] | None:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
