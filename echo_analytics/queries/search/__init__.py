"""Full-text search over the posts themselves, ranked by BM25.

A post matches when any word of the query occurs in its title or content, every quoted phrase
occurs, and nothing that is excluded does. Its score is the sum over the query's terms of

    idf * tf * (k1 + 1) / (tf + k1 * (1 - b + b * length / mean length))

with idf = ln(1 + (N - df + 0.5) / (df + 0.5)), k1 = 1.5 and b = 0.75, after Robertson and
Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009). The frequency tf of a
lexeme counts titles twice. It is read back from ``ts_rank``, which with equal weights is
H(tf) / H(infinity) for H(n) = 1 + 1/4 + ... + 1/n^2. Lengths are counted in distinct lexemes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from echo_analytics.constructs import as_text, ids, is_published
from echo_analytics.queries.search.constants import RANKING
from echo_analytics.schema import UTCDateTime, categories, posts, users

if TYPE_CHECKING:
    from echo_analytics.source import AnySelect

MAX_TERMS = 32
"""Further words of a query are left out."""

_K1, _B = RANKING.k1, RANKING.b
_BASEL = 1.6449340668482264
_CONFIGURATION: sa.ColumnElement[Any] = sa.literal_column("'pg_catalog.english'::regconfig")
# A tsvector holds at most 1 MB, whatever the alphabet.
_LONGEST_TEXT = 250_000
_HEADLINE = (
    "'StartSel=**, StopSel=**, MaxFragments=2, MaxWords=24, MinWords=8, FragmentDelimiter=\" … \"'"
)
_TOKEN = re.compile(r'(?P<minus>-?)"(?P<phrase>[^"]*)"?|(?P<word>\S+)')


@dataclass(frozen=True, slots=True)
class Query:
    """What was typed: words to find, phrases that must occur, and what must not occur."""

    words: tuple[str, ...]
    phrases: tuple[str, ...]
    excluded: tuple[str, ...]

    @property
    def terms(self) -> tuple[str, ...]:
        """Words and phrases, which are what the score is made of."""
        return (*self.words, *self.phrases)[:MAX_TERMS]


def parse(text: str) -> Query:
    """Read a query as people type it; every text is one.

    Examples
    --------
    >>> parse('slow "lock timeout" -crash')
    Query(words=('slow',), phrases=('lock timeout',), excluded=('crash',))
    """
    words: dict[str, None] = {}
    phrases: dict[str, None] = {}
    excluded: dict[str, None] = {}
    for token in _TOKEN.finditer(text):
        phrase, word = token["phrase"], token["word"]
        if phrase is not None:
            (excluded if token["minus"] else phrases)[phrase.strip()] = None
        elif word.startswith("-") and len(word) > 1:
            excluded[word[1:]] = None
        elif word != "OR":
            words[word] = None
    return Query(*(tuple(filter(None, kind))[:MAX_TERMS] for kind in (words, phrases, excluded)))


def search_posts(query: Query, limit: int, *, in_step: bool) -> AnySelect:
    """The best matches among the published posts."""
    phrases = [_phrase(phrase) for phrase in query.phrases]
    terms = ([_words(word) for word in query.words] + phrases)[:MAX_TERMS]
    best = _best(_documents(in_step), query, terms, phrases, limit)
    matched: pg.array[Any] = pg.array(
        [
            sa.case((best.c[f"tf{number}"] > 0, sa.cast(typed, sa.Text)))
            for number, typed in enumerate(query.terms)
        ],
        type_=sa.Text,
    )
    snippet = sa.func.ts_headline(
        _CONFIGURATION,
        _text(posts.c.content),
        _any_of(terms),
        sa.literal_column(_HEADLINE),
        type_=sa.Text,
    )
    return (
        sa.select(
            best.c.rank,
            as_text(posts.c.id).label("post_id"),
            posts.c.title,
            snippet.label("snippet"),
            best.c.score,
            as_text(posts.c.author_id).label("author_id"),
            users.c.name.label("author_name"),
            categories.c.name.label("category"),
            sa.type_coerce(posts.c.created_at, UTCDateTime).label("created_at"),
            sa.func.array_remove(matched, None, type_=pg.ARRAY(sa.Text)).label("matched_terms"),
        )
        .select_from(
            best.join(posts, posts.c.id == best.c.id)
            .join(users, users.c.id == posts.c.author_id)
            .outerjoin(categories, categories.c.id == posts.c.category_id)
        )
        .order_by(best.c.rank)
    )


def beginnings(post_ids: list[str], longest: int) -> AnySelect:
    """The first characters of the titles and contents of posts."""

    def beginning(column: sa.ColumnElement[str]) -> sa.ColumnElement[str]:
        return sa.func.left(column, sa.literal_column(str(longest)), type_=sa.Text)

    return sa.select(
        as_text(posts.c.id).label("post_id"),
        beginning(posts.c.title).label("title"),
        beginning(posts.c.content).label("content"),
    ).where(posts.c.id == sa.any_(ids(post_ids)))


def _documents(in_step: bool) -> sa.CTE:
    title = sa.func.setweight(_vector(posts.c.title), sa.literal_column("'A'"))
    body = sa.func.setweight(_vector(posts.c.content), sa.literal_column("'B'"))
    vector = sa.type_coerce(title.op("||")(body), pg.TSVECTOR)
    documents = sa.select(posts.c.id, vector.label("vector")).where(is_published(in_step))
    return _materialized(documents, "documents")


def _best(
    documents: sa.CTE,
    query: Query,
    terms: list[sa.ColumnElement[Any]],
    phrases: list[sa.ColumnElement[Any]],
    limit: int,
) -> sa.Subquery:
    """The posts with the highest scores, ranked, with the frequency of each term."""
    vector = documents.c.vector
    matches = vector.op("@@", is_comparison=True)
    corpus = _materialized(
        sa.select(
            sa.func.count().label("number"),
            sa.cast(sa.func.avg(sa.func.length(vector)), sa.Double).label("mean"),
            *(
                sa.func.count().filter(matches(term)).label(f"df{number}")
                for number, term in enumerate(terms)
            ),
        ),
        "corpus",
    )
    wanted = [matches(phrase) for phrase in phrases] or [matches(_any_of(terms))]
    unwanted = [sa.not_(matches(_phrase(excluded))) for excluded in query.excluded]
    hits = _materialized(
        sa.select(
            documents.c.id,
            sa.func.length(vector).label("length"),
            *(_occurrences(vector, term).label(f"tf{n}") for n, term in enumerate(terms)),
        ).where(*wanted, *unwanted),
        "hits",
    )
    score = sum(
        (_bm25(corpus, hits, number) for number in range(len(terms))), start=_number(0)
    ).label("score")
    rank = sa.func.row_number(type_=sa.BigInteger).over(order_by=(score.desc(), hits.c.id))
    return (
        sa.select(hits, sa.type_coerce(score, sa.Double).label("score"), rank.label("rank"))
        .select_from(hits.join(corpus, sa.true()))
        .order_by(sa.text("rank"))
        .limit(limit)
        .subquery("best")
    )


def _bm25(corpus: sa.CTE, hits: sa.CTE, number: int) -> sa.ColumnElement[Any]:
    df, tf = corpus.c[f"df{number}"], hits.c[f"tf{number}"]
    idf = sa.func.ln(_number(1) + (corpus.c.number - df + _number(0.5)) / (df + _number(0.5)))
    length = _number(_K1 * (1 - _B)) + _number(_K1 * _B) * hits.c.length / corpus.c.mean
    return idf * tf * _number(_K1 + 1) / (tf + length)


def _occurrences(
    vector: sa.ColumnElement[Any], term: sa.ColumnElement[Any]
) -> sa.ColumnElement[Any]:
    """How often ``term`` occurs, once more for each time in the title."""

    def occurrences(weights: str) -> sa.ColumnElement[Any]:
        rank = sa.func.ts_rank(sa.literal_column(f"'{weights}'::real[]"), vector, term)
        # For a term of several lexemes the rank can reach 1.
        rest = sa.func.greatest(_number(1) - rank, _number(0.001))
        return sa.func.round(_number(1) / (_number(_BASEL) * rest) - _number(0.5))

    return occurrences("{1,1,1,1}") + occurrences("{0,0,0,1}")


def _materialized(select: AnySelect, name: str) -> sa.CTE:
    """A part of the statement that is computed once."""
    return select.cte(name).prefix_with("MATERIALIZED", dialect="postgresql")


def _number(value: float) -> sa.ColumnElement[Any]:
    """A constant of the formula, which is no parameter of the statement."""
    return sa.literal_column(f"{value!r}::float8", sa.Double)


def _text(column: sa.ColumnElement[str]) -> sa.ColumnElement[str]:
    return sa.func.left(
        sa.func.coalesce(column, sa.literal_column("''")), sa.literal_column(str(_LONGEST_TEXT))
    )


def _vector(column: sa.ColumnElement[str]) -> sa.ColumnElement[Any]:
    return sa.func.to_tsvector(_CONFIGURATION, _text(column))


def _words(text: str) -> sa.ColumnElement[Any]:
    return sa.func.plainto_tsquery(_CONFIGURATION, text)


def _phrase(text: str) -> sa.ColumnElement[Any]:
    return sa.func.phraseto_tsquery(_CONFIGURATION, text)


def _any_of(terms: list[sa.ColumnElement[Any]]) -> sa.ColumnElement[Any]:
    joined: sa.ColumnElement[Any] = sa.literal_column("''::tsquery")
    for number, term in enumerate(terms):
        joined = term if number == 0 else joined.op("||")(term)
    return joined
