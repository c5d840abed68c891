"""What a search says of itself: how frequent its terms are, and how one post scores."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from echo_analytics.constructs import as_text, parameter
from echo_analytics.queries.search import documents
from echo_analytics.queries.search.candidates import COLUMNS
from echo_analytics.queries.search.expressions import matches_query
from echo_analytics.queries.search.scores import counted, scored
from echo_analytics.schema import posts, users

if TYPE_CHECKING:
    from echo_analytics.queries.search.shapes import Shape
    from echo_analytics.source import AnySelect


@functools.lru_cache(maxsize=64)
def corpus(shape: Shape, terms: int) -> AnySelect:
    """What the formula needs of all posts, counted, and in how many of them each term is.

    The terms are the parameters ``one0`` ...; without an index only.
    """
    source = documents.of(indexed=False, matching=True, in_titles=shape.in_titles)
    vector = source.c.title_words if shape.in_titles else source.c.words
    posts_with = [
        sa.func.count().filter(matches_query(vector, f"one{place}")).label(f"posts{place}")
        for place in range(terms)
    ]
    return counted(shape, source).add_columns(*posts_with).execution_options(few_rows=True)


@functools.lru_cache(maxsize=64)
def alone(shape: Shape) -> AnySelect:
    """One post, scored whether or not it matches: how often it has which term."""
    source = documents.of(indexed=shape.indexed)
    columns = [source.c[name] for name in COLUMNS]
    post = sa.select(*columns).where(_is_post(source)).subquery("candidates")
    every = scored(shape, source, post)
    numbers = [
        sa.type_coerce(column, sa.Double).label(name)
        for name, column in every.c.items()
        if name not in {"post_id", "created_at"}
    ]
    return sa.select(*numbers).execution_options(few_rows=True)


@functools.lru_cache(maxsize=64)
def standing(shape: Shape) -> AnySelect:
    """How many posts are scored and come before one of this ``score``, and the best score."""
    source = documents.of(indexed=shape.indexed, matching=True, in_titles=shape.in_titles)
    every = scored(shape, source)
    post = parameter("post", sa.Uuid())
    score = parameter("score", sa.Double())
    before = sa.or_(every.c.score > score, sa.and_(every.c.score == score, every.c.post_id < post))
    # Each once, however often it was chosen.
    posts_of_them = sa.func.count(every.c.post_id.distinct())
    return sa.select(
        posts_of_them.label("scored"),
        posts_of_them.filter(before).label("before"),
        posts_of_them.filter(every.c.post_id == post).label("there"),
        sa.func.max(every.c.score, type_=sa.Double).label("best"),
    ).execution_options(few_rows=True)


@functools.lru_cache(maxsize=64)
def facts(shape: Shape, excluded: int) -> AnySelect:
    """A post, and what about it keeps it from being found.

    One row, or none: title, author, how many words it has, and whether it matches, passes each of
    the filters, and has each of the terms ``excluded0`` ... that must not occur.
    """
    source = documents.of(indexed=shape.indexed)
    vector = source.c.title_words if shape.in_titles else source.c.words
    filters = [
        documents.filtered(source, name).label(f"passes_{name}") for name in sorted(shape.filters)
    ]
    unwanted = [
        matches_query(source.c.words, f"excluded{place}").label(f"has_excluded{place}")
        for place in range(excluded)
    ]
    joined = source.table.join(posts, posts.c.id == source.c.post_id)
    return (
        sa.select(
            posts.c.title,
            as_text(posts.c.author_id).label("author_id"),
            users.c.name.label("author_name"),
            source.c.status,
            source.c.length,
            matches_query(vector, "matching").label("matches"),
            *filters,
            *unwanted,
        )
        .select_from(joined.join(users, users.c.id == posts.c.author_id))
        .where(_is_post(source))
        .execution_options(few_rows=True)
    )


def _is_post(source: documents.Documents) -> sa.ColumnElement[bool]:
    column: sa.ColumnElement[Any] = source.c.post_id
    return column == parameter("post", sa.Uuid())
