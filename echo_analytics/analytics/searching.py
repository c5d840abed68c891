"""A search, step by step: what was typed, what it means here, what it costs, what is shown."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, cast

from echo_analytics.arrow import statement
from echo_analytics.errors import NotSupported, SearchIndexWarning
from echo_analytics.queries.search import choosing, documents, statistics
from echo_analytics.queries.search.constants import RANKING
from echo_analytics.queries.search.grammar import parse
from echo_analytics.queries.search.shapes import Shape, TermShape
from echo_analytics.queries.search.statistics import Statistics
from echo_analytics.queries.search.terms import Terms, terms_of
from echo_analytics.queries.search.words import (
    Normalised,
    any_of,
    is_plain,
    normalised,
    quoted,
)
from echo_analytics.search_index.near import is_correctable, near_words, trigrams
from echo_analytics.search_index.objects import HEADLINES
from echo_analytics.search_index.reading import STATE, ask

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from echo_analytics.queries.search.choosing import Pool
    from echo_analytics.queries.search.grammar import Clause, Query
    from echo_analytics.queries.search.shapes import Sort
    from echo_analytics.queries.search.term import Term
    from echo_analytics.source import AnySelect, Source

MOST_POSTS = 200_000
"""Up to how many posts are searched without an index."""

_STATISTICS, _WARNED = "statistics of searches", "warned of searches without an index"
_TRIGRAMS = "schema of pg_trgm"
_FEW = {"draft", "archived"}

_WITHOUT_INDEX = (
    "there is no search index, or not for this role: every search reads all posts, and typing "
    "errors are not corrected; `echo-analytics search-index build` makes one"
)


def _indexed(*, plain: bool) -> str:
    texts = normalised("s.configuration::regconfig", plain=plain)
    return f"""
