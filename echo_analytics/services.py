"""What takes more than one row, or has a name of its own: posts with their authors, publishing."""

from __future__ import annotations

import contextlib
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from echo_analytics.errors import InvalidInput
from echo_analytics.journal import flight
from echo_analytics.models import NewPost, NewUser, PostChanges
from echo_analytics.models.fields import converted, to_uuid
from echo_analytics.repositories.posts import PostRepository
from echo_analytics.repositories.users import UserRepository

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from uuid import UUID

    from echo_analytics.models import Post, User
    from echo_analytics.repositories.execution import Transactions

logger = logging.getLogger("echo_analytics.services")


@dataclass(frozen=True, slots=True)
class AuthoredPost:
    """A new author and their first post."""

    user: User
    post: Post


class PostService:
    """What happens to posts.

    Parameters
    ----------
    connection
        The connection of a transaction, which is neither committed nor rolled back here; or a
        ``Database``, and then each call is a transaction of its own.

    Examples
    --------
    >>> service = PostService(db)  # doctest: +SKIP
    >>> service.create_post_with_author(  # doctest: +SKIP
    ...     NewUser(email="ada@example.org", name="Ada"), NewPost(title="Hello", content="...")
    ... ).post.author_id
    """

    def __init__(self, connection: sa.Connection | Transactions) -> None:
        self._connection = connection

    def create_post_with_author(self, author: NewUser, post: NewPost) -> AuthoredPost:
        """Write a user and a post of theirs: both or neither.

        Parameters
        ----------
        author
            The new user.
        post
            The new post, without an ``author_id``.

        Raises
        ------
        UniqueConstraintViolation
            Somebody has this e-mail address already: ``field`` is "email".
        ForeignKeyViolation
            There is no such category: ``field`` is "category_id".
        InvalidInput
            An argument is wrong; nothing was sent to the database.
        """
        _check(author, post)
        landed = "post and author created successfully"
        with flight(logger, "creating post with new author", landed) as landing:
            with self._scope() as connection:
                user = UserRepository(connection).create(author)
                written = PostRepository(connection).create(
                    post.model_copy(update={"author_id": user.id})
                )
            landing.facts.update(user_id=str(user.id), post_id=str(written.id))
        return AuthoredPost(user, written)

    def publish(self, post_id: UUID | str) -> Post:
        """Publish a post, an archived one too; NotFound where there is none."""
        changes = PostChanges(status="published")
        return self._change(post_id, changes, "publishing post", "post published")

    def unpublish(self, post_id: UUID | str) -> Post:
        """Make a published post a draft; others stay as they are. NotFound where there is none."""
        changes = PostChanges(published=False)
        return self._change(post_id, changes, "unpublishing post", "post unpublished")

    def archive(self, post_id: UUID | str) -> Post:
        """Archive a post; NotFound where there is none."""
        changes = PostChanges(status="archived")
        return self._change(post_id, changes, "archiving post", "post archived")

    def move_to_category(self, post_id: UUID | str, category_id: UUID | str | None) -> Post:
        """Put a post into a category, or into none.

        Raises
        ------
        NotFound
            There is no such post.
        ForeignKeyViolation
            There is no such category: ``field`` is "category_id".
        """
        changes = PostChanges.model_validate({"category_id": category_id})
        return self._change(post_id, changes, "moving post to category", "post moved to category")

    def _change(self, post_id: UUID | str, changes: PostChanges, what: str, landed: str) -> Post:
        key = converted("id", to_uuid, post_id)
        with flight(logger, what, landed, post_id=str(key)):
            return PostRepository(self._connection).update(key, changes)

    def _scope(self) -> AbstractContextManager[sa.Connection]:
        if isinstance(self._connection, sa.Connection):
            return contextlib.nullcontext(self._connection)
        return self._connection.transaction()


def _check(author: NewUser, post: NewPost) -> None:
    if not isinstance(author, NewUser):
        raise InvalidInput("author", "needs NewUser")
    if not isinstance(post, NewPost):
        raise InvalidInput("post", "needs NewPost")
    if post.author_id is not None:
        raise InvalidInput("post.author_id", "is given by the author")
