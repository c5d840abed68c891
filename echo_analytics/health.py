"""Whether a database can be read and written, and what a reading session is kept from."""

from __future__ import annotations

import contextlib
import dataclasses
import socket
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import psycopg
from psycopg.rows import dict_row

from echo_analytics.errors import EchoError
from echo_analytics.sessions import PoolNumbers, session_settings
from echo_analytics.sqlstate import error_for
from echo_analytics.target import Target, connection_failed, within

if TYPE_CHECKING:
    from collections.abc import Iterator

    from psycopg.rows import TupleRow

    from echo_analytics.engine import Writers
    from echo_analytics.readers import Readers
    from echo_analytics.settings import Settings

    Driver: TypeAlias = psycopg.Connection[TupleRow]

DeniedBy: TypeAlias = Literal["role", "standby", "session"]


@dataclass(frozen=True, slots=True)
class Health:
    """What a health check found.

    Parameters
    ----------
    status
        "healthy", "degraded" (reading works, writing does not, or a reading session could write)
        or "unhealthy".
    latency
        Seconds that a reading round trip took; None when it failed.
    server_version
        Of PostgreSQL, such as "18.6".
    revision
        The migration that the database is at; None when it was never migrated, or when the role
        may not see it.
    can_write
        Whether the role may insert posts on this server.
    write_denied
        Whether the server refused a trial write in a reading session.
    denied_by
        What refused it: "role" (the role has no right to write anything, and was refused after
        asking for READ WRITE too), "standby" (nobody can write there), or "session" (only the
        setting of our reading sessions, which a statement can change). None when it was not
        refused, or not tried.
    reading, writing
        The pools behind analyses and behind transactions; None when they were not asked.
    problem
        What is wrong, for people.
    """

    status: Literal["healthy", "degraded", "unhealthy"]
    latency: float | None = None
    server_version: str | None = None
    revision: str | None = None
    can_write: bool = False
    write_denied: bool = False
    denied_by: DeniedBy | None = None
    reading: PoolNumbers | None = None
    writing: PoolNumbers | None = None
    problem: str | None = None


# Joins, because to_regclass would raise for a role without USAGE on the schema.
_FACTS = """
WITH relation AS (
    SELECT n.nspname, c.relname, c.oid, n.oid AS namespace,
           n.nspname = 'public' AND c.relname IN ('users', 'posts', 'categories') AS ours,
           c.relowner, c.relkind
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'f') AND n.nspname <> 'information_schema'
    AND n.nspname !~ '^pg_'
)
SELECT current_setting('server_version') AS version,
       pg_is_in_recovery() AS standby,
       coalesce(bool_or(ours AND relname = 'posts'), false) AS has_posts,
       coalesce(bool_or(ours AND NOT has_table_privilege(oid, 'SELECT')), false) AS unreadable,
       coalesce(bool_or(ours AND relname = 'posts' AND has_table_privilege(oid, 'INSERT')), false)
           AS can_insert,
       coalesce(bool_or(has_table_privilege(oid, 'INSERT, UPDATE, DELETE, TRUNCATE')
           OR has_any_column_privilege(oid, 'INSERT, UPDATE')), false)
           OR has_database_privilege(current_database(), 'CREATE')
           OR EXISTS (SELECT FROM pg_catalog.pg_namespace
                      WHERE nspname !~ '^pg_' AND has_schema_privilege(oid, 'CREATE'))
           AS may_write,
       coalesce(bool_or(nspname = 'analytics' AND relname = 'alembic_version'
           AND has_schema_privilege(namespace, 'USAGE')
           AND has_table_privilege(oid, 'SELECT')), false) AS migrated,
       coalesce(array_agg(relname::text) FILTER (WHERE ours), '{}') AS tables
FROM relation
"""
_REVISION = "SELECT max(version_num)::text AS revision FROM analytics.alembic_version"

# No row qualifies; the right to the statement is checked all the same. They are only run by a role
# that seems to lack it: where it is there, triggers for the statement would run.
_TRIALS = {
    "posts": "INSERT INTO public.posts (title) SELECT title FROM public.posts WHERE false",
    "users": "UPDATE public.users SET name = name WHERE false",
    "categories": "DELETE FROM public.categories WHERE false",
}
_SEAT_BELT_TRIAL = "CREATE TABLE public.echo_analytics_trial ()"

_NO_RIGHT, _READ_ONLY = "42501", "25006"

