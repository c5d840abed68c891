"""The candidates of a search: the posts that are scored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from echo_analytics.queries.search import documents
from echo_analytics.queries.search.expressions import bound, matches_query

if TYPE_CHECKING:
    from echo_analytics.queries.search.documents import Documents
    from echo_analytics.queries.search.shapes import Shape
    from echo_analytics.source import AnySelect

COLUMNS = ("post_id", "created_at", "length", "title_length", "words", "title_words")
"""What scores and orders are made of."""


def candidates(shape: Shape, source: Documents) -> sa.Subquery:
    """The posts that are scored, with what scores and the order are made of.

    One that several branches choose is there several times: to read a post takes longer than to
    score it.
    """
    if not shape.spread:
        vector = source.c.title_words if shape.in_titles else source.c.words
        return (
            sa.select(*_columns(source))
            .where(matches_query(vector, "rare"), *conditions(shape, source))
            .subquery("candidates")
        )
    return sa.union_all(*branches(shape, source)).subquery("candidates")


def _columns(source: Documents) -> list[sa.ColumnElement[Any]]:
    return [source.c[name] for name in COLUMNS]


def branches(shape: Shape, source: Documents) -> list[AnySelect]:
    """The kinds of candidates of a search for common words, each bounded."""
    vector = "title_words" if shape.in_titles else "words"
    in_title = matches_query(source.c.title_words, "title")
    any_word = matches_query(source.c.words, "any")

    def picked(of: str, looked_at: str, most: str, rows: AnySelect) -> AnySelect:
        # What rejects rows that the index finds counts as looked at, or there were no bound.
        some = rows.limit(bound(looked_at)).subquery()
        wanted = [matches_query(some.c[vector], of), *_unwanted(shape, some.c.words)]
        return sa.select(*some.c).where(*wanted).limit(bound(most))

    def rows(*where: sa.ColumnElement[bool]) -> AnySelect:
        return sa.select(*_columns(source)).where(*where, *_filters(shape, source))

    loose = (matches_query(source.c[vector], "every_loose"), *_in_titles(shape, source))
    newest = rows().order_by(source.c.created_at.desc())
    by_time = shape.sort == "newest"
    recent = "recent" if by_time else "quarter"
    found = [picked("any", recent, recent, newest)]
    if shape.lone:
        found.append(rows(in_title).limit(bound("half")))
    else:
        found.append(picked("every", "looked_at", "half", rows(*loose)))
    if not (shape.lone or by_time or shape.in_titles or (shape.alike and shape.titles)):
        # Of a single group, what is in a title matches; the index would look it all up once more.
        needed = [matches_query(source.c.words, "every_loose")] if shape.several else []
        titled = rows(in_title, *needed, *_in_titles(shape, source))
        found.append(picked("any", "half", "quarter", titled))
    if shape.filters - {"status"} and not shape.alike:
        some = rows(any_word, *_in_titles(shape, source))
        found.append(picked("any", "half", "quarter", some))
    if shape.rare:
        rare = (matches_query(source.c.words, "rare"), *conditions(shape, source))
        found.append(sa.select(*_columns(source)).where(*rare))
    return [sa.select(branch.subquery()) for branch in found]


def conditions(shape: Shape, source: Documents) -> list[sa.ColumnElement[bool]]:
    """The filters, what must occur in titles, and what must not occur."""
    return [
        *_filters(shape, source),
        *_in_titles(shape, source),
        *_unwanted(shape, source.c.words),
    ]


def _filters(shape: Shape, source: Documents) -> list[sa.ColumnElement[bool]]:
    return [documents.filtered(source, name) for name in sorted(shape.filters)]


def _in_titles(shape: Shape, source: Documents) -> list[sa.ColumnElement[bool]]:
    # It follows from the rest. The index has titles apart, and finds them sooner.
    return [matches_query(source.c.title_words, "titles")] if shape.titles else []


def _unwanted(shape: Shape, words: sa.ColumnElement[Any]) -> list[sa.ColumnElement[bool]]:
    return [sa.not_(matches_query(words, "unwanted"))] if shape.excluding else []
