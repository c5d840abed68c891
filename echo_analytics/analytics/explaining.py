"""What a search makes of a query."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeVar

from echo_analytics.analytics.counting import counted
from echo_analytics.analytics.searching import alone, prepare
from echo_analytics.arguments import flag, text
from echo_analytics.queries.search import explaining as queries
from echo_analytics.queries.search import statistics
from echo_analytics.queries.search.choosing import Pool
from echo_analytics.queries.search.statistics import Statistics
from echo_analytics.queries.search.terms import Terms, adjacent, why_ignored
from echo_analytics.queries.search.words import any_of
from echo_analytics.search_index.reading import goes_on_without

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from echo_analytics.analytics.prepared import Prepared
    from echo_analytics.queries.search.grammar import Clause
    from echo_analytics.queries.search.term import Term
    from echo_analytics.source import Source

F = TypeVar("F")

Role: TypeAlias = Literal["optional", "required", "excluded"]


@goes_on_without
def explain_search(source: Source[F], query: str, *, fuzzy: bool = True) -> F:
    """Tell what ``search_posts`` makes of a query, term by term.

    Parameters
    ----------
    source
        A database, or a snapshot of one.
    query
        What to look for.
    fuzzy
        Whether words that no post has are corrected to near ones that some have.

    Returns
    -------
    frame
        One row a term, in the order typed:

        - term (string): as typed, without quotes and minus
        - lexeme (string): what is looked for in its place, several lexemes of a phrase with spaces
          between them; null where it is ignored
        - kind (string): "word", "phrase", "prefix", or "compound" for words of code such as
          *snake_case*
        - role (string): "optional"; "required" where it, or one of the terms that OR joins it with,
          must occur; "excluded"
        - document_frequency (int64): how many posts have it, in the title or anywhere; of frequent
          words among more than 5,000 posts an estimate. Null where it is ignored
        - weight (float64): what an occurrence counts at the most, its ``q * idf`` in the formula of
          ``docs/searching.md``; null where it does not count
        - ignored (bool), reason (string): whether it is, and why
        - corrected_to (string): the word that is looked for instead, null where it is as typed

    Raises
    ------
    InvalidInput
        An argument is wrong.
    NotSupported
        There is no search index, and more than 200,000 posts.
    DatabaseError
        The server refused, timed out or was lost.

    Examples
    --------
    >>> terms = explain_search(db, "the slow migrations")
    >>> terms[["term", "lexeme", "reason"]].values.tolist()[0][::2]
    ['the', 'a stop word']
    """
    asked = prepare(source, text("query", query), fuzzy=flag("fuzzy", fuzzy))
    return source.as_frame(_table(explained(source, asked)))


@dataclass(frozen=True, slots=True)
class Explained:
    """A term of a query.

    Parameters
    ----------
    typed
        As it was typed.
    kind, role
        What it is, and what it is for.
    lexeme, posts, weight
        What is looked for, how many posts have it, and what it counts.
    reason
        Why it is ignored.
    corrected
        What is looked for instead.
    place
        Which of the terms of the search it is.
    """

    typed: str
    kind: str
    role: Role
    lexeme: str | None = None
    posts: int | None = None
    weight: float | None = None
    reason: str | None = None
    corrected: str | None = None
    place: int | None = None


def explained(source: Source[Any], asked: Prepared) -> list[Explained]:
    """Return what a query means, term by term."""
    asked = with_frequencies(source, asked)
    found = [*_wanted(asked), *_unwanted(asked)]
    posts = _frequencies(source, asked, [term for _, term in found if term is not None])
    return [
        row if term is None else replace(row, posts=posts[term], weight=_weight(asked, row, term))
        for row, term in found
    ]


def with_frequencies(source: Source[Any], asked: Prepared) -> Prepared:
    """Return a search with what its formula needs of all posts, counted where there is no index."""
    if asked.indexed or not asked.terms.terms:
        return asked
    shape = asked.shape(Pool(""), {}, "relevance")
    values = asked.values(Pool(""), 0)
    [row] = source.arrow(queries.corpus(shape, 0), values).to_pylist()
    frequencies = {
        part.query: float(row[f"df{place}_{number}"])
        for place, term in enumerate(asked.terms.terms)
        for number, part in enumerate(term.parts)
    }
    known = Statistics(row["posts"], row["mean"], row["title_mean"])
    return replace(asked, statistics=known, frequencies=frequencies)


def _wanted(asked: Prepared) -> Iterator[tuple[Explained, Term | None]]:
    """Give a row for each term that is looked for, and for each clause that is not."""
    terms = asked.terms.terms
    if asked.terms.in_titles:
        for place, term in enumerate(terms):
            yield Explained(term.typed, "word", "required", term.shown, place=place), term
        return
    required = {place for group in asked.terms.required for place in group}
    rows: dict[Explained, Term | None] = {}
    clauses = zip(asked.typed.clauses, asked.meant.clauses, asked.terms.meant, strict=True)
    for typed, meant, places in clauses:
        corrected = None if typed.text == meant.text else meant.text
        if not places:
            rows[_ignored(typed, "optional", why_ignored(meant, asked.known[meant.text]))] = None
        for place in places:
            term = terms[place]
            role: Role = "required" if place in required else "optional"
            row = Explained(_as_typed(typed), term.kind, role, term.shown)
            rows[replace(row, corrected=corrected, place=place)] = term
    yield from rows.items()


def _unwanted(asked: Prepared) -> Iterator[tuple[Explained, Term | None]]:
    rows: dict[Explained, Term | None] = {}
    for clause in asked.typed.excluded:
        term = adjacent(clause, asked.known[clause.text])
        if term is None:
            row = _ignored(clause, "excluded", why_ignored(clause, asked.known[clause.text]))
        else:
            row = Explained(_as_typed(clause), term.kind, "excluded", term.shown)
        rows[row] = term
    yield from rows.items()


def _ignored(clause: Clause, role: Role, reason: str) -> Explained:
    return Explained(_as_typed(clause), clause.kind, role, reason=reason)


def _as_typed(clause: Clause) -> str:
    return "title:" * clause.title + clause.text + "*" * (clause.kind == "prefix")


def _weight(asked: Prepared, row: Explained, term: Term) -> float | None:
    if row.role == "excluded":
        return None
    return statistics.weight(term, asked.statistics.posts, asked.frequencies)


def _frequencies(source: Source[Any], asked: Prepared, terms: list[Term]) -> dict[Term, int]:
    """Return in how many posts each term is."""
    # What must not occur is looked for in all of a post, even where the rest is one of titles.
    unwanted = set(asked.terms.excluded)
    wanted = [term for term in dict.fromkeys(terms) if term not in unwanted]
    found = _counted(source, asked, wanted, in_titles=asked.terms.in_titles)
    return found | _counted(source, asked, list(unwanted), in_titles=False)


def _counted(
    source: Source[Any], asked: Prepared, terms: list[Term], *, in_titles: bool
) -> dict[Term, int]:
    if not terms:
        return {}
    if asked.indexed:
        return {term: _of_index(source, asked, term, in_titles) for term in terms}
    nothing = replace(asked, terms=Terms(in_titles=in_titles))
    shape = nothing.shape(Pool(""), {}, "relevance")
    values: dict[str, object] = {f"one{place}": term.match for place, term in enumerate(terms)}
    values["lexemes"] = any_of(part.query for part in statistics.asked_for(terms))
    [row] = source.arrow(queries.corpus(shape, len(terms)), values).to_pylist()
    return {term: row[f"posts{place}"] for place, term in enumerate(terms)}


def _of_index(source: Source[Any], asked: Prepared, term: Term, in_titles: bool) -> int:
    known = asked.frequencies.get(term.parts[0].query)
    if known is not None and term.kind == "word" and not term.title and not term.others:
        return round(known)
    return int(counted(source, alone(source, asked, term, in_titles=in_titles), {}))


def _table(rows: list[Explained]) -> pa.Table:
    import pyarrow as pa

    columns = {
        "term": ([row.typed for row in rows], pa.string()),
        "lexeme": ([row.lexeme for row in rows], pa.string()),
        "kind": ([row.kind for row in rows], pa.string()),
        "role": ([row.role for row in rows], pa.string()),
        "document_frequency": ([row.posts for row in rows], pa.int64()),
        "weight": ([row.weight for row in rows], pa.float64()),
        "ignored": ([row.reason is not None for row in rows], pa.bool_()),
        "reason": ([row.reason for row in rows], pa.string()),
        "corrected_to": ([row.corrected for row in rows], pa.string()),
    }
    return pa.table({name: pa.array(*column) for name, column in columns.items()})
