"""Reading frames: whatever a caller has, as lists of Python values of the declared types."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import pyarrow as pa

from echo_analytics.errors import InvalidInput
from echo_analytics.frames import to_arrow

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    import polars as pl

    Frame: TypeAlias = pd.DataFrame | pl.DataFrame | pa.Table

INSTANT = pa.timestamp("us", "UTC")

# Any: a column holds values of its own type, which its name tells.
Columns: TypeAlias = "dict[str, list[Any]]"


def read(frame: Frame, declared: Mapping[str, pa.DataType]) -> Columns:
    """Return the declared columns of a frame; other columns are passed over.

    Raises
    ------
    InvalidInput
        It is no frame, columns are missing, or one holds values of another type.
    """
    table = to_arrow(_chosen(frame, list(declared)))
    return {name: _values(table, name, kind) for name, kind in declared.items()}


def _chosen(frame: Frame, wanted: list[str]) -> Frame:
    if isinstance(frame, pa.Table):
        _check(frame.column_names, wanted)
        return frame.select(wanted)
    if not (hasattr(frame, "columns") and (hasattr(frame, "to_arrow") or hasattr(frame, "iloc"))):
        raise InvalidInput("frame", "needs a pandas or polars frame, or an Arrow table")
    _check(list(frame.columns), wanted)
    return frame[wanted]


def _check(names: list[str], wanted: list[str]) -> None:
    missing = [name for name in wanted if name not in names]
    if missing:
        raise InvalidInput("frame", f"has no column {', '.join(missing)}")


def _values(table: pa.Table, name: str, kind: pa.DataType) -> list[Any]:
    try:
        return list(table.column(name).cast(kind).to_pylist())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        raise InvalidInput("frame", f"column {name} does not hold values of {kind}") from None
