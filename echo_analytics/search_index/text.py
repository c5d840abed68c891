"""How texts become words: pieces of SQL that the index and searches without one share.

Accents are folded: *café* is *cafe*. Punctuation tells words apart and changes none: *full-text* is
*full text*. Words of code, addresses and file names are found by their parts, and as a whole:
*snake_case* is *snake*, *case* and *snake_case*; *C++* is *c* and *c++*. The wholes are called
compounds here.
"""

from __future__ import annotations

LONGEST_TITLE, LONGEST_CONTENT = 20_000, 150_000
"""How many characters are searched: a tsvector holds at most 1 MB, whatever the alphabet."""

LONGEST_COMPOUND, MOST_COMPOUNDS = 100, 2_000

_LIGATURES = {"ß": "ss", "ẞ": "ss", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "þ": "th"}
_STROKES = ("øØłŁđĐðÐħĦıŧŦ\u2044", "oOlLdDdDhHitT ")

# PostgreSQL's parser makes hosts, files, tags, entities and signed numbers of words beside these,
# and would miss a plain word in them. A slash, say, is as good as a space.
_GLUE = "[_@/<&+~-]+"
# A full stop between digits belongs to a number, unless they follow a letter.
_STOP = "(?<![0-9])[.]+|[.]+(?![0-9])"
_STOP_AFTER_LETTER = "([[:alpha:]][0-9]+)[.]+(?=[0-9])"

# What follows words and is no letter, beyond ASCII. Where the database knows only the letters of
# ASCII, the parser takes all other characters for letters.
_PUNCTUATION = (
    "\\u00a0-\\u00a9\\u00ab-\\u00b1\\u00b4\\u00b6-\\u00b8\\u00bb\\u00bf\\u00d7\\u00f7\\u037e\\u0387\\u055a-\\u055f"
    "\\u0589\\u058a\\u05be\\u05c0\\u05c3\\u05f3\\u05f4\\u060c\\u061b\\u061f\\u066a-\\u066d\\u06d4\\u0964\\u0965"
    "\\u1361-\\u1368\\u2000-\\u206f\\u20a0-\\u20bf\\u2117\\u2120\\u2122\\u2190-\\u2bff\\u2e00-\\u2e7f\\u3000-\\u3003"
    "\\u3008-\\u3020\\u30fb\\ufe30-\\ufe6f\\uff01-\\uff0f\\uff1a-\\uff20\\uff3b-\\uff40\\uff5b-\\uff65"
    "\\U0001f000-\\U0001faff"
)
_INVISIBLE = "\\u00ad\\u2060\\ufeff"

_MARKS = "\\u0300-\\u036f"
_ASCII = "\\u0001-\\u007f"
_HAS_GLUE = "[_@/<&+~#-]|[.][^[:space:]]"
# What can hold compounds is looked for first: that is quicker by far than to look at each word.
_RUN = "[[:alnum:]._@&+#-]*(?:[_@&+#]|[.](?=[[:alnum:]]))[[:alnum:]._@&+#-]*"
_COMPOUND = (
    r"(?:^|[^[:alnum:]_.])"
    r"([.]?[[:alnum:]_]+(?:[._@&+#-]+[[:alnum:]_]+)*(?:[+]{1,2}|#)?)"
)
_HAS_PIECES = "@|[.].*[.]|^v[0-9]+[.]"
_HOST = "^([^@]*@)?[a-z][a-z0-9-]*([.][a-z][a-z0-9-]*){2,}$"
_PIECES = f"""ARRAY[
    whole[1],
    CASE WHEN whole[1] LIKE '%@%' THEN split_part(whole[1], '@', 1) END,
    split_part(whole[1], '@', 2),
    CASE WHEN whole[1] ~ '{_HOST}' THEN regexp_replace(whole[1], '^([^@]*@)?[^.]*[.]', '') END,
    CASE WHEN whole[1] ~ '^v[0-9]+[.]' THEN substr(whole[1], 2) END]"""


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
    seen = f"regexp_replace({text}, '[{_INVISIBLE}]+', '', 'g')"
    return f"regexp_replace({seen}, '[{_PUNCTUATION}]+', ' ', 'g')"


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
    for ligature, letters in _LIGATURES.items():
        text = f"replace({text}, '{ligature}', '{letters}')"
    return f"translate({text}, '{_STROKES[0]}', '{_STROKES[1]}')"


def is_plain(text: str, longest: int) -> str:
    """Return SQL for whether a text has only plain words already; of nothing that is unknown."""
    return f"octet_length({text}) <= {longest} AND {text} !~ {quoted(f'[^{_ASCII}]|{_HAS_GLUE}')}"


def has_glue(text: str) -> str:
    """Return SQL for whether a folded text has words that the parser would not tell apart."""
    return f"{text} ~ {quoted(_HAS_GLUE)}"


def has_compounds(text: str) -> str:
    """Return SQL for whether a folded text with glue may hold compounds."""
    return f"{text} ~ {quoted(_RUN)}"


def parted(text: str) -> str:
    """Return SQL for a folded text with spaces between words that are glued together."""
    spaced = f"regexp_replace({text}, {quoted(_GLUE)}, ' ', 'g')"
    spaced = f"regexp_replace({spaced}, {quoted(_STOP)}, ' ', 'g')"
    return f"regexp_replace({spaced}, {quoted(_STOP_AFTER_LETTER)}, E'\\\\1 ', 'g')"


def compounds(text: str) -> str:
    """Return SQL that gives the compounds of a folded text, a row for each time it occurs.

    A name before an @ and a host after it count too, a host without its first part, and a version
    without its v.
    """
    return f"""
SELECT piece FROM regexp_matches(lower({text}), {quoted(_RUN)}, 'g') AS r (run),
    regexp_matches(run[1], {quoted(_COMPOUND)}, 'g') AS m (whole),
    unnest(CASE WHEN whole[1] ~ '{_HAS_PIECES}' THEN {_PIECES} ELSE whole END) AS p (piece)
WHERE whole[1] ~ '[[:alpha:]]' AND piece ~ '[._@&+#]' AND length(piece) <= {LONGEST_COMPOUND}"""  # noqa: S608 - constants of ours


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


def vector_of_compounds(text: str, weight: str) -> str:
    """Return SQL for the compounds of a folded text as a tsvector."""
    numbered = f"SELECT piece, row_number() OVER () AS number FROM ({compounds(text)}) AS c"  # noqa: S608 - constants of ours
    lexeme = f"'''' || piece || ''':' || least(number, 16383) || '{weight}'"
    numbered = f"{numbered} LIMIT {MOST_COMPOUNDS}"
    return f"(SELECT string_agg({lexeme}, ' ')::tsvector FROM ({numbered}) AS n)"  # noqa: S608


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
