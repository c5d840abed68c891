"""The candidates of a search: the posts that are scored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from echo_analytics.queries.search import documents
from echo_analytics.queries.search.documents import Documents
from echo_analytics.queries.search.expressions import bound, matches_query

if TYPE_CHECKING:
    from collections.abc import Iterator, Set

    from echo_analytics.queries.search.shapes import Shape
    from echo_analytics.source import AnySelect

COLUMNS = ("post_id", "created_at", "length", "title_length", "words", "title_words")
"""What scores and orders are made of."""


def candidates(shape: Shape, source: Documents) -> sa.Subquery:
    """The posts that are scored, with what scores and the order are made of.

    One that several branches choose is there several times: to read a post takes longer than to
    score it.
    """
    first, *others = branches(shape, source)
    return (sa.union_all(first, *others) if others else first).subquery("candidates")


def branches(shape: Shape, source: Documents) -> list[AnySelect]:
    """The kinds of candidates: those with rare words, and of common words some of each kind."""
    found = list(_spread(shape, source)) if shape.spread or shape.latest else []
    if not found or (shape.rare and not shape.latest):
        vector = source.c.title_words if shape.in_titles else source.c.words
        found.append(_rows(source, matches_query(vector, "rare"), *conditions(shape, source)))
    return [sa.select(branch.subquery()) for branch in found]


def _spread(shape: Shape, source: Documents) -> Iterator[AnySelect]:
    """The kinds of candidates of a search for common words, each bounded."""
    filters, by_time = _filters(shape, source), shape.sort == "newest"
    vector = source.c.title_words if shape.in_titles else source.c.words
    in_title = matches_query(source.c.title_words, "title")
    any_word = matches_query(source.c.words, "any")
    latest = source.c.created_at.desc()

    def picked(of: str, looked_at: str, most: str, rows: AnySelect) -> AnySelect:
        # What rejects rows that the index finds counts as looked at, or there were no bound.
        some = rows.limit(bound(looked_at)).subquery()
        found = Documents(some)
        asked = found.c.title_words if shape.in_titles else found.c.words
        wanted = [matches_query(asked, of), *_unwanted(shape, found.c.words)]
        if "status" in some.c:
            wanted += _filters(shape, found)
        return sa.select(*(some.c[name] for name in COLUMNS)).where(*wanted).limit(bound(most))

    if shape.latest:
        yield picked("any", "window", "window", _rows(source, *filters).order_by(latest))
        return
    looked_at = most = "recent" if by_time else "eighth" if shape.lone else "quarter"
    newest = _rows(source, *filters)
    if shape.narrow and "author" not in shape.filters:
        # To go from the newest post to the 2,000th that passes could be to read them all.
        newest = _rows(source, *_filters(shape, source, {"since", "until"}), whole=True)
        if shape.plenty and not by_time:
            looked_at, most = "recent", "half"
    yield picked("any", looked_at, most, newest.order_by(latest))
    if shape.lone and not shape.in_titles:
        yield _rows(source, in_title, *filters).limit(bound("half"))
    elif not shape.lone:
        loose = (matches_query(vector, "every_loose"), *_in_titles(shape, source))
        yield picked("every", "looked_at", "half", _rows(source, *loose, *filters))
    if not (shape.lone or by_time or shape.in_titles or (shape.alike and shape.titles)):
        # Of a single group, what is in a title matches; the index would look it all up once more.
        needed = [matches_query(source.c.words, "every_loose")] if shape.several else []
        titled = _rows(source, in_title, *needed, *_in_titles(shape, source), *filters)
        yield picked("any", "half", "quarter", titled)
    if shape.narrow and shape.plenty:
        # Where so many match it is quicker to look at those that pass than to ask the index.
        if shape.filters & {"author", "category"}:
            yield picked("any", "recent", "half", _rows(source, *filters))
    elif shape.narrow and not shape.alike:
        some = _rows(source, any_word, *_in_titles(shape, source), *filters)
        yield picked("any", "half", "quarter", some)


def _rows(source: Documents, *where: sa.ColumnElement[bool], whole: bool = False) -> AnySelect:
    """Posts, with what is filtered by where that comes later."""
    names = (*COLUMNS, "author_id", "category_id", "status") if whole else COLUMNS
    return sa.select(*(source.c[name] for name in names)).where(*where)


def conditions(shape: Shape, source: Documents) -> list[sa.ColumnElement[bool]]:
    """The filters, what must occur in titles, and what must not occur."""
    return [
        *_filters(shape, source),
        *_in_titles(shape, source),
        *_unwanted(shape, source.c.words),
    ]


def _filters(
    shape: Shape, source: Documents, among: Set[str] | None = None
) -> list[sa.ColumnElement[bool]]:
    names = shape.filters if among is None else shape.filters & among
    return [documents.filtered(source, name) for name in sorted(names)]


def _in_titles(shape: Shape, source: Documents) -> list[sa.ColumnElement[bool]]:
    # It follows from the rest. The index has titles apart, and finds them sooner.
    return [matches_query(source.c.title_words, "titles")] if shape.titles else []


def _unwanted(shape: Shape, words: sa.ColumnElement[Any]) -> list[sa.ColumnElement[bool]]:
    return [sa.not_(matches_query(words, "unwanted"))] if shape.excluding else []
