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

    from echo_analytics.queries.search.terms import Term, Terms

ENOUGH = 1_000
"""So many posts with rare words make a result of their own."""

ENOUGH_TITLES = 4_000
"""A common word that is in so many titles is looked for there: they have the highest scores."""

MOST_INTERSECTED = 3
"""By so many stop words titles are looked for in the index, the rarest; the others are checked."""


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
    """

    rare: str
    spread: bool = False
    whole: bool = True
    rest: float = 0.0

    def spreading(self) -> Pool:
        """Return this with posts added that have common words."""
        return replace(self, spread=True)


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
        return Pool(terms.matching, whole=not narrowed, rest=rest)
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
    any_rare = any_of(terms.terms[place].match for place in chosen)
    rare = all_of([any_rare, terms.must]) if any_rare else ""
    return Pool(rare, total < max(ENOUGH, 5 * wanted), whole=False, rest=rest)


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


def highest(term: Term, posts: float, frequencies: Mapping[str, float]) -> float:
    """Return the most that a term can add to a score."""
    return weight(term, posts, frequencies) * (RANKING.k1 + 1) * (1 + RANKING.title_share)


def common(terms: Terms, frequencies: Mapping[str, float]) -> Common:
    """Return where further posts are looked for."""
    if terms.in_titles:
        rarest = terms.terms
        if frequencies:
            rarest = tuple(sorted(terms.terms, key=lambda term: estimate(term, frequencies)))
        loose = all_of(term.loose for term in rarest[:MOST_INTERSECTED])
        return Common(terms.matching, loose, "", terms.matching)
    if terms.must:
        loose = all_of(any_of(terms.terms[p].loose for p in group) for group in terms.required)
        titles = any_of(terms.terms[p].title_match for group in terms.required for p in group)
        return Common(terms.must, loose, titles, terms.must)
    every = all_of(term.match for term in terms.terms)
    loose = all_of(term.loose for term in terms.terms)
    titles = any_of(term.title_match for term in terms.terms)
    return Common(every, loose, titles, terms.any)
