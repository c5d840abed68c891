"""Rows in any form as batches of Arrow columns: frames, tables, readers, files, models."""

from __future__ import annotations

import itertools
import os
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet

from echo_analytics.bulk import cells
from echo_analytics.bulk.objects import NOT_ARROW, column_of
from echo_analytics.bulk.parquet import dataset_reader, parquet_batches, parquet_file
from echo_analytics.bulk.preferences import as_json
from echo_analytics.errors import InvalidInput
from echo_analytics.frames import library_of
from echo_analytics.models import UserPreferences
from echo_analytics.models.base import Input

if TYPE_CHECKING:
    from echo_analytics.bulk.tables import Column, Loadable

_ROWS_AT_ONCE = 16_384
# Several such batches of a dataset are read ahead.
_ROWS_AHEAD = 4_096
_ROWS_OF_FRAMES = 131_072
_NONE = object()
_UNREADABLE = "cannot be read: it is damaged, or no Parquet file"


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rows.

    Parameters
    ----------
    columns
        Arrays by name.
    rows
        How many.
    given
        Which fields each row gives, as bits (int32); None where the columns say it.
    """

    columns: dict[str, pa.Array]
    rows: int
    given: pa.Array | None = None


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows that can be taken once.

    Parameters
    ----------
    names
        Of their columns.
    batches
        The rows, read as they are asked for.
    total
        How many there are, None where that is not known.
    whole
        Whether they are all in memory already.
    """

    names: list[str]
    batches: Iterator[Batch]
    total: int | None
    whole: bool


def opened(kind: Loadable, data: Any) -> Rows:  # noqa: ANN401 - whatever a caller hands in
    """Return the rows of a frame, a table, a reader, a file or an iterable.

    Raises
    ------
    InvalidInput
        It is none of these; rows are looked at only when they are taken.
    """
    if isinstance(data, str | os.PathLike):
        data = _parquet(kind, data)
    if isinstance(data, pa.parquet.ParquetFile):
        read = _read(kind, parquet_batches(data, _ROWS_AT_ONCE))
        return Rows(data.schema_arrow.names, read, data.metadata.num_rows, whole=False)
    if _is_dataset(data):
        data = dataset_reader(data, _ROWS_AHEAD)
    library = library_of(data)
    if library == "polars" and hasattr(data, "collect_batches"):
        return _frames(kind, data.collect_batches(chunk_size=_ROWS_AT_ONCE))
    if library is not None:
        names = _names(data)
        return Rows(names, _frame(kind, data, 0), len(data), whole=True)
    if hasattr(data, "__arrow_c_stream__"):
        return _stream(kind, data)
    if isinstance(data, Iterable) and not isinstance(data, dict | bytes | Input):
        return _items(kind, data)
    raise _unknown(kind)


def _stream(kind: Loadable, data: Any) -> Rows:  # noqa: ANN401 - anything that streams
    try:
        reader = pa.RecordBatchReader.from_stream(data)
    except pa.ArrowException:
        # A single column streams too.
        reader = None
    if reader is None:
        raise _unknown(kind)
    return Rows(reader.schema.names, _read(kind, reader), None, whole=False)


def _unknown(kind: Loadable) -> InvalidInput:
    return InvalidInput(
        kind.name,
        "needs a pandas or polars frame, an Arrow table or reader, a Parquet file, or "
        f"{kind.model.__name__} objects",
    )


def _items(kind: Loadable, data: Iterable[Any]) -> Rows:
    items = iter(data)
    first = next(items, _NONE)
    if first is _NONE:
        return Rows([], iter(()), 0, whole=True)
    if library_of(first) is not None:
        whole = isinstance(data, Sequence)
        return _frames(kind, itertools.chain([first], items), whole=whole)
    if not isinstance(first, Input):
        raise _unknown(kind)
    total = len(data) if isinstance(data, Sequence) else None
    models = _models(kind, itertools.chain([first], items))
    return Rows(list(kind.columns), models, total, whole=total is not None)


def _is_dataset(data: object) -> bool:
    # Who has one has loaded the library.
    library = sys.modules.get("pyarrow.dataset")
    return library is not None and isinstance(data, library.Dataset)


def _parquet(kind: Loadable, path: str | os.PathLike[str]) -> pa.parquet.ParquetFile:
    try:
        return parquet_file(path)
    except FileNotFoundError:
        problem = "there is no such file"
    except (pa.ArrowException, OSError):
        problem = _UNREADABLE
    raise InvalidInput(kind.name, problem)


