"""What people type, read into clauses; every text is a query.

| typed            | means                                                          |
|------------------|----------------------------------------------------------------|
| ``lock timeout`` | posts with one of the words; more and rarer first               |
| ``"lock timeout"`` | both words must occur, one after the other                   |
| ``-crash``       | must not occur; also before a phrase, a prefix and ``title:``  |
| ``--force``      | a word of code, which is looked for                            |
| ``time*``        | words that begin so                                            |
| ``title:lock``   | must occur in the title; also before a phrase and a prefix     |
| ``"a b" OR "c d"`` | one of both must occur                                       |
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["word", "phrase", "prefix"]

LONGEST_QUERY = 5_000
"""Characters of a query that are read."""

MOST_CLAUSES = 64
"""Clauses of a query that are read."""

_TOKEN = re.compile(
    r"""(?P<minus>-(?!-))? (?P<title>(?i:title):(?=[^\s]))?
    (?: "(?P<phrase>[^"]*)"? | (?P<word>\S+) )""",
    re.VERBOSE,
)
_QUOTES = str.maketrans("“”„‟«»＂", '"' * 7)
# What words, and words of code, are made of; other ASCII characters separate words. What there is
# beyond ASCII is left to the server, which knows letters that Python does not.
_LETTERS = r"(?:[\w']|[^\x00-\x7f\s])+"
_PIECE = re.compile(rf"[.]?{_LETTERS}(?:[-._@&+#]+{_LETTERS})*(?:\+{{1,2}}(?!\w)|\#(?!\w))?")


@dataclass(frozen=True, slots=True)
class Clause:
    """A word, phrase or prefix of a query.

    Parameters
    ----------
    text
        As it was typed, without operators.
    kind
        What it is.
    title
        Whether it is meant for the title only.
    joined
        Whether there was no space between it and the one before.
    """

    text: str
    kind: Kind = "word"
    title: bool = False
    joined: bool = field(default=False, compare=False)

    @property
    def must(self) -> bool:
        """Whether posts without it are no answers."""
        return self.title or self.kind == "phrase"


@dataclass(frozen=True, slots=True)
class Query:
    """A query that was read.

    Parameters
    ----------
    clauses
        What is looked for, in the order typed, repetitions included.
    alternatives
        Of each group, places in ``clauses``: one of them must occur at least.
    excluded
        What must not occur.
    """

    clauses: tuple[Clause, ...] = ()
    alternatives: tuple[tuple[int, ...], ...] = ()
    excluded: tuple[Clause, ...] = ()

    @property
    def words(self) -> str:
        """What is looked for, without operators, each clause once."""
        return " ".join(dict.fromkeys(clause.text for clause in self.clauses))


def parse(text: str) -> Query:
    """Read a query.

    Examples
    --------
    >>> query = parse('slow "lock timeout" OR title:deadlock -crash')
    >>> [clause.text for clause in query.clauses], query.alternatives
    (['slow', 'lock timeout', 'deadlock'], ((1, 2),))
    >>> [clause.text for clause in query.excluded]
    ['crash']
    """
    clauses: list[Clause] = []
    excluded: list[Clause] = []
    groups: list[list[int]] = []
    joined = False
    typed = unicodedata.normalize("NFC", text[:LONGEST_QUERY]).translate(_QUOTES)
    for token in _TOKEN.finditer(typed):
        if token[0] == "OR":
            joined = bool(groups)
            continue
        found = _clauses(token)
        if token["minus"]:
            excluded += found
        elif found:
            places = [*range(len(clauses), len(clauses) + len(found))]
            clauses += found
            if joined:
                groups[-1] += places
            else:
                groups += [[place] for place in places]
        joined = False
    read = tuple(clauses[:MOST_CLAUSES])
    required = tuple(
        tuple(group)
        for group in groups
        if any(place < len(read) and read[place].must for place in group)
        and all(place < len(read) for place in group)
    )
    return Query(read, required, tuple(excluded[:MOST_CLAUSES]))


def _clauses(token: re.Match[str]) -> list[Clause]:
    """Return the clauses of one token: none of punctuation, several of *this/that*."""
    title = token["title"] is not None
    phrase, word = token["phrase"], token["word"]
    if phrase is not None:
        return [Clause(" ".join(phrase.split()), "phrase", title)] if phrase.strip() else []
    pieces = [_unquoted(piece) for piece in _PIECE.findall(word)]
    if word.endswith("*") and pieces and word[:-1].endswith(pieces[-1]):
        whole = [Clause(piece, title=title) for piece in pieces[:-1]]
        return [*whole, Clause(pieces[-1], "prefix", title)]
    return [Clause(piece, title=title, joined=place > 0) for place, piece in enumerate(pieces)]


def _unquoted(piece: str) -> str:
    """Return a piece of a word without the quotes around it, which are apostrophes within."""
    return piece.strip("'‘’") or piece
