"""What a database is like and what it holds, as one table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import sqlalchemy as sa

from echo_analytics.errors import ConnectionFailed, DatabaseError
from echo_analytics.schema import categories, posts, users

if TYPE_CHECKING:
    from echo_analytics.database import Database


# Any: whatever the frame of the database.
def status_table(db: Database[Any]) -> pa.Table:
    """Return key and value of each thing worth knowing.

    Raises
    ------
    ConnectionFailed
        The database does not answer.
    """
    health = db.health()
    if health.status == "unhealthy":
        raise ConnectionFailed(health.problem or "the database does not answer")
    facts = {
        "database": db.where,
        "status": health.status,
        "latency": f"{(health.latency or 0) * 1000:.1f} ms",
        "server version": health.server_version,
        "revision": health.revision or "none",
        "session can write": "yes" if health.can_write else "no",
        **_counts(db),
    }
    return pa.table({"name": list(facts), "value": [str(value) for value in facts.values()]})


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
