"""Parquet files read so that memory does not grow with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator

_BUFFER = 1024 * 1024


def parquet_file(path: str | os.PathLike[str]) -> pa.parquet.ParquetFile:
    """Open a file without reading ahead: Arrow would keep all that it has read so."""
    return pa.parquet.ParquetFile(path, pre_buffer=False, buffer_size=_BUFFER)


def parquet_batches(
    file: pa.parquet.ParquetFile, rows: int, columns: list[str] | None = None
) -> Iterator[pa.RecordBatch]:
    """Give the rows of a file in batches, one row group after the other.

    So what is read ahead, where the file was opened like that, is one row group at most.
    """
    for group in range(file.num_row_groups):
        yield from file.iter_batches(batch_size=rows, row_groups=[group], columns=columns)
