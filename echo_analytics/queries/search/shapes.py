"""What the text of a search's statement depends on; everything else is a value of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Sort = Literal["relevance", "newest"]


@dataclass(frozen=True, slots=True)
class TermShape:
    """How a term is counted; its lexemes are values of the statement.

    Parameters
    ----------
    parts
        How many lexemes follow one another.
    compound
        Whether there is a lexeme for all of them.
    title
        Whether only titles count.
    varied
        Whether other lexemes are looked for too.
    """

    parts: int = 1
    compound: bool = False
    title: bool = False
    varied: bool = False

    @property
    def single(self) -> bool:
        """Whether one lexeme is all there is to look at."""
        return self.parts == 1 and not self.compound and not self.varied


@dataclass(frozen=True, slots=True)
class Shape:
    """What the text of the statement depends on.

    Parameters
    ----------
    terms
        The terms of the query.
    pairs
        Places of terms that count for more where they are next to each other.
    indexed
        Whether there is an index; else posts are read.
    rare, spread
        Which candidates there are: see ``choosing.Pool``.
    in_titles
        Whether words of titles as they are written are looked for.
    titles
        Whether something must occur in titles.
    alike
        Whether posts that have every word are the same as those that have any.
    lone
        Whether it is a single common word that enough titles have, or common words of titles.
    latest
        Whether the newest posts alone are looked through, which have enough matches.
    narrow
        Whether filters may leave few of the posts.
    plenty
        Whether so many posts match that some of any posts do.
    several
        Whether several things must occur.
    excluding
        Whether something must not occur.
    filters
        The names of the filters.
    sort
        The order.
    """

    terms: tuple[TermShape, ...]
    pairs: tuple[tuple[int, int], ...] = ()
    indexed: bool = True
    rare: bool = True
    spread: bool = False
    in_titles: bool = False
    titles: bool = False
    alike: bool = False
    lone: bool = False
    latest: bool = False
    narrow: bool = False
    plenty: bool = False
    several: bool = False
    excluding: bool = False
    filters: frozenset[str] = frozenset()
    sort: Sort = "relevance"
