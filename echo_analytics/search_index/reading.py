"""Asking the search index, where there is one that can be gone by."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, ParamSpec, TypeVar, cast

from echo_analytics.errors import DatabaseError
from echo_analytics.search_index.building import VERSION
from echo_analytics.search_index.objects import SIGNATURE, TABLES

if TYPE_CHECKING:
    from collections.abc import Callable

    import pyarrow as pa

    from echo_analytics.source import Source

P = ParamSpec("P")
R = TypeVar("R")

_KNOWN = "search index"

# Joins, because to_regclass would raise for a role without USAGE on the schema.
_PROBE = f"""
SELECT count(*) = {len(TABLES)} AS there
FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = 'analytics' AND c.relkind = 'r' AND has_schema_privilege(n.oid, 'USAGE')
AND has_table_privilege(c.oid, 'SELECT') AND c.relname = ANY (ARRAY{list(TABLES)!r})
"""  # noqa: S608 - constants of ours

STATE = f"""
SELECT s.configuration, s.words_upto, s.phase = 'ready' AND s.version = {VERSION}
    AND s.signature = {SIGNATURE}
    AND NOT EXISTS (SELECT FROM analytics.post_search_todo) AS usable
FROM analytics.post_search_state AS s"""  # noqa: S608
"""One row: what the index is made with, and whether searches go by it."""

_GONE = {"42P01", "42501", "3F000", "42703"}
"""No such table, schema or column, or no right to it."""


def ask(source: Source[object], text: str, values: tuple[object, ...] = ()) -> pa.Table | None:
    """Run SQL about the index; None where there is none for this role.

    One that has been there is not looked for again.
    """
    # An error would end a snapshot, and so it is looked for first.
    if not source.memory.get(_KNOWN) or source.is_snapshot:
        if not source.look_up(_PROBE).column("there")[0].as_py():
            source.memory[_KNOWN] = False
            return None
        source.memory[_KNOWN] = True
    try:
        return source.look_up(text, values)
    except DatabaseError as error:
        if source.is_snapshot or error.sqlstate not in _GONE:
            raise
        source.memory[_KNOWN] = False
        return None


def goes_on_without(analysis: Callable[P, R]) -> Callable[P, R]:
    """Run an analysis once more where the index went between two of its statements.

    In a snapshot it stays until the end.
    """

    @functools.wraps(analysis)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return analysis(*args, **kwargs)
        except DatabaseError as error:
            source = cast("Source[object]", args[0] if args else kwargs["source"])
            gone = error.sqlstate in _GONE and not source.is_snapshot
            if not (gone and source.memory.pop(_KNOWN, False)):
                raise
        return analysis(*args, **kwargs)

    return run
