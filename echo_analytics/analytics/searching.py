"""Finding out what a query means in a database, with as few questions as can be."""

from __future__ import annotations

import math
import warnings
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from echo_analytics.analytics.prepared import Prepared
from echo_analytics.arrow import statement
from echo_analytics.errors import NotSupported, SearchIndexWarning
from echo_analytics.queries.search import choosing, documents, statistics
from echo_analytics.queries.search.grammar import parse
from echo_analytics.queries.search.statistics import Statistics
from echo_analytics.queries.search.terms import Terms, terms_of
from echo_analytics.queries.search.words import Normalised, is_plain, normalised, quoted
from echo_analytics.search_index.near import is_correctable, near_words, trigrams
from echo_analytics.search_index.reading import STATE, ask

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from echo_analytics.queries.search.grammar import Clause, Query
    from echo_analytics.queries.search.term import Term
    from echo_analytics.source import AnySelect, Source

MOST_POSTS = 200_000
"""Up to how many posts are searched without an index."""

_STATISTICS, _WARNED = "statistics of searches", "warned of searches without an index"
_TRIGRAMS = "schema of pg_trgm"

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
