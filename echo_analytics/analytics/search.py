"""Searching posts."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from echo_analytics.arguments import positive, text
from echo_analytics.queries import search as queries

if TYPE_CHECKING:
    from echo_analytics.source import Source

F = TypeVar("F")


def search_posts(source: Source[F], query: str, *, limit: int = 20) -> F:
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

    Returns
    -------
    frame
        One row a post, best first, then by id:

        - rank (int64): from 1
        - post_id, title (string)
        - snippet (string): from the content, with ``**`` around hits; not escaped for HTML
        - score (float64): BM25
        - author_id, author_name (string)
        - category (string): null for a post without category
        - created_at (timestamp, UTC)
        - matched_terms (list of string): the words and phrases of the query that occur, as typed

    Raises
    ------
    InvalidInput
        ``query`` is not a string, or ``limit`` is not a whole number of 1 or more.
    DatabaseError
        The server refused, timed out or was lost.

    Examples
    --------
    >>> search_posts(db, 'migration "data loss" -oracle', limit=5).columns[0]
    'rank'
    """
    wanted = queries.parse(text("query", query))
    number = positive("limit", limit)
    return source.frame(queries.search_posts(wanted, number, in_step=source.status_in_step()))
