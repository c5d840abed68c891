"""Arrow rows into a table by COPY in binary, without a Python loop over them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from echo_analytics.bulk import binary
from echo_analytics.errors import InvalidInput
from echo_analytics.repositories.execution import fetch, on_cursor

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import psycopg
    import sqlalchemy as sa
    from psycopg.rows import TupleRow

_ROWS_AT_ONCE = 16_384
_BYTES_AT_ONCE = 8 * 1024 * 1024

_TYPES = b"""
SELECT a.attname, coalesce(b.typname, t.typname), coalesce(b.typtype, t.typtype) = 'e'
FROM pg_catalog.pg_attribute AS a
JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
LEFT JOIN pg_catalog.pg_type AS b ON b.oid = t.typbasetype
WHERE a.attrelid = CAST(%(name)s AS regclass) AND a.attnum > 0 AND NOT a.attisdropped
"""


def copy_rows(
    connection: sa.Connection, table: str | sa.Table, rows: pa.Table | pa.RecordBatch
) -> int:
    """Append Arrow rows to a table, in the transaction of ``connection``.

    Null becomes NULL and an empty text stays one. Instants arrive as UTC, in columns with a time
    zone and in those without. Columns of type uuid, json or an enum take texts.

    Parameters
    ----------
    connection
        Where to write; nothing is committed here.
    table
        The table, or the name of one on the search path, a temporary one for instance.
    rows
        Columns named as those of the table; columns of the table that are absent get their default.
        Texts, booleans, numbers, dates and timestamps, dictionaries of them too.

    Returns
    -------
    int
        How many rows were appended.

    Raises
    ------
    InvalidInput
        A column does not fit that of the table, or holds nanoseconds that would be lost.
    EchoError
        The server refused the rows.

    Examples
    --------
    >>> import pyarrow as pa
    >>> from echo_analytics.schema import categories
    >>> rows = pa.table({"name": ["Releases"], "slug": ["releases"]})
    >>> with db.transaction() as connection:  # doctest: +SKIP
    ...     copy_rows(connection, categories, rows)
    1
    """
    batches = rows.to_batches() if isinstance(rows, pa.Table) else [rows]
    return copy_batches(connection, table, rows.schema.names, batches)


def copy_batches(
    connection: sa.Connection,
    table: str | sa.Table,
    columns: list[str],
    batches: Iterable[pa.RecordBatch],
) -> int:
    """Append the rows of batches in one COPY, each batch when it is asked for.

    See :func:`copy_rows`. All batches have these columns, in this order. What taking the next batch
    raises comes out again, and the transaction cannot go on then. Nothing else may be done on
    ``connection`` until this returns.
    """
    name = _quoted(connection, table)
    fields = _fields(connection, name, columns)
    names = ", ".join(
        connection.dialect.identifier_preparer.quote_identifier(field.name) for field in fields
    )
    command = f"COPY {name} ({names}) FROM STDIN (FORMAT binary)".encode()
    stopped: list[BaseException] = []

    def run(cursor: psycopg.Cursor[TupleRow]) -> int:
        with cursor.copy(command) as copy:
            copy.write(binary.HEADER)
            for piece in _until_stopped(_encoded(fields, batches), stopped):
                copy.write(piece)
            copy.write(binary.TRAILER)
        return cursor.rowcount

    try:
        return on_cursor(connection, run)
    except _Stopped:
        error = stopped[0]
    raise error


@dataclass(frozen=True, slots=True)
class _Field:
    """A column of the rows, and how it is encoded."""

    place: int
    name: str
    encoder: binary.Encoder


class _Stopped(Exception):  # noqa: N818
    """Stands for what taking the next batch raised: psycopg sends its text to the server's log."""


def _until_stopped(
    pieces: Iterator[memoryview], stopped: list[BaseException]
) -> Iterator[memoryview]:
    while True:
        try:
            piece = next(pieces, None)
        except BaseException as error:
            stopped.append(error)
            raise _Stopped from None
        if piece is None:
            return
        yield piece


def _encoded(fields: list[_Field], batches: Iterable[pa.RecordBatch]) -> Iterator[memoryview]:
    for batch in batches:
        for piece in binary.slices(batch, _ROWS_AT_ONCE, _BYTES_AT_ONCE):
            columns = [_plain(piece.column(field.place)) for field in fields]
            yield _rows(columns, fields)


def _rows(columns: list[pa.Array], fields: list[_Field]) -> memoryview:
    try:
        return binary.rows(columns, [field.encoder for field in fields])
    except binary.NotEncodable as error:
        name, problem = fields[error.place].name, str(error)
    raise InvalidInput(f"rows[{name!r}]", problem)


def _plain(column: pa.Array) -> pa.Array:
    kind = column.type
    return column.cast(kind.value_type) if pa.types.is_dictionary(kind) else column


def _quoted(connection: sa.Connection, table: str | sa.Table) -> str:
    preparer = connection.dialect.identifier_preparer
    return preparer.quote(table) if isinstance(table, str) else preparer.format_table(table)


def _fields(connection: sa.Connection, name: str, columns: list[str]) -> list[_Field]:
    types = {row[0]: row[1:] for row in fetch(connection, _TYPES, {"name": name})}
    fields = []
    for place, column in enumerate(columns):
        if column not in types:
            raise InvalidInput(f"rows[{column!r}]", f"there is no such column in {name}")
        type_name, is_enum = types[column]
        encoder = binary.encoder(type_name, is_enum=is_enum)
        if encoder is None:
            raise InvalidInput(f"rows[{column!r}]", f"columns of {type_name} cannot be copied")
        fields.append(_Field(place, column, encoder))
    # Columns of a fixed size lie side by side and are put together at once.
    return sorted(fields, key=lambda field: field.encoder.size is None)
