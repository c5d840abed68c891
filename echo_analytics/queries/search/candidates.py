"""The candidates of a search: the posts that are scored."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from echo_analytics.queries.search import documents
from echo_analytics.queries.search.expressions import bound, matches_query

if TYPE_CHECKING:
    from echo_analytics.queries.search.documents import Documents
    from echo_analytics.queries.search.shapes import Shape
    from echo_analytics.source import AnySelect


def candidates(shape: Shape, source: Documents) -> sa.Subquery:
    """The posts that are scored, with what scores and the order are made of."""
    matching = conditions(shape, source)
    columns = [
        source.c[name]
        for name in ("post_id", "created_at", "length", "title_length", "words", "title_words")
    ]
    if not shape.spread:
        vector = source.c.title_words if shape.in_titles else source.c.words
        return (
            sa.select(*columns)
            .where(matches_query(vector, "rare"), *matching)
            .subquery("candidates")
        )
    # Read by their places in the table: sorted, and each once, however often it was chosen.
    chosen = sa.func.array(sa.union_all(*_branches(shape, source)).scalar_subquery())
    return sa.select(*columns).where(source.c.ctid == sa.any_(chosen)).subquery("candidates")


def _branches(shape: Shape, source: Documents) -> list[AnySelect]:
    """The kinds of candidates of a search for common words, each bounded."""
    matching = conditions(shape, source)
    place = source.c.ctid.label("place")

    def looked_at(budget: str, *where: sa.ColumnElement[bool], newest: bool = False) -> sa.Subquery:
        some = sa.select(place, source.c.words).where(*where)
        if newest:
            # Found by their time, and not by words.
            some = some.where(*filters(shape, source)).order_by(source.c.created_at.desc())
        else:
            some = some.where(*matching)
        return some.limit(bound(budget)).subquery()

    every = looked_at("looked_at", matches_query(source.c.words, "every_loose"))
    newest = looked_at("newest", newest=True)
    in_title = (matches_query(source.c.title_words, "title"), matches_query(source.c.words, "any"))
    branches = [
        sa.select(every.c.place).where(matches_query(every.c.words, "every")).limit(bound("half")),
        sa.select(newest.c.place).where(matches_query(newest.c.words, "any")),
    ]
    if not (shape.alike and shape.titles):
        branches.append(sa.select(place).where(*in_title, *matching).limit(bound("quarter")))
    if shape.filters - {"status"} and not shape.alike:
        some = sa.select(place).where(matches_query(source.c.words, "any"), *matching)
        branches.append(some.limit(bound("quarter")))
    if shape.rare:
        branches.append(sa.select(place).where(matches_query(source.c.words, "rare"), *matching))
    return [sa.select(branch.subquery().c.place) for branch in branches]


def conditions(shape: Shape, source: Documents) -> list[sa.ColumnElement[bool]]:
    """The filters, what must not occur, and what must occur in titles."""
    wanted = filters(shape, source)
    if shape.titles:
        # It follows from the rest. The index has titles apart, and finds them sooner.
        wanted.append(matches_query(source.c.title_words, "titles"))
    return wanted


def filters(shape: Shape, source: Documents) -> list[sa.ColumnElement[bool]]:
    """The filters, and what must not occur."""
    wanted = [documents.filtered(source, name) for name in sorted(shape.filters)]
    if shape.excluding:
        wanted.append(sa.not_(matches_query(source.c.words, "unwanted")))
    return wanted
