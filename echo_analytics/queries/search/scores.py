"""The scores of candidates, by the formula of ``constants``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from echo_analytics.constructs import constant, parameter
from echo_analytics.queries.search.candidates import candidates
from echo_analytics.queries.search.constants import RANKING
from echo_analytics.queries.search.expressions import figure, matches_query, tsquery

if TYPE_CHECKING:
    from echo_analytics.queries.search.documents import Documents
    from echo_analytics.queries.search.shapes import Shape, TermShape
    from echo_analytics.source import AnySelect

# H(n) = 1 + 1/4 + ... + 1/n^2 comes near to this.
_BASEL = 1.6449340668482264
_ALL, _TITLE, _AS_WRITTEN = "{1,1,1,1}", "{0,0,0,1}", "{1,0,0,0}"


def scored(shape: Shape, source: Documents, posts: sa.Subquery | None = None) -> sa.Subquery:
    """The candidates, or other posts, with their scores and with how often each term is in them."""
    if posts is None:
        posts = candidates(shape, source)
    title, length = posts.c.title_length, posts.c.length
    weighted = length + figure(RANKING.title_weight - 1) * title
    everything = _corpus(shape, source)
    mean, title_mean = everything.mean, everything.title_mean
    if shape.in_titles:
        weighted, mean = title, title_mean
    places, pairs = range(len(shape.terms)), list(enumerate(shape.pairs))
    counted = (
        sa.select(
            posts.c.post_id,
            posts.c.created_at,
            posts.c.words,
            _pivot(RANKING.b, weighted, mean).label("pivot"),
            _pivot(RANKING.title_b, title, title_mean).label("title_pivot"),
            _share(posts).label("share"),
            *everything.weights,
            *(_times(shape, posts, place).label(f"times{place}") for place in places),
        )
        .select_from(posts if everything.rows is None else everything.joined(posts))
        .offset(constant(0))
        .subquery("counted")
    )
    kept = [column for column in counted.c if column.name != "words"]
    in_titles = (
        sa.select(
            *kept,
            *(_in_title(shape, counted, place).label(f"title_tf{place}") for place in places),
            *(_close(counted, place, pair).label(f"close{place}") for place, pair in pairs),
        )
        .offset(constant(0))
        .subquery("in_titles")
    )
    kept = [column for column in in_titles.c if not column.name.startswith("times")]
    score = sum(
        (
            *(_score(shape, in_titles, place) for place in places),
            *(_score_of_pair(in_titles, place, pair) for place, pair in pairs),
        ),
        start=figure(0),
    )
    return (
        sa.select(
            *kept,
            *(_frequency(shape, in_titles, place).label(f"tf{place}") for place in places),
            score.label("score"),
        )
        .offset(constant(0))
        .subquery("scored")
    )


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
    # Once: the planner, which takes candidates for few, could count it anew for each of them.
    rows = counted(shape, source).cte("corpus").prefix_with("MATERIALIZED")
    labelled = []
    for place, term in enumerate(shape.terms):
        idfs = (_idf(rows, place, number) for number in range(term.parts))
        weight = parameter(f"repeated{place}", sa.Double()) * sum(idfs, start=figure(0))
        labelled.append(weight.label(f"weight{place}"))
    return _Corpus(rows.c.mean, rows.c.title_mean, labelled, rows)


def counted(shape: Shape, source: Documents) -> AnySelect:
    """How many posts there are, how long they are, and in how many each lexeme is."""
    vector = source.c.title_words if shape.in_titles else source.c.words
    frequencies = [
        sa.func.count()
        .filter(matches_query(vector, f"part{place}_{number}"))
        .label(f"df{place}_{number}")
        for place, term in enumerate(shape.terms)
        for number in range(term.parts)
    ]
    length = source.c.length + figure(RANKING.title_weight - 1) * source.c.title_length
    return sa.select(
        sa.func.count().label("posts"),
        _mean(length).label("mean"),
        _mean(source.c.title_length).label("title_mean"),
        *frequencies,
    )


def _mean(length: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    mean = sa.cast(sa.func.avg(length), sa.Double)
    return sa.func.greatest(mean, figure(1e-9), type_=sa.Double)


def _idf(corpus: sa.CTE, place: int, number: int) -> sa.ColumnElement[Any]:
    frequency = corpus.c[f"df{place}_{number}"]
    half = figure(0.5)
    return sa.func.ln(figure(1) + (corpus.c.posts - frequency + half) / (frequency + half))


def _times(shape: Shape, rows: sa.Subquery, place: int) -> sa.ColumnElement[Any]:
    """How often a term occurs; one for titles, in the title."""
    term = shape.terms[place]
    if shape.in_titles:
        return _occurrences(_AS_WRITTEN, rows.c.title_words, f"part{place}_0")
    return _adjacent(_TITLE if term.title else _ALL, rows.c.words, place, term)


def _in_title(shape: Shape, rows: sa.Subquery, place: int) -> sa.ColumnElement[Any]:
    """How often a term occurs in the title: of most posts that is known by now."""
    term, times = shape.terms[place], rows.c[f"times{place}"]
    if shape.in_titles:
        return figure(0)
    if term.title:
        return times
    in_title = _adjacent(_TITLE, rows.c.words, place, term)
    return sa.case((times > figure(0), in_title), else_=figure(0))


def _close(rows: sa.Subquery, place: int, pair: tuple[int, int]) -> sa.ColumnElement[Any]:
    """For how much two terms count that occur next to each other, where both occur."""
    both = [rows.c[f"times{term}"] > figure(0) for term in dict.fromkeys(pair)]
    in_title = matches_query(rows.c.words, f"title_pair{place}")
    times = sa.case((in_title, figure(RANKING.title_weight)), else_=figure(1))
    here = sa.and_(*both, matches_query(rows.c.words, f"pair{place}"))
    return sa.case((here, times), else_=figure(0))


def _frequency(shape: Shape, rows: sa.Subquery, place: int) -> sa.ColumnElement[Any]:
    """How often a term occurs, those in the title counted for more."""
    times: sa.ColumnElement[Any] = rows.c[f"times{place}"]
    if shape.in_titles:
        return times
    return times + figure(RANKING.title_weight - 1) * rows.c[f"title_tf{place}"]


def _adjacent(
    weights: str, vector: sa.ColumnElement[Any], place: int, term: TermShape
) -> sa.ColumnElement[Any]:
    if term.single:
        return _occurrences(weights, vector, f"part{place}_0")
    # What several lexemes have in common is at most as frequent as the rarest of them.
    parts = [_occurrences(weights, vector, f"part{place}_{number}") for number in range(term.parts)]
    times: sa.ColumnElement[Any] = sa.func.least(*parts)
    if term.compound:
        times = sa.func.greatest(times, _occurrences(weights, vector, f"whole{place}"))
    name = f"match{place}" if weights == _ALL else f"title_match{place}"
    return sa.case(
        (matches_query(vector, name), sa.func.greatest(times, figure(1))), else_=figure(0)
    )


def _occurrences(weights: str, vector: sa.ColumnElement[Any], name: str) -> sa.ColumnElement[Any]:
    """How often a lexeme occurs, read back from ``ts_rank``, which is H(n) / H(infinity)."""
    rank = sa.func.ts_rank(sa.literal_column(f"'{weights}'::real[]"), vector, tsquery(name))
    # Of a prefix, the rank is the sum over several lexemes and can reach 1.
    rest = sa.func.greatest(figure(1) - rank, figure(0.002))
    return sa.func.round(figure(1) / (figure(_BASEL) * rest) - figure(0.5))


def _score(shape: Shape, rows: sa.Subquery, place: int) -> sa.ColumnElement[Any]:
    times, in_title = _frequency(shape, rows, place), rows.c[f"title_tf{place}"]
    score = times / (times + rows.c.pivot)
    if not shape.in_titles:
        score += rows.c.share * in_title / (in_title + rows.c.title_pivot)
    return rows.c[f"weight{place}"] * figure(RANKING.k1 + 1) * score


def _score_of_pair(rows: sa.Subquery, place: int, pair: tuple[int, int]) -> sa.ColumnElement[Any]:
    first, second = pair
    weight = parameter(f"pair_share{place}", sa.Double()) * (
        rows.c[f"weight{first}"] + rows.c[f"weight{second}"]
    )
    close = rows.c[f"close{place}"]
    return weight * figure(RANKING.k1 + 1) * close / (close + rows.c.pivot)


def _pivot(
    b: float, length: sa.ColumnElement[Any], mean: sa.ColumnElement[Any]
) -> sa.ColumnElement[Any]:
    return figure(RANKING.k1 * (1 - b)) + figure(RANKING.k1 * b) * length / mean


def _share(rows: sa.Subquery) -> sa.ColumnElement[Any]:
    lone = figure(RANKING.title_share * RANKING.lone_title_share)
    return sa.case((rows.c.length == rows.c.title_length, lone), else_=figure(RANKING.title_share))
