"""A query, as a database understands it, and the statement that it comes to."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from echo_analytics.queries.search import choosing, documents, statistics
from echo_analytics.queries.search.constants import RANKING
from echo_analytics.queries.search.shapes import Shape, TermShape
from echo_analytics.queries.search.statistics import Statistics
from echo_analytics.queries.search.words import Normalised, any_of, quoted
from echo_analytics.search_index.objects import HEADLINES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from echo_analytics.queries.search.choosing import Pool
    from echo_analytics.queries.search.grammar import Query
    from echo_analytics.queries.search.shapes import Sort
    from echo_analytics.queries.search.term import Term
    from echo_analytics.queries.search.terms import Terms

_FEW = {"draft", "archived"}


@dataclass(frozen=True, slots=True)
class Prepared:
    """A query, as a database understands it.

    Parameters
    ----------
    terms
        What is looked for.
    typed, meant
        The query as it was typed, and with the corrections.
    known
        What the server makes of the texts of its clauses.
    indexed
        Whether there is an index; else nothing is known of frequencies before.
    statistics, frequencies
        What is known of all posts, and in how many of them each lexeme is, by its ``tsquery``.
    most
        In how many posts what must occur is at the most, where that was counted.
    corrections
        What was searched for in the place of words that are nowhere.
    """

    terms: Terms
    typed: Query
    meant: Query
    known: Mapping[str, Normalised]
    indexed: bool
    statistics: Statistics = field(default_factory=lambda: Statistics(0, 0, 0))
    frequencies: Mapping[str, float] = field(default_factory=dict)
    most: float = math.inf
    corrections: Mapping[str, str] = field(default_factory=dict)

    @property
    def words(self) -> str:
        """The words that are looked for, stop words too, without operators."""
        return self.meant.words

    @property
    def lexemes(self) -> str:
        """The ``tsquery`` of all lexemes that are looked for."""
        return any_of(part.query for part in statistics.asked_for(self.terms.terms))

    def pool(self, budget: int, wanted: int) -> Pool:
        """Return which posts are scored."""
        if not self.indexed:
            return choosing.Pool(self.terms.matching)
        posts = self.statistics.posts
        return choosing.choose(self.terms, posts, self.frequencies, budget, wanted, self.most)

    def expected(self) -> float:
        """Return how many posts match at the most; without an index, which are few, 0."""
        if not self.indexed or not self.terms.terms:
            return 0.0
        found = choosing.matches(self.terms.unnarrowed(), self.frequencies)
        return min(found, self.most, self.statistics.posts)

    def shape(self, pool: Pool, filters: Mapping[str, object], sort: Sort) -> Shape:
        """Return what the text of the statement depends on."""
        common = self._common()
        narrow = bool(filters.keys() - {"status"}) or filters.get("status", "") in _FEW
        share = self._share()
        few = narrow and (pool.deep or "author" in filters)
        lone = sort == "relevance" and not few and self._is_lone(narrow, share)
        return Shape(
            tuple(
                TermShape(len(term.parts), term.whole is not None, term.title, bool(term.others))
                for term in self.terms.terms
            ),
            pairs=tuple((pair.first, pair.second) for pair in self.terms.pairs),
            indexed=self.indexed,
            rare=bool(pool.rare),
            spread=pool.spread,
            in_titles=self.terms.in_titles,
            titles=self.indexed and bool(self.terms.titles),
            alike=common.every == common.any,
            lone=lone,
            latest=sort == "newest" and self._is_latest(pool, share),
            narrow=narrow,
            plenty=share >= choosing.PLENTY,
            several=len(self.terms.required) > 1,
            excluding=bool(self.terms.excluded),
            filters=frozenset(filters),
            sort=sort,
        )

    def _common(self) -> choosing.Common:
        return choosing.common(self.terms, self.frequencies if self.indexed else {})

    def _share(self) -> float:
        """Return which share of the posts match, by chance; nothing where that is not known."""
        if not self.indexed or not self.terms.terms:
            return 0.0
        return choosing.likely(self.terms, max(1.0, self.statistics.posts), self.frequencies)

    def _is_latest(self, pool: Pool, share: float) -> bool:
        """Whether the newest matches are surely among so many of the newest posts."""
        if pool.whole or pool.deep or self.terms.titles:
            return False
        return choosing.window(share, pool.wanted) <= pool.budget

    def _is_lone(self, narrow: bool, share: float) -> bool:
        """Whether a single word is looked for, which enough titles have, or such words."""
        terms = self.terms
        if terms.in_titles:
            return narrow and share >= choosing.PLENTY
        if len(terms.terms) != 1 or terms.required or terms.excluded:
            return False
        [term] = terms.terms
        if len(term.every_part) != 1 or term.parts[0].prefix:
            return False
        return (self.statistics.title_frequency(term.parts[0]) or 0) >= choosing.ENOUGH_TITLES

    def values(self, pool: Pool, budget: int) -> dict[str, object]:
        """Return the values of the statement, but for filters and page."""
        terms = self.terms.terms
        common = self._common()
        mean = self.statistics.mean_length + (
            (RANKING.title_weight - 1) * self.statistics.mean_title_length
        )
        given: dict[str, object] = {
            "headlines": f"analytics.{HEADLINES}" if self.indexed else documents.CONFIGURATION,
            "hits": self.lexemes,
            "lexemes": self.lexemes,
            "rare": pool.rare,
            "every": common.every,
            "every_loose": common.every_loose,
            "title": common.title,
            "any": common.any,
            "titles": self.terms.titles,
            "unwanted": self.terms.unwanted,
            "half": budget // 2,
            "quarter": budget // 4,
            "eighth": budget // 8,
            "recent": budget,
            "window": min(budget, choosing.window(self._share(), pool.wanted)),
            "looked_at": 2 * budget,
            "mean": max(mean, 1e-9),
            "title_mean": max(self.statistics.mean_title_length, 1e-9),
        }
        for place, term in enumerate(terms):
            given |= self._of_term(place, term)
        for place, pair in enumerate(self.terms.pairs):
            given[f"pair{place}"] = pair.match()
            given[f"title_pair{place}"] = pair.match(":A")
            given[f"pair_share{place}"] = pair.share
        return given

    def _of_term(self, place: int, term: Term) -> dict[str, object]:
        given: dict[str, object] = {
            f"part{place}_{number}": part.query for number, part in enumerate(term.parts)
        }
        given |= {
            f"typed{place}": term.typed,
            f"match{place}": term.match,
            f"title_match{place}": term.title_match,
            f"repeated{place}": statistics.repeated(term),
        }
        if term.whole is not None:
            given[f"whole{place}"] = quoted(term.whole)
        if self.indexed:
            posts = self.statistics.posts
            given[f"weight{place}"] = statistics.weight(term, posts, self.frequencies)
        return given
