"""Putting the demo data into a database that holds nothing else."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from echo_analytics.arguments import positive
from echo_analytics.bulk import copy_rows
from echo_analytics.constructs import ids
from echo_analytics.demo.generate import SEED, demo_data
from echo_analytics.demo.people import identifier
from echo_analytics.errors import InvalidInput
from echo_analytics.journal import flight
from echo_analytics.migration import inspection
from echo_analytics.schema import categories, posts, users

if TYPE_CHECKING:
    from echo_analytics.database import Database

logger = logging.getLogger("echo_analytics.demo")

_TABLES = (users, categories, posts)


# Any: whatever the frame of the database.
def load_demo(db: Database[Any], rows: int = 40_000) -> bool:
    """Make the demo data the content of a database, in one transaction.

    They are the same on every machine, ids included: a community that never existed, from January
    2025 to June 2026. Nothing happens where they are there already; a demo of another size is
    replaced. They get a search index where they have none.

    Parameters
    ----------
    db
        A database of our own: without posts and users, or with nothing but demo data.
    rows
        How many posts, 1 or more.

    Returns
    -------
    bool
        Whether anything had to be loaded.

    Raises
    ------
    InvalidInput
        ``rows`` is wrong, or the database holds something else, or belongs to an application;
        nothing was changed.

    Examples
    --------
    >>> load_demo(db)
    False
    """
    wanted = positive("rows", rows)
    landed = "the demo data were there already"
    with flight(logger, "loading the demo data", landed, posts=wanted) as landing:
        loaded = _load(db, wanted)
        if loaded:
            landing.text = f"{wanted:,} posts of the demo loaded"
    if not db.search_index.status().usable:
        db.search_index.build()
    return loaded


# Any: whatever the frame of the database.
def _load(db: Database[Any], rows: int) -> bool:
    with db.transaction() as connection:
        if inspection.is_adopted(connection):
            raise InvalidInput(
                "db", "was not made by `echo-analytics migrate`; demo data only go where it was"
            )
        connection.execute(sa.text("LOCK TABLE public.users, public.posts IN EXCLUSIVE MODE"))
        members, written = (_demo_rows(connection, table) for table in (users, posts))
        if members and written == rows:
            return False
        for table in reversed(_TABLES):
            connection.execute(sa.delete(table))
        data = demo_data(rows)
        for table in _TABLES:
            copy_rows(connection, table, getattr(data, table.name))
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("ANALYZE public.users, public.posts, public.categories"))
    return True


def _demo_rows(connection: sa.Connection, table: sa.Table) -> int:
    """Return how many rows ``table`` holds, which must all be those of a demo."""
    count = connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0
    expected = [identifier(SEED, table.name, number) for number in range(count)]
    known = connection.scalar(
        sa.select(sa.func.count()).select_from(table).where(table.c.id == sa.any_(ids(expected)))
    )
    if known != count:
        raise InvalidInput(
            "db", f"holds {table.name} that are not the demo's; name another database"
        )
    return count
