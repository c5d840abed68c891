"""Which posts are scored where a search matches more of them than it may cost.

Posts with the rarest words come first: they have the highest scores. What is left out has a bound,
so that it can be said whether it might have belonged into the result.

Where the words are all common, or the rare ones give few posts, others are added: those with all of
the words, those with one in the title, and the newest.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from echo_analytics.queries.search.constants import RANKING
from echo_analytics.queries.search.statistics import estimate, weight
from echo_analytics.queries.search.words import all_of, any_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from echo_analytics.queries.search.term import Term
    from echo_analytics.queries.search.terms import Terms

ENOUGH = 1_000
"""So many posts with rare words make a result of their own."""

ENOUGH_TITLES = 4_000
"""A common word that is in so many titles is looked for there: they have the highest scores."""

PLENTY = 0.02
"""Where this share of the posts match, some are found among any posts."""

SHALLOW = 200
"""Up to this rank less is looked through, and more only where it was too little."""

MOST_INTERSECTED = 3
"""By so many words posts with all of them are looked for, the rarest; the others are checked."""

_MARGIN, _TIED = 4, 64


@dataclass(frozen=True, slots=True)
class Pool:
    """The posts that are scored.

    Parameters
    ----------
    rare
        A ``tsquery``: all posts that match it are scored. Empty where all words are common.
    spread
        Whether posts with common words are added.
    whole
        Whether these are all posts that match.
    rest
        What a post that is left out can score at the most.
    budget
        How many posts may be scored.
    wanted
        How many are to be shown, those of earlier pages included.
    deep
        Whether more is looked through than the first page mostly needs.
    """

    rare: str
    spread: bool = False
    whole: bool = True
    rest: float = 0.0
    budget: int = 0
    wanted: int = 0
    deep: bool = False

    def further(self) -> Pool | None:
        """Return what is looked through where this gives too little; None where this is all."""
        if self.whole or (self.spread and self.deep):
            return None
        return replace(self, deep=True) if self.spread else replace(self, spread=True)


@dataclass(frozen=True, slots=True)
class Common:
    """Where the further posts are looked for: one ``tsquery`` each."""

    every: str
    every_loose: str
    title: str
    any: str


def choose(
    terms: Terms,
    posts: float,
    frequencies: Mapping[str, float],
    budget: int,
    wanted: int,
    most: float = math.inf,
) -> Pool:
    """Choose the posts to score.

    Parameters
    ----------
    terms
        What is looked for, one term at least.
    posts
        How many posts there are.
    frequencies
        In how many of them each lexeme is, by its ``tsquery``.
    budget
        How many posts may be scored.
    wanted
        How many are to be shown, those of earlier pages included.
    most
        How many posts match at the most, where that is known.
    """
    sizes = [estimate(term, frequencies) for term in terms.terms]
    narrowed = [term for term in terms.terms if term.narrowed]
    if min(matches(terms, frequencies), most) <= budget:
        rest = sum(highest(term, posts, frequencies) for term in narrowed)
        return Pool(terms.matching, False, not narrowed, rest, budget, wanted, wanted > SHALLOW)
    must = {place for group in terms.required for place in group}
    rarest = sorted((size, place) for place, size in enumerate(sizes) if place not in must)
    chosen: list[int] = []
    total = 0.0
    for size, place in rarest:
        if total + size > budget:
            break
        total += size
        chosen.append(place)
    left = [t for place, t in enumerate(terms.terms) if place not in chosen or t.narrowed]
    rest = sum(highest(term, posts, frequencies) for term in left)
    rest += sum(
        pair.share * weight(terms.terms[place], posts, frequencies) * (RANKING.k1 + 1)
        for pair in terms.pairs
        for place in (pair.first, pair.second)
        if not {pair.first, pair.second} & set(chosen)
    )
    any_rare = any_of(terms.terms[place].match for place in chosen)
    rare = all_of([any_rare, terms.must]) if any_rare else ""
    spread = total < max(ENOUGH, 5 * wanted)
    return Pool(rare, spread, False, rest, budget, wanted, wanted > SHALLOW)


def matches(terms: Terms, frequencies: Mapping[str, float]) -> float:
    """Return how many posts match at the most."""
    if terms.in_titles:
        return min(estimate(term, frequencies) for term in terms.terms)
    if not terms.required:
        return sum(estimate(term, frequencies) for term in terms.terms)
    return min(
        sum(estimate(terms.terms[place], frequencies) for place in group)
        for group in terms.required
    )


def likely(terms: Terms, posts: float, frequencies: Mapping[str, float]) -> float:
    """Return which share of the posts match, were words spread over posts by chance."""

    def share(term: Term) -> float:
        parts = math.prod(min(1.0, frequencies[part.query] / posts) for part in term.parts)
        return min(parts, estimate(term, frequencies) / posts, 1.0)

    groups = terms.required_terms or [list(terms.terms)]
    if terms.in_titles:
        groups = [[term] for term in terms.terms]
    return math.prod(1 - math.prod(1 - share(term) for term in group) for group in groups)


def window(share: float, wanted: int) -> float:
    """Return among how many of the newest posts the newest matches surely are."""
    return math.ceil(_MARGIN * wanted / share) + _TIED if share else math.inf


def highest(term: Term, posts: float, frequencies: Mapping[str, float]) -> float:
    """Return the most that a term can add to a score."""
    return weight(term, posts, frequencies) * (RANKING.k1 + 1) * (1 + RANKING.title_share)


def common(terms: Terms, frequencies: Mapping[str, float]) -> Common:
    """Return where further posts are looked for."""
    if terms.in_titles:
        loose = all_of(term.loose for term in _rarest(terms, frequencies))
        return Common(terms.matching, loose, "", terms.matching)
    if terms.must:
        loose = all_of(any_of(terms.terms[p].loose for p in group) for group in terms.required)
        titles = any_of(terms.terms[p].title_match for group in terms.required for p in group)
        return Common(terms.must, loose, titles, terms.must)
    every = all_of(term.match for term in terms.terms)
    loose = all_of(term.loose for term in _rarest(terms, frequencies))
    titles = any_of(term.title_match for term in terms.terms)
    return Common(every, loose, titles, terms.any)


def _rarest(terms: Terms, frequencies: Mapping[str, float]) -> tuple[Term, ...]:
    if not frequencies:
        return terms.terms
    rarest = sorted(terms.terms, key=lambda term: estimate(term, frequencies))
    return tuple(rarest[:MOST_INTERSECTED])
