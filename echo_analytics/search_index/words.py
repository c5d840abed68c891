"""The words that posts are written with, as they stand there: what typing errors are corrected to.

A build collects all of them. Afterwards a writer collects in passing, once in some five hundred
statements, those of the newest posts only: to read texts once more takes longer than to index them.
Readers look into the newest posts themselves. So a word that comes into use is known soon. With
each word is kept how many posts had it when it became known.
"""

from __future__ import annotations

from echo_analytics.search_index.text import LONGEST_CONTENT, LONGEST_TITLE, cut

LOCK_KEY = int.from_bytes(b"echo-sea", "big")
"""The advisory lock that whoever builds the index or collects words holds."""

AT_ONCE, IN_PASSING = 64, 16
"""How many of the newest posts are looked into, by a reader and by a writer in passing."""

_SHORTEST, _LONGEST = 3, 40


def words(title: str, content: str) -> str:
    """Return a SELECT of the words of a post, for use after LATERAL."""
    beginning = f"{cut(title, LONGEST_TITLE)} || ' ' || {cut(content, LONGEST_CONTENT)}"
    return f"""
SELECT lexeme AS word FROM unnest(to_tsvector('pg_catalog.simple', {beginning}))
WHERE length(lexeme) BETWEEN {_SHORTEST} AND {_LONGEST} AND lexeme !~ '[^[:alpha:]''-]'"""  # noqa: S608


def newest(first: str, most: int = AT_ONCE) -> str:
    """Return a SELECT of the words of posts that were indexed after the one with a number.

    With each comes in how many of them it is.
    """
    return f"""
SELECT w.word, count(*)::int AS posts FROM (
    SELECT post_id FROM analytics.post_search AS s WHERE s.number > {first}
    ORDER BY s.number DESC LIMIT {most}
) AS s, public.posts AS p, LATERAL ({words("p.title", "p.content")}) AS w WHERE p.id = s.post_id
GROUP BY w.word"""  # noqa: S608


COLLECT = f"""
CREATE OR REPLACE FUNCTION analytics.collect_search_words() RETURNS void LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    known bigint;
    latest bigint;
BEGIN
    IF NOT pg_try_advisory_xact_lock({LOCK_KEY}) THEN
        RETURN;
    END IF;
    SELECT words_upto INTO known FROM analytics.post_search_state;
    SELECT last_value INTO latest FROM analytics.post_search_number_seq;
    IF latest - known >= {IN_PASSING} THEN
        INSERT INTO analytics.post_search_word (word, posts)
        {newest("known", IN_PASSING)}
        ON CONFLICT DO NOTHING;
        UPDATE analytics.post_search_state SET words_upto = latest;
    END IF;
EXCEPTION WHEN OTHERS THEN
    RETURN;
END
$function$;
"""  # noqa: S608 - constants of ours
