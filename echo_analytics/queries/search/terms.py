"""The terms of a query: what a post is matched by and what its score is made of."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import TYPE_CHECKING

from echo_analytics.queries.search.closeness import pairs_of
from echo_analytics.queries.search.term import Part, Term
from echo_analytics.queries.search.versions import number_of, spellings
from echo_analytics.queries.search.words import all_of, any_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from echo_analytics.queries.search.closeness import Pair
    from echo_analytics.queries.search.grammar import Clause, Query
    from echo_analytics.queries.search.term import TermKind
    from echo_analytics.queries.search.words import Normalised

MAX_TERMS = 32
"""Further terms of a query are left out."""

_VERSION = re.compile(r"v[0-9]+[.]")


@dataclass(frozen=True, slots=True)
class Terms:
    """All terms of a query.

    Parameters
    ----------
    terms
        What is looked for.
    required
        Groups of places in ``terms``: of each, one must occur.
    excluded
        What must not occur.
    meant
        For each clause of the query, the places in ``terms`` of what it is looked for by.
    pairs
        Which of them were typed next to each other.
    in_titles
        Whether the terms are words, stop words among them, of titles as they are written.
    """

    terms: tuple[Term, ...] = ()
    required: tuple[tuple[int, ...], ...] = ()
    excluded: tuple[Term, ...] = ()
    meant: tuple[tuple[int, ...], ...] = ()
    pairs: tuple[Pair, ...] = ()
    in_titles: bool = False

    def unnarrowed(self) -> Terms:
        """Return these with all that their prefixes stand for."""
        return replace(self, terms=tuple(replace(term, narrowed=()) for term in self.terms))

    @property
    def must(self) -> str:
        """The ``tsquery`` of what must occur, empty where nothing must."""
        return all_of(any_of(self.terms[place].match for place in group) for group in self.required)

    @property
    def titles(self) -> str:
        """The ``tsquery`` of what must occur in titles, empty where nothing must."""
        return all_of(
            any_of(term.title_match for term in group)
            for group in self.required_terms
            if all(term.title for term in group)
        )

    @property
    def required_terms(self) -> list[list[Term]]:
        """The groups of terms of which one must occur."""
        return [[self.terms[place] for place in group] for group in self.required]

    @property
    def any(self) -> str:
        """The ``tsquery`` of posts that have one term at least."""
        return any_of(term.match for term in self.terms)

    @property
    def matching(self) -> str:
        """The ``tsquery`` of all posts that are found."""
        if self.in_titles:
            return all_of(term.match for term in self.terms)
        return self.must or self.any

    @property
    def unwanted(self) -> str:
        """The ``tsquery`` of posts that are not found, empty where there are none."""
        return any_of(term.match for term in self.excluded)


def terms_of(query: Query, normalised: Mapping[str, Normalised]) -> Terms:
    """Return the terms of a query, given what the server makes of its texts."""
    places: dict[Term, int] = {}
    terms: list[Term] = []
    meant: list[list[int]] = []
    for clause in query.clauses:
        known = normalised[clause.text]
        meant.append([])
        for term in _terms(clause, known):
            place = places.setdefault(replace(term, typed=""), len(terms))
            if place == MAX_TERMS:
                del places[replace(term, typed="")]
                continue
            if place == len(terms):
                terms.append(term)
            meant[-1].append(place)
    excluded = [adjacent(clause, normalised[clause.text]) for clause in query.excluded]
    if not terms:
        terms = _of_titles(query, normalised)
        in_titles = bool(terms)
        nothing = tuple(() for _ in meant)
        return Terms(tuple(terms), (), _present(excluded), nothing, in_titles=in_titles)
    times = Counter(place for places_of in meant for place in places_of)
    groups = [
        tuple(dict.fromkeys(p for n in group for p in meant[n])) for group in query.alternatives
    ]
    found = tuple(replace(term, times=times[place]) for place, term in enumerate(terms))
    return Terms(
        found,
        tuple(group for group in groups if group),
        _present(excluded),
        tuple(map(tuple, meant)),
        pairs_of(query, normalised, found, meant),
    )


def why_ignored(clause: Clause, known: Normalised) -> str:
    """Return why nothing is looked for by a clause."""
    if _terms(clause, known):
        return f"beyond the first {MAX_TERMS} terms"
    if len(known.simple) > 1:
        return "stop words only"
    return "a stop word" if known.simple else "has no letters or digits"


def _present(terms: list[Term | None]) -> tuple[Term, ...]:
    return tuple(term for term in terms if term is not None)


def _terms(clause: Clause, known: Normalised) -> list[Term]:
    if clause.kind != "word":
        term = adjacent(clause, known)
        return [] if term is None else [term]
    words = [_word(clause, lexeme) for lexeme in dict.fromkeys(known.lexemes)]
    if known.whole is None:
        return words
    if len(known.lexemes) < 2:
        # *C++* is *c++* and, less so, *c*.
        return [_word(clause, known.whole), *words]
    # Of *v1.2.3-beta*, all versions *1.2.3* come after those that are beta.
    number = number_of(known.whole)
    numbers = [] if number is None else [_word(clause, number)]
    if _VERSION.match(known.whole):
        # *v1.2.3* is *1.2.3* too; that is in posts with either.
        bare = Term(clause.text, "word", (Part(known.whole[1:]),), title=clause.title)
        return [_compound(clause, known), bare, *numbers]
    return [replace(_compound(clause, known), others=spellings(_following(known))), *numbers]


def _word(clause: Clause, lexeme: str) -> Term:
    part = Part(lexeme)
    return Term(clause.text, "word", (part,), title=clause.title, others=spellings((part,)))


def adjacent(clause: Clause, known: Normalised) -> Term | None:
    """Return a clause as one term whose lexemes follow one another, None where it has none."""
    if clause.kind == "prefix":
        return _prefix(clause, known)
    if known.whole is not None and clause.kind == "word" and len(known.lexemes) < 2:
        return Term(clause.text, "word", (Part(known.whole),), title=clause.title)
    if not known.lexemes:
        return None
    parts = _following(known)
    if known.whole is not None and clause.kind == "word":
        return replace(_compound(clause, known), others=spellings(parts))
    kind: TermKind = "phrase" if clause.kind == "phrase" else "word"
    return Term(clause.text, kind, parts, title=clause.title, others=spellings(parts))


def _following(known: Normalised) -> tuple[Part, ...]:
    return tuple(map(Part, known.lexemes, known.places))


def _compound(clause: Clause, known: Normalised) -> Term:
    return Term(clause.text, "compound", _following(known), known.whole, clause.title)


def _prefix(clause: Clause, known: Normalised) -> Term | None:
    if not known.simple:
        return None
    last, place = known.simple[-1], known.simple_places[-1]
    before = [
        Part(lexeme, at)
        for lexeme, at in zip(known.lexemes, known.places, strict=True)
        if at < place
    ]
    # What is looked for are stems: *policies* is *polici* there, and *policy* as well.
    stems = [s for s, at in zip(known.lexemes, known.places, strict=True) if at == place]
    beginning = _in_common(last, stems[0]) if stems else last
    parts = (*before, Part(beginning, place, prefix=True))
    return Term(clause.text + "*", "prefix", parts, title=clause.title)


def _in_common(one: str, other: str) -> str:
    """Return how both words begin, the first where they begin differently."""
    pairs = takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))
    return "".join(letter for letter, _ in pairs) or one


def _of_titles(query: Query, normalised: Mapping[str, Normalised]) -> list[Term]:
    """Return the words of a query that has stop words alone, as they are in titles."""
    words = dict.fromkeys(
        word for clause in query.clauses for word in normalised[clause.text].simple
    )
    return [Term(word, "word", (Part(word),)) for word in list(words)[:MAX_TERMS]]