SELECT s.configuration, s.words_upto, s.usable, n.*
FROM ({STATE} OFFSET 0) AS s LEFT JOIN LATERAL ({texts}) AS n ON s.usable
ORDER BY n.number"""  # noqa: S608 - constants of ours


_INDEXED, _INDEXED_PLAIN = _indexed(plain=False), _indexed(plain=True)
_NOT_INDEXED = normalised(f"'{documents.CONFIGURATION}'::regconfig")
_POSTS = f"SELECT count(*) AS posts FROM (SELECT FROM public.posts LIMIT {MOST_POSTS + 1}) AS p"  # noqa: S608


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


def prepare(source: Source[Any], text: str, *, fuzzy: bool) -> Prepared:
    """Find out what a query means in a database, with as few questions as can be."""
    query = parse(text)
    found = _from_index(source, _texts(query))
    if found is None:
        return _without_index(source, query)
    prepared = _prepared(source, query, found)
    near = _near(source, query, found, prepared.frequencies) if fuzzy else {}
    if not near:
        return prepared
    meant = replace(query, clauses=tuple(_meant(c, found[c.text], near) for c in query.clauses))
    again = _from_index(source, _texts(meant))
    if again is None:
        return prepared
    return replace(_prepared(source, meant, again), typed=query, corrections=near)


def _prepared(source: Source[Any], query: Query, found: Mapping[str, Normalised]) -> Prepared:
    terms = terms_of(query, found)
    if not terms.terms:
        return Prepared(terms, query, query, found, indexed=True)
    known = _statistics(source)
    frequencies = _frequencies(source, known, terms)
    terms = replace(terms, terms=tuple(known.narrowed(term, frequencies) for term in terms.terms))
    most = _most(source, known, terms, frequencies)
    return Prepared(terms, query, query, found, True, known, frequencies, most)


def _near(
    source: Source[Any],
    query: Query,
    found: Mapping[str, Normalised],
    frequencies: Mapping[str, float],
) -> dict[str, str]:
    """Return for words that no post has near ones that some have."""
    nowhere = [
        word
        for clause in query.clauses
        if clause.kind != "prefix"
        for lexeme, word in found[clause.text].stems
        if frequencies.get(quoted(lexeme)) == 0
    ]
    if not any(is_correctable(word) for word in nowhere):
        return {}
    if _TRIGRAMS not in source.memory:
        schemas = _rows(source, trigrams())
        source.memory[_TRIGRAMS] = schemas[0]["schema"] if schemas else None
    schema = cast("str | None", source.memory[_TRIGRAMS])
    return {row["typed"]: row["word"] for row in _rows(source, near_words(nowhere, schema))}


def _rows(source: Source[Any], select: AnySelect) -> list[dict[str, Any]]:
    asked = statement(select)
    rows: list[dict[str, Any]] = source.look_up(asked.text, asked.values).to_pylist()
    return rows


def _meant(clause: Clause, known: Normalised, near: Mapping[str, str]) -> Clause:
    if clause.kind == "prefix" or not any(word in near for word in known.simple):
        return clause
    return replace(clause, text=" ".join(near.get(word, word) for word in known.simple))


def _texts(query: Query) -> list[str]:
    clauses: Sequence[Clause] = (*query.clauses, *query.excluded)
    return list(dict.fromkeys(clause.text for clause in clauses)) or [""]


def _from_index(source: Source[Any], texts: list[str]) -> dict[str, Normalised] | None:
    asked = _INDEXED_PLAIN if all(map(is_plain, texts)) else _INDEXED
    rows = ask(source, asked, (texts,))
    found = [] if rows is None else rows.to_pylist()
    if not found or not found[0]["usable"]:
        return None
    return {texts[row["number"] - 1]: Normalised.of(row) for row in found}


def _without_index(source: Source[Any], query: Query) -> Prepared:
    if source.look_up(_POSTS).column("posts")[0].as_py() > MOST_POSTS:
        raise NotSupported(
            f"without a search index, up to {MOST_POSTS:,} posts are searched, and there are more:"
            " `echo-analytics search-index build` makes one"
        )
    if not source.memory.get(_WARNED):
        source.memory[_WARNED] = True
        warnings.warn(_WITHOUT_INDEX, SearchIndexWarning, stacklevel=5)
    texts = _texts(query)
    rows = source.look_up(_NOT_INDEXED, (texts,)).to_pylist()
    found = {texts[row["number"] - 1]: Normalised.of(row) for row in rows}
    return Prepared(terms_of(query, found), query, query, found, indexed=False)


def alone(source: Source[Any], asked: Prepared, term: Term, *, in_titles: bool = False) -> Prepared:
    """Return a search, of one with an index, for a single term."""
    terms = Terms((replace(term, narrowed=()),), in_titles=in_titles)
    # A search for nothing has not asked for them.
    known = asked.statistics if asked.terms.terms else _statistics(source)
    frequencies = _frequencies(source, known, terms)
    return replace(asked, terms=terms, statistics=known, frequencies=frequencies, most=math.inf)


def _statistics(source: Source[Any]) -> Statistics:
    known = source.memory.get(_STATISTICS)
    if isinstance(known, Statistics) and known.fresh:
        return known
    [row] = source.look_up(statistics.COUNTED).to_pylist()
    if row["posts"] <= statistics.FEW_POSTS:
        return Statistics(**row)
    [row] = source.look_up(statistics.ESTIMATED).to_pylist()
    lexemes, shares = row.pop("lexemes") or [], row.pop("shares") or []
    title_lexemes, title_shares = row.pop("title_lexemes") or [], row.pop("title_shares") or []
    # The shares end with some that are of no lexeme.
    found = Statistics(
        **row,
        shares=dict(zip(lexemes, shares, strict=False)),
        title_shares=dict(zip(title_lexemes, title_shares, strict=False)),
    )
    source.memory[_STATISTICS] = found
    return found


def _most(
    source: Source[Any], known: Statistics, terms: Terms, frequencies: Mapping[str, float]
) -> float:
    """Return in how many posts all is that must occur, where these may be few."""
    groups = terms.required_terms
    if not groups or choosing.matches(terms, frequencies) <= statistics.MOST_COUNTED:
        return math.inf
    in_titles = min(
        (
            sum(known.most_in_titles(term) for term in group)
            for group in groups
            if all(term.title for term in group)
        ),
        default=math.inf,
    )
    if in_titles <= statistics.MOST_COUNTED:
        return in_titles
    if len(groups) == 1 and all(len(term.parts) == 1 for term in groups[0]):
        return math.inf
    if 2 * choosing.likely(terms, known.posts, frequencies) * known.posts > statistics.MOST_COUNTED:
        # Words that are near each other are so more often than by chance: that would be too many.
        return math.inf
    loose = [choosing.common(terms, frequencies).every_loose]
    if terms.titles:
        counted = source.look_up(statistics.COUNT_WITH_TITLES, (loose, terms.titles))
    else:
        counted = source.look_up(statistics.COUNT, (loose,))
    found: int = counted.column("posts")[0].as_py()
    return found if found <= statistics.MOST_COUNTED else math.inf


def _frequencies(source: Source[Any], known: Statistics, terms: Terms) -> dict[str, float]:
    """Return in how many posts each lexeme is."""
    found: dict[str, float | None] = {
        part.query: known.title_frequency(part) if terms.in_titles else known.frequency(part)
        for part in statistics.asked_for(terms.terms)
    }
    rare = [query for query, frequency in found.items() if frequency is None]
    if rare:
        text = statistics.COUNT_IN_TITLES if terms.in_titles else statistics.COUNT
        counts = source.look_up(text, (rare,)).column("posts").to_pylist()
        found |= dict(zip(rare, counts, strict=True))
    return {query: float(frequency or 0) for query, frequency in found.items()}
