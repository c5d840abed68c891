"""What posts are written about."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar, cast

from echo_analytics.arguments import choice, day_range, positive, time_zone, uuids
from echo_analytics.local_days import edges_of_days
from echo_analytics.periods import COMPARISONS, shifted_range, year_before
from echo_analytics.queries import terms as queries
from echo_analytics.queries.summaries import Span
from echo_analytics.schema import POST_STATUSES
from echo_analytics.search_index.reading import STATE, ask

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date
    from uuid import UUID

    from echo_analytics.models import PostStatus
    from echo_analytics.periods import Comparison
    from echo_analytics.queries.terms import By
    from echo_analytics.source import Source

F = TypeVar("F")

_BY = ("frequent", "rising")
_MOST = 200


def search_terms(
    source: Source[F],
    start: date | str,
    end: date | str,
    *,
    by: By = "frequent",
    category: str | UUID | Iterable[str | UUID] | None = None,
    author: str | UUID | Iterable[str | UUID] | None = None,
    status: PostStatus | None = "published",
    limit: int = 20,
    compare: Comparison = "previous_period",
    timezone: str = "UTC",
) -> F:
    """Tell what is written about: the frequent words of a range, or those on the rise.

    Words are compared by their stems and shown as most posts write them, in small letters. Words
    that the text search configuration of the index leaves out (without an index those of English),
    bare numbers, single letters and what most posts have in addresses of pages and mailboxes alone
    are left out. Of each range up to 10,000 posts are read; of more than that, always the same
    ones, and numbers of posts are then estimates.

    Parameters
    ----------
    source
        A database, or a snapshot of one.
    start, end
        The first and the last day, both included.
    by
        "frequent": the words that most posts have. "rising": those whose share has grown, the best
        proven first.
    category, author
        Only posts in these categories, or of these authors: an id, or several.
    status
        Only posts of this status; None for all.
    limit
        How many words at the most, 1 to 200.
    compare
        "previous_period": as many days, directly before. "previous_year": the same dates of the
        year before; 29 February becomes 28.
    timezone
        The IANA name of the zone whose days are meant.

    Returns
    -------
    frame
        One row a word that posts of the range have:

        - term (string): the word
        - total_posts (int64): posts of the range that have it in title or content
        - share (float64): of the posts of the range
        - total_posts_previous (int64), share_previous (float64): in the range before; the share is
          null where that has no posts
        - rise (float64): how sure it is that the share has changed (the log-likelihood ratio of
          Dunning), negative where it fell; null where the range before has no posts. Less than 11
          may well be chance

        By total_posts or by rise, the highest first, then by the word.

    Raises
    ------
    InvalidInput
        An argument is wrong.
    DatabaseError
        The server refused, timed out or was lost.

    Examples
    --------
    >>> search_terms(db, "2026-06-01", "2026-06-30", by="rising", limit=5).columns[0]
    'term'
    """
    first, last = day_range(start, end)
    zone, number = time_zone(timezone), positive("limit", limit, _MOST)
    order = cast("By", choice("by", by, _BY))
    filters = {
        "category": uuids("category", category),
        "author": uuids("author", author),
        "status": None if status is None else choice("status", status, POST_STATUSES),
    }
    if choice("compare", compare, COMPARISONS) == "previous_year":
        before = year_before(first), year_before(last)
    else:
        before = shifted_range(first, last, "day", (last - first).days + 1)
    written = queries.Written(
        Span(*edges_of_days(first, last, zone)),
        Span(*edges_of_days(*before, zone)),
        {name: value for name, value in filters.items() if value is not None},
    )
    return source.frame(queries.search_terms(written, _configuration(source), order, number))


def _configuration(source: Source[F]) -> str | None:
    """Return that of the index, None where there is none to go by."""
    found = ask(source, STATE)
    if found is None or not found.num_rows or not found.column("usable")[0].as_py():
        return None
    return str(found.column("configuration")[0].as_py())
