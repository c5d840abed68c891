"""Posts."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any, Literal, overload

import sqlalchemy as sa

from echo_analytics.errors import InvalidInput
from echo_analytics.models import NewPost, Post, PostChanges, PostWithAuthor
from echo_analytics.models.posts import effective_status
from echo_analytics.repositories import statements
from echo_analytics.repositories.base import StampedRepository
from echo_analytics.repositories.filters import PostFilters
from echo_analytics.repositories.kinds import Kind
from echo_analytics.repositories.page import Page
from echo_analytics.repositories.reading import place
from echo_analytics.repositories.users import COLUMNS as USER_COLUMNS
from echo_analytics.repositories.users import user_of
from echo_analytics.schema import post_status, posts

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from psycopg.rows import TupleRow

COLUMNS = (
    posts.c.id,
    posts.c.title,
    posts.c.content,
    posts.c.published,
    posts.c.status,
    posts.c.author_id,
    posts.c.category_id,
    posts.c.created_at,
    posts.c.updated_at,
)


def post_of(row: TupleRow) -> Post:
    """Make a post of what ``COLUMNS`` select."""
    return Post(**_fields(row))


def _fields(row: TupleRow) -> dict[str, Any]:  # Any: the values of all fields
    status = effective_status(row[3], row[4])
    return {
        "id": row[0],
        "title": row[1],
        "content": row[2],
        "published": status == "published",
        "status": status,
        "author_id": row[5],
        "category_id": row[6],
        "created_at": row[7].replace(tzinfo=UTC),
        "updated_at": row[8].replace(tzinfo=UTC),
    }


_published = sa.literal_column("'published'", post_status)
_archived = sa.literal_column("'archived'", post_status)
# NULL reads as false; the label of a status that this package does not know stays.
_is_published = sa.and_(
    posts.c.status != _archived,
    sa.or_(sa.func.coalesce(posts.c.published, sa.false()), posts.c.status == _published),
)
_status = sa.case((_is_published, _published), else_=posts.c.status)


# Any: columns of several types.
def _derived(names: frozenset[str]) -> Mapping[str, sa.ColumnElement[Any]]:
    if "published" in names and "status" not in names:
        draft = sa.literal_column("'draft'", post_status)
        return {"status": sa.case((_is_published, draft), else_=posts.c.status)}
    return {}


POSTS = Kind(
    name="post",
    table=posts,
    key="id",
    columns=COLUMNS,
    row=post_of,
    searched=posts.c.title,
    conditions={
        "author_id": posts.c.author_id == sa.bindparam("author_id"),
        "category_id": posts.c.category_id == sa.bindparam("category_id"),
        "status": _status == sa.bindparam("status", type_=post_status),
        "published": _is_published == sa.bindparam("published"),
    },
    derived=_derived,
)


class PostRepository(StampedRepository[Post, NewPost, PostChanges, PostFilters]):
    """Posts: created, found, changed and deleted. An upsert goes by the id.

    ``status`` and ``published`` are always written together.

    Examples
    --------
    >>> with db.transaction() as connection:  # doctest: +SKIP
    ...     PostRepository(connection).update(post.id, PostChanges(status="published"))
    >>> page = PostRepository(db).find_many(PostFilters(published=True), with_author=True)
    >>> all(post.author.id == post.author_id for post in page)
    True
    """

    kind = POSTS
    new = NewPost
    changes = PostChanges
    filters = PostFilters

    @overload
    def find_many(
        self,
        filters: PostFilters | None = None,
        page: int = 1,
        limit: int = 10,
        *,
        with_author: Literal[False] = False,
    ) -> Page[Post]: ...
    @overload
    def find_many(
        self,
        filters: PostFilters | None = None,
        page: int = 1,
        limit: int = 10,
        *,
        with_author: Literal[True],
    ) -> Page[PostWithAuthor]: ...
    def find_many(
        self,
        filters: PostFilters | None = None,
        page: int = 1,
        limit: int = 10,
        *,
        with_author: bool = False,
    ) -> Page[Post] | Page[PostWithAuthor]:
        """Return one page of the posts that pass, newest first, and how many pass in all.

        Parameters
        ----------
        filters
            None for all posts.
        page
            From 1. A page past the last one has no posts, and the right total.
        limit
            Posts on a page, from 1 to 10,000.
        with_author
            Give each post its author.
        """
        if not with_author:
            return super().find_many(filters, page, limit)
        names, parameters = self._wanted(filters)
        number, size = place(page, limit)
        parameters["offset"] = (number - 1) * size
        rows = self._read(statements.page(POSTS, names, size, USER_COLUMNS), parameters)
        items = tuple(_with_author(row[1:]) for row in rows if row[1] is not None)
        return Page(items, rows[0][0], number, size)

    def delete(self, key: UUID | str, /) -> Post:
        """Delete a post and return it as it was.

        Raises
        ------
        NotFound
            There is no post with this id.
        """
        return self._delete(key)

    def _values(self, item: NewPost) -> tuple[frozenset[str], dict[str, object]]:
        found = super()._values(item)
        if item.author_id is None:
            raise InvalidInput("author_id", "is needed")
        return found


def _with_author(row: TupleRow) -> PostWithAuthor:
    width = len(COLUMNS)
    return PostWithAuthor(**_fields(row[:width]), author=user_of(row[width:]))
