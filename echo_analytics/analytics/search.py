"""Searching posts."""

from __future__ import annotations

import html
import json
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast

from echo_analytics.analytics.meaning import by_meaning, replaced
from echo_analytics.analytics.searching import prepare
from echo_analytics.arguments import (
    choice,
    flag,
    open_range,
    positive,
    text,
    time_zone,
    uuids,
    whole_number,
)
from echo_analytics.errors import InvalidInput
from echo_analytics.local_days import edges_of_days
from echo_analytics.queries.search.constants import RANKING
from echo_analytics.queries.search.snippets import GAP, START, STOP
from echo_analytics.queries.search.statement import found
from echo_analytics.schema import POST_STATUSES
from echo_analytics.search_index.reading import goes_on_without
from echo_analytics.semantic import CANDIDATES, load

if TYPE_CHECKING:
    from datetime import date
    from uuid import UUID

    import pyarrow as pa

    from echo_analytics.analytics.prepared import Prepared
    from echo_analytics.models import PostStatus
    from echo_analytics.queries.search.choosing import Pool
    from echo_analytics.queries.search.shapes import Shape, Sort
    from echo_analytics.source import Source

F = TypeVar("F")

Highlight = Literal["html"]

_SORTS = ("relevance", "newest")
_MOST = 10_000


@goes_on_without
def search_posts(
    source: Source[F],
    query: str,
    *,
    limit: int = 20,
    offset: int = 0,
    author: str | UUID | None = None,
    category: str | UUID | None = None,
    status: PostStatus | None = "published",
    start: date | str | None = None,
    end: date | str | None = None,
    timezone: str = "UTC",
    sort: Sort = "relevance",
    fuzzy: bool = True,
    highlight: bool | Highlight = True,
    semantic: bool = False,
    budget: int = RANKING.budget,
) -> F:
    """Find the posts that answer a query best.

    Any text is a valid query. A post needs one of the words, in whatever form; more of them, and
    rarer ones, come first (BM25 over title and content, see ``docs/searching.md``). A "quoted
    phrase" must occur, a -word must not, ``word*`` finds what begins so, ``title:word`` must be in
    the title; OR between such makes one of them enough.

    Parameters
    ----------
    source
        A database, or a snapshot of one.
    query
        What to look for.
    limit
        How many posts at the most, 1 to 10,000.
    offset
        How many of the best to leave out.
    author, category
        Only posts of this author, or in this category: their ids.
    status
        Only posts of this status; None for all.
    start, end
        Only posts created from the first to the last day, both included; None leaves a side open.
    timezone
        The IANA name of the zone whose days are meant.
    sort
        "relevance", or "newest" for the matches by time.
    fuzzy
        Whether words that no post has are corrected to near ones that some have.
    highlight
        Whether to mark hits in snippets. "html" escapes everything else and marks with
        ``<mark>``.
    semantic
        Put the best 200 in order by what they mean as well: 70 % of the score are then the words
        and 30 % the cosine of WordLlama's vectors for the query and for the title, twice, with the
        first 400 characters of the content, each as a share of the largest. Synonyms come up; what
        has none of the words is still not found. Needs the extra ``semantic``, no network.
    budget
        How many posts are scored at the most. Where more match, those with the rarest words are,
        and after them those with all words, with words in the title, and the newest.

    Returns
    -------
    frame
        One row a post, best first, then by id; or newest first, then by id from the last:

        - rank (int64): from ``offset`` + 1
        - post_id, title (string)
        - snippet (string): from the content, with ``**`` around hits and … where text is left out;
          escaped only for "html"
        - score (float64): BM25; with ``semantic`` the mix, at most 1
        - author_id, author_name (string)
        - category (string): null for a post without category
        - created_at (timestamp, UTC)
        - matched_terms (list of string): the words and phrases of the query that occur, as typed,
          or as corrected

        A pandas frame says in its ``attrs``, an Arrow table in the metadata of its schema under
        "echo_analytics" (as JSON): ``approximate``, whether a post that was not scored might belong
        here; ``corrected``, what was searched for in the place of which words.

    Raises
    ------
    InvalidInput
        An argument is wrong.
    MissingExtra
        ``semantic`` is asked for and not installed.
    NotSupported
        There is no search index, and more than 200,000 posts.
    DatabaseError
        The server refused, timed out or was lost.

    Examples
    --------
    >>> search_posts(db, 'migration "data loss" -oracle', limit=5).columns[0]
    'rank'
    """
    typed = text("query", query)
    number = positive("limit", limit, _MOST)
    skipped = whole_number("offset", offset)
    filters = checked_filters(author, category, status, start, end, timezone)
    order = cast("Sort", choice("sort", sort, _SORTS))
    correcting, by_meaning_too = flag("fuzzy", fuzzy), flag("semantic", semantic)
    most = positive("budget", budget)
    marks = _marks(highlight)
    if by_meaning_too:
        load()
    asked = prepare(source, typed, fuzzy=correcting)
    if by_meaning_too and order == "relevance":
        candidates, said = _page(
            source, asked, filters, order, max(number + skipped, CANDIDATES), 0, most
        )
        table = by_meaning(source, asked.words, candidates).slice(skipped, number)
    else:
        table, said = _page(source, asked, filters, order, number, skipped, most)
    return source.as_frame(_saying(_shown(table, marks), said))


