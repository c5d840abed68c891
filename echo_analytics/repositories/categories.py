"""Categories."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

from echo_analytics.errors import InvalidInput
from echo_analytics.models import Category, CategoryChanges, NewCategory
from echo_analytics.models.fields import converted, storable
from echo_analytics.repositories.base import Repository
from echo_analytics.repositories.filters import CategoryFilters
from echo_analytics.repositories.kinds import Kind
from echo_analytics.schema import categories

if TYPE_CHECKING:
    from uuid import UUID

    from psycopg.rows import TupleRow

COLUMNS = (
    categories.c.id,
    categories.c.name,
    categories.c.slug,
    categories.c.description,
    categories.c.created_at,
)


def category_of(row: TupleRow) -> Category:
    """Make a category of what ``COLUMNS`` select."""
    return Category(
        id=row[0],
        name=row[1],
        slug=row[2],
        description=row[3],
        created_at=row[4].replace(tzinfo=UTC),
    )


CATEGORIES = Kind(
    name="category",
    table=categories,
    key="slug",
    columns=COLUMNS,
    row=category_of,
    searched=categories.c.name,
)


class CategoryRepository(Repository[Category, NewCategory, CategoryChanges, CategoryFilters]):
    """Categories: created, found, changed and deleted. An upsert goes by the slug.

    The application keeps no time of change for them, so there is nothing to lock by.

    Examples
    --------
    >>> CategoryRepository(db).find_by_slug("general").name
    'General'
    """

    kind = CATEGORIES
    new = NewCategory
    changes = CategoryChanges
    filters = CategoryFilters

    def find_by_slug(self, slug: str) -> Category | None:
        """Return the category with exactly this slug, None where there is none."""
        if not isinstance(slug, str):
            raise InvalidInput("slug", "needs a string")
        return self._find("slug", converted("slug", storable, slug))

    def delete(self, key: UUID | str, /) -> Category:
        """Delete a category and return it as it was.

        Raises
        ------
        NotFound
            There is no category with this id.
        ForeignKeyViolation
            Posts are still in it.
        """
        return self._delete(key)
