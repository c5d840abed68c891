"""Cells of a column, all at once, as what a table holds; and which of them are wrong, and why.

The rules are those of the models. Where a rule is told quickly for most cells only, the models'
own function decides about the rest.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from echo_analytics.bulk.binary import contiguous
from echo_analytics.errors import InvalidInput
from echo_analytics.models.fields import converted, to_instant, to_uuid

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

TEXT = pa.large_string()
UUID_BYTES = pa.binary(16)
INSTANT = pa.timestamp("us", "UTC")

NO_UNICODE = "is not valid Unicode"
NO_UUID = "is not a UUID"

_CANONICAL = r"^[0-9A-Fa-f]{8}-?(?:[0-9A-Fa-f]{4}-?){3}[0-9A-Fa-f]{12}\z"
_ISO = r"^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d)\z"
NO_ZONE = "is a datetime without a time zone: its zone would be a guess"
_OUTSIDE = "is outside the years 1 to 9999 in UTC"
_FIRST_SECOND, _END_SECOND = -62_135_596_800, 253_402_300_800
_A_SECOND = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}


class WrongType(Exception):  # noqa: N818
    """No cell of the column can be right; the message says what is needed."""


@dataclass(slots=True)
class Cells:
    """A column as the table holds it.

    Parameters
    ----------
    values
        Null where there is nothing, and where a cell is wrong.
    problems
        Masks of wrong cells, and what is wrong with them.
    """

    values: pa.Array
    problems: list[tuple[pa.Array, str]] = field(default_factory=list)


def plain(column: pa.Array) -> pa.Array:
    """Return a column without encodings of its own, NaN as null."""
    if isinstance(column, pa.ExtensionArray):
        column = column.storage
    kind = column.type
    if pa.types.is_dictionary(kind):
        return column.dictionary_decode()
    if pa.types.is_floating(kind):
        return pc.if_else(pc.is_nan(column), pa.scalar(None, kind), column)
    return column


def texts(column: pa.Array) -> Cells:
    """Return texts that PostgreSQL can hold."""
    if is_empty(column):
        return Cells(pa.nulls(len(column), TEXT))
    if not is_text(column.type):
        raise WrongType(f"needs texts, not {column.type}")
    values, invalid = decoded(column.cast(pa.large_binary()))
    return Cells(
        values,
        [(invalid, NO_UNICODE), (pc.match_substring(values, "\0"), "holds a NUL character")],
    )


def decoded(cells: pa.Array) -> tuple[pa.Array, pa.Array]:
    """Return bytes as texts, and where they are not valid UTF-8; those cells become null."""
    try:
        return cells.cast(TEXT), pa.repeat(False, len(cells))
    except pa.ArrowInvalid:
        found = pa.array([_utf8(cell) for cell in cells.to_pylist()], TEXT)
    return found, pc.and_(found.is_null(), cells.is_valid())


def booleans(column: pa.Array) -> Cells:
    """Return booleans; numbers are none."""
    if is_empty(column):
        return Cells(pa.nulls(len(column), pa.bool_()))
    if not pa.types.is_boolean(column.type):
        raise WrongType(f"needs booleans, not {column.type}")
    return Cells(column)


def uuids(column: pa.Array) -> Cells:
    """Return ids of 16 bytes, from such, from bytes of any length, or from texts."""
    if is_empty(column):
        return Cells(pa.nulls(len(column), UUID_BYTES))
    if column.type == UUID_BYTES:
        return Cells(column)
    if _is_bytes(column.type):
        return _of_bytes(column.cast(pa.large_binary()))
    if not is_text(column.type):
        raise WrongType(f"needs UUIDs, not {column.type}")
    values, _ = decoded(column.cast(pa.large_binary()))
    values, wrong = _settled(
        values, pc.match_substring_regex(values, _CANONICAL), to_uuid, lambda found: found.hex
    )
    wrong = pc.or_(wrong, pc.and_(values.is_null(), column.is_valid()))
    digits = pc.fill_null(pc.replace_substring(values, "-", ""), "0" * 32)
    raw = bytes.fromhex(bytes(contiguous(digits.cast(pa.large_binary()))).decode())
    return Cells(with_nulls(raw, values.is_valid()), [(wrong, NO_UUID)])


def _of_bytes(column: pa.Array) -> Cells:
    """Return the ids among bytes; polars knows none of a fixed size."""
    wrong = pc.not_equal(pc.binary_length(column), UUID_BYTES.byte_width)
    values = pc.if_else(wrong, pa.scalar(None, column.type), column).cast(UUID_BYTES)
    return Cells(values, [(wrong, NO_UUID)])


def with_nulls(raw: bytes, known: pa.Array) -> pa.Array:
    """Return ids of 16 bytes each, null where they are not known."""
    every = pa.FixedSizeBinaryArray.from_buffers(UUID_BYTES, len(known), [None, pa.py_buffer(raw)])
    return pc.if_else(known, every, pa.scalar(None, UUID_BYTES))


def instants(column: pa.Array) -> Cells:
    """Return instants in UTC, finer ones cut off at the microsecond, towards the past."""
    if is_empty(column):
        return Cells(pa.nulls(len(column), INSTANT))
    if pa.types.is_timestamp(column.type):
        if column.type.tz is None:
            return Cells(pa.nulls(len(column), INSTANT), [(column.is_valid(), NO_ZONE)])
        return _within_years(column.cast(pa.timestamp(column.type.unit, "UTC")))
    if not is_text(column.type):
        raise WrongType(f"needs datetimes with a time zone, not {column.type}")
    return _parsed_instants(column)


def _parsed_instants(column: pa.Array) -> Cells:
    values, invalid = decoded(column.cast(pa.large_binary()))
    usual = pc.match_substring_regex(values, _ISO)
    values, wrong = _settled(values, usual, to_instant, lambda found: found.isoformat())
    try:
        moments = _within_years(values.cast(INSTANT))
    except pa.ArrowInvalid:
        # A day that no month has, for instance.
        never = pa.repeat(False, len(values))
        values, wrong = _settled(values, never, to_instant, lambda found: found.isoformat())
        moments = _within_years(values.cast(INSTANT))
    problem = "needs a datetime with a time zone"
    moments.problems += [(pc.or_(wrong, invalid), problem)]
    return moments


def _within_years(column: pa.Array) -> Cells:
    unit = column.type.unit
    if unit == "ns":
        # 64 bits of nanoseconds end in 2262. A zone with repeated hours must not round.
        return Cells(pc.floor_temporal(column, unit="microsecond").cast(INSTANT, safe=False))
    numbers, second = column.cast(pa.int64()), _A_SECOND[unit]
    early = pc.less(numbers, _FIRST_SECOND * second)
    outside = pc.or_(early, pc.greater_equal(numbers, _END_SECOND * second))
    inside = pc.if_else(outside, pa.scalar(None, column.type), column)
    return Cells(inside.cast(INSTANT), [(outside, _OUTSIDE)])


def is_text(kind: pa.DataType) -> bool:
    """Whether a type holds texts."""
    tests = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view)
    return any(test(kind) for test in tests)


def _is_bytes(kind: pa.DataType) -> bool:
    tests = (pa.types.is_binary, pa.types.is_large_binary, pa.types.is_binary_view)
    return any(test(kind) for test in tests)


def is_empty(column: pa.Array) -> bool:
    """Whether all cells are null; then a column may have any type."""
    return bool(column.null_count == len(column))


def _utf8(cell: bytes | None) -> str | None:
    try:
        return None if cell is None else cell.decode()
    except UnicodeDecodeError:
        return None


def _settled(
    values: pa.Array,
    usual: pa.Array,
    convert: Callable[[str], T],
    write: Callable[[T], str],
) -> tuple[pa.Array, pa.Array]:
    """Rewrite the texts that are not of the usual form; return them, and which could not be."""
    asked = pc.fill_null(pc.invert(usual), False)
    if not pc.any(asked).as_py():
        return values, asked
    found = [_converted(convert, write, text) for text in values.filter(asked).to_pylist()]
    settled = pc.replace_with_mask(values, asked, pa.array(found, TEXT))
    return settled, pc.and_(asked, settled.is_null())


def converts(convert: Callable[[str], T], text: str) -> bool:
    """Whether the models' own check passes a text."""
    try:
        converted("cell", convert, text)
    except InvalidInput:
        return False
    return True


def _converted(convert: Callable[[str], T], write: Callable[[T], str], text: str) -> str | None:
    try:
        return write(converted("cell", convert, text))
    except InvalidInput:
        return None
