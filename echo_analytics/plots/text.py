"""Words in figures: as written, whatever is written.

plotly reads a subset of HTML, entities and (where MathJax is loaded) formulas between dollar
signs in every text that it draws, and fills in ``%{...}`` in titles and notes.
"""

from __future__ import annotations

from html import escape
from textwrap import wrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date, datetime

ABSENT = "–"
ELLIPSIS = "…"


def literal(text: str) -> str:
    """Return ``text`` so that plotly draws it as it is written."""
    return escape(text, quote=False).replace("$", "&#36;").replace("%{", "&#37;{")


def short(text: str, longest: int) -> str:
    """Return ``text`` on one line and cut to ``longest`` characters, ready to be drawn."""
    line = " ".join(text.split())
    if len(line) > longest:
        line = line[: longest - 1].rstrip() + ELLIPSIS
    return literal(line)


def paragraph(text: str, width: int = 56, lines: int = 4) -> str:
    """Return ``text`` broken into lines of ``width`` characters, ready to be drawn."""
    broken = wrap(" ".join(text.split()), width, max_lines=lines, placeholder=ELLIPSIS)
    return "<br>".join(literal(line) for line in broken)


def count(number: int, noun: str, plural: str | None = None) -> str:
    """Return a number and its noun.

    >>> count(1, "post"), count(1200, "post"), count(2, "category", "categories")
    ('1 post', '1,200 posts', '2 categories')
    """
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def day(value: date) -> str:
    """Return a day for reading, such as 1 January 2026."""
    return f"{value.day} {value:%B} {value.year}"


def days(first: date, last: date) -> str:
    """Return a range of days for reading, without saying a month or a year twice."""
    if first == last:
        return day(last)
    if first.year != last.year:
        return f"{day(first)} – {day(last)}"
    if first.month != last.month:
        return f"{first.day} {first:%B} – {day(last)}"
    return f"{first.day} – {day(last)}"


def moment(value: datetime | None) -> str:
    """Return an instant for reading, in UTC."""
    return ABSENT if value is None else f"{day(value)}, {value:%H:%M} UTC"
