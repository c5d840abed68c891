"""How posts begin: what their meaning is told by."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from echo_analytics.constructs import as_text, ids
from echo_analytics.schema import posts

if TYPE_CHECKING:
    from echo_analytics.source import AnySelect


def beginnings(post_ids: list[str], longest: int) -> AnySelect:
    """The first characters of the titles and contents of posts."""

    def beginning(column: sa.ColumnElement[str]) -> sa.ColumnElement[str]:
        return sa.func.left(column, sa.literal_column(str(longest)), type_=sa.Text)

    return sa.select(
        as_text(posts.c.id).label("post_id"),
        beginning(posts.c.title).label("title"),
        beginning(posts.c.content).label("content"),
    ).where(posts.c.id == sa.any_(ids(post_ids)))
