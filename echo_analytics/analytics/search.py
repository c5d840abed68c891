"""Searching posts."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from echo_analytics.analytics.meaning import by_meaning
from echo_analytics.arguments import flag, positive, text
from echo_analytics.queries import search as queries
from echo_analytics.semantic import CANDIDATES, load

if TYPE_CHECKING:
    from echo_analytics.source import Source

F = TypeVar("F")


def search_posts(source: Source[F], query: str, *, limit: int = 20, semantic: bool = False) -> F:
    """Find the published posts that answer a query best.

    Words are compared by their English stems. A post needs one of the words; more of them, and
    rarer ones, come first (BM25). A "quoted phrase" must occur, a -word must not. Any text is a
    valid query.

    Parameters
    ----------
    source
        A database, or a snapshot of one.
    query
        What to look for.
    limit
        How many posts at the most, 1 or more.
    semantic
        Put the best 200 in order by what they mean as well: 70 % of the score are then the words
        and 30 % the cosine of WordLlama's vectors for the query and for the title, twice, with the
        first 400 characters of the content, each as a share of the largest. Synonyms come up; what
        has none of the words is still not found. Needs the extra ``semantic``, no network.

    Returns
    -------
    frame
        One row a post, best first, then by id:

        - rank (int64): from 1
        - post_id, title (string)
        - snippet (string): from the content, with ``**`` around hits; not escaped for HTML
        - score (float64): BM25; with ``semantic`` the mix, at most 1
        - author_id, author_name (string)
        - category (string): null for a post without category
        - created_at (timestamp, UTC)
        - matched_terms (list of string): the words and phrases of the query that occur, as typed

    Raises
    ------
    InvalidInput
        An argument is wrong.
    MissingExtra
        ``semantic`` is asked for and not installed.
    DatabaseError
        The server refused, timed out or was lost.

    Examples
    --------
    >>> search_posts(db, 'migration "data loss" -oracle', limit=5).columns[0]
    'rank'
    """
    wanted = queries.parse(text("query", query))
    number = positive("limit", limit)
    in_step = source.status_in_step
    if not flag("semantic", semantic):
        return source.frame(queries.search_posts(wanted, number, in_step=in_step()))
    load()
    candidates = queries.search_posts(wanted, max(number, CANDIDATES), in_step=in_step())
    found = by_meaning(source, " ".join(wanted.terms), source.arrow(candidates))
    return source.as_frame(found.slice(0, number))
