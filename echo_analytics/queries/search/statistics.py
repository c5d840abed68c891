"""What the ranking has to know about all posts, and how it is asked for.

Of the most frequent lexemes (up to 10,000) the server's own statistics say in how many posts they
are; ANALYZE keeps them. Of others the posts are counted when they are looked for, which is quick
for they are rare. While there are few posts, everything is counted.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from echo_analytics.queries.search.constants import RANKING
from echo_analytics.queries.search.words import quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from echo_analytics.queries.search.term import Part, Term

FEW_POSTS = 5_000
"""Up to how many posts everything is counted at each search."""

FRESH = 60.0
"""Seconds after which the statistics are read again."""

MOST_COUNTED = 8_000
"""How far posts with a lexeme are counted; of more it is only known that they are more."""

MOST_LEXEMES = 50
"""By how many lexemes a very common prefix is looked for."""

_SAMPLED = 20_000

# How many posts there are, while they are few; and what their lengths are.
COUNTED = f"""
SELECT count(*) AS posts, coalesce(avg(length), 0)::float8 AS mean_length,
    coalesce(avg(title_length), 0)::float8 AS mean_title_length
FROM (SELECT length, title_length FROM analytics.post_search LIMIT {FEW_POSTS + 1}) AS s
"""  # noqa: S608 - constants of ours


def _mean(column: str) -> str:
    """Return SQL for the mean of a column by the server's statistics; else by a sample of rows.

    A sample takes some 2,500 pages from all over the table, which a server that has just begun
    reads from the disk.
    """
    return f"""coalesce(nullif((
    SELECT (SELECT coalesce(sum(value * share), 0) + (1 - coalesce(sum(share), 0)) * coalesce((
            SELECT (sum(bound) - (min(bound) + max(bound)) / 2) / (count(*) - 1)
            FROM unnest(s.histogram_bounds::text::float8[]) AS h (bound)), 0)
        FROM unnest(s.most_common_vals::text::float8[], s.most_common_freqs) AS m (value, share))
    FROM pg_catalog.pg_stats AS s WHERE s.schemaname = 'analytics'
    AND s.tablename = 'post_search' AND s.attname = '{column}'
), 0), (
    SELECT avg({column}) FROM analytics.post_search
    TABLESAMPLE SYSTEM (least(100, 100 * {_SAMPLED} / (SELECT posts FROM estimate))) REPEATABLE (0)
), 1)::float8"""  # noqa: S608 - constants of ours


ESTIMATED = f"""
WITH estimate AS MATERIALIZED (
    SELECT greatest(c.reltuples, {FEW_POSTS + 1})::float8 AS posts
    FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = 'analytics' AND c.relname = 'post_search' AND c.relkind = 'r'
)
SELECT e.posts, {_mean("length")} AS mean_length, {_mean("title_length")} AS mean_title_length, f.*
FROM estimate AS e LEFT JOIN LATERAL (
    SELECT w.most_common_elems::text::text[] AS lexemes,
        w.most_common_elem_freqs::float8[] AS shares,
        t.most_common_elems::text::text[] AS title_lexemes,
        t.most_common_elem_freqs::float8[] AS title_shares
    FROM pg_catalog.pg_stats AS w LEFT JOIN pg_catalog.pg_stats AS t
    ON t.schemaname = w.schemaname AND t.tablename = w.tablename AND t.attname = 'title_words'
    WHERE w.schemaname = 'analytics' AND w.tablename = 'post_search' AND w.attname = 'words'
) AS f ON true
"""  # noqa: S608

COUNT = f"""
SELECT number::int AS number, (
    SELECT count(*) FROM (
        SELECT FROM analytics.post_search WHERE words @@ query::tsquery LIMIT {MOST_COUNTED + 1}
    ) AS s) AS posts
