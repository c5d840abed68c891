"""The statements of repositories, each compiled once for the driver.

The driver runs them itself: SQLAlchemy's way of executing costs as much again as a short query.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from echo_analytics.repositories.kinds import Kind
from echo_analytics.schema import posts, users

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.sql.elements import CompilerElement

# Any in this module: the statements of every kind, columns of any type.
AnyKind = Kind[Any]
Names = frozenset[str]

KEY = "wanted_id"
SEEN = "seen_updated_at"

_DIALECT = PGDialect_psycopg()  # type: ignore[no-untyped-call]  # has no annotations
# Not DEFAULT: that goes by the session's time zone, and a caller's session may have any.
_NOW = sa.literal_column("(now() AT TIME ZONE 'UTC')", sa.DateTime)
_CLOCK = sa.literal_column("(clock_timestamp() AT TIME ZONE 'UTC')", sa.DateTime)
_TICK = sa.literal_column("interval '1 microsecond'", sa.Interval)
_cached = lru_cache(maxsize=512)


def compiled(statement: CompilerElement, names: Names = frozenset()) -> bytes:
    """Return a statement as the driver takes it, with parameters for the columns ``names``."""
    keys = sorted(names) or None
    return str(statement.compile(dialect=_DIALECT, column_keys=keys)).encode()


def _is_wanted(kind: AnyKind) -> sa.ColumnElement[bool]:
    return kind.table.c.id == sa.bindparam(KEY, type_=sa.Uuid())


def _as_seen(kind: AnyKind, expected: bool) -> list[sa.ColumnElement[bool]]:
    conditions = [_is_wanted(kind)]
    if expected:
        seen = sa.bindparam(SEEN, type_=sa.DateTime)
        conditions.append(kind.table.c.updated_at == seen)
    return conditions


def stamped(table: sa.Table) -> Mapping[str, sa.ColumnElement[Any]]:
    """Return what an update sets ``updated_at`` to: later than before, whatever the clocks say.

    Else a reader could miss a change.
    """
    columns = table.c
    if "updated_at" not in columns:
        return {}
    before = sa.type_coerce(columns.updated_at, sa.DateTime)
    return {"updated_at": sa.func.greatest(_CLOCK, columns.created_at, before + _TICK)}


def _new(kind: AnyKind, names: Names) -> pg.Insert:
    absent = {"created_at", "updated_at"} - names
    return pg.insert(kind.table).values(
        {name: _NOW for name in sorted(absent) if name in kind.table.c}
    )


@_cached
def insert(kind: AnyKind, names: Names) -> bytes:
    """Insert one row of the columns ``names``."""
    return compiled(_new(kind, names).returning(*kind.columns), names)


@_cached
def upsert(kind: AnyKind, names: Names, changed: Names) -> bytes:
    """Insert one row, or set the columns ``changed`` of the one that is there."""
    statement = _new(kind, names)
    values = {name: statement.excluded[name] for name in sorted(changed)}
    return compiled(
        statement.on_conflict_do_update(
            index_elements=[kind.table.c[kind.key]], set_={**values, **stamped(kind.table)}
        ).returning(*kind.columns, sa.literal_column(f"{kind.table.fullname}.xmax = 0")),
        names,
    )


@_cached
def update(kind: AnyKind, names: Names, expected: bool) -> bytes:
    """Set the columns ``names`` of one row, perhaps only while it is as it was seen."""
    statement = sa.update(kind.table).values({**kind.derived(names), **stamped(kind.table)})
    statement = statement.where(*_as_seen(kind, expected))
    return compiled(statement.returning(*kind.columns), names)


@_cached
def unchanged(kind: AnyKind, names: Names, expected: bool) -> bytes:
    """Select one row, perhaps only while it is as it was seen: an update of nothing."""
    return compiled(sa.select(*kind.columns).where(*_as_seen(kind, expected)), names)


@_cached
def delete(kind: AnyKind) -> bytes:
    """Delete one row."""
    return compiled(sa.delete(kind.table).where(_is_wanted(kind)).returning(*kind.columns))


@_cached
def lock(kind: AnyKind) -> bytes:
    """Lock one row, so that nothing new can refer to it."""
    return compiled(sa.select(kind.table.c.id).where(_is_wanted(kind)).with_for_update())


@_cached
def delete_user(kind: AnyKind) -> bytes:
    """Delete one user and count their posts, which go with them."""
    count = (
        sa.select(sa.func.count())
        .where(posts.c.author_id == sa.bindparam(KEY, type_=sa.Uuid()))
        .scalar_subquery()
    )
    return compiled(sa.delete(kind.table).where(_is_wanted(kind)).returning(*kind.columns, count))


@_cached
def find(kind: AnyKind, column: str) -> bytes:
    """Select the row with one value in ``column``; the parameter is named as the column."""
    wanted = kind.table.c[column] == sa.bindparam(column)
    return compiled(sa.select(*kind.columns).where(wanted))


@_cached
def exists(kind: AnyKind) -> bytes:
    """Whether there is the row."""
    return compiled(sa.select(sa.exists().where(_is_wanted(kind))))


@_cached
def count(kind: AnyKind, filters: Names) -> bytes:
    """Count the rows that pass the filters."""
    return compiled(_count(kind, filters))


def _count(kind: AnyKind, filters: Names) -> sa.Select[Any]:
    conditions = [kind.condition(name) for name in sorted(filters)]
    return sa.select(sa.func.count().label("total")).select_from(kind.table).where(*conditions)


def _rows(kind: AnyKind, filters: Names, size: sa.ColumnElement[int]) -> sa.Select[Any]:
    conditions = [kind.condition(name) for name in sorted(filters)]
    newest_first = (kind.table.c.created_at.desc(), kind.table.c.id.desc())
    return sa.select(*kind.columns).where(*conditions).order_by(*newest_first).limit(size)


@_cached
def page(
    kind: AnyKind,
    filters: Names,
    limit: int,
    author_columns: tuple[sa.ColumnElement[Any], ...] = (),
) -> bytes:
    """Count the rows that pass, and select one page of them: one statement sees one moment.

    The total comes first; a page without rows is one row of it and of NULLs.
    """
    offset = sa.bindparam("offset", type_=sa.BigInteger)
    counted = _count(kind, filters).subquery("counted")
    # Not a parameter: for one that it does not know the server would plan again with each call.
    size = sa.literal_column(str(limit), sa.Integer)
    found = _rows(kind, filters, size).offset(offset)
    rows = found.subquery("page")
    joined = counted.outerjoin(rows, sa.true())
    if author_columns:
        joined = joined.outerjoin(users, users.c.id == rows.c.author_id)
    statement = sa.select(counted.c.total, *rows.c, *author_columns).select_from(joined)
    return compiled(statement.order_by(rows.c.created_at.desc(), rows.c.id.desc()))


@_cached
def batch(kind: AnyKind, filters: Names, following: bool) -> bytes:
    """Select the first rows that pass, or those that follow the row last seen."""
    statement = _rows(kind, filters, sa.bindparam("limit", type_=sa.Integer))
    if following:
        place = sa.tuple_(kind.table.c.created_at, kind.table.c.id)
        last = sa.tuple_(
            sa.bindparam("last_created_at", type_=sa.DateTime),
            sa.bindparam("last_id", type_=sa.Uuid()),
        )
        statement = statement.where(place < last)
    return compiled(statement)
