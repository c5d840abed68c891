"""What repositories give back beside rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator

    from echo_analytics.models import User

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A page of rows, and how many there are in all, both seen at one moment.

    Parameters
    ----------
    items
        The rows, newest first.
    total
        How many rows match, on all pages.
    page
        The number of this page, from 1.
    limit
        How many rows a page has at the most.

    Examples
    --------
    >>> Page(items=("a", "b"), total=5, page=2, limit=2).pages
    3
    """

    items: tuple[T, ...]
    total: int
    page: int
    limit: int

    @property
    def pages(self) -> int:
        """How many pages there are; 0 where nothing matches."""
        return -(-self.total // self.limit)

    @property
    def has_next(self) -> bool:
        """Whether another page follows."""
        return self.page < self.pages

    def __iter__(self) -> Iterator[T]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)


@dataclass(frozen=True, slots=True)
class Upserted(Generic[T]):
    """A row after an upsert.

    Parameters
    ----------
    item
        The row as it is now.
    inserted
        Whether it is new; else it was there and has been changed.
    """

    item: T
    inserted: bool


@dataclass(frozen=True, slots=True)
class DeletedUser:
    """A user who is gone.

    Parameters
    ----------
    user
        The user as they were.
    posts
        How many posts went with them.
    """

    user: User
    posts: int
