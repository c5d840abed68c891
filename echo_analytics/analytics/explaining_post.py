"""Why a search has a post where it is, or does not find it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from echo_analytics.analytics.counting import counted
from echo_analytics.analytics.explaining import explained, with_frequencies
from echo_analytics.analytics.explanation import PostExplanation, TermOfPost
from echo_analytics.analytics.reasons import Given, notes_of, reasons_of
from echo_analytics.analytics.search import checked_filters
from echo_analytics.analytics.searching import prepare
from echo_analytics.arguments import flag, positive, text, uuids
from echo_analytics.errors import InvalidInput, NotFound
from echo_analytics.queries.search import explaining as queries
from echo_analytics.queries.search.constants import RANKING
from echo_analytics.search_index.reading import goes_on_without

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from uuid import UUID

    import pyarrow as pa

    from echo_analytics.analytics.explaining import Explained
    from echo_analytics.analytics.prepared import Prepared
    from echo_analytics.models import PostStatus
    from echo_analytics.queries.search.shapes import Shape
    from echo_analytics.source import Source

F = TypeVar("F")

_PAGE = 20
_NOT_SCORED = (
    "It matches, but so do more posts than are scored ({:,}); those with rarer words, with more of"
    " the words, or newer ones were."
)
_OTHERS = "More posts match than are scored ({:,}): the rank is that among those."


@goes_on_without
def explain_post(
    source: Source[F],
    query: str,
    post_id: str | UUID,
    *,
    author: str | UUID | None = None,
    category: str | UUID | None = None,
    status: PostStatus | None = "published",
    start: date | str | None = None,
    end: date | str | None = None,
    timezone: str = "UTC",
    fuzzy: bool = True,
    budget: int = RANKING.budget,
) -> PostExplanation[F]:
    """Tell why ``search_posts`` has a post where it is, or why it does not find it.

    Parameters
    ----------
    source
        A database, or a snapshot of one.
    query
        What is looked for.
    post_id
        The post.
    author, category, status, start, end, timezone, fuzzy, budget
        As in ``search_posts``, by relevance.

    Returns
    -------
    PostExplanation
        The rank and the score, what each term gives to it as a frame, and sentences about the rest.
        It shows itself as text, and in a notebook as a table.

    Raises
    ------
    InvalidInput
        An argument is wrong.
    NotFound
        There is no such post.
    NotSupported
        There is no search index, and more than 200,000 posts.
    DatabaseError
        The server refused, timed out or was lost.

    Examples
    --------
    >>> best = echo.search_posts(db, "migration", limit=1)["post_id"][0]
    >>> explain_post(db, "migration", best).rank
    1
    """
    typed, post = text("query", query), uuids("post_id", post_id)
    if post is None or len(post) != 1:
        raise InvalidInput("post_id", "needs a UUID")
    filters = checked_filters(author, category, status, start, end, timezone)
    correcting, most = flag("fuzzy", fuzzy), positive("budget", budget)
    asked = with_frequencies(source, prepare(source, typed, fuzzy=correcting))
    looked_at = _Looked(source, asked, filters, post[0], most)
    facts = looked_at.facts()
    rows = explained(source, asked)
    given = looked_at.given(rows) if asked.terms.terms else Given((), 0.0, 1.0)
    reasons = tuple(reasons_of(asked, facts, given, filters))
    notes = tuple(notes_of(asked, rows, facts, given))
    standing = None if reasons else looked_at.standing(given.score)
    if standing is not None and not standing["there"]:
        reasons = (_NOT_SCORED.format(most),)
        standing = None
    return PostExplanation(
        typed,
        post[0],
        facts["title"],
        None if standing is None else standing["before"] + 1,
        counted(source, asked, filters),
        None if standing is None else given.score,
        None if standing is None else standing["best"],
        source.as_frame(_table(given.rows)),
        reasons,
        notes if looked_at.whole else (*notes, _OTHERS.format(most)),
        _rows=given.rows,
    )


class _Looked:
    """A post, looked at by a search."""

    def __init__(
        self,
        source: Source[Any],
        asked: Prepared,
        filters: Mapping[str, object],
        post: str,
        budget: int,
    ) -> None:
        self._source, self._asked, self._filters = source, asked, filters
        self._pool = asked.pool(budget, _PAGE)
        self._values: dict[str, object] = {
            **asked.values(self._pool, budget),
            **filters,
            **{f"excluded{n}": term.match for n, term in enumerate(asked.terms.excluded)},
            "matching": asked.terms.unnarrowed().matching,
            "post": post,
        }

    @property
    def whole(self) -> bool:
        """Whether all posts that match are scored."""
        return self._pool.whole

    def facts(self) -> dict[str, Any]:
        """Return what is known of the post."""
        shape = self._asked.shape(self._pool, self._filters, "relevance")
        select = queries.facts(shape, len(self._asked.terms.excluded))
        rows = self._source.arrow(select, self._values).to_pylist()
        if not rows:
            raise NotFound(f"there is no post {self._values['post']}")
        facts: dict[str, Any] = rows[0]
        return facts

    def given(self, rows: list[Explained]) -> Given:
        """Return what each term gives to the post."""
        shape = self._asked.shape(self._pool, {}, "relevance")
        [row] = self._source.arrow(queries.alone(shape), self._values).to_pylist()
        posts = {row.place: row.posts for row in rows}
        in_titles = self._asked.terms.in_titles
        close, more = self._close(row)
        given = []
        for place, term in enumerate(self._asked.terms.terms):
            times, title = row[f"tf{place}"], row[f"title_tf{place}"]
            points = times / (times + row["pivot"])
            if not in_titles:
                points += row["share"] * title / (title + row["title_pivot"])
            weight = row[f"weight{place}"]
            given.append(
                TermOfPost(
                    term.typed,
                    round(times if in_titles else title),
                    0 if in_titles else round(times - RANKING.title_weight * title),
                    posts[place] or 0,
                    weight,
                    weight * (RANKING.k1 + 1) * points + more.get(place, 0),
                )
            )
        length = (row["pivot"] / RANKING.k1 - (1 - RANKING.b)) / RANKING.b
        return Given(tuple(given), row["score"], length, close)

    def _close(self, row: Mapping[str, float]) -> tuple[tuple[str, ...], dict[int, float]]:
        """Return which terms are next to each other, and the points that each has of it."""
        names: dict[str, None] = {}
        points: dict[int, float] = {}
        terms = self._asked.terms.terms
        for place, pair in enumerate(self._asked.terms.pairs):
            if not (close := row[f"close{place}"]):
                continue
            both = (pair.first, pair.second)
            weight = pair.share * sum(row[f"weight{term}"] for term in both)
            half = weight * (RANKING.k1 + 1) * close / (close + row["pivot"]) / 2
            for term in both:
                points[term] = points.get(term, 0) + half
            names[" ".join(dict.fromkeys(terms[term].typed for term in both))] = None
        return tuple(names), points

    def standing(self, score: float) -> dict[str, Any]:
        """Return how many posts come before one of this score, as the search scores them."""
        shape = self._shape()
        row = self._counted(shape, score)
        while row["scored"] < _PAGE and (further := self._pool.further()) is not None:
            # So does the search where filters leave little.
            self._pool = further
            if (other := self._shape()) != shape:
                shape = other
                row = self._counted(shape, score)
        return row

    def _shape(self) -> Shape:
        return self._asked.shape(self._pool, self._filters, "relevance")

    def _counted(self, shape: Shape, score: float) -> dict[str, Any]:
        values = self._values | {"score": score}
        [row] = self._source.arrow(queries.standing(shape), values).to_pylist()
        counted: dict[str, Any] = row
        return counted


def _table(rows: tuple[TermOfPost, ...]) -> pa.Table:
    import pyarrow as pa

    columns = {
        "term": ([row.term for row in rows], pa.string()),
        "in_title": ([row.in_title for row in rows], pa.int64()),
        "in_content": ([row.in_content for row in rows], pa.int64()),
        "document_frequency": ([row.posts for row in rows], pa.int64()),
        "weight": ([row.weight for row in rows], pa.float64()),
        "points": ([row.points for row in rows], pa.float64()),
    }
    return pa.table({name: pa.array(*column) for name, column in columns.items()})
