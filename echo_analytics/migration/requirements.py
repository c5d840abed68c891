"""What a database must hold to be read as that of an Echo Stack application.

Both functions compare the live catalogue with ``schema.py``. A name may differ where it does not
matter; more columns, tables and labels than ours are welcome.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.schema import AddConstraint

from echo_analytics.schema import PUBLIC, UTCDateTime, metadata

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Connection, Row

    CatalogueRow = Row[Any]  # a row of the catalogue has columns of any type

_DIALECT = pg.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped

_COLUMNS = """
SELECT c.relname AS table_name, a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type,
    t.typname AS type_name, t.typcategory AS category, tn.nspname AS type_schema,
    a.attnotnull AS not_null, a.attgenerated <> '' AS generated
FROM pg_attribute AS a
JOIN pg_class AS c ON c.oid = a.attrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_type AS t ON t.oid = a.atttypid
JOIN pg_namespace AS tn ON tn.oid = t.typnamespace
WHERE n.nspname = 'public' AND a.attnum > 0 AND NOT a.attisdropped
"""

_LABELS = """
SELECT t.typname, e.enumlabel FROM pg_enum AS e
JOIN pg_type AS t ON t.oid = e.enumtypid
JOIN pg_namespace AS n ON n.oid = t.typnamespace
WHERE n.nspname = 'public'
"""

_TABLES = """
SELECT c.relname, c.relkind FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
"""

# A definition from USING on: the names before it may differ.
_INDEXES = """
SELECT c.relname AS table_name, i.relname AS name, x.indisunique AS is_unique,
    x.indisvalid AS valid, x.indpred IS NULL AND x.indexprs IS NULL AS plain,
    substring(pg_get_indexdef(x.indexrelid) FROM ' USING (.*)$') AS body,
    EXISTS (SELECT FROM pg_constraint AS k
        WHERE k.conindid = x.indexrelid AND k.contype IN ('p', 'u', 'x')) AS of_constraint,
    ARRAY(SELECT a.attname::text FROM pg_attribute AS a
        WHERE a.attrelid = c.oid AND a.attnum = ANY (x.indkey) ORDER BY a.attname) AS columns
FROM pg_index AS x
JOIN pg_class AS i ON i.oid = x.indexrelid
JOIN pg_class AS c ON c.oid = x.indrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = 'public'
"""

_FOREIGN_KEYS = """
SELECT c.relname AS table_name, r.relname AS referred,
    ARRAY(SELECT a.attname::text FROM pg_attribute AS a
        WHERE a.attrelid = c.oid AND a.attnum = ANY (k.conkey) ORDER BY a.attname) AS columns
