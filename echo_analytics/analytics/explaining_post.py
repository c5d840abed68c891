"""Why a search has a post where it is, or does not find it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from echo_analytics.analytics.counting import counted
from echo_analytics.analytics.explaining import explained, with_frequencies
from echo_analytics.analytics.explanation import PostExplanation, TermOfPost
from echo_analytics.analytics.search import checked_filters
from echo_analytics.analytics.searching import prepare
from echo_analytics.arguments import flag, positive, text, uuids
from echo_analytics.errors import InvalidInput, NotFound
from echo_analytics.queries.search import explaining as queries
from echo_analytics.queries.search.constants import RANKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date
    from uuid import UUID

    import pyarrow as pa

    from echo_analytics.analytics.explaining import Explained
    from echo_analytics.analytics.searching import Prepared
    from echo_analytics.models import PostStatus
    from echo_analytics.queries.search.shapes import Shape
    from echo_analytics.source import Source

F = TypeVar("F")

_PAGE = 20
_NEAR = 0.1
_NOT_SCORED = (
    "It matches, but so do more posts than are scored ({:,}); those with rarer words, with more of"
    " the words, or newer ones were."
)
_OTHERS = "More posts match than are scored ({:,}): the rank is that among those."


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
    given = looked_at.given(rows) if asked.terms.terms else _Given((), 0.0, 1.0)
    reasons = tuple(_reasons(asked, facts, given, filters))
    notes = tuple(_notes(asked, rows, facts, given))
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


@dataclass(frozen=True, slots=True)
class _Given:
    """What the terms give to a post, and how long it is beside the average."""

    rows: tuple[TermOfPost, ...]
    score: float
    length: float


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

    def given(self, rows: list[Explained]) -> _Given:
        """Return what each term gives to the post."""
        shape = self._asked.shape(self._pool, {}, "relevance")
        [row] = self._source.arrow(queries.alone(shape), self._values).to_pylist()
        posts = {row.place: row.posts for row in rows}
        in_titles = self._asked.terms.in_titles
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
                    weight * (RANKING.k1 + 1) * points,
                )
            )
        length = (row["pivot"] / RANKING.k1 - (1 - RANKING.b)) / RANKING.b
        return _Given(tuple(given), row["score"], length)

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


def _reasons(
    asked: Prepared, facts: Mapping[str, Any], given: _Given, filters: Mapping[str, object]
) -> Iterator[str]:
    """Give why a post is not found, in sentences."""
    if not asked.terms.terms:
        yield "Nothing is looked for: no word of the query is left."
    elif not facts["matches"]:
        yield from _lacking(asked, [bool(row.in_title or row.in_content) for row in given.rows])
    for place, term in enumerate(asked.terms.excluded):
        if facts[f"has_excluded{place}"]:
            yield f"It has “{term.typed}”, which must not occur."
    if not facts.get("passes_status", True):
        state = {"published": "is published", "draft": "is a draft"}
        is_ = state.get(facts["status"], "is archived")
        yield f"It {is_}, and only {filters['status']} posts are looked for."
    if not facts.get("passes_author", True):
        yield f"It is by {facts['author_name']}, and posts of another author are looked for."
    if not facts.get("passes_category", True):
        yield "It is not in the category that is looked in."
    if not (facts.get("passes_since", True) and facts.get("passes_until", True)):
        yield "It was created on a day outside the range that is looked in."


def _lacking(asked: Prepared, has: list[bool]) -> Iterator[str]:
    """Give what a post that does not match lacks."""
    terms = asked.terms
    groups = [(place,) for place in range(len(has))] if terms.in_titles else terms.required
    where = "Its title" if terms.in_titles else "It"
    for group in groups:
        if any(has[place] for place in group):
            continue
        names = [f"“{terms.terms[place].typed}”" for place in group]
        if len(names) == 1:
            inside = " in the title" if terms.terms[group[0]].title else ""
            yield f"{where} does not have {names[0]}{inside}, which must occur."
        else:
            yield f"{where} has none of {', '.join(names)}, of which one must occur."
    if not groups:
        yield "It has none of the words."


def _notes(
    asked: Prepared, rows: list[Explained], facts: Mapping[str, Any], given: _Given
) -> Iterator[str]:
    """Give what else there is to know, in sentences."""
    in_titles = asked.terms.in_titles
    if not in_titles and given.score and facts["length"]:
        words = f"{facts['length']:,} word{'' if facts['length'] == 1 else 's'}"
        if abs(given.length - 1) < _NEAR:
            yield f"With {words} it is about as long as posts are."
        else:
            than, so = ("longer", "less") if given.length > 1 else ("shorter", "more")
            yield (
                f"With {words} it is {than} than posts are ({given.length:.1f} times as long), so"
                f" that what occurs counts {so}."
            )
    if not in_titles and any(row.in_title for row in given.rows):
        times = f"{RANKING.title_weight:g} times"
        yield f"In the title a word counts {times}, and has points of its own."
    for row in rows:
        if row.corrected:
            yield f"No post has “{row.typed}”: “{row.corrected}” was looked for."
        if row.reason:
            yield f"“{row.typed}” was ignored: {row.reason}."


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
