"""From a ``Select`` to SQL text with its values, and to the types of its result."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.sql.compiler import SQLCompiler

from echo_analytics.errors import NotSupported
from echo_analytics.schema import OptionalInteger, UTCDateTime

if TYPE_CHECKING:
    from echo_analytics.source import AnySelect, Values

INSTANT = pa.timestamp("us", tz="UTC")

# ADBC numbers its parameters and needs no doubled percent signs.
_DIALECT = PGDialect(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it out


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL text with ``$1`` ... and the values for them, in order.

    ``few`` rows come without COPY, which saves a round trip and parsing the statement once more.
    """

    text: str
    values: tuple[object, ...] = ()
    few: bool = False


def statement(select: AnySelect, values: Values | None = None) -> Statement:
    """Compile ``select`` for PostgreSQL; values stay apart from the text.

    With ``values``, by name of the parameter, it is compiled once and kept: building and compiling
    takes longer than the server does for a few rows.
    """
    compiled = _compiled(select) if values is None else _kept(select)
    given = compiled.params if values is None else {**compiled.params, **values}
    few = bool(select.get_execution_options().get("few_rows"))
    return Statement(str(compiled), tuple(given[name] for name in compiled.positiontup or ()), few)


def _compiled(select: AnySelect) -> SQLCompiler:
    compiled = select.compile(dialect=_DIALECT, compile_kwargs={"render_postcompile": True})
    assert isinstance(compiled, SQLCompiler)  # noqa: S101 - a Select is never DDL
    return compiled


_kept = functools.lru_cache(maxsize=256)(_compiled)


@functools.lru_cache(maxsize=256)
def declared_schema(select: AnySelect) -> pa.Schema:
    """Return names and types of the result, as the columns of ``select`` declare them.

    Integers are never null, except for an ``OptionalInteger``; anything else may be.
    """
    return pa.schema(
        pa.field(column.name, _arrow_type(column.type), nullable=not _is_count(column.type))
        for column in select.selected_columns
    )


def conform(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """Return ``table`` in the declared types; it may not lose a value on the way.

    Raises
    ------
    NotSupported
        A column arrived in a type, or with values, that the declared type cannot hold.
    """
    return pa.Table.from_arrays(
        [_conform(column, field) for column, field in zip(table.columns, schema, strict=True)],
        schema=schema,
    )


def _conform(column: pa.ChunkedArray, field: pa.Field) -> pa.ChunkedArray:
    if isinstance(column.type, pa.OpaqueType):
        problem = f"arrived as PostgreSQL's {column.type.type_name}"
    elif not field.nullable and column.null_count:
        problem = "has nulls"
    elif column.type == field.type:
        return column
    else:
        try:
            return column.cast(field.type)
        except pa.ArrowException:
            problem = f"arrived as {column.type}"
    # Outside the handler: the library's message holds the value that does not fit.
    raise NotSupported(
        f"the column {field.name!r} is declared as {field.type} and {problem}: cast it in SQL"
    )


def _is_count(type_: sa.types.TypeEngine[Any]) -> bool:
    return isinstance(type_, sa.Integer)


def _arrow_type(type_: sa.types.TypeEngine[Any]) -> pa.DataType:
    if isinstance(type_, sa.ARRAY | pg.ARRAY):
        return pa.list_(_arrow_type(type_.item_type))
    for known, arrow_type in (
        (UTCDateTime, INSTANT),
        (OptionalInteger, pa.int64()),
        (sa.Integer, pa.int64()),
        (sa.Float, pa.float64()),
        (sa.Date, pa.date32()),
        (sa.Boolean, pa.bool_()),
        (sa.String, pa.string()),
    ):
        if isinstance(type_, known):
            return arrow_type
    raise TypeError(f"a result column cannot have the type {type_!r}: cast it in SQL")