FROM unnest($1::text[]) WITH ORDINALITY AS q (query, number) ORDER BY number
"""  # noqa: S608
COUNT_IN_TITLES = COUNT.replace("words @@", "title_words @@")
COUNT_WITH_TITLES = COUNT.replace("LIMIT", "AND title_words @@ $2::tsquery LIMIT")


@dataclass(frozen=True, slots=True)
class Statistics:
    """What is known of all posts.

    Parameters
    ----------
    posts
        How many there are.
    mean_length, mean_title_length
        Words in title and content, and in the title.
    shares
        Of frequent lexemes, the share of the posts that have it; None while posts are few.
    title_shares
        The same of titles.
    asked
        When, on the monotonic clock.
    """

    posts: float
    mean_length: float
    mean_title_length: float
    shares: Mapping[str, float] | None = None
    title_shares: Mapping[str, float] = field(default_factory=dict)
    asked: float = field(default_factory=time.monotonic)

    @property
    def fresh(self) -> bool:
        """Whether they need not be asked for again."""
        return self.shares is not None and time.monotonic() - self.asked < FRESH

    def frequency(self, part: Part) -> float | None:
        """Return in about how many posts a frequent lexeme is; None where it has to be counted."""
        if self.shares is None:
            return None
        if not part.prefix:
            share = self.shares.get(part.lexeme)
            return None if share is None else share * self.posts
        begun = sum(self.shares[lexeme] for lexeme in self.beginning(part))
        # Posts have several of them.
        return self.posts * (1 - math.exp(-begun)) if begun * self.posts > MOST_COUNTED else None

    def title_frequency(self, part: Part) -> float | None:
        """Return in about how many titles a frequent word is; None where it has to be counted."""
        share = self.title_shares.get(part.lexeme)
        return None if self.shares is None or share is None else share * self.posts

    def most_in_titles(self, term: Term) -> float:
        """Return about in how many titles a term is at the most."""
        rarest = min(self.title_shares.values(), default=1.0)
        parts = (
            sum(share for lexeme, share in self.title_shares.items() if _is(part, lexeme)) or rarest
            for part in term.parts
        )
        return min(1.0, *parts) * self.posts

    def narrowed(self, term: Term, frequencies: Mapping[str, float]) -> Term:
        """Return a term with the rarer ones of the lexemes that its prefix stands for.

        Only where they are in too many posts: the index would collect all of these.
        """
        part = term.parts[-1]
        if not part.prefix or frequencies[part.query] <= MOST_COUNTED or self.shares is None:
            return term
        if term.title and self.most_in_titles(term) <= MOST_COUNTED:
            return term
        chosen: list[tuple[str, float]] = []
        total = 0.0
        for lexeme in self.beginning(part)[:MOST_LEXEMES]:
            total += self.shares[lexeme] * self.posts
            if chosen and total > MOST_COUNTED:
                break
            chosen.append((lexeme, self.shares[lexeme] * self.posts))
        return replace(term, narrowed=tuple(chosen))

    def beginning(self, part: Part) -> list[str]:
        """Return the frequent lexemes that begin as a part does, the least frequent first."""
        shares = self.shares or {}
        found = [lexeme for lexeme in shares if lexeme.startswith(part.lexeme)]
        return sorted(found, key=lambda lexeme: (shares[lexeme], lexeme))


def _is(part: Part, lexeme: str) -> bool:
    return lexeme.startswith(part.lexeme) if part.prefix else lexeme == part.lexeme


def idf(posts: float, frequency: float) -> float:
    """Return how much a lexeme says, given in how many of the posts it is."""
    number = max(posts, frequency)
    return math.log(1 + (number - frequency + 0.5) / (frequency + 0.5))


def estimate(term: Term, frequencies: Mapping[str, float]) -> float:
    """Return in how many posts a term is at the most."""
    parts = min(frequencies[part.query] for part in term.parts)
    if term.narrowed:
        parts = min(parts, sum(size for _, size in term.narrowed))
    others = sum(min(frequencies[part.query] for part in other) for other in term.others)
    whole = 0 if term.whole is None else frequencies[quoted(term.whole)]
    return parts + whole + others


def weight(term: Term, posts: float, frequencies: Mapping[str, float]) -> float:
    """Return what a term counts in the score, before how often it occurs."""
    return repeated(term) * sum(idf(posts, frequencies[part.query]) for part in term.parts)


def repeated(term: Term) -> float:
    """Return for how many a term counts that the query holds several times."""
    return (RANKING.k3 + 1) * term.times / (RANKING.k3 + term.times)


def asked_for(terms: Iterable[Term]) -> list[Part]:
    """Return the lexemes whose frequencies are needed."""
    return [part for term in terms for part in term.every_part]
