"""Files of posts, read a batch at a time as Arrow columns, with the numbers of their rows."""

from __future__ import annotations

import contextlib
import gzip
import zlib
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, cast

import pyarrow as pa
import pyarrow.parquet

from echo_analytics.bulk.parquet import parquet_batches, parquet_file
from echo_analytics.errors import InvalidInput
from echo_analytics.ingest import text_files

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from echo_analytics.ingest.text_files import RawRows

REQUIRED = ("author_email", "author_name", "title", "content", "created_at")
OPTIONAL = ("category", "status", "external_id")
COLUMNS = REQUIRED + OPTIONAL

_FORMATS = {".parquet": "parquet", ".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl"}
_ACCEPTED = ".parquet, .csv, .jsonl or .ndjson (the texts with .gz too)"
_PARQUET_ROWS = 8_192
_DAMAGED = (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError, EOFError, zlib.error)


@dataclass(frozen=True, slots=True)
class PostsFile:
    """A file that can be read and has the columns that are needed.

    Parameters
    ----------
    path
        Where it is.
    format
        "parquet", "csv" or "jsonl".
    columns
        The names of its columns, in order; of JSON Lines only those that are known.
    rows
        How many rows it has, where its format says so.
    """

    path: Path
    format: str
    columns: tuple[str, ...]
    rows: int | None = None

    @property
    def ignored(self) -> tuple[str, ...]:
        """The columns that mean nothing to an import."""
        return tuple(name for name in self.columns if name not in COLUMNS)

    def read(self, *, everything: bool = False) -> Iterator[RawRows]:
        """Read the rows in order.

        Parameters
        ----------
        everything
            Read the ignored columns too.

        Raises
        ------
        InvalidInput
            The file is damaged.
        """
        with _readable(self.path, self.format):
            if self.format == "parquet":
                yield from _parquet(self.path, None if everything else self._known())
                return
            with _opened(self.path) as stream:
                if self.format == "csv":
                    yield from text_files.csv(stream, self.columns)
                else:
                    yield from text_files.jsonl(stream, COLUMNS)

    def _known(self) -> list[str]:
        return [name for name in self.columns if name in COLUMNS]


def open_posts_file(path: Path) -> PostsFile:
    """Check that ``path`` is a file of posts; its rows are not read yet.

    Raises
    ------
    InvalidInput
        The file is missing, is of no known format, cannot be read, or lacks a column.
    """
    kind = _format(path)
    if not path.is_file():
        what = "is not a file" if path.exists() else "there is no such file"
        raise InvalidInput(str(path), what)
    with _readable(path, kind):
        found = _look(path, kind)
    if twice := sorted({name for name in found.columns if found.columns.count(name) > 1}):
        raise InvalidInput(str(path), f"has {', '.join(twice)} more than once")
    if missing := [name for name in REQUIRED if name not in found.columns]:
        raise InvalidInput(str(path), f"lacks {', '.join(missing)} among its columns")
    return found


def _format(path: Path) -> str:
    suffixes = [suffix.lower() for suffix in path.suffixes]
    zipped = suffixes[-1:] == [".gz"]
    kind = _FORMATS.get("".join(suffixes[-2:-1] if zipped else suffixes[-1:]))
    if kind is None or (zipped and kind == "parquet"):
        raise InvalidInput(str(path), f"needs a name that ends in {_ACCEPTED}")
    return kind


def _look(path: Path, kind: str) -> PostsFile:
    if kind == "parquet":
        with pyarrow.parquet.ParquetFile(path) as parquet:
            schema = parquet.schema_arrow
            _check_types(path, schema)
            return PostsFile(path, kind, tuple(schema.names), parquet.metadata.num_rows)
    with _opened(path) as stream:
        columns = text_files.csv_columns(stream) if kind == "csv" else _jsonl_columns(stream)
    return PostsFile(path, kind, columns)


def _jsonl_columns(stream: IO[bytes]) -> tuple[str, ...]:
    # A file without lines is valid, and lacks nothing.
    found = text_files.jsonl_keys(stream)
    return COLUMNS if found is None else tuple(name for name in COLUMNS if name in found)


def _check_types(path: Path, schema: pa.Schema) -> None:
    for field in schema:
        if field.name not in COLUMNS:
            continue
        accepted = "text"
        fits = _is_text(field.type)
        if field.name == "created_at":
            accepted = "timestamps, dates or ISO 8601 text"
            fits = fits or pa.types.is_timestamp(field.type) or pa.types.is_date(field.type)
        if field.name == "external_id":
            accepted = "text or whole numbers"
            fits = fits or pa.types.is_integer(field.type)
        if not fits:
            raise InvalidInput(str(path), f"{field.name} holds {field.type}, and needs {accepted}")


def _is_text(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        return _is_text(kind.value_type)
    tests = (
        pa.types.is_string,
        pa.types.is_large_string,
        pa.types.is_string_view,
        pa.types.is_binary,
        pa.types.is_large_binary,
        pa.types.is_binary_view,
        pa.types.is_null,
    )
    return any(test(kind) for test in tests)


def _parquet(path: Path, columns: list[str] | None) -> Iterator[RawRows]:
    first = 1
    with parquet_file(path) as parquet:
        for batch in parquet_batches(parquet, _PARQUET_ROWS, columns):
            yield text_files.numbered(first, batch)
            first += batch.num_rows


def _opened(path: Path) -> IO[bytes]:
    if path.suffix.lower() == ".gz":
        return cast("IO[bytes]", gzip.open(path))
    return path.open("rb")


@contextlib.contextmanager
def _readable(path: Path, kind: str) -> Iterator[None]:
    """Name the file where reading fails; what libraries say may quote its rows."""
    try:
        yield
    except _DAMAGED as error:
        if isinstance(error, OSError) and error.strerror and error.filename:
            raise InvalidInput(str(path), f"cannot be opened: {error.strerror}") from None
        raise InvalidInput(str(path), _problem(kind)) from None


def _problem(kind: str) -> str:
    if kind == "csv":
        return (
            "cannot be read as CSV: it is empty or damaged, a quote is never closed, "
            "or a row is larger than 8 MB"
        )
    return f"cannot be read as {'Parquet' if kind == 'parquet' else 'JSON Lines'}: it is damaged"
