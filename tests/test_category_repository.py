"""Categories are created, found, changed and deleted as the repository promises."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from echo_analytics.database import connect
from echo_analytics.errors import (
    ForeignKeyViolation,
    InvalidInput,
    NotFound,
    UniqueConstraintViolation,
)
from echo_analytics.models import CategoryChanges, NewCategory, NewPost, NewUser
from echo_analytics.repositories import (
    CategoryFilters,
    CategoryRepository,
    PostRepository,
    UserRepository,
)
from echo_analytics.schema import DEFAULT_CATEGORIES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from echo_analytics.database import Database

RELEASES = NewCategory(name="Releases", slug="releases")

# Any below: no frame is made.


@pytest.fixture
def db(database_url: str) -> Iterator[Database[Any]]:
    with connect(database_url) as database:
        yield database


@pytest.fixture
def categories(db: Database[Any]) -> CategoryRepository:
    return CategoryRepository(db)


def test_a_created_category_is_read_back_the_same(categories: CategoryRepository) -> None:
    created = categories.create(RELEASES)
    assert categories.get(created.id) == created
    assert categories.find_by_slug("releases") == created
    assert (created.name, created.description) == ("Releases", None)
    assert categories.find_by_slug("Releases") is None


def test_the_default_categories_are_found(categories: CategoryRepository) -> None:
    found = {(each.name, each.slug, each.description) for each in categories.iterate()}
    assert found == set(DEFAULT_CATEGORIES)


@pytest.mark.parametrize(
    ("field", "again"),
    [
        ("name", NewCategory(name="Releases", slug="other")),
        ("slug", NewCategory(name="Other", slug="releases")),
    ],
)
def test_a_taken_name_or_slug_is_named(
    categories: CategoryRepository, field: str, again: NewCategory
) -> None:
    categories.create(RELEASES)
    other = categories.create(NewCategory(name="Third", slug="third"))
    with pytest.raises(UniqueConstraintViolation) as caught:
        categories.create(again)
    assert caught.value.field == field
    changes = CategoryChanges.model_validate({field: getattr(again, field)})
    with pytest.raises(UniqueConstraintViolation) as caught:
        categories.update(other.id, changes)
    assert caught.value.field == field


def test_an_upsert_goes_by_the_slug(categories: CategoryRepository) -> None:
    first = categories.upsert(RELEASES)
    second = categories.upsert(NewCategory(name="All releases", slug="releases", description="d"))
    assert (first.inserted, second.inserted) == (True, False)
    assert second.item == first.item.model_copy(update={"name": "All releases", "description": "d"})
    with pytest.raises(UniqueConstraintViolation) as caught:
        categories.upsert(NewCategory(name="All releases", slug="new"))
    assert caught.value.field == "name"


def test_a_category_in_use_stays(categories: CategoryRepository, db: Database[Any]) -> None:
    category = categories.create(RELEASES)
    author = UserRepository(db).create(NewUser(email="a@b", name="A"))
    posts = PostRepository(db)
    post = posts.create(
        NewPost(title="t", content="", author_id=author.id, category_id=category.id)
    )
    with pytest.raises(ForeignKeyViolation) as caught:
        categories.delete(category.id)
    assert caught.value.field == "category_id"
    posts.delete(post.id)
    assert categories.delete(category.id) == category
    with pytest.raises(NotFound, match=r"^no category has this id$"):
        categories.get(category.id)


def test_only_the_given_fields_change(categories: CategoryRepository) -> None:
    before = categories.create(NewCategory(name="R", slug="r", description="d"))
    after = categories.update(before.id, CategoryChanges(description=None))
    assert after == before.model_copy(update={"description": None})
    assert categories.update(before.id, CategoryChanges()) == after
    with pytest.raises(NotFound):
        categories.update(UUID(int=0), CategoryChanges(name="x"))


def test_a_search_takes_wildcards_literally(categories: CategoryRepository) -> None:
    categories.create(NewCategory(name="100 % off", slug="sale"))
    assert [each.slug for each in categories.find_many(CategoryFilters(search="0 % O"))] == ["sale"]
    assert categories.count(CategoryFilters(search="_")) == 0


def test_a_slug_that_is_no_text_is_refused(categories: CategoryRepository) -> None:
    with pytest.raises(InvalidInput, match=r"^slug: needs a string$"):
        categories.find_by_slug(5)  # type: ignore[arg-type]  # the mistake that is tested
