"""The account of where a search has a post, to be read in a notebook or a terminal."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from echo_analytics.analytics.counting import MatchCount

F = TypeVar("F")

_HEADINGS = ("term", "in the title", "in the content", "posts with it", "weight", "points")
_LONGEST = 100


@dataclass(frozen=True, slots=True)
class TermOfPost:
    """What a term of the query gives to a post."""

    term: str
    in_title: int
    in_content: int
    posts: int
    weight: float
    points: float

    @property
    def cells(self) -> tuple[str, ...]:
        """The numbers for reading."""
        return (
            _line(self.term),
            f"{self.in_title:,}",
            f"{self.in_content:,}",
            f"{self.posts:,}",
            f"{self.weight:.2f}",
            f"{self.points:.2f}",
        )


@dataclass(frozen=True, slots=True, repr=False)
class PostExplanation(Generic[F]):
    """Why a search has a post where it is; shows itself as text, in a notebook as a table.

    Attributes
    ----------
    query, post_id, title
        What was looked for, and which post this is about.
    rank
        Where it is, from 1; None where it is not found.
    total
        How many posts are found.
    score
        Its score; None where it is not found.
    best
        The highest score of all.
    terms
        A frame with one row a term that is looked for: term (string), in_title and in_content
        (int64, how often it occurs), document_frequency (int64), weight and points (float64). The
        points add up to the score.
    reasons
        Why it is not found, in sentences; empty where it is.
    notes
        What else there is to know, in sentences.
    """

    query: str
    post_id: str
    title: str
    rank: int | None
    total: MatchCount
    score: float | None
    best: float | None
    terms: F
    reasons: tuple[str, ...]
    notes: tuple[str, ...]
    _rows: tuple[TermOfPost, ...] = field(default=(), kw_only=True)

    @property
    def headline(self) -> str:
        """The answer in a sentence."""
        about = "about " if self.total.approximate else ""
        what = f"“{_line(self.title)}”"
        looked_for = f"“{_line(self.query)}”"
        if self.rank is None or self.score is None:
            return f"{what} is not found by {looked_for}."
        place = f"{what} is number {self.rank:,} of {about}{self.total:,} for {looked_for}"
        best = "" if self.rank == 1 or self.best is None else f", the best one has {self.best:.2f}"
        return f"{place}. Its score is {self.score:.2f}{best}."

    def __repr__(self) -> str:
        """Return the account as text."""
        lines = [self.headline, *(f"- {sentence}" for sentence in (*self.reasons, *self.notes))]
        return "\n".join([*lines, *self._table()])

    __str__ = __repr__

    def _table(self) -> list[str]:
        if not self._rows:
            return []
        rows = [_HEADINGS, *(row.cells for row in self._rows)]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        first, *others = widths
        return [
            "",
            *(
                "  ".join(
                    [
                        row[0].ljust(first),
                        *(c.rjust(w) for c, w in zip(row[1:], others, strict=True)),
                    ]
                )
                for row in rows
            ),
        ]

    def _repr_html_(self) -> str:
        sentences = "".join(f"<li>{escape(s)}</li>" for s in (*self.reasons, *self.notes))
        said = f"<ul>{sentences}</ul>" if sentences else ""
        return (
            f"<div><p><strong>{escape(self.headline)}</strong></p>{self._html_table()}{said}</div>"
        )

    def _html_table(self) -> str:
        if not self._rows:
            return ""
        head = "".join(f"<th>{heading}</th>" for heading in _HEADINGS)
        body = "".join(
            "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row.cells) + "</tr>"
            for row in self._rows
        )
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"
