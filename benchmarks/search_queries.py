"""Queries of all kinds, made of the words that a database holds; the same each time."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from benchmarks.database import STOP_WORDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg
    from psycopg.rows import TupleRow

# Words that are their own stems, and in which share of the posts they are.
_FREQUENT = """
SELECT lexeme, share FROM pg_catalog.pg_stats AS s, unnest(
    s.most_common_elems::text::text[], s.most_common_elem_freqs::float8[]) AS w (lexeme, share)
WHERE s.schemaname = 'analytics' AND s.tablename = 'post_search' AND s.attname = 'words'
AND to_tsvector('english', lexeme)::text LIKE quote_literal(lexeme) || ':%'
ORDER BY share DESC, lexeme
"""
_RARE = """
SELECT word FROM analytics.post_search_word WHERE posts BETWEEN 3 AND 100
AND strip(to_tsvector('english', word)) = array_to_tsvector(ARRAY[word])
ORDER BY md5(word) LIMIT 100
"""
_POSTS = """
SELECT content, author_id::text, category_id::text, created_at::date::text FROM public.posts
WHERE published AND category_id IS NOT NULL ORDER BY id LIMIT 100
"""


@dataclass(frozen=True)
class Asked:
    """A query.

    Parameters
    ----------
    kind
        What is special about it.
    text
        As people type it.
    words
        What the specification's query is given, where it can be asked for the same.
    arguments
        Further arguments of ``search_posts``.
    """

    kind: str
    text: str
    words: str | None = None
    arguments: dict[str, str] = field(default_factory=dict)


class Queries:
    """Queries of a database that has a search index.

    Parameters
    ----------
    plain
        A connection to it.
    """

    def __init__(self, plain: psycopg.Connection[TupleRow]) -> None:
        found = plain.execute(_FREQUENT).fetchall()
        self._common = [word for word, _ in found[:40]]
        self._middling = [word for word, share in found if 0.001 <= share <= 0.01]
        self._rare = [word for (word,) in plain.execute(_RARE)]
        self._posts = plain.execute(_POSTS).fetchall()
        self._draws = random.Random(1)  # noqa: S311 - not for secrets

    def all(self) -> list[Asked]:
        """Return the queries, mixed."""
        kinds = (
            *self._words(),
            *self._several(),
            *self._phrases(),
            *self._operators(),
            *self._filters(),
            *self._nowhere(),
        )
        mixed = list(kinds)
        self._draws.shuffle(mixed)
        return mixed

    def _some(self, words: list[str], count: int) -> list[str]:
        return self._draws.sample(words, count)

    def _words(self) -> Iterator[Asked]:
        for kind, words in (
            ("a rare word", self._some(self._rare, 8)),
            ("a middling word", self._some(self._middling, 8)),
            ("a common word", self._common[:6]),
        ):
            for word in words:
                yield Asked(kind, word, word)

    def _several(self) -> Iterator[Asked]:
        for _ in range(6):
            mix = [*self._some(self._rare, 1), *self._some(self._middling, 1)]
            yield _plain("three words of all kinds", [*mix, *self._some(self._common, 1)])
            yield _plain("three middling words", self._some(self._middling, 3))
        for count in (2, 2, 3, 4):
            yield _plain("common words only", self._some(self._common, count))
        for _ in range(5):
            words = [*self._some(self._middling, 6), *self._some(self._common, 2)]
            yield _plain("eight words", words)
            words = [*self._some(self._middling, 3), *self._some(self._rare, 1)]
            stops = self._draws.sample(STOP_WORDS, 4)
            both = zip(stops, words, strict=True)
            yield _plain("a question", [word for pair in both for word in pair])

    def _phrases(self) -> Iterator[Asked]:
        for one, other in zip(self._common[:3], self._common[1:4], strict=True):
            yield Asked("a phrase of common words", f'"{one} {other}"', f"{one} {other}")
        for post in self._posts[:6]:
            words = [word for word in post[0].split() if word not in STOP_WORDS][:2]
            yield Asked("a phrase", f'"{" ".join(words)}"', " ".join(words))

    def _operators(self) -> Iterator[Asked]:
        for word in self._some(self._middling, 4):
            yield Asked("a beginning", f"{word[:3]}*")
        for one, other in zip(self._some(self._middling, 4), self._common, strict=False):
            yield Asked("an exclusion", f"{one} -{other}")
        for word in (*self._common[:3], *self._some(self._middling, 2)):
            yield Asked("in the title", f"title:{word}")

    def _filters(self) -> Iterator[Asked]:
        for number, post in enumerate(self._posts[-6:]):
            word = self._common[number] if number % 2 else self._middling[number]
            _, author, category, day = post
            filters = {"author": author, "category": category, "start": day}
            name = sorted(filters)[number % 3]
            yield Asked("a filter", word, arguments={name: filters[name]})
        for word in (self._common[0], *self._some(self._middling, 2)):
            yield Asked("the newest", word, arguments={"sort": "newest"})

    def _nowhere(self) -> Iterator[Asked]:
        for word in self._some(self._rare, 4):
            yield Asked("a typing error", word[:-1] + "x" + word[-1])
        for word in ("qqxwv", "xqzzw vwqqx", "zxxwvq wqx xwq"):
            yield Asked("none found", word, word)


def _plain(kind: str, words: list[str]) -> Asked:
    return Asked(kind, " ".join(words), " ".join(words))
