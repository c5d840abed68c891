"""The one statement of a search: candidates, their scores, and the page that is shown."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from echo_analytics.constructs import as_text, constant, parameter
from echo_analytics.queries.search import documents
from echo_analytics.queries.search.constants import RANKING
from echo_analytics.schema import UTCDateTime, categories, posts, users
from echo_analytics.search_index.text import LONGEST_CONTENT

if TYPE_CHECKING:
    from echo_analytics.queries.search.documents import Documents
    from echo_analytics.source import AnySelect

Sort = Literal["relevance", "newest"]

# H(n) = 1 + 1/4 + ... + 1/n^2 comes near to this.
_BASEL = 1.6449340668482264
_ALL, _TITLE, _AS_WRITTEN = "{1,1,1,1}", "{0,0,0,1}", "{1,0,0,0}"

START, STOP, GAP = "\x02", "\x03", "\x04"
"""What stands around hits and between the pieces of a snippet, and nowhere else in it."""

_HEADLINE = (
    r"E'StartSel=\x02, StopSel=\x03, FragmentDelimiter=\x04, "
    "MaxFragments=2, MaxWords=24, MinWords=8'"
)
_BEGINNING = 200
"""Characters of a post that are shown where only its title has a hit."""


@dataclass(frozen=True, slots=True)
class TermShape:
    """How a term is counted; its lexemes are values of the statement.

    Parameters
    ----------
    parts
        How many lexemes follow one another.
    compound
        Whether there is a lexeme for all of them.
    title
        Whether only titles count.
    """

    parts: int = 1
    compound: bool = False
    title: bool = False

    @property
    def single(self) -> bool:
        """Whether one lexeme is all there is to look at."""
        return self.parts == 1 and not self.compound


@dataclass(frozen=True, slots=True)
class Shape:
    """What the text of the statement depends on.

    Parameters
    ----------
    terms
        The terms of the query.
    indexed
        Whether there is an index; else posts are read.
    rare, spread
        Which candidates there are: see ``choosing.Pool``.
    in_titles
        Whether words of titles as they are written are looked for.
    titles
        Whether something must occur in titles.
    alike
        Whether posts that have every word are the same as those that have any.
    excluding
        Whether something must not occur.
    filters
        The names of the filters.
    sort
        The order.
    """

    terms: tuple[TermShape, ...]
    indexed: bool = True
    rare: bool = True
    spread: bool = False
    in_titles: bool = False
    titles: bool = False
    alike: bool = False
    excluding: bool = False
    filters: frozenset[str] = frozenset()
    sort: Sort = "relevance"


@functools.lru_cache(maxsize=256)
def found(shape: Shape) -> AnySelect:
    """The page of a search, with the parameters that ``values`` of this package give."""
    source = documents.of(indexed=shape.indexed)
    page = _page(shape, source)
    number = sa.func.row_number(type_=sa.BigInteger).over(order_by=_order(page, shape.sort))
    content = sa.func.translate(
        sa.func.left(posts.c.content, constant(LONGEST_CONTENT)),
        sa.literal_column(r"E'\x02\x03\x04'"),
        sa.literal_column("''"),
    )
    texts = (
        sa.select(content.label("content")).correlate(posts).offset(constant(0)).lateral("texts")
    )
    headline = (
        sa.select(
            sa.func.ts_headline(
                sa.cast(parameter("headlines", sa.Text()), pg.REGCONFIG),
                texts.c.content,
                _query("hits"),
                sa.literal_column(_HEADLINE),
                type_=sa.Text,
            ).label("text")
        )
        .correlate(texts)
        .offset(constant(0))
        .lateral("headline")
    )
    snippet = sa.case(
        (
            sa.func.strpos(headline.c.text, sa.literal_column(r"E'\x02'")) > constant(0),
            headline.c.text,
        ),
        else_=sa.func.left(texts.c.content, constant(_BEGINNING)),
    )
    rank = number + sa.cast(sa.bindparam("offset", type_=sa.BigInteger), sa.BigInteger)
    return (
        sa.select(
            rank.label("rank"),
            as_text(posts.c.id).label("post_id"),
            posts.c.title,
            snippet.label("snippet"),
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


def scored(shape: Shape, source: Documents) -> sa.Subquery:
    """The candidates with their scores, and with how often each term is in them."""
    candidates = _candidates(shape, source)
    title, length = candidates.c.title_length, candidates.c.length
    weighted = length + _number(RANKING.title_weight - 1) * title
    everything = _corpus(shape, source)
    mean, title_mean = everything.mean, everything.title_mean
    if shape.in_titles:
        weighted, mean = title, title_mean
    counts: list[sa.ColumnElement[Any]] = []
    for place, term in enumerate(shape.terms):
        whole, in_title = _occurrences(shape, candidates, place, term)
        counts += [whole.label(f"tf{place}"), in_title.label(f"title_tf{place}")]
    counted = (
        sa.select(
            candidates.c.post_id,
            candidates.c.created_at,
            _pivot(RANKING.b, weighted, mean).label("pivot"),
            _pivot(RANKING.title_b, title, title_mean).label("title_pivot"),
            _share(candidates).label("share"),
            *everything.weights,
            *counts,
        )
        .select_from(candidates if everything.rows is None else everything.joined(candidates))
        .offset(constant(0))
        .subquery("counted")
    )
    score = sum(
        (_score(shape, counted, place) for place in range(len(shape.terms))), start=_number(0)
    )
    return sa.select(counted, score.label("score")).offset(constant(0)).subquery("scored")


@dataclass(frozen=True, slots=True)
class _Corpus:
    """What the formula needs of all posts: values, or counted where there is no index."""

    mean: sa.ColumnElement[Any]
    title_mean: sa.ColumnElement[Any]
    weights: list[sa.ColumnElement[Any]]
    rows: sa.CTE | None = None

    def joined(self, candidates: sa.Subquery) -> sa.Join:
        assert self.rows is not None  # noqa: S101 - asked before
        return candidates.join(self.rows, sa.true())


def _corpus(shape: Shape, source: Documents) -> _Corpus:
    places = range(len(shape.terms))
    if shape.indexed:
        weights = [parameter(f"weight{place}", sa.Double()) for place in places]
        labelled: list[sa.ColumnElement[Any]] = [
            weight.label(f"weight{place}") for place, weight in enumerate(weights)
        ]
        return _Corpus(
            parameter("mean", sa.Double()), parameter("title_mean", sa.Double()), labelled
        )
    rows = counted(shape, source).cte("corpus")
    labelled = []
    for place, term in enumerate(shape.terms):
        idfs = (_idf(rows, place, number) for number in range(term.parts))
        weight = parameter(f"repeated{place}", sa.Double()) * sum(idfs, start=_number(0))
        labelled.append(weight.label(f"weight{place}"))
    return _Corpus(rows.c.mean, rows.c.title_mean, labelled, rows)


def counted(shape: Shape, source: Documents) -> AnySelect:
    """How many posts there are, how long they are, and in how many each lexeme is."""
    vector = source.c.title_words if shape.in_titles else source.c.words
    least = _number(1e-9)
    frequencies = [
        sa.func.count()
        .filter(matches_query(vector, f"part{place}_{number}"))
        .label(f"df{place}_{number}")
        for place, term in enumerate(shape.terms)
        for number in range(term.parts)
    ]
    length = source.c.length + _number(RANKING.title_weight - 1) * source.c.title_length
    return sa.select(
        sa.func.count().label("posts"),
        sa.func.greatest(sa.cast(sa.func.avg(length), sa.Double), least).label("mean"),
        sa.func.greatest(sa.cast(sa.func.avg(source.c.title_length), sa.Double), least).label(
            "title_mean"
        ),
        *frequencies,
    )


def _idf(corpus: sa.CTE, place: int, number: int) -> sa.ColumnElement[Any]:
    frequency = corpus.c[f"df{place}_{number}"]
    half = _number(0.5)
    return sa.func.ln(_number(1) + (corpus.c.posts - frequency + half) / (frequency + half))


def _page(shape: Shape, source: Documents) -> sa.Subquery:
    every = scored(shape, source)
    return (
        sa.select(every)
        .order_by(*_order(every, shape.sort))
        .limit(sa.cast(sa.bindparam("limit", type_=sa.BigInteger), sa.BigInteger))
        .offset(sa.cast(sa.bindparam("offset", type_=sa.BigInteger), sa.BigInteger))
        .subquery("page")
    )


def _order(rows: sa.Subquery, sort: Sort) -> list[sa.ColumnElement[Any]]:
    if sort == "newest":
        return [rows.c.created_at.desc(), rows.c.post_id.desc()]
    return [rows.c.score.desc(), rows.c.post_id]


def _candidates(shape: Shape, source: Documents) -> sa.Subquery:
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
        return some.limit(_budget(budget)).subquery()

    every = looked_at("looked_at", matches_query(source.c.words, "every_loose"))
    newest = looked_at("newest", newest=True)
    in_title = (matches_query(source.c.title_words, "title"), matches_query(source.c.words, "any"))
    branches = [
        sa.select(every.c.place)
        .where(matches_query(every.c.words, "every"))
        .limit(_budget("half")),
        sa.select(newest.c.place).where(matches_query(newest.c.words, "any")),
    ]
    if not (shape.alike and shape.titles):
        branches.append(sa.select(place).where(*in_title, *matching).limit(_budget("quarter")))
    if shape.filters - {"status"} and not shape.alike:
        some = sa.select(place).where(matches_query(source.c.words, "any"), *matching)
        branches.append(some.limit(_budget("quarter")))
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


def _occurrences(
    shape: Shape, rows: sa.Subquery, place: int, term: TermShape
) -> tuple[sa.ColumnElement[Any], sa.ColumnElement[Any]]:
    """How often a term occurs, those in the title counted for more, and how often in the title."""
    if shape.in_titles:
        return _frequency(_AS_WRITTEN, rows.c.title_words, f"part{place}_0"), _number(0)
    total = None if term.title else _adjacent(_ALL, rows.c.words, place, term)
    title = _adjacent(_TITLE, rows.c.words, place, term)
    more = _number(RANKING.title_weight - 1) * title
    return (title + more if total is None else total + more), title


def _adjacent(
    weights: str, vector: sa.ColumnElement[Any], place: int, term: TermShape
) -> sa.ColumnElement[Any]:
    if term.single:
        return _frequency(weights, vector, f"part{place}_0")
    # What several lexemes have in common is at most as frequent as the rarest of them.
    parts = [_frequency(weights, vector, f"part{place}_{number}") for number in range(term.parts)]
    times: sa.ColumnElement[Any] = sa.func.least(*parts)
    if term.compound:
        times = sa.func.greatest(times, _frequency(weights, vector, f"whole{place}"))
    name = f"match{place}" if weights == _ALL else f"title_match{place}"
    return sa.case(
        (matches_query(vector, name), sa.func.greatest(times, _number(1))), else_=_number(0)
    )


def _frequency(weights: str, vector: sa.ColumnElement[Any], name: str) -> sa.ColumnElement[Any]:
    """How often a lexeme occurs, read back from ``ts_rank``, which is H(n) / H(infinity)."""
    rank = sa.func.ts_rank(sa.literal_column(f"'{weights}'::real[]"), vector, _query(name))
    # Of a prefix, the rank is the sum over several lexemes and can reach 1.
    rest = sa.func.greatest(_number(1) - rank, _number(0.002))
    return sa.func.round(_number(1) / (_number(_BASEL) * rest) - _number(0.5))


def _score(shape: Shape, rows: sa.Subquery, place: int) -> sa.ColumnElement[Any]:
    times, in_title = rows.c[f"tf{place}"], rows.c[f"title_tf{place}"]
    score = times / (times + rows.c.pivot)
    if not shape.in_titles:
        score += rows.c.share * in_title / (in_title + rows.c.title_pivot)
    return rows.c[f"weight{place}"] * _number(RANKING.k1 + 1) * score


def _pivot(
    b: float, length: sa.ColumnElement[Any], mean: sa.ColumnElement[Any]
) -> sa.ColumnElement[Any]:
    return _number(RANKING.k1 * (1 - b)) + _number(RANKING.k1 * b) * length / mean


def _share(rows: sa.Subquery) -> sa.ColumnElement[Any]:
    lone = _number(RANKING.title_share * RANKING.lone_title_share)
    return sa.case((rows.c.length == rows.c.title_length, lone), else_=_number(RANKING.title_share))


def _matched(page: sa.Subquery, number: int) -> sa.ColumnElement[Any]:
    terms: pg.array[Any] = pg.array(
        [
            sa.case((page.c[f"tf{place}"] > _number(0), parameter(f"typed{place}", sa.Text())))
            for place in range(number)
        ],
        type_=sa.Text,
    )
    return sa.func.array_remove(terms, None, type_=pg.ARRAY(sa.Text))


def matches_query(vector: sa.ColumnElement[Any], name: str) -> sa.ColumnElement[bool]:
    """Whether a vector matches the ``tsquery`` that is the parameter of this name."""
    return vector.op("@@", is_comparison=True)(_query(name))


def _query(name: str) -> sa.ColumnElement[Any]:
    return sa.cast(parameter(name, sa.Text()), pg.TSQUERY)


def _budget(name: str) -> sa.ColumnElement[int]:
    return sa.cast(sa.bindparam(name, type_=sa.BigInteger), sa.BigInteger)


def _number(value: float) -> sa.ColumnElement[Any]:
    """A constant of the formula, which is no parameter of the statement."""
    return sa.literal_column(f"{float(value)!r}::float8", sa.Double)
