"""What a database is like and what it holds, as one table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import sqlalchemy as sa

from echo_analytics.errors import DatabaseError
from echo_analytics.schema import categories, posts, users

if TYPE_CHECKING:
    from echo_analytics.database import Database
    from echo_analytics.errors import ConnectionFailed
    from echo_analytics.health import Health
    from echo_analytics.sessions import PoolNumbers

_DENIED = {
    "role": "cannot write: the role has no right to",
    "standby": "cannot write: the server is a standby",
    "session": "cannot write unless a statement asks for it: the role has the right to",
}


# Any: whatever the frame of the database.
def status_table(db: Database[Any], health: Health) -> pa.Table:
    """Return name and value, both texts, of each thing worth knowing.

    Parameters
    ----------
    db
        The database.
    health
        What it said of itself; of one that is unhealthy, only that is in the table.
    """
    facts = {"database": db.where, "status": health.status}
    if health.status != "unhealthy":
        facts |= {
            "latency": f"{(health.latency or 0) * 1000:.1f} ms",
            "server version": health.server_version or "unknown",
            "revision": health.revision or "none",
            "session can write": "yes" if health.can_write else "no",
            "reading sessions": _DENIED.get(health.denied_by or "", "can write"),
        }
    facts |= {
        "connections for reading": _pool(health.reading),
        "connections for writing": _pool(health.writing),
        **({"problem": health.problem} if health.problem else {}),
        **(_counts(db) if health.status != "unhealthy" else {}),
    }
    return _table(facts)


def unreachable_table(problem: ConnectionFailed) -> pa.Table:
    """Return what ``status_table`` would, of a database that no connection could be made to."""
    return _table({"status": "unhealthy", "problem": str(problem)})


def _table(facts: dict[str, str]) -> pa.Table:
    return pa.table({"name": list(facts), "value": list(facts.values())})


def _pool(numbers: PoolNumbers | None) -> str:
    if numbers is None:
        return "unknown"
    return (
        f"{numbers.size} of {numbers.most}, {numbers.idle} of them idle; {numbers.waiting} waiting"
    )


# Any: whatever the frame of the database.
def _counts(db: Database[Any]) -> dict[str, str]:
    counted = sa.select(
        *(
            sa.select(sa.func.count(type_=sa.BigInteger))
            .select_from(table)
            .scalar_subquery()
            .label(table.name)
            for table in (users, posts, categories)
        )
    )
    try:
        row = db.arrow(counted).to_pylist()[0]
    except DatabaseError as error:
        return {"tables": str(error)}
    return {name: f"{number:,}" for name, number in row.items()}
