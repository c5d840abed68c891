"""How the server would run a statement of ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg

if TYPE_CHECKING:
    from echo_analytics.arrow import Statement


def plan(url: str, statement: Statement) -> str:
    """The plan for these values, on a database that has just been analysed."""
    values = ", ".join(["%s"] * len(statement.values))
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("ANALYZE")
        connection.execute(b"PREPARE asked AS " + statement.text.encode())
        command = psycopg.ClientCursor(connection).mogrify(
            f"EXPLAIN EXECUTE asked ({values})" if values else "EXPLAIN EXECUTE asked",
            statement.values,
        )
        return "\n".join(row[0] for row in connection.execute(command.encode()).fetchall())
