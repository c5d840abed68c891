"""Which rows are wanted."""

from __future__ import annotations

from echo_analytics.models.base import Input
from echo_analytics.models.fields import Id, Instant, Text
from echo_analytics.models.posts import PostStatus
from echo_analytics.models.users import UserRole


class Filters(Input):
    """Conditions that all have to hold; None is no condition.

    Parameters
    ----------
    search
        Rows whose name or title contains this text, whatever the case; ``%`` and ``_`` are plain
        characters. Which letters have a case is for the locale of the database to say: in "C" it is
        only those from a to z.
    created_after
        Rows created at this instant or later.
    created_before
        Rows created before this instant.

    Raises
    ------
    InvalidInput
        A filter is wrong or unknown.
    """

    search: Text | None = None
    created_after: Instant | None = None
    created_before: Instant | None = None


class UserFilters(Filters):
    """Which users; see :class:`Filters` for the others.

    Parameters
    ----------
    email
        Exactly this address.
    role
        "user", "admin" or "moderator".
    email_verified
        NULL counts as False.

    Examples
    --------
    >>> UserFilters(role="admin", search="ada").role
    'admin'
    """

    email: Text | None = None
    role: UserRole | None = None
    email_verified: bool | None = None


class PostFilters(Filters):
    """Which posts; see :class:`Filters` for the others.

    Parameters
    ----------
    author_id, category_id
        Posts of this author, in this category.
    status, published
        By both columns together: archived wins, else either one saying published publishes.

    Examples
    --------
    >>> PostFilters(status="draft").published
    """

    author_id: Id | None = None
    category_id: Id | None = None
    status: PostStatus | None = None
    published: bool | None = None


class CategoryFilters(Filters):
    """Which categories; see :class:`Filters`.

    Examples
    --------
    >>> CategoryFilters(search="open").search
    'open'
    """
