"""Timestamps, dates and ISO 8601 texts as instants in UTC."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

OUT_OF_RANGE = "is not in the years 1 to 9999"

_INSTANT = pa.timestamp("us", "UTC")
_FIRST_SECOND, _END_SECOND = -62_135_596_800, 253_402_300_800
_A_SECOND = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}

# Rewrites towards the one form that Arrow reads: a time with at most six decimals and a zone.
_REWRITES = (
    (r"^(\d{4}-\d\d-\d\d)$", r"\1T00:00"),
    (r" ?UTC$", "Z"),
    (r"(:\d\d) ([+-]\d\d)", r"\1\2"),
    (r"(\.\d{6})\d+", r"\1"),
    (r"(T| )(\d\d:\d\d(?::\d\d(?:\.\d+)?)?)$", r"\1\2Z"),
)


@dataclass(frozen=True, slots=True)
class Instants:
    """Instants with what was wrong.

    Parameters
    ----------
    values
        timestamp[us, UTC]; null where there is none.
    unread
        Where a cell is null or could not be read.
    outside
        Where an instant is not in the years 1 to 9999.
    """

    values: pa.Array
    unread: pa.Array
    outside: pa.Array


def instants(column: pa.Array) -> Instants:
    """Return instants; what has no zone is in UTC, a date is its first moment in UTC.

    Finer than a microsecond is cut off, towards the past.

    Parameters
    ----------
    column
        Timestamps of any unit and zone, dates, or texts in ISO 8601.
    """
    if pa.types.is_date(column.type):
        column = column.cast(pa.timestamp("s" if pa.types.is_date32(column.type) else "ms"))
    if not pa.types.is_timestamp(column.type):
        column = _read(_uniform(column))
    # In a zone with repeated hours, rounding would be done in local time.
    column = column.cast(pa.timestamp(column.type.unit, "UTC"))
    outside = _outside(column)
    inside = pc.if_else(outside, pa.scalar(None, column.type), column)
    if column.type.unit == "ns":
        inside = pc.floor_temporal(inside, unit="microsecond")
    return Instants(inside.cast(_INSTANT, safe=False), column.is_null(), outside)


def _outside(column: pa.Array) -> pa.Array:
    numbers, second = column.cast(pa.int64()), _A_SECOND[column.type.unit]
    if column.type.unit == "ns":
        # 64 bits of nanoseconds end in 2262, and the bounds themselves would not fit.
        return pa.repeat(False, len(column))
    early = pc.less(numbers, _FIRST_SECOND * second)
    return pc.or_(early, pc.greater_equal(numbers, _END_SECOND * second))


def _uniform(texts: pa.Array) -> pa.Array:
    texts = pc.utf8_upper(pc.utf8_trim_whitespace(texts))
    for pattern, replacement in _REWRITES:
        texts = pc.replace_substring_regex(texts, pattern, replacement)
    return texts


def _read(texts: pa.Array) -> pa.Array:
    """Cast texts to instants; halves that fail are halved again, down to the bad cells."""
    try:
        return texts.cast(_INSTANT)
    except pa.ArrowInvalid:
        if len(texts) == 1:
            return pa.nulls(1, _INSTANT)
    middle = len(texts) // 2
    return pa.concat_arrays([_read(texts[:middle]), _read(texts[middle:])])
