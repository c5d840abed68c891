"""Counting what is stored: all of it anew, a zone, the roles, or what was noted since."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from echo_analytics.constructs import Clock
from echo_analytics.rollups.answering import SIGNATURE
from echo_analytics.rollups.counting import KINDS, STATE, author_days, by_key

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from sqlalchemy import Connection

_THESE = "= ANY (CAST(:zones AS smallint[]))"

_STORE_AUTHORS = f"""
INSERT INTO analytics.rollup_author (zone_id, day, author_id, category, state, n)
{author_days("public.posts", f"z.id {_THESE}", n="1", state=STATE)} ORDER BY 1, 2, 3
"""


def _store_days(kind: str) -> str:
    return f"""
WITH mixed AS (
    SELECT zone_id, day, author_id, category, state, 0 AS before, n AS after
    FROM analytics.rollup_author WHERE zone_id {_THESE}
)
INSERT INTO analytics.rollup_day (zone_id, kind, day, key, published, draft, archived, authors)
SELECT zone_id, kind, day, key, published, draft, archived, authors
FROM ({by_key(kind)}) AS counted ORDER BY zone_id, kind, day, key
"""  # noqa: S608 - constants of ours


def zones(connection: Connection) -> dict[str, int]:
    """Return the names of the zones whose days are stored, with their numbers."""
    rows = connection.execute(sa.text("SELECT zone, id FROM analytics.rollup_zone ORDER BY id"))
    return {row.zone: row.id for row in rows}


def add_zone(connection: Connection, zone: ZoneInfo) -> int:
    """Record a zone and the shifts of its clock, and return its number; it has no days yet."""
    clock = Clock(zone, of_days=True)
    values = {"changes": [], "shifts": [clock.fixed], **clock.values}
    number: int = connection.scalar(
        sa.text(
            "INSERT INTO analytics.rollup_zone (id, zone, changes, shifts, triggers)"
            " SELECT coalesce(max(id), 0) + 1, :zone, CAST(:changes AS timestamp[]),"
            " CAST(:shifts AS int[]), '' FROM analytics.rollup_zone RETURNING id"
        ),
        {"zone": zone.key, **values},
    )
    return number


def remove_zone(connection: Connection, number: int) -> None:
    """Delete a zone and its days."""
    tables = {"rollup_day": "zone_id", "rollup_author": "zone_id", "rollup_zone": "id"}
    for table, column in tables.items():
        connection.execute(
            sa.text(f"DELETE FROM analytics.{table} WHERE {column} = :zone"),  # noqa: S608
            {"zone": number},
        )


def count_everything(connection: Connection) -> None:
    """Count the days of all zones, in a transaction that sees one moment.

    What was noted and can be seen now is contained in them.
    """
    for table in ("rollup_log", "rollup_mark", "rollup_author", "rollup_day"):
        connection.exec_driver_sql(f"DELETE FROM analytics.{table}")  # noqa: S608
    connection.exec_driver_sql(
        "UPDATE analytics.rollup_folded"
        " SET below = pg_snapshot_xmin(pg_current_snapshot()), negative = 0"
    )
    _count(connection, list(zones(connection).values()))


def count_zone(connection: Connection, number: int) -> None:
    """Count the days of one more zone, in a transaction that sees one moment and has folded."""
    _count(connection, [number])


def _count(connection: Connection, numbers: list[int]) -> None:
    _take_room(connection)
    connection.execute(sa.text(_STORE_AUTHORS), {"zones": numbers})
    for kind in KINDS:
        connection.execute(sa.text(_store_days(kind)), {"zones": numbers})
    connection.execute(
        sa.text(
            f"UPDATE analytics.rollup_zone SET triggers = coalesce({SIGNATURE}, '')"  # noqa: S608
            f" WHERE id {_THESE}"
        ),
        {"zones": numbers},
    )


def _take_room(connection: Connection) -> None:
    connection.exec_driver_sql("SET LOCAL work_mem = '128MB'")


def count_roles(connection: Connection) -> None:
    """Store the days by role anew, in a transaction that sees one moment and has folded."""
    _take_room(connection)
    connection.exec_driver_sql("DELETE FROM analytics.rollup_mark WHERE kind = 'role'")
    connection.exec_driver_sql("DELETE FROM analytics.rollup_day WHERE kind = 'role'")
    numbers = list(zones(connection).values())
    connection.execute(sa.text(_store_days("role")), {"zones": numbers})


def fold(connection: Connection, most: int) -> int:
    """Move what was noted, ``most`` rows of it, to what is stored; return how many rows it was."""
    return int(
        connection.scalar(sa.text("SELECT analytics.fold_rollups(:most)"), {"most": most}) or 0
    )


def fold_everything(connection: Connection) -> None:
    """Fold all that can be seen."""
    while fold(connection, 1_000_000):
        pass
