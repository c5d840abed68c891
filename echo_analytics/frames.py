"""The one way out: Arrow tables as pandas or polars frames, and back.

| declared         | pandas               | polars                |
|------------------|----------------------|-----------------------|
| int64            | int64                | Int64                 |
| int64, nullable  | Int64                | Int64                 |
| float64          | float64              | Float64               |
| bool             | bool                 | Boolean               |
| string           | str                  | String                |
| date32           | date32[day][pyarrow] | Date                  |
| timestamp[us]    | datetime64[us, UTC]  | Datetime("us", "UTC") |
| list of string   | list<...>[pyarrow]   | List(String)          |
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any, Literal

from echo_analytics.errors import InvalidInput, MissingExtra

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa

FrameName = Literal["pandas", "polars", "arrow"]
FRAMES: tuple[FrameName, ...] = ("pandas", "polars", "arrow")

_FEW = 10_000
"""Rows that are converted before threads have begun."""


def check_frame(name: object) -> FrameName:
    """Return ``name`` when it is a frame whose library is installed.

    Raises
    ------
    InvalidInput
        It is none of "pandas", "polars" and "arrow".
    MissingExtra
        polars is not installed.
    """
    if name == "pandas":
        return "pandas"
    if name == "arrow":
        return "arrow"
    if name == "polars":
        try:
            import polars as pl  # noqa: F401
        except ImportError:
            raise MissingExtra("polars", "polars") from None
        return "polars"
    raise InvalidInput("frame", "needs 'pandas', 'polars' or 'arrow'")


# Any: which frame it is depends on the name; sources say it in their types.
def to_frame(table: pa.Table, name: FrameName) -> Any:  # noqa: ANN401
    """Return ``table`` as the frame that ``name`` says; "arrow" is the table itself."""
    if name == "arrow":
        return table
    return to_polars(table) if name == "polars" else to_pandas(table)


def to_pandas(table: pa.Table) -> pd.DataFrame:
    """Return ``table`` as a pandas frame, with the same dtypes however many rows there are."""
    import pandas as pd
    import pyarrow as pa

    # All columns at once, or as many as can be: one by one takes several times as long.
    optional = {f.name for f in table.schema if f.nullable and pa.types.is_integer(f.type)}
    frame: pd.DataFrame = table.drop_columns([*optional]).to_pandas(
        types_mapper=_kept_as_arrow, use_threads=len(table) > _FEW
    )
    for place, name in enumerate(table.column_names):
        if name in optional:
            column = table.column(name)
            whole = column.to_pandas(types_mapper={pa.int64(): pd.Int64Dtype()}.get)
            frame.insert(place, name, whole)
    frame.attrs.update(said_of(table))
    return frame


def _kept_as_arrow(kind: pa.DataType) -> pd.ArrowDtype | None:
    import pandas as pd
    import pyarrow as pa

    return pd.ArrowDtype(kind) if pa.types.is_date(kind) or pa.types.is_list(kind) else None


def said_of(table: pa.Table) -> dict[str, Any]:
    """Return what an analysis says about its result as a whole, besides the rows."""
    said = (table.schema.metadata or {}).get(b"echo_analytics")
    found: dict[str, Any] = {} if said is None else json.loads(said)
    return found


def to_polars(table: pa.Table) -> pl.DataFrame:
    """Return ``table`` as a polars frame."""
    import polars as pl

    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)  # noqa: S101 - a table is never a Series
    return frame


def to_arrow(frame: pd.DataFrame | pl.DataFrame | pa.Table) -> pa.Table:
    """Return a pandas or polars frame as an Arrow table; a table is returned as it is."""
    import pyarrow as pa

    if isinstance(frame, pa.Table):
        return frame
    if sys.modules.get("polars") is not None:
        import polars as pl

        if isinstance(frame, pl.DataFrame):
            return frame.to_arrow()
    return pa.Table.from_pandas(frame, preserve_index=False)


def library_of(value: object) -> FrameName | None:
    """Return whose frame a value is, None for anything else; polars' lazy frames are theirs."""
    import pyarrow as pa

    if isinstance(value, pa.Table | pa.RecordBatch):
        return "arrow"
    if sys.modules.get("polars") is not None:
        import polars as pl

        if isinstance(value, pl.DataFrame | pl.LazyFrame):
            return "polars"
    if sys.modules.get("pandas") is not None:
        import pandas as pd

        if isinstance(value, pd.DataFrame):
            return "pandas"
    return None
