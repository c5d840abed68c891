"""What there is to choose from: the categories, and the days that have posts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from echo_analytics.constructs import as_text
from echo_analytics.schema import categories, posts

if TYPE_CHECKING:
    from datetime import datetime

    from echo_analytics.source import Source


@dataclass(frozen=True, slots=True)
class Choices:
    """What a database has.

    Attributes
    ----------
    categories
        Names and ids, by name.
    first, last
        When the oldest and the newest post were created (UTC); None without posts.
    """

    categories: list[tuple[str, str]]
    first: datetime | None
    last: datetime | None


# Any: whatever the frame of the source.
def choices(source: Source[Any]) -> Choices:
    """Ask a source what there is to choose from."""
    by_name = sa.select(
        as_text(categories.c.id).label("id"), categories.c.name.label("name")
    ).order_by(categories.c.name, categories.c.id)
    ends = sa.select(
        sa.func.min(posts.c.created_at).label("first"),
        sa.func.max(posts.c.created_at).label("last"),
    )
    [row] = source.arrow(ends).to_pylist()
    named = [(each["name"], each["id"]) for each in source.arrow(by_name).to_pylist()]
    return Choices(named, row["first"], row["last"])
