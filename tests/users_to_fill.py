"""Users with and without preferences, and a gate at which an update of one of them waits."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING, Any
from uuid import UUID

import psycopg
from psycopg import sql

if TYPE_CHECKING:
    from collections.abc import Iterator

DEFAULT = '{"theme":"light","notifications":{"email":true,"push":false}}'

_GATE = 7_707

_WAIT_AT_GATE = f"""
CREATE FUNCTION public.wait_at_gate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.name = 'gate' THEN PERFORM pg_advisory_xact_lock_shared({_GATE}); END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER wait_at_gate BEFORE UPDATE ON public.users
    FOR EACH ROW EXECUTE FUNCTION public.wait_at_gate()
"""

_RECORD = """
CREATE TABLE public.changed (id uuid, pid integer);
CREATE FUNCTION public.record() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO public.changed VALUES (NEW.id, pg_backend_pid());
    RETURN NEW;
END $$;
CREATE TRIGGER record AFTER UPDATE ON public.users
    FOR EACH ROW EXECUTE FUNCTION public.record()
"""


def connect(url: str) -> psycopg.Connection[tuple[Any, ...]]:  # Any: rows of any query
    return psycopg.connect(url, autocommit=True)


# Any: rows of any query.
def rows(url: str, query: str, *values: object) -> list[tuple[Any, ...]]:
    with connect(url) as connection:
        return connection.execute(query.encode(), values or None).fetchall()


def run(url: str, *statements: str) -> None:
    with connect(url) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def number(place: int) -> UUID:
    return UUID(int=place)


def add(url: str, preferences: list[str | None], gate: int | None = None) -> None:
    """Add users 1, 2, ...; the one at ``gate`` makes an update wait."""
    names = ("gate" if place == gate else "Someone" for place in range(1, len(preferences) + 1))
    with connect(url) as connection, connection.cursor() as cursor:
        statement = "COPY public.users (id, email, name, preferences) FROM STDIN"
        with cursor.copy(statement) as copy:
            for place, (name, text) in enumerate(zip(names, preferences, strict=True), 1):
                copy.write_row((number(place), f"user{place}@example.org", name, text))


def stored(url: str) -> list[str | None]:
    """What the preferences are, as text, in the order of the users."""
    query = "SELECT preferences::text FROM public.users ORDER BY id"
    return [text for (text,) in rows(url, query)]


def filled(url: str) -> int:
    query = "SELECT count(*) FROM public.users WHERE preferences::text = %s"
    return int(rows(url, query, DEFAULT)[0][0])


def record_changes(url: str) -> None:
    """Note each changed user and the session that did it, in ``public.changed``."""
    run(url, _RECORD)


@contextlib.contextmanager
def gate(url: str) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:  # Any: rows of any query
    """Hold the gate shut; it opens with the connection, or by ``open_gate``."""
    run(url, _WAIT_AT_GATE)
    with connect(url) as connection:
        connection.execute(sql.SQL("SELECT pg_advisory_lock({})").format(_GATE))
        yield connection


def open_gate(connection: psycopg.Connection[tuple[Any, ...]]) -> None:  # Any: rows of any query
    connection.execute(sql.SQL("SELECT pg_advisory_unlock({})").format(_GATE))


def waiting_at_gate(url: str) -> int:
    """Return the session that waits at the gate, once there is one."""
    query = (
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
        " AND wait_event = 'advisory'"
    )
    with connect(url) as connection:
        deadline = time.monotonic() + 60
        while True:
            found = connection.execute(query.encode()).fetchone()
            if found is not None:
                return int(found[0])
            assert time.monotonic() < deadline, "nobody waits at the gate"
            time.sleep(0.01)
