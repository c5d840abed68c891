"""The SQL function that makes words of a post, step by step.

It does what ``text.document`` does, which is a single statement and would take longer to begin than
to run. Each step is preceded by a look at whether the text needs it, since to look takes a fraction
of the time; and what a statement inside a function would do to a few compounds, a loop does.
"""

from __future__ import annotations

from echo_analytics.search_index import compounds, text


def document(configuration: str) -> str:
    """Return the function that makes words of a post; it never raises."""
    return f"""
CREATE OR REPLACE FUNCTION analytics.search_document(
    title text, content text,
    OUT words tsvector, OUT title_words tsvector, OUT length int, OUT title_length int)
LANGUAGE plpgsql STABLE AS $function$
DECLARE
    compounds tsvector := '';
    of_title tsvector;
    of_content tsvector;
    cuts text[];
    piece text;
    whole text;
    lexemes text[];
    number int;
BEGIN
    {_prepared("title", text.LONGEST_TITLE, "A")}
    {_prepared("content", text.LONGEST_CONTENT, "B")}
    of_title := to_tsvector({configuration}, title);
    of_content := to_tsvector({configuration}, content);
    title_length := {text.number_of_words("of_title")};
    length := title_length + {text.number_of_words("of_content")};
    of_title := setweight(of_title, 'A');
    words := of_title || setweight(of_content, 'B');
    title_words := of_title || to_tsvector('pg_catalog.simple', title);
    IF compounds <> '' THEN
        words := words || compounds;
        title_words := title_words || ts_filter(compounds, '{{a}}');
    END IF;
EXCEPTION WHEN OTHERS THEN
    words := coalesce(words, '');
    title_words := coalesce(title_words, '');
    length := coalesce(length, 0);
    title_length := coalesce(title_length, 0);
END
$function$;
"""


def _prepared(variable: str, longest: int, weight: str) -> str:
    return f"""
    IF ({text.is_plain(variable, longest)}) IS NOT TRUE THEN
        {variable} := {text.cut(variable, longest)};
        IF NOT {text.is_ascii(variable)} THEN
            {variable} := {text.without_punctuation(variable)};
            IF NOT {text.is_ascii(variable)} THEN
                {_spelt(variable, longest)}
            END IF;
        END IF;
        IF {text.has_glue(variable)} THEN
            cuts := '{{}}';
            IF {compounds.has_compounds(variable)} THEN
                {_compounds(variable, weight)}
            END IF;
            IF {text.has_decimals(variable)} THEN
                {variable} := {text.with_decimals(variable)};
                IF {text.has_points_after_letters("array_to_string(cuts, ' ')")} THEN
                    {variable} := {text.without_points_after_letters(variable)};
                END IF;
            ELSE
                {variable} := {text.unglued(variable)};
            END IF;
        END IF;
    END IF;"""


def _spelt(variable: str, longest: int) -> str:
    return f"""
                {variable} := {text.without_invisible(variable)};
                IF {text.is_western(variable)} THEN
                    {variable} := {text.without_western_accents(variable)};
                END IF;
                IF NOT {text.is_ascii(variable)} THEN
                    {variable} := {text.without_russian_accents(variable)};
                    IF NOT {text.is_settled(variable)} THEN
                        {variable} := {text.without_accents(variable)};
                        IF {text.to_respell(variable)} THEN
                            {variable} := {text.respelt(variable)};
                        END IF;
                        IF NOT {text.is_settled(variable)} THEN
                            {variable} := {text.composed(variable, longest)};
                        END IF;
                    END IF;
                END IF;
                IF octet_length({variable}) > {longest} THEN
                    {variable} := left({variable}, {longest});
                END IF;"""


def _compounds(variable: str, weight: str) -> str:
    keep = f"""
                        number := number + 1;
                        lexemes := array_append(lexemes, piece || ':' || number || '{weight}');"""

    def keep_if_compound(piece: str) -> str:
        return f"""
                        piece := {piece};
                        IF {compounds.is_compound("piece")} THEN {keep}
                        END IF;"""

    pieces = "".join(
        f"""
                        IF {condition} THEN {"".join(keep_if_compound(piece) for piece in found)}
                        END IF;"""
        for condition, found in compounds.pieces_of("whole").items()
    )
    return f"""
                lexemes := '{{}}';
                number := 0;
                cuts := {compounds.cut_out(variable)};
                FOREACH piece IN ARRAY cuts LOOP
                    EXIT WHEN number >= {compounds.MOST_COMPOUNDS};
                    IF piece = '' THEN
                        CONTINUE;
                    ELSIF {compounds.is_whole("piece")} THEN {keep}
                    ELSE
                        whole := {compounds.whole_of("piece")};
                        {keep_if_compound("whole")}
                        {pieces}
                    END IF;
                END LOOP;
                compounds := compounds || array_to_string(lexemes, ' ')::tsvector;"""
