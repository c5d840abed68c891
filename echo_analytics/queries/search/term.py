"""A term of a query: what a post is matched by, and what counts once in its score."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from echo_analytics.queries.search.words import all_of, any_of, phrase, quoted

TermKind = Literal["word", "phrase", "prefix", "compound"]

_TITLE, _CONTENT = "A", "B"


@dataclass(frozen=True, slots=True)
class Part:
    """A lexeme of a term, or how lexemes begin."""

    lexeme: str
    place: int = 1
    prefix: bool = False

    @property
    def query(self) -> str:
        """The part as a ``tsquery``."""
        return quoted(self.lexeme, ":*" if self.prefix else "")


@dataclass(frozen=True, slots=True)
class Term:
    """What counts once in the score.

    Parameters
    ----------
    typed
        The words of the query that it stands for.
    kind
        A compound is a word of code such as *snake_case*: as a whole, or its parts in order.
    parts
        Its lexemes, which follow one another.
    whole
        The lexeme of a compound as a whole.
    title
        Whether only titles count.
    times
        How often the query holds it.
    narrowed
        Of a very common prefix, the lexemes it is looked for by, and in how many posts they are.
    others
        Other lexemes that follow one another, which it is too.
    """

    typed: str
    kind: TermKind
    parts: tuple[Part, ...]
    whole: str | None = None
    title: bool = False
    times: int = 1
    narrowed: tuple[tuple[str, float], ...] = ()
    others: tuple[tuple[Part, ...], ...] = ()

    @property
    def every_part(self) -> list[Part]:
        """All lexemes that it may be found by."""
        wholes = [] if self.whole is None else [Part(self.whole)]
        return [*self.parts, *wholes, *(part for parts in self.others for part in parts)]

    @property
    def shown(self) -> str:
        """Its lexemes as they are read: a compound as a whole, a prefix with its star."""
        lexemes = " ".join(part.lexeme + "*" * part.prefix for part in self.parts)
        return self.whole or lexemes

    @property
    def match(self) -> str:
        """The ``tsquery`` that says which posts have it, all of it in the title or the content."""
        if self.title:
            return self.title_match
        if len(self.parts) == 1 and not self.others:
            return self._query("")
        return any_of([self._query(_TITLE), self._query(_CONTENT)])

    @property
    def title_match(self) -> str:
        """The ``tsquery`` that says which posts have it in the title."""
        return self._query(_TITLE)

    @property
    def loose(self) -> str:
        """A ``tsquery`` that the index answers without a look at the posts; it finds more."""
        parts = [part.query for part in self.parts[:-1]]
        others = [all_of(part.query for part in others) for others in self.others]
        return any_of([all_of([*parts, self._last("")]), *self._wholes(""), *others])

    def _query(self, weight: str) -> str:
        suffix = f":{weight}" if weight else ""
        parts = [quoted(part.lexeme, suffix) for part in self.parts[:-1]]
        places = [part.place for part in self.parts]
        one = phrase([*parts, self._last(weight)], places)
        return any_of([one, *self._wholes(suffix), *self._others(suffix)])

    def _last(self, weight: str) -> str:
        part = self.parts[-1]
        suffix = f":{weight}" if weight else ""
        if not part.prefix:
            return quoted(part.lexeme, suffix)
        if not self.narrowed:
            return quoted(part.lexeme, f":*{weight}")
        return any_of(quoted(lexeme, suffix) for lexeme, _ in self.narrowed)

    def _wholes(self, suffix: str) -> list[str]:
        return [] if self.whole is None else [quoted(self.whole, suffix)]

    def _others(self, suffix: str) -> list[str]:
        return [
            phrase([quoted(part.lexeme, suffix) for part in parts], [part.place for part in parts])
            for parts in self.others
        ]
