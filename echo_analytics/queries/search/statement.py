"""The one statement of a search: the page that is shown of the candidates, by their scores."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from echo_analytics.constructs import as_text, constant, parameter
from echo_analytics.queries.search import documents, snippets
from echo_analytics.queries.search.candidates import branches
from echo_analytics.queries.search.expressions import bound, figure
from echo_analytics.queries.search.scores import scored
from echo_analytics.schema import UTCDateTime, categories, posts, users

if TYPE_CHECKING:
    from echo_analytics.queries.search.documents import Documents
    from echo_analytics.queries.search.shapes import Shape, Sort
    from echo_analytics.source import AnySelect


@functools.lru_cache(maxsize=256)
def found(shape: Shape) -> AnySelect:
    """The page of a search, with the parameters that ``values`` of this package give."""
    source = documents.of(indexed=shape.indexed, matching=True, in_titles=shape.in_titles)
    page = _page(shape, source)
    number = sa.func.row_number(type_=sa.BigInteger).over(order_by=_order(page, shape.sort))
    texts = snippets.content()
    headline = snippets.headline(texts)
    rank = number + sa.cast(sa.bindparam("offset", type_=sa.BigInteger), sa.BigInteger)
    return (
        sa.select(
            rank.label("rank"),
            as_text(posts.c.id).label("post_id"),
            posts.c.title,
            snippets.snippet(texts, headline).label("snippet"),
            sa.type_coerce(page.c.score, sa.Double).label("score"),
            as_text(posts.c.author_id).label("author_id"),
            users.c.name.label("author_name"),
            categories.c.name.label("category"),
            sa.type_coerce(posts.c.created_at, UTCDateTime).label("created_at"),
            _matched(page, len(shape.terms)).label("matched_terms"),
        )
        .select_from(
            page.join(posts, posts.c.id == page.c.post_id)
            .join(users, users.c.id == posts.c.author_id)
            .outerjoin(categories, categories.c.id == posts.c.category_id)
            .join(texts, sa.true())
            .join(headline, sa.true())
        )
        .order_by(sa.text("rank"))
        .execution_options(few_rows=True)
    )


def _page(shape: Shape, source: Documents) -> sa.Subquery:
    every = scored(shape, source)
    asked = sa.select(every)
    if (number := len(branches(shape, source))) > 1:
        # As many as there can be of those up to the end of the page, when each is there
        # several times: these are next to each other.
        most = (bound("limit") + bound("offset")) * constant(number)
        every = asked.order_by(*_order(every, shape.sort)).limit(most).subquery("repeated")
        asked = sa.select(every).ext(pg.distinct_on(*_ordered_by(every, shape.sort)))
    return (
        asked.order_by(*_order(every, shape.sort))
        .limit(bound("limit"))
        .offset(bound("offset"))
        .subquery("page")
    )


def _ordered_by(rows: sa.Subquery, sort: Sort) -> list[sa.ColumnElement[Any]]:
    return [rows.c.created_at if sort == "newest" else rows.c.score, rows.c.post_id]


def _order(rows: sa.Subquery, sort: Sort) -> list[sa.ColumnElement[Any]]:
    first, id_ = _ordered_by(rows, sort)
    return [first.desc(), id_.desc() if sort == "newest" else id_]


def _matched(page: sa.Subquery, number: int) -> sa.ColumnElement[Any]:
    terms: pg.array[Any] = pg.array(
        [
            sa.case((page.c[f"tf{place}"] > figure(0), parameter(f"typed{place}", sa.Text())))
            for place in range(number)
        ],
        type_=sa.Text,
    )
    return sa.func.array_remove(terms, None, type_=pg.ARRAY(sa.Text))
