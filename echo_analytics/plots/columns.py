"""Reading frames: whatever a caller has, as lists of Python values of the declared types."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import pyarrow as pa

from echo_analytics.errors import InvalidInput
from echo_analytics.frames import to_arrow

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas as pd
    import polars as pl

    Frame: TypeAlias = pd.DataFrame | pl.DataFrame | pa.Table

INSTANT = pa.timestamp("us", "UTC")

# Any: a column holds values of its own type, which its name tells.
Columns: TypeAlias = "dict[str, list[Any]]"


def read(
    frame: Frame,
    declared: Mapping[str, pa.DataType],
    optional: Mapping[str, pa.DataType] | None = None,
) -> Columns:
    """Return the declared columns of a frame, and the optional ones that it has.

    Other columns are passed over.

    Raises
    ------
    InvalidInput
        It is no frame, columns are missing, or one holds values of another type.
    """
    names = _names(frame)
    _check(names, list(declared))
    found = {name: kind for name, kind in (optional or {}).items() if name in names}
    wanted = {**declared, **found}
    chosen = list(wanted)
    table = to_arrow(frame.select(chosen) if isinstance(frame, pa.Table) else frame[chosen])
    return {name: _values(table, name, kind) for name, kind in wanted.items()}


def in_order(columns: Columns, rows: Iterable[int]) -> Columns:
    """Return the rows of these numbers, in this order."""
    numbers = list(rows)
    return {name: [values[row] for row in numbers] for name, values in columns.items()}


def _names(frame: Frame) -> list[str]:
    if isinstance(frame, pa.Table):
        return list(frame.column_names)
    if not (hasattr(frame, "columns") and (hasattr(frame, "to_arrow") or hasattr(frame, "iloc"))):
        raise InvalidInput("frame", "needs a pandas or polars frame, or an Arrow table")
    return list(frame.columns)


def _check(names: list[str], wanted: list[str]) -> None:
    missing = [name for name in wanted if name not in names]
    if missing:
        raise InvalidInput("frame", f"has no column {', '.join(missing)}")


def _values(table: pa.Table, name: str, kind: pa.DataType) -> list[Any]:
    try:
        return list(table.column(name).cast(kind).to_pylist())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        raise InvalidInput("frame", f"column {name} does not hold values of {kind}") from None
