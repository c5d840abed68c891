"""What is said of a post and a search: why it is not found, and what else there is to know."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from echo_analytics.queries.search.constants import RANKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from echo_analytics.analytics.explaining import Explained
    from echo_analytics.analytics.explanation import TermOfPost
    from echo_analytics.analytics.prepared import Prepared

_NEAR = 0.1


@dataclass(frozen=True, slots=True)
class Given:
    """What the terms give to a post, how long it is beside the average, and what is close in it."""

    rows: tuple[TermOfPost, ...]
    score: float
    length: float
    close: tuple[str, ...] = ()


def reasons_of(
    asked: Prepared, facts: Mapping[str, Any], given: Given, filters: Mapping[str, object]
) -> Iterator[str]:
    """Give why a post is not found, in sentences."""
    if not asked.terms.terms:
        yield "Nothing is looked for: no word of the query is left."
    elif not facts["matches"]:
        yield from _lacking(asked, [bool(row.in_title or row.in_content) for row in given.rows])
    for place, term in enumerate(asked.terms.excluded):
        if facts[f"has_excluded{place}"]:
            yield f"It has “{term.typed}”, which must not occur."
    if not facts.get("passes_status", True):
        state = {"published": "is published", "draft": "is a draft"}
        is_ = state.get(facts["status"], "is archived")
        yield f"It {is_}, and only {filters['status']} posts are looked for."
    if not facts.get("passes_author", True):
        yield f"It is by {facts['author_name']}, and posts of another author are looked for."
    if not facts.get("passes_category", True):
        yield "It is not in the category that is looked in."
    if not (facts.get("passes_since", True) and facts.get("passes_until", True)):
        yield "It was created on a day outside the range that is looked in."


def _lacking(asked: Prepared, has: list[bool]) -> Iterator[str]:
    """Give what a post that does not match lacks."""
    terms = asked.terms
    groups = [(place,) for place in range(len(has))] if terms.in_titles else terms.required
    where = "Its title" if terms.in_titles else "It"
    for group in groups:
        if any(has[place] for place in group):
            continue
        names = [f"“{terms.terms[place].typed}”" for place in group]
        if len(names) == 1:
            inside = " in the title" if terms.terms[group[0]].title else ""
            yield f"{where} does not have {names[0]}{inside}, which must occur."
        else:
            yield f"{where} has none of {', '.join(names)}, of which one must occur."
    if not groups:
        yield "It has none of the words."


def notes_of(
    asked: Prepared, rows: list[Explained], facts: Mapping[str, Any], given: Given
) -> Iterator[str]:
    """Give what else there is to know, in sentences."""
    in_titles = asked.terms.in_titles
    if not in_titles and given.score and facts["length"]:
        words = f"{facts['length']:,} word{'' if facts['length'] == 1 else 's'}"
        if abs(given.length - 1) < _NEAR:
            yield f"With {words} it is about as long as posts are."
        else:
            than, so = ("longer", "less") if given.length > 1 else ("shorter", "more")
            yield (
                f"With {words} it is {than} than posts are ({given.length:.1f} times as long), so"
                f" that what occurs counts {so}."
            )
    if not in_titles and any(row.in_title for row in given.rows):
        times = f"{RANKING.title_weight:g} times"
        yield f"In the title a word counts {times}, and has points of its own."
    if given.close:
        names = ", ".join(f"“{name}”" for name in given.close)
        yield f"What follows one another in the query does so here, which counts besides: {names}."
    for row in rows:
        if row.corrected:
            yield f"No post has “{row.typed}”: “{row.corrected}” was looked for."
        if row.reason:
            yield f"“{row.typed}” was ignored: {row.reason}."