FROM pg_constraint AS k
JOIN pg_class AS c ON c.oid = k.conrelid
JOIN pg_class AS r ON r.oid = k.confrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = 'public' AND k.contype = 'f'
"""

_KEYS = (sa.PrimaryKeyConstraint, sa.UniqueConstraint, sa.ForeignKeyConstraint)
_KINDS = {"v": "a view", "m": "a materialized view", "f": "a foreign table"}


def tables() -> tuple[str, ...]:
    """The names of the tables that an Echo Stack database has."""
    return tuple(sorted(table.name for table in metadata.tables.values()))


def problems(connection: Connection) -> tuple[str, ...]:
    """Return what is missing of, or wrong with, tables, columns and labels, each by its name."""
    kinds = {row.relname: row.relkind for row in connection.execute(sa.text(_TABLES))}
    columns = {(row.table_name, row.name): row for row in connection.execute(sa.text(_COLUMNS))}
    found = []
    for table in metadata.sorted_tables:
        kind = kinds.get(table.name)
        if kind is None:
            found.append(f"table {PUBLIC}.{table.name} is missing")
        elif kind in _KINDS:
            found.append(f"{PUBLIC}.{table.name} is {_KINDS[kind]}, not a table")
        else:
            for column in table.columns:
                found.extend(_column_problem(column, columns.get((table.name, column.name))))
    return (*found, *_label_problems(connection))


def _column_problem(column: sa.Column[object], row: CatalogueRow | None) -> Iterator[str]:
    name = f"column {PUBLIC}.{column.table.name}.{column.name}"
    if row is None:
        yield f"{name} is missing"
    elif not _fits(column.type, row):
        yield f"{name} has the type {row.type}, not {_type_name(column.type)}"
    elif row.generated and column.name in {"published", "status"}:
        yield f"{name} is generated, so that it cannot be kept in step"


def _fits(wanted: sa.types.TypeEngine[object], row: CatalogueRow) -> bool:
    if isinstance(wanted, pg.ENUM):
        return (row.type_schema, row.type_name) == (PUBLIC, wanted.name)
    if isinstance(wanted, sa.Text):
        return bool(row.category == "S")
    if isinstance(wanted, sa.JSON):
        return row.type_name in {"json", "jsonb"}
    if isinstance(wanted, UTCDateTime):
        return bool(row.type_name == "timestamp")
    return bool(row.type == _type_name(wanted))


def _type_name(wanted: sa.types.TypeEngine[object]) -> str:
    return wanted.compile(_DIALECT).lower()


def _label_problems(connection: Connection) -> Iterator[str]:
    found = {tuple(row) for row in connection.execute(sa.text(_LABELS))}
    enums = {column.type for table in metadata.sorted_tables for column in table.columns}
    for enum in sorted((e for e in enums if isinstance(e, pg.ENUM)), key=lambda e: str(e.name)):
        if not any(name == enum.name for name, _ in found):
            yield f"type {PUBLIC}.{enum.name} is missing"
            continue
        for label in enum.enums:
            if (enum.name, label) not in found:
                yield f"label {label} of the type {PUBLIC}.{enum.name} is missing"


def warnings(connection: Connection) -> tuple[str, ...]:
    """Return what makes analyses slower or less sure, each with the statement that mends it.

    Indexes, keys and NOT NULL; the database must have no :func:`problems`.
    """
    indexes = connection.execute(sa.text(_INDEXES)).all()
    return (
        *_index_warnings(indexes),
        *_key_warnings(connection, indexes),
        *_null_warnings(connection),
    )


def _index_warnings(rows: Sequence[CatalogueRow]) -> Iterator[str]:
    usable = {(r.table_name, r.is_unique, r.body) for r in rows if r.valid and not r.of_constraint}
    taken = {row.name: row for row in rows}
    for index in sorted(_indexes(), key=lambda index: str(index.name)):
        table = index.table
        assert table is not None  # noqa: S101  # an index of the metadata has its table
        body = _index_body(index)
        if (table.name, bool(index.unique), body) in usable:
            continue
        name = str(index.name)
        unique = "UNIQUE " if index.unique else ""
        create = f"CREATE {unique}INDEX CONCURRENTLY {name} ON {PUBLIC}.{table.name} USING {body}"
        if name not in taken:
            yield f"index {name} is missing; run: {create};"
        elif not taken[name].valid:
            yield f"index {name} is invalid; run: REINDEX INDEX CONCURRENTLY {PUBLIC}.{name};"
        else:
            yield (
                f"index {name} has another definition; run: "
                f"DROP INDEX CONCURRENTLY {PUBLIC}.{name}; then run: {create};"
            )


def _indexes() -> Iterator[sa.Index]:
    for table in metadata.sorted_tables:
        yield from table.indexes


def _index_body(index: sa.Index) -> str:
    columns = ", ".join(column.name for column in index.columns)
    where = index.dialect_options["postgresql"]["where"]
    return f"btree ({columns})" + ("" if where is None else f" WHERE ({where})")


def _key_warnings(connection: Connection, indexes: Sequence[CatalogueRow]) -> Iterator[str]:
    unique = {
        (row.table_name, tuple(row.columns))
        for row in indexes
        if row.is_unique and row.plain and row.valid
    }
    foreign = {
        (row.table_name, tuple(row.columns), row.referred)
        for row in connection.execute(sa.text(_FOREIGN_KEYS))
    }
    for table in metadata.sorted_tables:
        for key in sorted(table.constraints, key=lambda key: str(key.name)):
            if not isinstance(key, _KEYS):
                continue
            columns = tuple(sorted(column.name for column in key.columns))
            if isinstance(key, sa.ForeignKeyConstraint):
                present = (table.name, columns, key.referred_table.name) in foreign
            else:
                present = (table.name, columns) in unique
            if not present:
                # Otherwise the constraint would be gone from CREATE TABLE from then on.
                adding = AddConstraint(key, isolate_from_table=False)
                statement = " ".join(str(adding.compile(dialect=_DIALECT)).split())
                yield f"constraint {key.name} is missing; run: {statement};"


def _null_warnings(connection: Connection) -> Iterator[str]:
    nullable = {
        (row.table_name, row.name)
        for row in connection.execute(sa.text(_COLUMNS))
        if not row.not_null
    }
    for table in metadata.sorted_tables:
        for column in table.columns:
            if not column.nullable and (table.name, column.name) in nullable:
                yield (
                    f"column {PUBLIC}.{table.name}.{column.name} may be NULL; run: ALTER TABLE "
                    f"{PUBLIC}.{table.name} ALTER COLUMN {column.name} SET NOT NULL;"
                )
