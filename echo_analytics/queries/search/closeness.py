"""Which terms were typed next to each other: posts that have them so come before others."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from echo_analytics.queries.search.constants import RANKING
from echo_analytics.queries.search.words import phrase, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from echo_analytics.queries.search.grammar import Query
    from echo_analytics.queries.search.term import Term
    from echo_analytics.queries.search.words import Normalised

MOST_PAIRS = 16
"""Further pairs of a query are left out."""

MOST_WORDS = 4
"""A query of so many words is a name, or a thing that is written so; others are sentences."""

MOST_APART = 1
"""How far apart two terms may be."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two terms of a query that follow one another.

    Parameters
    ----------
    first, second
        Their places among the terms.
    lexemes
        A lexeme of each.
    apart
        How far the second one is from the first, from 1.
    share
        For which share of the weights of both it counts that a post has them so.
    """

    first: int
    second: int
    lexemes: tuple[str, str]
    apart: int
    share: float

    def match(self, weight: str = "") -> str:
        """Return the ``tsquery`` that says which posts have both so; ``:A`` asks for titles."""
        return phrase([quoted(lexeme, weight) for lexeme in self.lexemes], [0, self.apart])


@dataclass(frozen=True, slots=True)
class _Word:
    lexeme: str
    term: int
    place: int
    clause: int
    joined: bool


def pairs_of(
    query: Query,
    normalised: Mapping[str, Normalised],
    terms: Sequence[Term],
    meant: Sequence[Sequence[int]],
) -> tuple[Pair, ...]:
    """Return the pairs of plain words that follow one another, given what each clause means."""
    pairs: dict[Pair, None] = {}
    short = len(query.clauses) <= MOST_WORDS
    for one, other in pairwise(_words(query, normalised, terms, meant)):
        apart = other.place - one.place
        is_one_term = one.term == other.term and terms[one.term].kind == "compound"
        if apart > MOST_APART or is_one_term:
            continue
        glued = one.clause == other.clause or (other.joined and other.clause == one.clause + 1)
        share = RANKING.glued_share if glued else RANKING.close_share
        share = RANKING.short_share if short else share
        lexemes = (one.lexeme, other.lexeme)
        pairs[Pair(one.term, other.term, lexemes, apart, share)] = None
    return tuple(pairs)[:MOST_PAIRS]


def _words(
    query: Query,
    normalised: Mapping[str, Normalised],
    terms: Sequence[Term],
    meant: Sequence[Sequence[int]],
) -> Iterator[_Word]:
    start = 0
    for number, (clause, places) in enumerate(zip(query.clauses, meant, strict=True)):
        if clause.kind != "word" or clause.title:
            start += MOST_APART + 1
            continue
        known = normalised[clause.text]
        of = {part.lexeme: place for place in places for part in terms[place].parts}
        for lexeme, at in zip(known.lexemes, known.places, strict=True):
            if lexeme in of:
                yield _Word(lexeme, of[lexeme], start + at, number, clause.joined)
        start += max(known.simple_places, default=0)
