"""Arrow rows into a table by COPY, without a Python loop over them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pyarrow as pa
import pyarrow.csv
import sqlalchemy as sa

from echo_analytics.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterator

_ROWS_AT_ONCE = 16_384
_CSV = pyarrow.csv.WriteOptions(include_header=False)


def copy_rows(
    connection: sa.Connection, table: str | sa.Table, rows: pa.Table | pa.RecordBatch
) -> int:
    """Append Arrow rows to a table, in the transaction of ``connection``.

    Null becomes NULL and an empty text stays one. Instants arrive as UTC, in columns with a time
    zone and in those without. Columns of type uuid, json or an enum take texts, which the server
    parses.

    Parameters
    ----------
    connection
        Where to write; nothing is committed here.
    table
        The table, or the name of one on the search path, a temporary one for instance.
    rows
        Columns named as those of the table; columns of the table that are absent get their default.
        Texts, booleans, numbers, dates, times and timestamps, dictionaries of them too.

    Returns
    -------
    int
        How many rows were appended.

    Raises
    ------
    InvalidInput
        A column has a type that cannot be copied, or nanoseconds that would be lost.
    sqlalchemy.exc.DBAPIError
        The server refused the rows; ``Database.transaction()`` makes it a ``DatabaseError``.

    Examples
    --------
    >>> import pyarrow as pa
    >>> from echo_analytics.schema import categories
    >>> rows = pa.table({"name": ["Releases"], "slug": ["releases"]})
    >>> with db.transaction() as connection:  # doctest: +SKIP
    ...     copy_rows(connection, categories, rows)
    1
    """
    plain = _plain(rows)
    command = _command(connection, table, plain.column_names)
    if not connection.in_transaction():
        # What SQLAlchemy does before a statement; it does not see this one.
        connection.begin()
    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)  # noqa: S101 - the engine is made for psycopg
    try:
        with driver.cursor() as cursor, cursor.copy(command) as copy:
            for piece in _csv(plain):
                copy.write(piece)
    except psycopg.Error as error:
        raise sa.exc.DBAPIError("COPY", None, error) from None
    return int(plain.num_rows)


def _command(connection: sa.Connection, table: str | sa.Table, columns: list[str]) -> bytes:
    preparer = connection.dialect.identifier_preparer
    name = preparer.quote(table) if isinstance(table, str) else preparer.format_table(table)
    names = ", ".join(preparer.quote_identifier(column) for column in columns)
    return f"COPY {name} ({names}) FROM STDIN (FORMAT csv, ENCODING 'UTF8')".encode()


def _csv(rows: pa.Table) -> Iterator[memoryview]:
    for batch in rows.to_batches(max_chunksize=_ROWS_AT_ONCE):
        sink = pa.BufferOutputStream()
        pyarrow.csv.write_csv(batch, sink, _CSV)
        yield memoryview(sink.getvalue())


def _plain(rows: pa.Table | pa.RecordBatch) -> pa.Table:
    columns = [
        _plain_column(rows.column(i), rows.schema.field(i).name) for i in range(rows.num_columns)
    ]
    return pa.table(columns, names=rows.schema.names)


def _plain_column(column: pa.ChunkedArray | pa.Array, name: str) -> pa.ChunkedArray | pa.Array:
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _plain_column(column.cast(kind.value_type), name)
    if pa.types.is_string_view(kind):
        return column.cast(pa.large_string())
    if pa.types.is_timestamp(kind):
        return _instants(column, name)
    if not _is_plain(kind):
        raise InvalidInput(f"rows[{name!r}]", f"{kind} cannot be copied")
    return column


def _instants(column: pa.ChunkedArray | pa.Array, name: str) -> pa.ChunkedArray | pa.Array:
    # With a zone the text ends in Z: `timestamp` passes over it, `timestamptz` needs it.
    zone = None if column.type.tz is None else "UTC"
    try:
        return column.cast(pa.timestamp("us", zone))
    except pa.ArrowInvalid:
        raise InvalidInput(
            f"rows[{name!r}]", "holds nanoseconds or instants that microseconds cannot hold"
        ) from None


def _is_plain(kind: pa.DataType) -> bool:
    tests = (
        pa.types.is_string,
        pa.types.is_large_string,
        pa.types.is_boolean,
        pa.types.is_integer,
        pa.types.is_floating,
        pa.types.is_decimal,
        pa.types.is_date,
        pa.types.is_time,
        pa.types.is_null,
    )
    return any(test(kind) for test in tests)