def _read(kind: Loadable, batches: Iterable[pa.RecordBatch]) -> Iterator[Batch]:
    """Take batches from a reader; what it raises may quote its rows."""
    source = iter(batches)
    while True:
        try:
            batch = next(source, None)
        except (pa.ArrowException, OSError):
            break
        if batch is None:
            return
        yield Batch(dict(zip(batch.schema.names, batch.columns, strict=True)), batch.num_rows)
    raise InvalidInput(kind.name, _UNREADABLE)


def _frames(kind: Loadable, frames: Iterable[Any], *, whole: bool = False) -> Rows:
    source = iter(frames)
    beginning = next(source, None)
    if beginning is None:
        return Rows([], iter(()), 0, whole=True)
    names = _names(beginning)

    def batches() -> Iterator[Batch]:
        first = 0
        for frame in itertools.chain([beginning], source):
            if library_of(frame) is None or Counter(_names(frame)) != Counter(names):
                raise InvalidInput(kind.name, "has parts with other columns than the first")
            yield from _frame(kind, frame, first)
            first += len(frame)

    return Rows(names, batches(), None, whole)


def _names(frame: Any) -> list[str]:  # noqa: ANN401 - of any library
    return list(frame.schema.names if library_of(frame) == "arrow" else frame.columns)


def _frame(kind: Loadable, frame: Any, first: int) -> Iterator[Batch]:  # noqa: ANN401
    names = _names(frame)
    if not names and len(frame):
        raise InvalidInput(kind.name, "has rows without columns")
    columns = [_column(kind, name, place, frame, first) for place, name in enumerate(names)]
    table = pa.table(columns, names=names)
    for batch in table.to_batches(max_chunksize=_ROWS_OF_FRAMES):
        yield Batch(dict(zip(names, batch.columns, strict=True)), batch.num_rows)


# Any: a frame of any library.
def _column(
    kind: Loadable,
    name: str,
    place: int,
    frame: Any,  # noqa: ANN401
    first: int,
) -> pa.Array | pa.ChunkedArray:
    library = library_of(frame)
    if library == "arrow":
        return frame.column(place)
    if library == "pandas":
        return column_of(kind.name, name, frame.iloc[:, place], first)
    series = frame.to_series(place)
    # Polars would give the addresses of objects.
    if series.dtype.is_object():
        return column_of(kind.name, name, series.to_list(), first)
    return series.to_arrow()


def _models(kind: Loadable, items: Iterable[Any]) -> Iterator[Batch]:
    first = 0
    source = iter(items)
    while part := list(itertools.islice(source, _ROWS_AT_ONCE)):
        for place, item in enumerate(part, first):
            if not isinstance(item, kind.model):
                problem = f"item {place} is no {kind.model.__name__}"
                raise InvalidInput(kind.name, problem)
        yield _batch_of(kind, part)
        first += len(part)


def _batch_of(kind: Loadable, items: list[Input]) -> Batch:
    sets = [item.model_fields_set for item in items]
    columns = {
        name: _values(
            kind,
            name,
            [
                getattr(item, name) if name in given else None
                for item, given in zip(items, sets, strict=True)
            ],
        )
        for name in kind.columns
    }
    bits = {name: 1 << place for place, name in enumerate(kind.columns)}
    given = np.array([sum(bits[name] for name in each) for each in sets], np.int32)
    return Batch(columns, len(items), pa.array(given))


def _values(kind: Loadable, name: str, values: list[Any]) -> pa.Array:
    try:
        return pa.array([_plain(value) for value in values], _type(kind.columns[name]))
    except NOT_ARROW:
        pass
    # Only one made past the checks can.
    raise InvalidInput(f"{kind.name}.{name}", f"holds what no {kind.model.__name__} holds")


def _plain(value: Any) -> Any:  # noqa: ANN401 - of any field
    if isinstance(value, UserPreferences):
        return as_json(value)
    return getattr(value, "bytes", value)


def _type(column: Column) -> pa.DataType:
    types: dict[object, pa.DataType] = {
        cells.uuids: cells.UUID_BYTES,
        cells.instants: cells.INSTANT,
        cells.booleans: pa.bool_(),
    }
    return types.get(column.convert, cells.TEXT)
