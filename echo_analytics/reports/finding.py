"""Finding what a report is about, by its id, its name, or what else is unique."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

import sqlalchemy as sa

from echo_analytics.arguments import text
from echo_analytics.constructs import as_text
from echo_analytics.errors import InvalidInput
from echo_analytics.schema import categories, users

if TYPE_CHECKING:
    import pyarrow as pa

    from echo_analytics.source import Source

_SHOWN = 5


def found(source: Source[pa.Table], argument: str, table: sa.Table, row_id: str) -> str:
    """Return the name of the row with an id.

    Raises
    ------
    InvalidInput
        There is none.
    """
    same = table.c.id == sa.cast(sa.literal(row_id, sa.Text), sa.Uuid())
    rows = source.arrow(sa.select(table.c.name).where(same)).column(0).to_pylist()
    if not rows:
        raise InvalidInput(argument, f"there is none with the id {row_id}")
    name: str = rows[0]
    return name


# Any: whatever the frame of the source.
def author_id(source: Source[Any], wanted: str) -> str:
    """Return the id of an author: given by it, by e-mail or by name.

    Raises
    ------
    InvalidInput
        There is none, or several have the name.
    """
    return _id(source, "author", users, "email", wanted)


# Any: whatever the frame of the source.
def category_id(source: Source[Any], wanted: str) -> str:
    """Return the id of a category: given by it, by slug or by name.

    Raises
    ------
    InvalidInput
        There is none.
    """
    return _id(source, "category", categories, "slug", wanted)


# Any: whatever the frame of the source.
def _id(source: Source[Any], argument: str, table: sa.Table, unique: str, wanted: str) -> str:
    given = text(argument, wanted)
    try:
        return str(UUID(given))
    except ValueError:
        pass
    asked = (
        sa.select(as_text(table.c.id).label("id"), (table.c[unique] == given).label("exactly"))
        .where(sa.or_(table.c[unique] == given, table.c.name == given))
        .order_by(table.c.id)
    )
    rows = source.arrow(asked).to_pylist()
    exact = [row["id"] for row in rows if row["exactly"]] or [row["id"] for row in rows]
    if not exact:
        raise InvalidInput(argument, "there is none with this id, name or " + unique)
    if len(exact) > 1:
        some = ", ".join(exact[:_SHOWN])
        raise InvalidInput(argument, f"several have this name, choose one by its id: {some}")
    one: str = exact[0]
    return one
