"""What is searched: the index, or without one the posts, made into the same columns."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from echo_analytics.constructs import parameter
from echo_analytics.schema import UTCDateTime
from echo_analytics.search_index import functions, text

if TYPE_CHECKING:
    from sqlalchemy.sql.base import ReadOnlyColumnCollection

CONFIGURATION = "pg_catalog.english"
"""The text search configuration where there is no index."""


@dataclass(frozen=True, slots=True)
class Documents:
    """Rows with what is stored of posts."""

    table: sa.FromClause

    # Any: columns of all types.
    @property
    def c(self) -> ReadOnlyColumnCollection[str, sa.ColumnElement[Any]]:
        """The columns."""
        return self.table.c


def _columns() -> list[sa.ColumnClause[Any]]:
    return [
        sa.column("post_id", sa.Uuid()),
        sa.column("author_id", sa.Uuid()),
        sa.column("category_id", sa.Uuid()),
        sa.column("created_at", UTCDateTime()),
        sa.column("status", sa.Text()),
        sa.column("length", sa.Integer()),
        sa.column("title_length", sa.Integer()),
        sa.column("words", pg.TSVECTOR()),
        sa.column("title_words", pg.TSVECTOR()),
    ]


@functools.cache
def of(*, indexed: bool) -> Documents:
    """Return the documents of the index, or those made of posts as they are read."""
    if indexed:
        return Documents(sa.table("post_search", *_columns(), schema="analytics"))
    return Documents(_POSTS.columns(*_columns()).cte("documents"))


_POSTS = sa.text(
    f"""
SELECT {functions.AS_STORED}, document.length, document.title_length, document.words,
    document.title_words
FROM public.posts AS p, {text.document("p.title", "p.content", f"'{CONFIGURATION}'::regconfig")}
""".replace(":", r"\:")  # noqa: S608 - constants of ours
)


def filtered(source: Documents, name: str) -> sa.ColumnElement[bool]:
    """Return a filter, whose value is the parameter of its name."""
    if name == "author":
        return source.c.author_id == parameter("author", sa.Uuid())
    if name == "category":
        return source.c.category_id == parameter("category", sa.Uuid())
    if name == "status":
        return source.c.status == parameter("status", sa.Text())
    if name == "since":
        return source.c.created_at >= parameter("since", UTCDateTime())
    return source.c.created_at < parameter("until", UTCDateTime())
