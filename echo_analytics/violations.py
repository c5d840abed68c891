"""From what the server refused to the errors of the package: by SQLSTATE and the catalogue.

Messages of the server are never read: they hold values of rows, and they come in any language.
"""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING, TypeAlias

import psycopg

from echo_analytics.errors import (
    DatabaseError,
    EchoError,
    ForeignKeyViolation,
    UniqueConstraintViolation,
)
from echo_analytics.sqlstate import error_for

if TYPE_CHECKING:
    from psycopg.rows import TupleRow

Driver: TypeAlias = "psycopg.Connection[TupleRow]"

_UNIQUE = "23505"
_FOREIGN_KEY = ("23503", "23001")

_SECONDS_KEPT = 60.0
_PATIENCE = "SET statement_timeout = 2000"
_UNPRINTABLE = "a value cannot be carried between Python and the server"

# The name in an error of uniqueness is that of the index, whether or not a constraint stands over
# it. Columns within expressions are found in the stored tree, where Var nodes name them by number.
_INDEX = r"""
SELECT a.attname
FROM pg_catalog.pg_index AS x
JOIN pg_catalog.pg_class AS i ON i.oid = x.indexrelid
JOIN pg_catalog.pg_class AS t ON t.oid = x.indrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = t.relnamespace
CROSS JOIN LATERAL (
    SELECT min(place) AS place, number FROM (
        SELECT place, (string_to_array(x.indkey::text, ' '))[place]::int AS number
        FROM generate_series(1, x.indnkeyatts) AS place
        UNION ALL
        SELECT 1000 + v.place, v.found[1]::int
        FROM regexp_matches(x.indexprs::text, ':varattno (\d+)', 'g') WITH ORDINALITY
            AS v (found, place)
    ) AS mentioned GROUP BY number
) AS k
JOIN pg_catalog.pg_attribute AS a ON a.attrelid = t.oid AND a.attnum = k.number
WHERE n.nspname = %s AND t.relname = %s AND i.relname = %s AND k.number > 0
ORDER BY k.place
"""

_CONSTRAINT = """
SELECT a.attname
FROM pg_catalog.pg_constraint AS c
JOIN pg_catalog.pg_class AS t ON t.oid = c.conrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = t.relnamespace
CROSS JOIN LATERAL unnest(c.conkey) WITH ORDINALITY AS k (number, place)
JOIN pg_catalog.pg_attribute AS a ON a.attrelid = t.oid AND a.attnum = k.number
WHERE n.nspname = %s AND t.relname = %s AND c.conname = %s
ORDER BY k.place
"""

_known: dict[tuple[str, ...], tuple[float, str]] = {}


def error_of(error: BaseException | None, driver: Driver) -> EchoError:
    """Return the error of the package that ``error`` stands for.

    It is for the caller to raise it outside of the ``except`` block, so that its context does not
    hold what the server said.

    Parameters
    ----------
    error
        What psycopg raised.
    driver
        The connection that it was raised on. It may be closed, or in an aborted transaction: the
        catalogue is read on another one, outside of any pool.
    """
    where = _where(driver)
    if not isinstance(error, psycopg.Error):
        return DatabaseError(f"{where}: {_UNPRINTABLE}")
    state, diag = error.sqlstate, error.diag
    if state == _UNIQUE:
        return UniqueConstraintViolation(_columns(error, driver, _INDEX))
    if state in _FOREIGN_KEY:
        return ForeignKeyViolation(_columns(error, driver, _CONSTRAINT))
    if state is None and isinstance(error, psycopg.DataError | psycopg.ProgrammingError):
        return DatabaseError(f"{where}: {_UNPRINTABLE}")
    problem = {
        "23502": f"{diag.table_name}.{diag.column_name} may not be NULL",
        "23514": f"the check {diag.constraint_name} refuses the row",
        "23P01": f"the exclusion {diag.constraint_name} refuses the row",
        "54000": "a value is too long for an index",
    }.get(state or "")
    return error_for(state, where) if problem is None else DatabaseError(problem, state)


def _columns(error: psycopg.Error, driver: Driver, query: str) -> str:
    """Return the columns of the constraint in ``error``, joined by commas; else its name."""
    diag = error.diag
    names = (diag.schema_name or "", diag.table_name or "", diag.constraint_name or "")
    key = (driver.info.dsn, query, *names)
    when, columns = _known.get(key, (0.0, ""))
    if not columns or time.monotonic() - when > _SECONDS_KEPT:
        columns = _look_up(driver, query, names)
        if columns:
            _known[key] = (time.monotonic(), columns)
    # Triggers raise errors under any name, and a constraint may be as young as its transaction.
    return columns or names[2] or names[1] or "unknown"


def _look_up(driver: Driver, query: str, names: tuple[str, str, str]) -> str:
    with contextlib.suppress(psycopg.Error):
        password = driver.info.password or None
        with psycopg.connect(driver.info.dsn, password=password, autocommit=True) as connection:
            connection.execute(_PATIENCE)
            found = connection.execute(query.encode(), names).fetchall()
            return ", ".join(name for (name,) in found)
    return ""


def _where(driver: Driver) -> str:
    with contextlib.suppress(psycopg.Error):
        info = driver.info
        if info.host.startswith("/"):
            return f"the server at the socket {info.host}, database {info.dbname}"
        return f"{info.host} port {info.port}, database {info.dbname}"
    return "the server"
