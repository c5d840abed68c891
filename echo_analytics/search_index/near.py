"""What a word that no post has was meant to be: near words among those that posts are written with.

One slip of a key away (a letter too many, too few, another one, or two that changed places, after
Damerau, "A technique for computer detection and correction of spelling errors", 1964) comes before
what shares most of its trigrams. Of several the one in more posts is chosen, then the first by the
alphabet. A word of which none is near has no row.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from echo_analytics.search_index.words import newest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from echo_analytics.source import AnySelect

SHORTEST, LONGEST = 3, 40
"""Words of fewer letters, or of more, are never corrected."""

MOST, MOST_FAR = 16, 4
"""How many words are corrected at once, and for how many of them trigrams are compared."""

_SHORTEST_FAR = 5
_ALIKE = 0.4
_ALPHABET = frozenset("abcdefghijklmnopqrstuvwxyz")
_BLOCK = 128

_TRIGRAMS = """
SELECT quote_ident(n.nspname) AS schema FROM pg_catalog.pg_extension AS e
JOIN pg_catalog.pg_namespace AS n ON n.oid = e.extnamespace
WHERE e.extname = 'pg_trgm' AND has_schema_privilege(n.oid, 'USAGE')
"""

# Each word is looked up by itself: that is quicker than to read the table.
_ONE_SLIP = """
SELECT s.typed, w.word, w.posts, 1.0::real AS likeness FROM slips AS s, LATERAL (
    SELECT k.word, k.posts FROM analytics.post_search_word AS k WHERE k.word = s.slip LIMIT 1) AS w
UNION ALL
SELECT s.typed, w.word, w.posts, 1.0 FROM slips AS s JOIN latest AS w ON w.word = s.slip
"""
_ALIKE_WORDS = """
SELECT f.typed, w.word, w.posts, w.likeness FROM far AS f, LATERAL (
    SELECT k.word, k.posts, {schema}.similarity(k.word, f.typed) AS likeness
    FROM analytics.post_search_word AS k
    WHERE k.word OPERATOR({schema}.%) f.typed AND {schema}.similarity(k.word, f.typed) >= {alike}
    ORDER BY likeness DESC, k.posts DESC, k.word LIMIT 1) AS w
UNION ALL
SELECT f.typed, w.word, w.posts, {schema}.similarity(w.word, f.typed)
FROM far AS f JOIN latest AS w ON {schema}.similarity(w.word, f.typed) >= {alike}
"""
_NEAR = """
WITH slips AS MATERIALIZED (
    SELECT * FROM unnest(CAST(:typed AS text[]), CAST(:slips AS text[])) AS s (typed, slip)
), latest AS MATERIALIZED (
    {latest}
), one_slip AS MATERIALIZED (
    {one_slip}
), far AS MATERIALIZED (
    SELECT typed FROM unnest(CAST(:far AS text[])) AS f (typed)
    WHERE NOT EXISTS (SELECT FROM one_slip AS o WHERE o.typed = f.typed)
    LIMIT {most_far}
), near AS (
    SELECT * FROM one_slip UNION ALL {alike_words}
)
SELECT DISTINCT ON (typed) typed, word FROM near
ORDER BY typed, likeness DESC, posts DESC, word COLLATE "C"
"""


def trigrams() -> AnySelect:
    """The schema of the extension ``pg_trgm``, quoted, in one row; none where it is missing."""
    found = sa.text(_TRIGRAMS).columns(sa.column("schema", sa.Text)).subquery("found")
    return sa.select(found.c.schema)


def near_words(words: Iterable[str], schema: str | None) -> AnySelect:
    """The word that each of ``words`` was most likely meant to be.

    Takes a few milliseconds beside half a million known words, and the right to SELECT. Words that
    were indexed a moment ago are looked at too.

    Parameters
    ----------
    words
        As typed, in small letters, without accents. Further ones than 16 are left out, and those
        that are not of 3 to 40 letters.
    schema
        That of ``pg_trgm``, as ``trigrams`` gives it. None finds words that are one slip away, and
        no others.

    Returns
    -------
    Select
        One row a word of which another is near, by the word: typed, word (string).
    """
    typed = [word for word in dict.fromkeys(words) if is_correctable(word)][:MOST]
    pairs = [(word, slip) for word in typed for slip in sorted(slips(word))]
    far = [word for word in typed if len(word) >= _SHORTEST_FAR]
    text = _NEAR.format(
        latest=newest("(SELECT words_upto FROM analytics.post_search_state)"),
        one_slip=_ONE_SLIP,
        most_far=MOST_FAR,
        alike_words=_alike_words(schema),
    )
    select = sa.text(text.replace("[:", r"[\:").replace(":]", r"\:]")).bindparams(
        _texts("typed", [word for word, _ in pairs]),
        _texts("slips", [slip for _, slip in pairs]),
        _texts("far", far),
    )
    columns = (sa.column("typed", sa.Text), sa.column("word", sa.Text))
    found = select.columns(*columns).subquery("found")
    return sa.select(found.c.typed, found.c.word).order_by(found.c.typed.collate("C"))


def is_correctable(word: str) -> bool:
    """Whether a word is of letters only, and neither too short nor too long."""
    return word.isalpha() and SHORTEST <= len(word) <= LONGEST


def slips(word: str) -> set[str]:
    """Return what is one insertion, deletion, replacement or transposition away from ``word``.

    The letters put in are those of the Latin alphabet, and those beside the word's own in Unicode.
    """
    ends = [(word[:place], word[place:]) for place in range(len(word) + 1)]
    letters = _letters(word)
    found = {
        *(head + tail[1:] for head, tail in ends if tail),
        *(head + tail[1] + tail[0] + tail[2:] for head, tail in ends if len(tail) > 1),
        *(head + letter + tail[1:] for head, tail in ends if tail for letter in letters),
        *(head + letter + tail for head, tail in ends for letter in letters),
    }
    return found - {word}


def _letters(word: str) -> set[str]:
    blocks = {ord(letter) // _BLOCK for letter in word if not letter.isascii()}
    return {*_ALPHABET, *(letter for block in sorted(blocks)[:2] for letter in _of_block(block))}


def _of_block(block: int) -> Iterator[str]:
    for code in range(block * _BLOCK, (block + 1) * _BLOCK):
        if unicodedata.category(chr(code)) in {"Ll", "Lo"}:
            yield chr(code)


def _alike_words(schema: str | None) -> str:
    if schema is None:
        return "SELECT typed, NULL, 0, 0 FROM far WHERE false"
    return _ALIKE_WORDS.format(schema=schema, alike=_ALIKE)


def _texts(name: str, values: Sequence[str]) -> sa.BindParameter[Any]:
    return sa.bindparam(name, list(values), type_=pg.ARRAY(sa.Text))
