"""Asking rollups, where there are any."""

from __future__ import annotations

from typing import TYPE_CHECKING

from echo_analytics.arrow import Statement
from echo_analytics.errors import DatabaseError
from echo_analytics.readers import Readers

if TYPE_CHECKING:
    import pyarrow as pa

    from echo_analytics.reader import Reader

# Joins, because to_regclass would raise for a role without USAGE on the schema.
_PROBE = Statement(
    """
SELECT (
    SELECT count(*) = 2 FROM pg_catalog.pg_proc AS p
    JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
    WHERE n.nspname = 'analytics' AND p.proname IN ('rollups_cover', 'rollup_counts')
    AND has_schema_privilege(n.oid, 'USAGE') AND has_function_privilege(p.oid, 'EXECUTE')
) AND (
    SELECT count(*) = 6 FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = 'analytics' AND has_table_privilege(c.oid, 'SELECT') AND c.relname IN
        ('rollup_zone', 'rollup_day', 'rollup_author', 'rollup_log', 'rollup_folded',
        'rollup_mark')
) AS usable
""",
    (),
)

_GONE = {"42883", "42P01", "42501", "3F000"}
"""No such function, table or schema, or no right to it."""


def answer(reading: Readers | Reader, asked: Statement) -> pa.Table | None:
    """Run a statement that asks rollups; None where they are not there, or give no row.

    Those that have been there are not looked for again.
    """
    kept = reading if isinstance(reading, Readers) else None
    if not (kept and kept.has_rollups) and not _usable(reading):
        return None
    try:
        found = reading.fetch(asked)
    except DatabaseError as error:
        if kept is None or error.sqlstate not in _GONE:
            raise
        kept.has_rollups = False
        return None
    if kept is not None:
        kept.has_rollups = True
    return found if len(found) else None


def _usable(reading: Readers | Reader) -> bool:
    return bool(reading.fetch(_PROBE).column(0)[0].as_py())
