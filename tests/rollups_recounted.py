"""Rollups beside a recount by the server's own words, and databases that have them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg

import echo_analytics as echo
from echo_analytics.view import View

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from psycopg.rows import TupleRow

    from echo_analytics.source import Source

    Connection = psycopg.Connection[TupleRow]

FIRST, LAST = "2026-03-01", "2026-05-31"

KEYS = {
    "all": "''",
    "category": "coalesce(p.category_id::text, '')",
    "status": "CASE WHEN p.status = 'archived' THEN 'archived' WHEN p.published"
    " OR p.status = 'published' THEN 'published' ELSE 'draft' END",
    "role": "u.role::text",
}

STORED = "SELECT * FROM analytics.rollup_counts(%s, %s, %s, %s) ORDER BY day, key"
COVERED = "SELECT analytics.rollups_cover(%s, %s)"
ALL_COVERED = "SELECT kind FROM unnest(%s::text[]) AS kind WHERE analytics.rollups_cover(%s, kind)"


def recount(kind: str) -> str:
    """The query that counts the posts of each UTC day from the tables."""
    state = KEYS["status"]
    return f"""
        SELECT p.created_at::date, {KEYS[kind]} AS key,
            count(*) FILTER (WHERE {state} = 'published'),
            count(*) FILTER (WHERE {state} = 'draft'),
            count(*) FILTER (WHERE {state} = 'archived'), count(DISTINCT p.author_id)
        FROM public.posts AS p JOIN public.users AS u ON u.id = p.author_id
        WHERE p.created_at::date BETWEEN %s AND %s GROUP BY 1, 2 ORDER BY 1, 2
    """


def differences(
    connection: Connection, first: str = FIRST, last: str = LAST
) -> dict[str, tuple[list[TupleRow], list[TupleRow]]]:
    """What differs between the rollups and a recount, for each kind that they answer.

    The connection is in one REPEATABLE READ transaction, or nobody else writes.
    """
    found = {}
    covered = connection.execute(ALL_COVERED, (list(KEYS), "UTC")).fetchall()
    for (kind,) in covered:
        stored = connection.execute(STORED, ("UTC", kind, first, last)).fetchall()
        counted = connection.execute(recount(kind).encode(), (first, last)).fetchall()
        if sorted(stored) != sorted(counted):
            found[kind] = (
                [row for row in stored if row not in counted],
                [row for row in counted if row not in stored],
            )
    return found


def covers(url: str, kind: str = "all", zone: str = "UTC") -> bool:
    """Whether analyses go by the rollups."""
    with psycopg.connect(url) as connection:
        return bool(connection.execute(COVERED, (zone, kind)).fetchall()[0][0])


def assert_exact(url: str, kinds: Sequence[str] = tuple(KEYS)) -> None:
    """The rollups answer for these kinds, and have what a recount has."""
    with psycopg.connect(url, autocommit=True) as connection:
        for kind in kinds:
            assert connection.execute(COVERED, ("UTC", kind)).fetchall() == [(True,)], kind
        assert differences(connection) == {}


class WithoutRollups(View[Any]):  # whatever the frame
    """A source that counts from the tables."""

    def rolled_up(self, select: object, values: object = None) -> None:
        """There are none."""


def from_the_tables(source: View[Any]) -> WithoutRollups:
    return WithoutRollups(source._reading, source._frame, source)


# Any: the arguments of daily_posts.
def goes_by_rollups(db: View[Any], **options: Any) -> bool:  # noqa: ANN401
    """Whether the analysis says that it asks the rollups."""

    def days(source: Source[Any]) -> object:
        return echo.daily_posts(source, FIRST, LAST, **options)

    return "rollup_counts" in echo.sql(days, db).text


def add(connection: Connection, author: UUID, at: str, **values: object) -> None:
    """Add a post."""
    row: Mapping[str, object] = {
        "title": "t",
        "content": "c",
        "author_id": author,
        "created_at": at,
        **values,
    }
    names = psycopg.sql.SQL(", ").join(map(psycopg.sql.Identifier, row))
    marks = psycopg.sql.SQL(", ").join([psycopg.sql.Placeholder()] * len(row))
    statement = psycopg.sql.SQL("INSERT INTO public.posts ({}) VALUES ({})")
    connection.execute(statement.format(names, marks), list(row.values()))
