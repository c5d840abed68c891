"""How many posts a search finds, and of what kinds they are."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

from echo_analytics.analytics.search import checked_filters
from echo_analytics.analytics.searching import prepare
from echo_analytics.arguments import flag, positive, text, time_zone
from echo_analytics.constructs import clock
from echo_analytics.queries.search import counting
from echo_analytics.queries.search.choosing import Pool
from echo_analytics.search_index.reading import goes_on_without

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from uuid import UUID

    from echo_analytics.analytics.prepared import Prepared
    from echo_analytics.models import PostStatus
    from echo_analytics.queries.search.shapes import Shape
    from echo_analytics.source import Source

F = TypeVar("F")

MOST_READ = 20_000
"""Up to how many matches are read all; of more, some posts are looked through."""

_MATCHES_WANTED = 1_000
_FEWEST_SAMPLED, _MOST_SAMPLED = 20_000, 100_000
_FEW = 100
"""So few matches among the posts looked through say little."""

_MOST_VALUES = 1_000


class MatchCount(int):
    """How many posts a search finds: an ``int`` that says whether it is an estimate.

    Attributes
    ----------
    approximate
        Whether it was counted among some of the posts only.
    corrected
        What was searched for in the place of which words that no post has.
    """

    approximate: bool
    corrected: dict[str, str]

    # Any: what an int is made of.
    def __new__(
        cls, value: int, *, approximate: bool = False, corrected: Mapping[str, str] | None = None
    ) -> MatchCount:
        """Return a number with what is to be known of it."""
        count = super().__new__(cls, value)
        count.approximate = approximate
        count.corrected = dict(corrected or {})
        return count

    def __getnewargs_ex__(self) -> tuple[tuple[int], dict[str, object]]:
        """Return what copies and pickles are made of."""
        return (int(self),), {"approximate": self.approximate, "corrected": self.corrected}


@goes_on_without
def search_count(
    source: Source[Any],
    query: str,
    *,
    author: str | UUID | None = None,
    category: str | UUID | None = None,
    status: PostStatus | None = "published",
    start: date | str | None = None,
    end: date | str | None = None,
    timezone: str = "UTC",
    fuzzy: bool = True,
) -> MatchCount:
    """Count the posts that ``search_posts`` finds, those of all its pages.

    Where by the frequencies of its words more than 20,000 posts match, it is estimated by 20,000
    to 100,000 posts, always the same ones; ``approximate`` is then true. Of what there is little
    among these, all is counted after all.

    Parameters
    ----------
    source
        A database, or a snapshot of one.
    query
        What to look for: see ``search_posts``.
    author, category, status, start, end, timezone, fuzzy
        As in ``search_posts``.

    Returns
    -------
    MatchCount
        An ``int`` with two attributes: ``approximate``, and ``corrected``, what was searched for in
        the place of which words.

    Raises
    ------
    InvalidInput
        An argument is wrong.
    NotSupported
        There is no search index, and more than 200,000 posts.
    DatabaseError
        The server refused, timed out or was lost.

    Examples
    --------
    >>> found = search_count(db, "migration")
    >>> found > 0, found.approximate
    (True, False)
    """
    typed = text("query", query)
    filters = checked_filters(author, category, status, start, end, timezone)
    asked = prepare(source, typed, fuzzy=flag("fuzzy", fuzzy))
    return counted(source, asked, filters)


@goes_on_without
def search_facets(
    source: Source[F],
    query: str,
    *,
    limit: int = 10,
    author: str | UUID | None = None,
    category: str | UUID | None = None,
    status: PostStatus | None = "published",
    start: date | str | None = None,
    end: date | str | None = None,
    timezone: str = "UTC",
    fuzzy: bool = True,
) -> F:
    """Tell of what categories, authors and months the posts are that ``search_posts`` finds.

    Parameters
    ----------
    source
        A database, or a snapshot of one.
    query
        What to look for: see ``search_posts``.
    limit
        How many categories and how many authors at the most, those with the most posts; 1 to
        1,000. Months are all there.
    author, category, status, start, end, timezone, fuzzy
        As in ``search_posts``. Months are those of ``timezone``.

    Returns
    -------
    frame
        One row a category, author or month that a match has:

        - facet (string): "category", "author" or "month", in this order
        - value (string): the id, null for posts without category; the month as ``2026-06``
        - label (string): the name, null for posts without category; the month
        - total_posts (int64): how many matches have it; as in ``search_count`` an estimate where
          very many posts match
        - approximate (bool): whether it is one

        Categories and authors by total_posts, the most first, then by name; months from the last.

    Raises
    ------
    InvalidInput
        An argument is wrong.
    NotSupported
        There is no search index, and more than 200,000 posts.
    DatabaseError
        The server refused, timed out or was lost.

    Examples
    --------
    >>> found = search_facets(db, "migration", limit=3)
    >>> sorted(set(found["facet"]))
    ['author', 'category', 'month']
    """
    typed, number = text("query", query), positive("limit", limit, _MOST_VALUES)
    filters = checked_filters(author, category, status, start, end, timezone)
    local = clock(time_zone(timezone), of_days=True)
    asked = prepare(source, typed, fuzzy=flag("fuzzy", fuzzy))
    shape, values = _asked(asked, filters)
    sample = _sample(source, asked, shape, values)
    select = counting.facets(shape, sampled=sample is not None, fixed=local.fixed)
    values |= {**local.values, "limit": number, "factor": 1.0}
    if sample is not None:
        values |= {"percent": sample.percent, "factor": sample.factor}
    return source.frame(select, values)


def counted(source: Source[Any], asked: Prepared, filters: Mapping[str, object]) -> MatchCount:
    """Count the matches of a query that is prepared, all of them or among some of the posts."""
    shape, values = _asked(asked, filters)
    sample = _sample(source, asked, shape, values)
    if sample is None:
        posts, _ = _counted(source, shape, values, sampled=False)
    else:
        posts = round(sample.found * sample.factor)
    return MatchCount(posts, approximate=sample is not None, corrected=asked.corrections)


@dataclass(frozen=True, slots=True)
class _Sample:
    """Some of the posts, which stand for all.

    Parameters
    ----------
    percent
        How many of a hundred pages are read.
    found
        How many of the posts on them match.
    factor
        For how many posts each of them stands.
    """

    percent: float
    found: int
    factor: float


def _asked(asked: Prepared, filters: Mapping[str, object]) -> tuple[Shape, dict[str, object]]:
    """Return what the statements that count depend on, and their values."""
    terms = asked.terms.unnarrowed()
    shape = replace(asked.shape(Pool(terms.matching), filters, "relevance"), terms=(), pairs=())
    return shape, {
        "matching": terms.matching,
        "lexemes": asked.lexemes,
        "titles": terms.titles,
        "unwanted": terms.unwanted,
        **filters,
    }


def _sample(
    source: Source[Any], asked: Prepared, shape: Shape, values: Mapping[str, object]
) -> _Sample | None:
    """Look some posts through where very many match; None where all matches are to be read."""
    expected = asked.expected()
    if expected <= MOST_READ:
        return None
    posts = asked.statistics.posts
    looked_at = max(posts * _MATCHES_WANTED / expected, _FEWEST_SAMPLED)
    percent = min(100.0, 100 * min(looked_at, _MOST_SAMPLED) / posts)
    found, read = _counted(source, shape, {**values, "percent": percent}, sampled=True)
    return _Sample(percent, found, posts / read) if found >= _FEW else None


def _counted(
    source: Source[Any], shape: Shape, values: Mapping[str, object], *, sampled: bool
) -> tuple[int, int]:
    [row] = source.arrow(counting.matches(shape, sampled=sampled), values).to_pylist()
    return row["found"], row["read"]
