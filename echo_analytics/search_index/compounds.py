"""The compounds of a folded text, in SQL: *snake_case*, *C++*, *v1.2.3*, hosts, addresses.

All between them is taken out at once. To look for each of them would take many times as long.
"""

from __future__ import annotations

LONGEST_COMPOUND, MOST_COMPOUNDS = 100, 2_000

_MAY_BE_COMPOUND = "[_@&+#]|[.][[:alnum:]]"
# What lies between compounds: ends of words, plain words and numbers, and the signs before a word.
# To take this out costs a search for each compound, and none for the other words.
_APART = "[^[:alnum:]._@&+#-]+"
_LEADING = "[@&+#-]*"
_TRAILING = "[.@&-]*"
_PLAIN = f"{_LEADING}(?:[[:alnum:]-]*{_TRAILING}|[0-9._@&+#-]*)"
_BETWEEN = f"{_TRAILING}{_APART}(?:{_PLAIN}{_APART})*{_LEADING}"
# What is cut out so is a compound, but for further signs at its ends; of some, pieces count too.
_COMPOUND = "(?<![[:alnum:]_.])[.]?[[:alnum:]_]+(?:[._@&+#-]+[[:alnum:]_]+)*(?:[+]{1,2}|#)?"
_HAS_PIECES = ("%@%", "%.%.%", "v%.%")
_HAS_ENDS = (".%", "%+", "%#")
_HOST = "^([^@]*@)?[a-z][a-z0-9-]*([.][a-z][a-z0-9-]*){2,}$"


def has_compounds(text: str) -> str:
    """Return SQL for whether a folded text may hold compounds."""
    return f"{text} ~ '{_MAY_BE_COMPOUND}'"


def cut_out(text: str) -> str:
    """Return SQL for an array of what may be compounds in a folded text, and empty ends."""
    return f"regexp_split_to_array(' ' || lower({text}) || ' ', '{_BETWEEN}')"


def is_whole(run: str) -> str:
    """Return SQL for whether what was cut out is a compound, and the only piece of itself."""
    more = _is_like(run, *_HAS_PIECES, *_HAS_ENDS)
    return f"NOT ({more} OR octet_length({run}) > {LONGEST_COMPOUND})"


def whole_of(run: str) -> str:
    """Return SQL for the compound in what was cut out."""
    whole = f"(regexp_match(regexp_replace({run}, '^[.]{{2,}}', ''), '{_COMPOUND}'))[1]"
    return f"CASE WHEN {_is_like(run, *_HAS_ENDS)} THEN {whole} ELSE {run} END"


def pieces_of(whole: str) -> dict[str, tuple[str, ...]]:
    """Return SQL for what may be compounds in a compound, by the condition under which they are.

    A name before an @ and a host after it count too, a host without its first part, and a version
    without its v.
    """
    without_first = f"regexp_replace({whole}, '^([^@]*@)?[^.]*[.]', '')"
    return {
        f"{whole} LIKE '%@%'": (f"split_part({whole}, '@', 1)", f"split_part({whole}, '@', 2)"),
        f"{whole} LIKE '%.%.%' AND {whole} ~ '{_HOST}'": (without_first,),
        f"{whole} LIKE 'v%.%' AND {whole} ~ '^v[0-9]+[.]'": (f"substr({whole}, 2)",),
    }


def is_compound(piece: str) -> str:
    """Return SQL for whether a piece of a compound is one."""
    return f"{piece} ~ '[._@&+#]' AND length({piece}) <= {LONGEST_COMPOUND}"


def compounds(text: str) -> str:
    """Return SQL that gives the compounds of a folded text, a row for each time it occurs.

    The columns are the piece, and its number in the text.
    """
    pieces = [
        f"CASE WHEN {condition} THEN {piece} END"
        for condition, found in pieces_of("whole").items()
        for piece in found
    ]
    # With row_number() instead, the work could not be shared between processes.
    return f"""
SELECT piece, number FROM unnest(ARRAY(
    SELECT piece FROM unnest({cut_out(text)}) WITH ORDINALITY AS r (run, place), LATERAL (
        SELECT {whole_of("run")} AS whole OFFSET 0
    ) AS w, unnest(
        CASE WHEN {is_whole("run")} THEN ARRAY[run] ELSE ARRAY[whole, {", ".join(pieces)}] END
    ) WITH ORDINALITY AS p (piece, nth)
    WHERE run <> '' AND ({is_whole("run")} OR {is_compound("piece")}) ORDER BY place, nth
)) WITH ORDINALITY AS c (piece, number)"""  # noqa: S608 - constants of ours


def vector_of_compounds(text: str, weight: str) -> str:
    """Return SQL for the compounds of a folded text as a tsvector."""
    found = f"SELECT piece, number FROM ({compounds(text)}) AS c WHERE number <= {MOST_COMPOUNDS}"  # noqa: S608 - constants of ours
    lexeme = f"piece || ':' || number || '{weight}'"
    return f"(SELECT string_agg({lexeme}, ' ')::tsvector FROM ({found}) AS n)"  # noqa: S608


def _is_like(text: str, *patterns: str) -> str:
    return " OR ".join(f"{text} LIKE '{pattern}'" for pattern in patterns)
