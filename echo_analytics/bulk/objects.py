"""Python objects of a frame's column as an Arrow column, which they may be too mixed for."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from echo_analytics.bulk.cells import NO_UNICODE, NO_ZONE
from echo_analytics.bulk.preferences import as_json
from echo_analytics.bulk.problems import Problems
from echo_analytics.models import UserPreferences

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

NOT_ARROW = (pa.ArrowException, TypeError, ValueError, OverflowError)
"""What making an array of objects raises; its texts hold values."""


# Any in this module: a frame may hold anything.
def column_of(
    table: str, name: str, values: Sequence[Any], first: int
) -> pa.Array | pa.ChunkedArray:
    """Return objects as a column.

    Parameters
    ----------
    table, name
        What to call it where it is refused.
    values
        A list, or a series of pandas.
    first
        The number of the first row.

    Raises
    ------
    InvalidInput
        They are of several types, or no datetimes with a zone among others that are.
    """
    column = _array(values)
    if column is None:
        return _mixed(_Refusal(table, name, list(values), first))
    if pa.types.is_timestamp(column.type) and str(getattr(values, "dtype", object)) == "object":
        # Arrow would take them to be in the zone of the first one.
        _Refusal(table, name, list(values), first).where(_is_naive, NO_ZONE)
    return column


def _array(values: Sequence[Any]) -> pa.Array | pa.ChunkedArray | None:
    try:
        return pa.array(values, from_pandas=True)
    except NOT_ARROW:
        return None


@dataclass(frozen=True, slots=True)
class _Refusal:
    """Refuses rows of a column."""

    table: str
    name: str
    values: list[Any]
    first: int

    def where(self, is_wrong: Callable[[Any], bool], problem: str) -> None:
        """Raise InvalidInput where any of the values is wrong."""
        problems = Problems(self.table)
        mask = pa.array([is_wrong(value) for value in self.values], pa.bool_())
        problems.note(self.name, [(mask, problem)], len(mask), self.first)
        problems.check()


def _mixed(refusal: _Refusal) -> pa.Array:
    """Return preferences, structures of several shapes, and JSON beside them, as JSON."""
    known = [value for value in refusal.values if not _is_null(value)]
    if all(isinstance(value, dict | str | UserPreferences) for value in known):
        refusal.where(_is_no_unicode, NO_UNICODE)
        return pa.array([_json(value) for value in refusal.values], pa.large_string())
    kind = type(known[0])
    refusal.where(
        lambda value: not _is_null(value) and not isinstance(value, kind),
        "is not of the type of the rows before",
    )
    refusal.where(lambda _: True, f"holds {kind.__name__}, which no column takes")
    raise AssertionError


def _json(value: Any) -> str | None:  # noqa: ANN401
    if isinstance(value, dict):
        # Not to be read as preferences, whatever it is.
        return json.dumps(value, default=repr)
    if isinstance(value, UserPreferences):
        return as_json(value)
    return value if isinstance(value, str) else None


def _is_null(value: Any) -> bool:  # noqa: ANN401
    try:
        return value is None or bool(value != value)
    except (TypeError, ValueError):
        # pandas' NA does not say whether it differs from itself.
        return True


def _is_naive(value: Any) -> bool:  # noqa: ANN401
    return isinstance(value, datetime) and not _is_null(value) and value.utcoffset() is None


def _is_no_unicode(value: Any) -> bool:  # noqa: ANN401
    if not isinstance(value, str):
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        return True
    return False