def _page(
    source: Source[Any],
    asked: Prepared,
    filters: dict[str, object],
    sort: Sort,
    limit: int,
    offset: int,
    budget: int,
) -> tuple[pa.Table, dict[str, object]]:
    """Return the rows of a page, and what has to be said about them."""
    said: dict[str, object] = {"approximate": False, "corrected": dict(asked.corrections)}
    pool = asked.pool(budget, limit + offset)
    shape = asked.shape(pool, filters, sort)
    table = _rows(source, asked, pool, shape, filters, limit, offset, budget)
    while len(table) < limit and (further := pool.further()) is not None:
        # The filters have left little of what was looked through.
        pool = further
        if (other := asked.shape(pool, filters, sort)) != shape:
            shape = other
            table = _rows(source, asked, pool, shape, filters, limit, offset, budget)
    if not pool.whole:
        scores = table.column("score")
        last = scores[-1].as_py() if len(table) == limit else 0.0
        said["approximate"] = sort == "newest" or last < pool.rest
    return table, said


def _rows(
    source: Source[Any],
    asked: Prepared,
    pool: Pool,
    shape: Shape,
    filters: dict[str, object],
    limit: int,
    offset: int,
    budget: int,
) -> pa.Table:
    values = asked.values(pool, budget) | filters | {"limit": limit, "offset": offset}
    return source.arrow(found(shape), values)


# Any: the arguments are checked here, whatever their types say.
def checked_filters(
    author: Any,  # noqa: ANN401
    category: Any,  # noqa: ANN401
    status: object,
    start: object,
    end: object,
    timezone: object,
) -> dict[str, object]:
    """Return the filters that are asked for, checked, by the names of their parameters."""
    since, until = edges_of_days(*open_range(start, end), time_zone(timezone))
    given = {
        "author": _id("author", author),
        "category": _id("category", category),
        "status": None if status is None else choice("status", status, POST_STATUSES),
        "since": since,
        "until": until,
    }
    return {name: value for name, value in given.items() if value is not None}


def _id(argument: str, value: Any) -> str | None:  # noqa: ANN401
    if isinstance(value, list | tuple | set):
        raise InvalidInput(argument, "needs a UUID")
    ids = uuids(argument, value)
    return None if ids is None else ids[0]


def _marks(highlight: object) -> tuple[str, str] | Highlight:
    if highlight == "html":
        return "html"
    if not isinstance(highlight, bool):
        raise InvalidInput("highlight", "needs True, False or 'html'")
    return ("**", "**") if highlight else ("", "")


def _shown(table: pa.Table, marks: tuple[str, str] | Highlight) -> pa.Table:
    """Return the rows with marks in their snippets, and each matched word once."""
    snippets = [_snippet(text, marks) for text in table.column("snippet").to_pylist()]
    matched = [list(dict.fromkeys(terms)) for terms in table.column("matched_terms").to_pylist()]
    return replaced(table, snippet=snippets, matched_terms=matched)


def _snippet(raw: str, marks: tuple[str, str] | Highlight) -> str:
    start, stop = ("<mark>", "</mark>") if marks == "html" else marks
    text = html.escape(raw) if marks == "html" else raw
    if text.startswith(GAP):
        text = f"… {text.removeprefix(GAP)}"
    if text.endswith(GAP):
        text = f"{text.removesuffix(GAP)} …"
    return text.replace(GAP, " … ").replace(START, start).replace(STOP, stop)


def _saying(table: pa.Table, said: dict[str, object]) -> pa.Table:
    return table.replace_schema_metadata({"echo_analytics": json.dumps(said)})
