"""How versions are written: *1.2.3* and *v1.2.3* are the same one.

The words of a post have *1.2.3* as one lexeme, and of *v1.2.3* the lexemes *v1* and *2.3*.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from echo_analytics.queries.search.term import Part

_NUMBER = re.compile(r"[0-9]+(?:[.][0-9]+)+")
_FIRST, _REST = re.compile(r"v[0-9]+"), re.compile(r"[0-9]+(?:[.][0-9]+)*")
_OF_COMPOUND = re.compile(rf"v?({_NUMBER.pattern})(?=[^0-9.]|[.][^0-9])")


def spellings(parts: Sequence[Part]) -> tuple[tuple[Part, ...], ...]:
    """Return other lexemes for those that follow one another: each version in its other form."""
    return tuple(_spellings(parts))


def _spellings(parts: Sequence[Part]) -> Iterator[tuple[Part, ...]]:
    for number, part in enumerate(parts):
        before, after = parts[:number], parts[number + 1 :]
        if _NUMBER.fullmatch(part.lexeme):
            first, _, rest = part.lexeme.partition(".")
            two = (
                replace(part, lexeme=f"v{first}"),
                replace(part, lexeme=rest, place=part.place + 1),
            )
            yield (*before, *two, *_moved(after, 1))
        elif _FIRST.fullmatch(part.lexeme) and after and _REST.fullmatch(after[0].lexeme):
            one = replace(part, lexeme=f"{part.lexeme[1:]}.{after[0].lexeme}")
            yield (*before, one, *_moved(after[1:], -1))


def _moved(parts: Sequence[Part], by: int) -> list[Part]:
    return [replace(part, place=part.place + by) for part in parts]


def number_of(whole: str) -> str | None:
    """Return the number of a version with more behind it, such as *v1.2.3-beta*."""
    found = _OF_COMPOUND.match(whole)
    return None if found is None else found[1]
