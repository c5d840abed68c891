"""How texts become words: pieces of SQL that the index and searches without one share.

Accents are folded: *café* is *cafe*. Punctuation tells words apart and changes none: *full-text* is
*full text*. Words of code, addresses and file names are found by their parts, and as a whole:
*snake_case* is *snake*, *case* and *snake_case*; *C++* is *c* and *c++*. The wholes are called
compounds here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from echo_analytics.search_index.compounds import vector_of_compounds

if TYPE_CHECKING:
    from collections.abc import Iterable

LONGEST_TITLE, LONGEST_CONTENT = 20_000, 150_000
"""How many characters are searched: a tsvector holds at most 1 MB, whatever the alphabet."""

_LIGATURES = {"ß": "ss", "ẞ": "ss", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "þ": "th"}
_STROKES = ("øØłŁđĐðÐħĦıŧŦ\u2044", "oOlLdDdDhHitT ")
_WESTERN = ("äöüÄÖÜßéèêàçáíóúñ", "a o u A O U ss e e e a c a i o u n")
_RUSSIAN = ("йёЙЁ", "иеИЕ")

# PostgreSQL's parser makes hosts, files, tags, entities and signed numbers of words beside these,
# and would miss a plain word in them. A slash, say, is as good as a space.
_GLUES = "_@/<&+~-"
# A full stop between digits belongs to a number, unless they follow a letter.
_POINT = "(?<=[0-9])[.](?=[0-9])"
_POINT_AFTER_LETTER = "([[:alpha:]][0-9]+)[.](?=[0-9])"

# What follows words and is no letter, beyond ASCII. Where the database knows only the letters of
# ASCII, the parser takes all other characters for letters.
_PUNCTUATION = (
    "\\u00a0-\\u00a9\\u00ab\\u00ac\\u00ae-\\u00b1\\u00b4\\u00b6-\\u00b8\\u00bb\\u00bf\\u00d7\\u00f7\\u037e\\u0387\\u055a-\\u055f"
    "\\u0589\\u058a\\u05be\\u05c0\\u05c3\\u05f3\\u05f4\\u060c\\u061b\\u061f\\u066a-\\u066d\\u06d4\\u0964\\u0965"
    "\\u1361-\\u1368\\u2000-\\u205f\\u2061-\\u206f\\u20a0-\\u20bf\\u2117\\u2120\\u2122\\u2190-\\u2bff\\u2e00-\\u2e7f\\u3000-\\u3003"
    "\\u3008-\\u3020\\u30fb\\ufe30-\\ufe6f\\uff01-\\uff0f\\uff1a-\\uff20\\uff3b-\\uff40\\uff5b-\\uff65"
    "\\U0001f000-\\U0001faff"
)
_INVISIBLE = "\u00ad\u2060\ufeff"

# Letters beyond ASCII that are in one piece, and that nothing before them makes one piece with.
_SETTLED = (
    "\\u0180-\\u019f\\u0234-\\u02af\\u0391-\\u03a1\\u03a3-\\u03a9\\u03b1-\\u03c9\\u0404-\\u0406\\u0410-\\u0418"
    "\\u041a-\\u0438\\u043a-\\u044f\\u0454-\\u0456\\u0490-\\u04bf\\u0531-\\u0556\\u0561-\\u0586\\u05d0-\\u05ea"
    "\\u0627-\\u064a\\u067e\\u0686\\u06a9\\u06af\\u06cc\\u10d0-\\u10f0\\u3400-\\u4dbf\\u4e00-\\u9fff"
)
_MARKS = "\\u0300-\\u036f"
_ASCII = "\\u0001-\\u007f"
_HAS_GLUE = "[_@/<&+~#-]|[.][^[:space:]]"


def quoted(text: str) -> str:
    """Return a text as a literal of SQL."""
    escaped = text.replace("'", "''")
    return f"E'{escaped.replace(chr(92), chr(92) * 2)}'" if "\\" in text else f"'{escaped}'"


def cut(text: str, longest: int) -> str:
    """Return SQL for the beginning of ``text``; nothing is empty."""
    # left() counts characters, which takes longer than to look at the size.
    return (
        f"CASE WHEN octet_length({text}) > {longest} THEN left({text}, {longest})"
        f" ELSE coalesce({text}, '') END"
    )


def folded(text: str, longest: int) -> str:
    """Return SQL for the beginning of ``text`` without accents, in the words of plain letters."""
    short = cut(text, longest)
    whole = composed(respelt(without_accents(without_signs(short))), longest)
    return f"CASE WHEN {is_ascii(text)} THEN {short} ELSE {whole} END"


def is_ascii(text: str) -> str:
    """Return SQL for whether a text has characters of ASCII only."""
    return f"octet_length({text}) = length({text})"


def without_signs(text: str) -> str:
    """Return SQL for ``text`` with spaces for punctuation and symbols beyond ASCII."""
    return without_punctuation(without_invisible(text))


def without_punctuation(text: str) -> str:
    """Return SQL for ``text`` with spaces for the signs that can be seen."""
    return f"regexp_replace({text}, '[{_PUNCTUATION}]+', ' ', 'g')"


def without_invisible(text: str) -> str:
    """Return SQL for ``text`` without the signs that cannot be seen."""
    return _replaced(text, _INVISIBLE, ("", "", ""))


def is_western(text: str) -> str:
    """Return SQL for whether a text has letters of those that ``without_western_accents`` knows."""
    return f"{text} ~ '[{_WESTERN[0]}]'"


def without_western_accents(text: str) -> str:
    """Return SQL for ``text`` with plain letters for the most frequent ones with accents."""
    letters, plain = _WESTERN
    return _replaced(text, letters, plain.split())


def without_russian_accents(text: str) -> str:
    """Return SQL for ``text`` with plain letters for those of Russian with accents."""
    return _replaced(text, *_RUSSIAN)


def is_settled(text: str) -> str:
    """Return SQL for whether a text has only letters that no normalisation changes."""
    return f"{text} !~ {quoted(f'[^{_ASCII}{_SETTLED}]')}"


def without_accents(text: str) -> str:
    """Return SQL for ``text`` in pieces of characters, without those that are accents."""
    return f"regexp_replace(normalize({text}, NFKD), '[{_MARKS}]+', '', 'g')"


def composed(text: str, longest: int) -> str:
    """Return SQL for the beginning of a text that was taken into pieces, put together again."""
    return f"left(normalize({text}, NFC), {longest})"


def to_respell(text: str) -> str:
    """Return SQL for whether a text has letters that ``respelt`` changes."""
    return f"{text} ~ '[{''.join(_LIGATURES)}{_STROKES[0]}]'"


def respelt(text: str) -> str:
    """Return SQL for ``text`` with plain letters for those that stand for two or have a stroke."""
    strokes, letters = _STROKES
    return _replaced(_replaced(text, _LIGATURES, _LIGATURES.values()), strokes, letters)


def is_plain(text: str, longest: int) -> str:
    """Return SQL for whether a text has only plain words already; of nothing that is unknown."""
    return f"octet_length({text}) <= {longest} AND {text} !~ {quoted(f'[^{_ASCII}]|{_HAS_GLUE}')}"


def has_glue(text: str) -> str:
    """Return SQL for whether a folded text has words that the parser would not tell apart."""
    return f"{text} ~ {quoted(_HAS_GLUE)}"


def has_decimals(text: str) -> str:
    """Return SQL for whether a text has full stops that belong to numbers."""
    return f"{text} ~ '[0-9][.][0-9]'"


def unglued(text: str) -> str:
    """Return SQL for a folded text with spaces between its words, where it has no decimals."""
    return _replaced(text, f"{_GLUES}.", " " * (len(_GLUES) + 1))


def with_decimals(text: str) -> str:
    """Return SQL for a folded text with spaces between its words, where it has decimals."""
    # No underscore is left when those stand for the full stops of numbers.
    kept = f"regexp_replace({_replaced(text, _GLUES, ' ' * len(_GLUES))}, '{_POINT}', '_', 'g')"
    return f"replace(replace({kept}, '.', ' '), '_', '.')"


def has_points_after_letters(text: str) -> str:
    """Return SQL for whether a text has decimals that follow a letter, as *python3.11* does."""
    return f"{text} ~ '{_POINT_AFTER_LETTER}'"


def without_points_after_letters(text: str) -> str:
    """Return SQL for a text in which decimals that follow a letter are two words."""
    return f"regexp_replace({text}, '{_POINT_AFTER_LETTER}', E'\\\\1 ', 'g')"


def parted(text: str) -> str:
    """Return SQL for a folded text with spaces between words that are glued together."""
    return without_points_after_letters(with_decimals(text))


def document(title: str, content: str, configuration: str) -> str:
    """Return SQL for what is stored of a post, for use after FROM.

    Parameters
    ----------
    title, content
        SQL for both texts.
    configuration
        SQL for a text search configuration, constant or a parameter.

    Returns
    -------
    str
        ``LATERAL`` subqueries, of which ``document`` has the columns words, title_words, length and
        title_length. The weight A stands for the title, B for the content. In title_words, D stands
        for words as they are, among them those that the configuration leaves out.
    """
    title_text = f"CASE WHEN title_marked THEN {parted('folded_title')} ELSE folded_title END"
    content_text = (
        f"CASE WHEN content_marked THEN {parted('folded_content')} ELSE folded_content END"
    )
    in_title = vector_of_compounds("folded_title", "A")
    in_content = vector_of_compounds("folded_content", "B")
    return f"""
