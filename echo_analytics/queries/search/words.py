"""From words as they are typed to lexemes, and from those to the language of ``tsquery``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from echo_analytics.search_index import compounds, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

LONGEST_TYPED = 1_000

_TEXTS = "unnest($1::text[]) WITH ORDINALITY AS u (typed, number)"
_TYPED = f"SELECT number, {text.folded('typed', LONGEST_TYPED)} AS folded FROM {_TEXTS}"  # noqa: S608 - constants of ours

_PLAIN = re.compile(r"[^_@/<&+~#.-]*", re.ASCII)


def is_plain(typed: str) -> bool:
    """Whether a text has neither accents nor words glued together: it is looked for as it is."""
    return typed.isascii() and len(typed) <= LONGEST_TYPED and bool(_PLAIN.fullmatch(typed))


def normalised(configuration: str, *, plain: bool = False) -> str:
    """Return SQL that makes lexemes of the texts in ``$1``, in their order.

    Parameters
    ----------
    configuration
        SQL for a text search configuration.
    plain
        Whether all of the texts are plain. To plan the rest takes longer than to run it.
    """

    def lexemes(name: str) -> str:
        return f"""LATERAL (
    SELECT coalesce(array_agg(l.lexeme ORDER BY place), '{{}}') AS lexemes,
        coalesce(array_agg(place::int ORDER BY place), '{{}}') AS places
    FROM unnest(to_tsvector({name}, parted)) AS l, unnest(l.positions) AS place)"""  # noqa: S608

    if plain:
        return f"""
SELECT number::int AS number, lower(parted) AS plain, stemmed.lexemes, stemmed.places,
    simple.lexemes AS simple, simple.places AS simple_places, NULL::text AS whole
FROM unnest($1::text[]) WITH ORDINALITY AS u (parted, number),
    {lexemes(configuration)} AS stemmed, {lexemes("'pg_catalog.simple'")} AS simple
ORDER BY number"""  # noqa: S608
    glued, marked = text.has_glue("folded"), compounds.has_compounds("folded")
    found = compounds.compounds("folded")
    longest = f"SELECT piece FROM ({found}) AS c ORDER BY length(piece) DESC, piece LIMIT 1"  # noqa: S608
    return f"""
SELECT number::int AS number, lower(parted) AS plain, stemmed.lexemes, stemmed.places,
    simple.lexemes AS simple, simple.places AS simple_places,
    CASE WHEN {marked} THEN ({longest}) END AS whole
FROM ({_TYPED}) AS t, LATERAL (
    SELECT CASE WHEN {glued} THEN {text.parted("folded")} ELSE folded END
        AS parted OFFSET 0
) AS p, {lexemes(configuration)} AS stemmed, {lexemes("'pg_catalog.simple'")} AS simple
ORDER BY number"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Normalised:
    """What the server makes of a text.

    Parameters
    ----------
    plain
        The text in small letters, without accents, the parts of compounds apart.
    lexemes, places
        Its lexemes and where they stand; stop words leave gaps.
    simple, simple_places
        All its words, stop words included.
    whole
        Its compound, such as *snake_case*.
    """

    plain: str
    lexemes: tuple[str, ...]
    places: tuple[int, ...]
    simple: tuple[str, ...]
    simple_places: tuple[int, ...]
    whole: str | None

    @property
    def stems(self) -> list[tuple[str, str]]:
        """The lexemes, each with its word."""
        words = dict(zip(self.simple_places, self.simple, strict=True))
        pairs = zip(self.lexemes, self.places, strict=True)
        return [(lexeme, words[place]) for lexeme, place in pairs if place in words]

    # Any: the values of a row.
    @classmethod
    def of(cls, row: dict[str, Any]) -> Normalised:
        """Return what a row of ``normalised`` says."""
        return cls(
            row["plain"],
            tuple(row["lexemes"]),
            tuple(row["places"]),
            tuple(row["simple"]),
            tuple(row["simple_places"]),
            row["whole"],
        )


def quoted(lexeme: str, suffix: str = "") -> str:
    """Return a lexeme as a ``tsquery``, whatever characters it holds."""
    escaped = lexeme.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'{suffix}"


def phrase(queries: Sequence[str], places: Sequence[int]) -> str:
    """Return a ``tsquery`` for others that follow one another at the distances of their places."""
    parts = [queries[0]]
    for query, (before, place) in zip(queries[1:], pairwise(places), strict=True):
        parts.append(f"<{min(place - before, 16_384)}> {query}")
    return f"({' '.join(parts)})" if len(parts) > 1 else parts[0]


def any_of(queries: Iterable[str]) -> str:
    """Return a ``tsquery`` that one of several matches."""
    return _joined(queries, " | ")


def all_of(queries: Iterable[str]) -> str:
    """Return a ``tsquery`` that all of several match."""
    return _joined(queries, " & ")


def _joined(queries: Iterable[str], operator: str) -> str:
    distinct = list(dict.fromkeys(query for query in queries if query))
    return f"({operator.join(distinct)})" if len(distinct) > 1 else "".join(distinct)
