"""Posts."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, Self
from uuid import UUID

from pydantic import model_validator

from echo_analytics.errors import InvalidInput
from echo_analytics.models.base import UNSET, Changes, Input, Row
from echo_analytics.models.fields import Id, IndexedText, Instant, Text
from echo_analytics.models.users import User

if TYPE_CHECKING:
    from collections.abc import Mapping

PostStatus = Literal["draft", "published", "archived"]


def effective_status(published: bool | None, status: str) -> str:
    """Return what two columns that may contradict each other say together.

    Archived wins, else either one saying published publishes.
    """
    return "published" if published and status != "archived" else status


class Post(Row):
    """A post as stored.

    Parameters
    ----------
    id
        The id.
    title, content
        As stored.
    published, status
        In step, whatever the two columns hold: archived wins, else either one saying published
        publishes. A label that this package does not know stays.
    author_id, category_id
        The ids of author and category.
    created_at, updated_at
        In UTC.
    """

    id: UUID
    title: str
    content: str
    published: bool
    status: str
    author_id: UUID
    category_id: UUID | None
    created_at: datetime
    updated_at: datetime

    def __hash__(self) -> int:
        return hash(self.id)


class PostWithAuthor(Post):
    """A post with its author.

    Parameters
    ----------
    author
        The user whom ``author_id`` names.
    """

    author: User

    def __hash__(self) -> int:
        return hash(self.id)


_PAIR = frozenset({"status", "published"})


class _Publication(Input):
    """Either of ``status`` and ``published`` stands for both."""

    @model_validator(mode="before")
    @classmethod
    def _derive(cls, given: Any) -> Any:  # noqa: ANN401 - pydantic hands in anything
        if not isinstance(given, dict):
            return given
        if "status" in given and "published" not in given:
            return {**given, "published": given["status"] == "published"}
        if "published" in given and "status" not in given:
            status = cls._status_of(given["published"])
            return given if status is None else {**given, "status": status}
        return given

    @classmethod
    def _status_of(cls, published: object) -> str | None:
        return "published" if published is True else "draft"

    @classmethod
    def _replaced_by(cls, changed: Mapping[str, Any]) -> frozenset[str]:  # Any: of any field
        # The other one of the two was derived, and would contradict.
        return frozenset(changed) | (_PAIR if _PAIR & changed.keys() else frozenset())

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.model_fields_set >= _PAIR:
            status, published = getattr(self, "status", None), getattr(self, "published", None)
            if (status == "published") is not published:
                raise InvalidInput("status", "contradicts published")
        return self


class NewPost(_Publication):
    """A post to be created.

    Parameters
    ----------
    title
        Not empty, and at most 2,692 bytes: the index on titles holds no more.
    content
        May be empty.
    author_id
        The author. Only ``create_post_with_author`` does without.
    category_id
        The category, None for none.
    status, published
        Either of them, or both where they agree; a draft without them.
    id
        None lets the database choose.
    created_at
        An aware datetime, None for now. It is ``updated_at`` as well.

    Raises
    ------
    InvalidInput
        A field is wrong, missing or unknown, or ``status`` contradicts ``published``.

    Examples
    --------
    >>> NewPost(title="Hello", content="", published=True).status
    'published'
    """

    title: IndexedText
    content: Text
    author_id: Id | None = None
    category_id: Id | None = None
    status: PostStatus = "draft"
    published: bool = False
    id: Id | None = None
    created_at: Instant | None = None


class PostChanges(_Publication, Changes):
    """What to change of a post; fields that are not given stay, None is a value.

    Parameters
    ----------
    title, content, author_id
        Checked as in :class:`NewPost`.
    category_id
        None takes the post out of its category.
    status, published
        Either of them, or both where they agree. ``published=False`` makes a published post a
        draft, and leaves an archived one archived.

    Raises
    ------
    InvalidInput
        A field is wrong, unknown, or cannot be changed, or ``status`` contradicts ``published``.
    """

    title: IndexedText = UNSET
    content: Text = UNSET
    author_id: Id = UNSET
    category_id: Id | None = UNSET
    status: PostStatus = UNSET
    published: bool = UNSET

    @classmethod
    def _status_of(cls, published: object) -> str | None:
        return "published" if published is True else None