LATERAL (
    SELECT {folded(title, LONGEST_TITLE)} AS folded_title,
        {folded(content, LONGEST_CONTENT)} AS folded_content OFFSET 0
) AS folded_texts, LATERAL (
    SELECT {has_glue("folded_title")} AS title_marked,
        {has_glue("folded_content")} AS content_marked OFFSET 0
) AS marks, LATERAL (
    SELECT {title_text} AS title_text, {content_text} AS content_text OFFSET 0
) AS parted_texts, LATERAL (
    SELECT to_tsvector({configuration}, title_text) AS of_title,
        to_tsvector({configuration}, content_text) AS of_content,
        CASE WHEN title_marked THEN {in_title} END AS whole_in_title,
        CASE WHEN content_marked THEN {in_content} END AS whole_in_content
    OFFSET 0
) AS vectors, LATERAL (
    SELECT setweight(of_title, 'A') || setweight(of_content, 'B')
            || coalesce(whole_in_title, '') || coalesce(whole_in_content, '') AS words,
        setweight(of_title, 'A') || to_tsvector('pg_catalog.simple', title_text)
            || coalesce(whole_in_title, '') AS title_words,
        {number_of_words("of_title")} + {number_of_words("of_content")} AS length,
        {number_of_words("of_title")} AS title_length OFFSET 0
) AS document"""


def _replaced(text: str, old: Iterable[str], new: Iterable[str]) -> str:
    # One after another: translate() and a regular expression take many times as long.
    for one, other in zip(old, new, strict=True):
        text = f"replace({text}, '{one}', '{other}')"
    return text


def number_of_words(vector: str) -> str:
    """Return SQL for how many words a tsvector holds, repeated ones included.

    A position takes two bytes, and all of them double when the vector is joined to itself; that is
    a fraction of the time to unnest it. Where that fails, because it has a word more than 128 times
    or ends beyond position 8,191, the number is at least what its size allows: too low by half the
    number of its distinct words at the most.
    """
    # What comes from a tuple can have a shorter header than what was just made.
    size = f"pg_column_size({vector} || '')"
    return (
        f"greatest((pg_column_size({vector} || {vector}) - {size}) / 2,"
        f" ({size} - pg_column_size(strip({vector})) - 3 * length({vector})) / 2)"
    )
