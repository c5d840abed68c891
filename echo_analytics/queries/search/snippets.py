"""What is shown of a post: pieces with hits, or how it begins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from echo_analytics.constructs import constant, parameter
from echo_analytics.queries.search.expressions import tsquery
from echo_analytics.schema import posts
from echo_analytics.search_index.text import LONGEST_CONTENT

if TYPE_CHECKING:
    from sqlalchemy import FromClause

START, STOP, GAP = "\x02", "\x03", "\x04"
"""What stands around hits, and where text is left out, and nowhere else in a snippet."""

_HEADLINE = (
    r"E'StartSel=\x02, StopSel=\x03, FragmentDelimiter=\x04, "
    "MaxFragments=2, MaxWords=24, MinWords=8'"
)
_BEGINNING = 200
"""Characters of a post that are shown where only its title has a hit."""

_LOOKED_AT, _COMPARED = 500, 60
_START, _GAP, _MARKS, _NOTHING, _ALL, _TAG, _SIGN, _LAST_WORD = (
    sa.literal_column(text, sa.Text)
    for text in (
        r"E'\x02'",
        r"E'\x04'",
        r"E'\x02\x03\x04'",
        "''",
        "'g'",
        "'</?[[:alpha:]][^>]*>'",
        r"E'[\x02\x03[:space:]!-/:-@\\[-`{-~\\u2000-\\u206f\\u3000-\\u303f\\uff01-\\uff20]+'",
        r"'\s+\S*$'",
    )
)


def content() -> FromClause:
    """The text that is looked at, without the marks."""
    beginning = sa.func.left(posts.c.content, constant(LONGEST_CONTENT))
    text = sa.func.translate(beginning, _MARKS, _NOTHING).label("content")
    return sa.select(text).correlate(posts).offset(constant(0)).lateral("texts")


def headline(texts: FromClause) -> FromClause:
    """Pieces of it with hits; how it begins, without marks, where there are none."""
    pieces = sa.func.ts_headline(
        sa.cast(parameter("headlines", sa.Text()), pg.REGCONFIG),
        texts.c.content,
        tsquery("hits"),
        sa.literal_column(_HEADLINE),
        type_=sa.Text,
    )
    return sa.select(pieces.label("text")).correlate(texts).offset(constant(0)).lateral("headline")


def snippet(texts: FromClause, pieces: FromClause) -> sa.ColumnElement[str]:
    """What is shown, with the mark of a gap at each end where the text goes on."""
    text, found = texts.c.content, pieces.c.text
    backwards = sa.func.reverse(found)
    begins = _begins(
        _letters(sa.func.regexp_replace(_left(text), _TAG, _NOTHING, _ALL)),
        sa.func.split_part(found, _GAP, constant(1)),
    )
    end = sa.func.right(text, constant(_LOOKED_AT))
    ends = _begins(
        sa.func.reverse(_letters(sa.func.regexp_replace(end, _TAG, _NOTHING, _ALL))),
        sa.func.split_part(backwards, _GAP, constant(1)),
    )
    with_hits = sa.func.concat(
        sa.case((begins, _NOTHING), else_=_GAP), found, sa.case((ends, _NOTHING), else_=_GAP)
    )
    beginning = sa.func.left(text, constant(_BEGINNING))
    cut = sa.func.concat(sa.func.regexp_replace(beginning, _LAST_WORD, _NOTHING), _GAP)
    return sa.case(
        (sa.func.strpos(found, _START) > constant(0), with_hits),
        (sa.func.length(text) > constant(_BEGINNING), cut),
        else_=text,
    )


def _left(text: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    return sa.func.left(text, constant(_LOOKED_AT))


def _letters(text: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """A text without spaces and signs, which pieces begin and end without."""
    return sa.func.regexp_replace(text, _SIGN, _NOTHING, _ALL)


def _begins(letters: sa.ColumnElement[Any], piece: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    """Whether letters begin with those of a piece."""
    first = _letters(sa.func.left(piece, constant(_COMPARED)))
    return sa.func.starts_with(letters, first, type_=sa.Boolean)
