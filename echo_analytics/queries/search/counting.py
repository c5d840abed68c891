"""How many posts a search finds, and of what kinds they are.

All matches are read where they are few; else those among some of the posts, chosen by the pages of
the table that they lie on, always the same ones.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from echo_analytics.constructs import Clock, as_text, constant, parameter
from echo_analytics.queries.search import documents
from echo_analytics.queries.search.candidates import conditions
from echo_analytics.queries.search.documents import Documents
from echo_analytics.queries.search.expressions import matches_query
from echo_analytics.schema import categories, users

if TYPE_CHECKING:
    from sqlalchemy.sql.elements import SQLColumnExpression

    from echo_analytics.queries.search.shapes import Shape
    from echo_analytics.source import AnySelect


@functools.lru_cache(maxsize=64)
def matches(shape: Shape, *, sampled: bool) -> AnySelect:
    """How many posts match, and among how many that was counted."""
    source = _source(shape, sampled)
    found = sa.func.count().filter(*_matching(shape, source)).label("found")
    read = sa.func.count().label("read")
    asked = sa.select(found, read).select_from(source.table)
    if not sampled:
        # Only these are read, and so both numbers are the same.
        asked = asked.where(*_matching(shape, source))
    return asked.execution_options(few_rows=True)


@functools.lru_cache(maxsize=64)
def facets(shape: Shape, *, sampled: bool, fixed: int | None) -> AnySelect:
    """The categories, authors and months of the posts that match.

    Parameters
    ----------
    shape
        What the text of the statement depends on.
    sampled
        Whether some of the posts are read, and numbers multiplied by ``factor``.
    fixed
        The offset of the zone in seconds, where it never changes.
    """
    source = _source(shape, sampled)
    local = Clock.shown(source.c.created_at, fixed)
    found = (
        sa.select(
            source.c.category_id,
            source.c.author_id,
            sa.func.to_char(local, sa.literal_column("'YYYY-MM'"), type_=sa.Text).label("month"),
        )
        .where(*_matching(shape, source))
        .cte("found")
    )
    month = (
        sa.select(found.c.month, sa.func.count().label("posts"))
        .group_by(found.c.month)
        .subquery("months")
    )
    parts = [
        _most("category", 0, found.c.category_id, categories),
        _most("author", 1, found.c.author_id, users),
        sa.select(
            constant(2).label("place"),
            sa.literal_column("'month'", sa.Text).label("facet"),
            month.c.month.label("value"),
            month.c.month.label("label"),
            month.c.posts,
        ),
    ]
    rows = sa.union_all(*(sa.select(part.subquery()) for part in parts)).subquery("rows")
    posts = sa.cast(
        sa.func.round(rows.c.posts * parameter("factor", sa.Double())), sa.BigInteger
    ).label("total_posts")
    latest = sa.case((rows.c.place == constant(2), rows.c.value)).desc().nulls_last()
    return (
        sa.select(
            rows.c.facet,
            rows.c.value,
            rows.c.label,
            posts,
            sa.literal_column("true" if sampled else "false", sa.Boolean).label("approximate"),
        )
        .order_by(rows.c.place, latest, rows.c.posts.desc(), rows.c.label, rows.c.value)
        .execution_options(few_rows=True)
    )


def _most(facet: str, place: int, column: sa.ColumnElement[Any], names: sa.Table) -> AnySelect:
    """The most frequent values of a column of ids, with their names."""
    counts = (
        sa.select(column.label("id"), sa.func.count().label("posts"))
        .group_by(column)
        .subquery(f"by_{facet}")
    )
    label = _named(names.c.name)
    return (
        sa.select(
            constant(place).label("place"),
            sa.literal_column(f"'{facet}'", sa.Text).label("facet"),
            as_text(counts.c.id).label("value"),
            label.label("label"),
            counts.c.posts,
        )
        .select_from(counts.outerjoin(names, names.c.id == counts.c.id))
        .order_by(counts.c.posts.desc(), label, counts.c.id)
        .limit(sa.cast(sa.bindparam("limit", type_=sa.BigInteger), sa.BigInteger))
    )


def _named(name: SQLColumnExpression[Any]) -> sa.ColumnElement[Any]:
    # In the order of its characters, whatever the collation of the database.
    return sa.collate(sa.cast(name, sa.Text), "C")


def _source(shape: Shape, sampled: bool) -> Documents:
    source = documents.of(indexed=shape.indexed, matching=True, in_titles=shape.in_titles)
    if not sampled:
        return source
    share = sa.func.system(sa.cast(sa.bindparam("percent", type_=sa.Double), sa.REAL))
    return Documents(source.table.tablesample(share, name="sample", seed=constant(0)))


def _matching(shape: Shape, source: Documents) -> list[sa.ColumnElement[bool]]:
    vector = source.c.title_words if shape.in_titles else source.c.words
    return [matches_query(vector, "matching"), *conditions(shape, source)]
