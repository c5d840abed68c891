"""Parquet files, and datasets of them, read so that memory does not grow with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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


# Any: its library is loaded by those who have a dataset.
def dataset_reader(dataset: Any, rows: int) -> pa.RecordBatchReader:  # noqa: ANN401
    """Return a reader of a dataset, one file after the other."""
    from pyarrow.dataset import ParquetFileFormat, ParquetFragmentScanOptions

    options = None
    if isinstance(getattr(dataset, "format", None), ParquetFileFormat):
        options = ParquetFragmentScanOptions(
            pre_buffer=False, use_buffered_stream=True, buffer_size=_BUFFER
        )
    return dataset.scanner(
        batch_size=rows,
        batch_readahead=1,
        fragment_readahead=1,
        fragment_scan_options=options,
        use_threads=False,
    ).to_reader()