_PATIENCE = 10.0
"""Seconds for the connection at the most, and as many for the questions."""

_LIMITS = "SET statement_timeout = '5s'; SET lock_timeout = '1s'"


def check_health(where: Target, settings: Settings, readers: Readers, writers: Writers) -> Health:
    """Ask the server on a connection of its own, which is closed again; never raises.

    So it works while every connection of both pools is in use.

    Parameters
    ----------
    where
        The database.
    settings
        What reading sessions are set to.
    readers, writers
        The pools, of which only the numbers are asked.
    """
    reading: PoolNumbers | None = None
    writing: PoolNumbers | None = None
    try:
        readers.check_usable()
        reading, writing = readers.numbers(), writers.numbers()
        found = _asked(where, settings)
    except EchoError as error:
        found = Health("unhealthy", problem=str(error))
    except Exception as error:
        found = Health("unhealthy", problem=type(error).__name__)
    return dataclasses.replace(found, reading=reading, writing=writing)


def _asked(where: Target, settings: Settings) -> Health:
    seconds = _PATIENCE if where.seconds is None else min(where.seconds, _PATIENCE)
    patient = Target(where.parameters, seconds)
    try:
        with within(patient, lambda: _dial(patient)) as connection, _limited(connection, seconds):
            connection.execute(session_settings(where, settings, read_only=True).encode())
            connection.execute(_LIMITS)
            return _examined(connection)
    except psycopg.Error as error:
        failure = error_for(error.sqlstate, where.where)
    raise failure


def _dial(where: Target) -> Driver:
    try:
        return psycopg.connect(where.conninfo, autocommit=True)
    except psycopg.Error as error:
        reason = str(error)
    raise connection_failed(where, reason)


@contextlib.contextmanager
def _limited(connection: Driver, seconds: float) -> Iterator[None]:
    """Cut the connection when the time is over: a server that fell silent is not waited for."""

    def cut() -> None:
        with contextlib.suppress(OSError, psycopg.Error):
            number = connection.fileno()
            with socket.fromfd(number, socket.AF_INET, socket.SOCK_STREAM) as same:
                same.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        # Or it could meet another connection that has got the number of this one.
        timer.join()


def _examined(connection: Driver) -> Health:
    with connection.cursor(row_factory=dict_row) as cursor:
        began = time.perf_counter()
        facts = cursor.execute(_FACTS).fetchall()[0]
        latency = time.perf_counter() - began
        revision = None
        if facts["migrated"]:
            revision = cursor.execute(_REVISION).fetchall()[0]["revision"]
    denied_by = _denied_by(connection, facts)
    can_write = facts["can_insert"] and not facts["standby"]
    return Health(
        "healthy" if can_write and denied_by else "degraded",
        latency=latency,
        server_version=facts["version"],
        revision=revision,
        can_write=can_write,
        write_denied=denied_by is not None,
        denied_by=denied_by,
        problem=_problem(facts, can_write, denied_by),
    )


# Any: what a row holds.
def _denied_by(connection: Driver, facts: dict[str, Any]) -> DeniedBy | None:
    """Try to write as a reading session, and as one that has asked for more."""
    if _outcome(connection, f"BEGIN; {_SEAT_BELT_TRIAL}") not in {_READ_ONLY, _NO_RIGHT}:
        return None
    if facts["standby"]:
        return "standby"
    trials = [_TRIALS[table] for table in facts["tables"]] or [_SEAT_BELT_TRIAL]
    if not facts["may_write"] and all(
        _outcome(connection, f"BEGIN READ WRITE; {trial}") == _NO_RIGHT for trial in trials
    ):
        return "role"
    return "session"


def _outcome(connection: Driver, statements: str) -> str | None:
    """Return the code that the server refused with; whatever happened is rolled back."""
    try:
        connection.execute(statements.encode())
    except psycopg.Error as error:
        if connection.closed:
            raise
        return error.sqlstate
    finally:
        if not connection.closed:
            connection.execute("ROLLBACK")
    return None


# Any: what a row holds.
def _problem(facts: dict[str, Any], can_write: bool, denied_by: DeniedBy | None) -> str | None:
    if denied_by is None:
        return "a trial write in a reading session was not refused"
    if not facts["tables"]:
        return "there is no table of posts that the role may see; `echo-analytics migrate` makes it"
    if facts["unreadable"]:
        return "the role may not read all of users, posts and categories"
    return None if can_write else "the role may not insert posts here"
