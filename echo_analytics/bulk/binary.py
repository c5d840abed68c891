"""Arrow columns as the binary format of COPY, assembled by column.

A row is the number of its fields, and each field its length and its bytes, all big-endian. What has
the same size in every row is laid out as one array of bytes; Arrow's kernel that joins texts row by
row then puts it between the texts, and the result is what the server reads. No loop in Python
touches a row.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import numpy.typing as npt

    Bytes: TypeAlias = npt.NDArray[np.uint8]

HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
"""What comes before the first row: the signature, no flags, no extension."""

TRAILER = b"\xff\xff"
"""What comes after the last row."""

_NULL = -1
_EMPTY = pa.scalar(b"", pa.large_binary())
_EPOCH_DAY, _EPOCH_MICROSECOND = 10_957, 946_684_800_000_000
_UUID_BYTES = 16

MAX_FIELD = 2**30 - 1
"""The longest value that a column of the server can hold, in bytes."""


class NotEncodable(Exception):  # noqa: N818
    """A column does not fit the type of its target; the message says why, without values."""

    place = 0
    """Which column it is."""


@dataclass(frozen=True, slots=True)
class Encoder:
    """How a column becomes bytes.

    Parameters
    ----------
    encode
        From an array to fields.
    size
        The bytes of every value, None where they differ.
    """

    encode: Callable[[pa.Array], Bytes | pa.Array]
    size: int | None


def rows(columns: Sequence[pa.Array], encoders: Sequence[Encoder]) -> memoryview:
    """Return rows in the binary format, without header and trailer.

    Parameters
    ----------
    columns
        Arrays of one length.
    encoders
        One for each column, as :func:`encoder` gives them.

    Raises
    ------
    NotEncodable
        A column cannot be encoded.
    """
    count = len(columns[0])
    pieces: list[pa.Array] = []
    side_by_side = [_repeated(len(columns), "i2", count)]
    for place, (column, how) in enumerate(zip(columns, encoders, strict=True)):
        values = _encoded(column, how, place)
        if isinstance(values, np.ndarray):
            side_by_side += [_repeated(values.shape[1], "i4", count), values]
            continue
        lengths = pc.fill_null(pc.binary_length(values), _NULL)
        pieces += [_strided([*side_by_side, _bytes(lengths.to_numpy(), "i4")]), values]
        side_by_side = []
    if side_by_side:
        pieces.append(_strided(side_by_side))
    joined = pc.binary_join_element_wise(
        *pieces, _EMPTY, null_handling="replace", null_replacement=_EMPTY.as_py()
    )
    return contiguous(joined)


def contiguous(values: pa.LargeBinaryArray) -> memoryview:
    """Return the bytes of texts without a null, one after the other."""
    _, offsets, data = values.buffers()
    if not len(values) or data is None:
        return memoryview(b"")
    ends = np.frombuffer(offsets, np.int64, len(values) + 1, 8 * values.offset)
    return memoryview(data)[ends[0] : ends[-1]]


def slices(
    batch: pa.RecordBatch, rows_at_once: int, bytes_at_once: int
) -> Iterator[pa.RecordBatch]:
    """Cut a batch into pieces of at most so many rows, and about so many bytes."""
    if not batch.num_rows:
        return
    each = max(1, batch.nbytes // batch.num_rows)
    size = max(1, min(rows_at_once, bytes_at_once // each))
    for first in range(0, batch.num_rows, size):
        yield batch.slice(first, size)


def _encoded(column: pa.Array, how: Encoder, place: int) -> Bytes | pa.Array:
    """Return bytes where all values have the same size; else texts of bytes, null for NULL."""
    if column.null_count == len(column):
        return pa.nulls(len(column), pa.large_binary())
    try:
        if how.size is None or not column.null_count:
            return how.encode(column)
        values = _strided([how.encode(column.drop_null())])
    except NotEncodable as error:
        error.place = place
        raise
    known = column.is_valid().to_numpy(zero_copy_only=False)
    return values.take(pa.array(np.cumsum(known) - 1, mask=~known))


def _strided(parts: list[Bytes]) -> pa.Array:
    """Return bytes that lie side by side as an array of texts, one for each row."""
    joined = np.ascontiguousarray(np.concatenate(parts, axis=1) if len(parts) > 1 else parts[0])
    count, width = joined.shape
    offsets = pa.py_buffer(np.arange(0, (count + 1) * width, width or 1, dtype=np.int64))
    return pa.LargeBinaryArray.from_buffers(
        pa.large_binary(), count, [None, offsets, pa.py_buffer(joined)]
    )


def _repeated(value: int, kind: str, count: int) -> Bytes:
    one = np.array([value], f">{kind}").view(np.uint8)
    return np.broadcast_to(one, (count, len(one)))


# Any: numbers of any type.
def _bytes(numbers: npt.NDArray[Any], kind: str) -> Bytes:
    ordered = np.ascontiguousarray(numbers.astype(f">{kind}"))
    return ordered.view(np.uint8).reshape(len(ordered), ordered.itemsize)


def _text(column: pa.Array) -> pa.Array:
    kind = column.type
    if pa.types.is_string_view(kind) or pa.types.is_binary_view(kind):
        column = column.cast(pa.large_string())
    elif not (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
        raise NotEncodable(f"{kind} is not text")
    return column.cast(pa.large_binary())


def _jsonb(column: pa.Array) -> pa.Array:
    version = pa.scalar(b"\x01", pa.large_binary())
    return pc.binary_join_element_wise(version, _text(column), _EMPTY)


def _uuid(column: pa.Array) -> Bytes:
    if pa.types.is_fixed_size_binary(column.type) and column.type.byte_width == _UUID_BYTES:
        raw = np.frombuffer(column.buffers()[1], np.uint8)
        first = column.offset * _UUID_BYTES
        return raw[first : first + len(column) * _UUID_BYTES].reshape(-1, _UUID_BYTES)
    digits = pc.replace_substring(_text(column).cast(pa.large_string()), "-", "")
    if pc.all(pc.match_substring_regex(digits, r"^[0-9A-Fa-f]{32}\z")).as_py() is False:
        raise NotEncodable("holds texts that are not UUIDs")
    joined = bytes(contiguous(digits.cast(pa.large_binary()))).decode()
    return np.frombuffer(bytes.fromhex(joined), np.uint8).reshape(-1, _UUID_BYTES)


def _boolean(column: pa.Array) -> Bytes:
    if not pa.types.is_boolean(column.type):
        raise NotEncodable(f"{column.type} is not boolean")
    return _bytes(column.cast(pa.uint8()).to_numpy(), "u1")


def _date(column: pa.Array) -> Bytes:
    if not pa.types.is_date(column.type):
        raise NotEncodable(f"{column.type} is not a date")
    days = column.cast(pa.date32()).cast(pa.int32()).to_numpy()
    return _bytes(days - _EPOCH_DAY, "i4")


def _instant(column: pa.Array) -> Bytes:
    if not pa.types.is_timestamp(column.type):
        raise NotEncodable(f"{column.type} is not a timestamp")
    try:
        moments = column.cast(pa.timestamp("us", column.type.tz)).cast(pa.int64()).to_numpy()
    except pa.ArrowInvalid:
        moments = None
    if moments is None:
        raise NotEncodable("holds nanoseconds or instants that microseconds cannot hold")
    return _bytes(moments - _EPOCH_MICROSECOND, "i8")


def _number(kind: pa.DataType, code: str) -> Encoder:
    def encode(column: pa.Array) -> Bytes:
        wide = pa.types.is_integer if code[0] == "i" else pa.types.is_floating
        if not wide(column.type):
            raise NotEncodable(f"{column.type} is not {kind}")
        try:
            numbers = column.cast(kind).to_numpy()
        except pa.ArrowInvalid:
            numbers = None
        if numbers is None:
            raise NotEncodable(f"holds numbers that {kind} cannot hold")
        return _bytes(numbers, code)

    return Encoder(encode, int(code[1]))


_TEXT = Encoder(_text, None)
_INSTANT = Encoder(_instant, 8)

_ENCODERS = {
    "text": _TEXT,
    "varchar": _TEXT,
    "bpchar": _TEXT,
    "json": _TEXT,
    "jsonb": Encoder(_jsonb, None),
    "uuid": Encoder(_uuid, _UUID_BYTES),
    "bool": Encoder(_boolean, 1),
    "date": Encoder(_date, 4),
    "timestamp": _INSTANT,
    "timestamptz": _INSTANT,
    "int2": _number(pa.int16(), "i2"),
    "int4": _number(pa.int32(), "i4"),
    "int8": _number(pa.int64(), "i8"),
    "float4": _number(pa.float32(), "f4"),
    "float8": _number(pa.float64(), "f8"),
}


def encoder(type_name: str, *, is_enum: bool = False) -> Encoder | None:
    """Return how columns of a type of the server are encoded, None where they cannot be.

    Parameters
    ----------
    type_name
        As in ``pg_type``; of a domain, the type beneath.
    is_enum
        Whether it is an enum, whose labels travel as texts.
    """
    return _TEXT if is_enum else _ENCODERS.get(type_name)
