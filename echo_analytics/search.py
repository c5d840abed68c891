"""Judge the search on your own data.

Write down some queries and the posts that should be found; `evaluate` says how well they are. Run
it again with other options, or after a change, and compare.
"""

from __future__ import annotations

import math
import statistics
from numbers import Real
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar, cast

from echo_analytics.analytics.relevance import DEPTH, judge
from echo_analytics.analytics.search import search_posts
from echo_analytics.arguments import flag, text, uuids
from echo_analytics.errors import InvalidInput
from echo_analytics.frames import to_arrow

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas as pd
    import polars as pl
    import pyarrow as pa

    from echo_analytics.analytics.relevance import Judged
    from echo_analytics.source import Source

    AnyFrame: TypeAlias = pd.DataFrame | pl.DataFrame | pa.Table

F = TypeVar("F")

__all__ = ["evaluate"]

_MEASURES = ("ndcg_at_10", "mrr_at_10", "recall_at_100")


def evaluate(
    source: Source[F],
    queries: Mapping[str, str] | AnyFrame,
    judgements: Mapping[str, Mapping[str, float]] | AnyFrame,
    *,
    per_query: bool = False,
    # Any: whatever search_posts takes.
    **options: Any,  # noqa: ANN401
) -> F:
    """Measure how well ``search_posts`` finds what it should find.

    Each query is searched once. nDCG@10 says how good the first page is, graded: 1 is the best
    possible order. MRR@10 is the mean of 1 / rank of the first relevant post, 0 below rank 10.
    Recall@100 is the share of the relevant posts that are among the first hundred. Grades are the
    gains, posts without a grade count as not relevant (as TREC's ``ndcg_cut`` does it).

    Parameters
    ----------
    source
        A database, or a snapshot of one.
    queries
        The text of each query by its id, or a frame with the columns ``query_id`` and ``query``.
    judgements
        For each query, grades by post id: 0 or less is not relevant, more is better. Or a frame
        with the columns ``query_id``, ``post_id`` and ``grade``. Judgements of other queries are
        not used; queries without a relevant post are left out.
    per_query
        One row a query instead of the means.
    options
        Handed on to ``search_posts``.

    Returns
    -------
    frame
        One row:

        - queries (int64): how many were measured
        - unanswered (int64): how many of them found no post at all
        - ndcg_at_10, mrr_at_10, recall_at_100 (float64): means over the queries

        With ``per_query``, one row a query, in the order given:

        - query_id, query (string)
        - relevant (int64): how many posts should be found
        - found (int64): how many of them are among the first hundred
        - first_relevant (int64): the rank of the first of them, null where there is none
        - ndcg_at_10, mrr_at_10, recall_at_100 (float64)

    Raises
    ------
    InvalidInput
        An argument is wrong, or no query has a relevant post.
    DatabaseError
        The server refused, timed out or was lost.

    Examples
    --------
    >>> best = search_posts(db, "migration", limit=1)["post_id"][0]
    >>> measured = evaluate(db, {"first": "migration"}, {"first": {best: 1}})
    >>> float(measured["mrr_at_10"][0])
    1.0
    """
    flag("per_query", per_query)
    if "limit" in options or "offset" in options:
        raise InvalidInput("options", f"cannot hold limit or offset: {DEPTH} posts are looked at")
    texts, grades = _texts(queries), _grades(judgements)
    wanted = {
        id_: typed
        for id_, typed in texts.items()
        if any(grade > 0 for grade in grades.get(id_, {}).values())
    }
    if not wanted:
        raise InvalidInput("judgements", "have no relevant post for any of the queries")
    rankings = {id_: _ranking(source, typed, options) for id_, typed in wanted.items()}
    judged = {id_: cast("Judged", judge(found, grades[id_])) for id_, found in rankings.items()}
    if per_query:
        return source.as_frame(_rows(wanted, judged))
    unanswered = sum(not found for found in rankings.values())
    return source.as_frame(_means(list(judged.values()), unanswered))


def _ranking(source: Source[F], query: str, options: Mapping[str, Any]) -> list[str]:
    # Any: the frames of two libraries.
    found: Any = search_posts(source, query, limit=DEPTH, **options)
    return cast("list[str]", to_arrow(found).column("post_id").to_pylist())


def _texts(queries: Mapping[str, str] | AnyFrame) -> dict[str, str]:
    """Return the text of each query by its id."""
    pairs = _rows_of("queries", queries, ("query_id", "query"))
    texts = {str(id_): text("queries", typed) for id_, typed in pairs}
    if len(texts) != len(pairs):
        raise InvalidInput("queries", "have the same id twice")
    return texts


def _grades(
    judgements: Mapping[str, Mapping[str, float]] | AnyFrame,
) -> dict[str, dict[str, float]]:
    """Return the grades of posts by the query's id."""
    grades: dict[str, dict[str, float]] = {}
    for id_, post, grade in _judgements(judgements):
        [post_id] = uuids("judgements", [post]) or []
        if isinstance(grade, bool) or not isinstance(grade, Real) or not math.isfinite(grade):
            raise InvalidInput("judgements", "need finite numbers as grades")
        if grades.setdefault(str(id_), {}).setdefault(post_id, float(grade)) != grade:
            raise InvalidInput("judgements", "have two grades for the same post and query")
    return grades


# Any: what callers pass in is looked at by _grades.
def _judgements(judgements: object) -> Iterable[tuple[Any, ...]]:
    columns = ("query_id", "post_id", "grade")
    if not hasattr(judgements, "items") or hasattr(judgements, "columns"):
        return _rows_of("judgements", judgements, columns)
    pairs = _rows_of("judgements", judgements, columns[:2])
    if not all(hasattr(posts, "items") for _, posts in pairs):
        raise InvalidInput("judgements", "need a mapping of post ids to grades for each query")
    return [(id_, post, grade) for id_, posts in pairs for post, grade in posts.items()]


def _rows_of(argument: str, given: object, columns: tuple[str, ...]) -> list[tuple[Any, ...]]:
    """Return the items of a mapping, or the rows of a frame."""
    if hasattr(given, "items") and not hasattr(given, "columns"):
        return list(given.items())
    try:
        table = to_arrow(given).select(list(columns))
    except (AttributeError, KeyError, TypeError, ValueError):
        names = ", ".join(columns)
        raise InvalidInput(argument, f"need a mapping, or a frame with {names}") from None
    return list(zip(*(column.to_pylist() for column in table.columns), strict=True))


def _means(judged: list[Judged], unanswered: int) -> pa.Table:
    means = {name: statistics.fmean(getattr(one, name) for one in judged) for name in _MEASURES}
    return _table([{"queries": len(judged), "unanswered": unanswered, **means}])


def _rows(texts: Mapping[str, str], judged: Mapping[str, Judged]) -> pa.Table:
    return _table(
        [
            {
                "query_id": id_,
                "query": texts[id_],
                "relevant": one.relevant,
                "found": one.found,
                "first_relevant": one.first,
                **{name: getattr(one, name) for name in _MEASURES},
            }
            for id_, one in judged.items()
        ]
    )


def _table(rows: list[dict[str, Any]]) -> pa.Table:
    """Return rows, at least one, in the declared types."""
    import pyarrow as pa

    types = {
        **dict.fromkeys(("query_id", "query"), pa.string()),
        **dict.fromkeys(_MEASURES, pa.float64()),
    }
    schema = pa.schema(
        # Integers are never null, except where a column says so.
        pa.field(name, types.get(name, pa.int64()), name in types or name == "first_relevant")
        for name in rows[0]
    )
    return pa.Table.from_pylist(rows, schema)
