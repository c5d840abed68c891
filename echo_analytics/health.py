"""Whether a database can be read and written."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from echo_analytics.arrow import Statement
from echo_analytics.errors import EchoError

if TYPE_CHECKING:
    from collections.abc import Callable

    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Health:
    """What a health check found.

    Parameters
    ----------
    status
        "healthy", "degraded" (reading works, writing does not) or "unhealthy".
    latency
        Seconds that a reading round trip took; None when it failed.
    server_version
        Of PostgreSQL, such as "18.6".
    revision
        The migration that the database is at; None when it was never migrated, or when the role
        may not see it.
    can_write
        Whether the role may insert posts on this server.
    problem
        What is wrong, for people.
    """

    status: Literal["healthy", "degraded", "unhealthy"]
    latency: float | None = None
    server_version: str | None = None
    revision: str | None = None
    can_write: bool = False
    problem: str | None = None


# to_regclass would raise for a role without USAGE on the schema.
_FACTS = """
SELECT current_setting('server_version')::text AS version,
       NOT pg_is_in_recovery() AND EXISTS (
           SELECT FROM pg_catalog.pg_class c
           JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
           WHERE n.nspname = 'public' AND c.relname = 'posts'
             AND has_table_privilege(c.oid, 'INSERT')) AS can_write,
       EXISTS (
           SELECT FROM pg_catalog.pg_class c
           JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
           WHERE n.nspname = 'analytics' AND c.relname = 'alembic_version'
             AND has_schema_privilege(n.oid, 'USAGE')
             AND has_table_privilege(c.oid, 'SELECT')) AS migrated
"""
_REVISION = "SELECT max(version_num)::text AS revision FROM analytics.alembic_version"


def check_health(fetch: Callable[[Statement], pa.Table]) -> Health:
    """Ask the server through ``fetch``; never raises."""
    began = time.perf_counter()
    try:
        facts = fetch(Statement(_FACTS, ())).to_pylist()[0]
        latency = time.perf_counter() - began
        revision = None
        if facts["migrated"]:
            revision = fetch(Statement(_REVISION, ())).to_pylist()[0]["revision"]
    except Exception as error:
        problem = str(error) if isinstance(error, EchoError) else type(error).__name__
        return Health("unhealthy", problem=problem)
    can_write = facts["can_write"]
    return Health(
        "healthy" if can_write else "degraded",
        latency=latency,
        server_version=facts["version"],
        revision=revision,
        can_write=can_write,
        problem=None if can_write else "the role may not insert posts here",
    )
