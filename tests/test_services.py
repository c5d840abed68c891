"""Posts with their authors, and publishing."""

from __future__ import annotations

import logging
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
from echo_analytics.models import NewCategory, NewPost, NewUser, Post, PostStatus
from echo_analytics.repositories import CategoryRepository, PostRepository, UserRepository
from echo_analytics.services import PostService

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from echo_analytics.database import Database

ADA = NewUser(email="ada@example.org", name="Ada")
HELLO = NewPost(title="Hello", content="world", published=True)
NOBODY = UUID(int=0)

# Any below: no frame is made.


@pytest.fixture
def db(database_url: str) -> Iterator[Database[Any]]:
    with connect(database_url) as database:
        yield database


@pytest.fixture
def service(db: Database[Any]) -> PostService:
    return PostService(db)


def rows(db: Database[Any]) -> tuple[int, int]:
    return UserRepository(db).count(), PostRepository(db).count()


def test_an_author_and_their_post_are_written(service: PostService, db: Database[Any]) -> None:
    made = service.create_post_with_author(ADA, HELLO)
    assert made.post.author_id == made.user.id
    assert (made.post.title, made.post.status) == ("Hello", "published")
    assert UserRepository(db).get(made.user.id) == made.user
    assert PostRepository(db).get(made.post.id) == made.post


def test_an_author_who_exists_is_refused_and_nothing_is_written(
    service: PostService, db: Database[Any]
) -> None:
    service.create_post_with_author(ADA, HELLO)
    with pytest.raises(UniqueConstraintViolation) as caught:
        service.create_post_with_author(ADA, HELLO)
    assert caught.value.field == "email"
    assert rows(db) == (1, 1)


def test_a_post_that_is_refused_takes_its_author_along(
    service: PostService, db: Database[Any]
) -> None:
    with pytest.raises(ForeignKeyViolation) as caught:
        service.create_post_with_author(ADA, HELLO.model_copy(update={"category_id": NOBODY}))
    assert caught.value.field == "category_id"
    assert rows(db) == (0, 0)


def test_within_a_transaction_nothing_is_committed(db: Database[Any]) -> None:
    with db.engine.connect() as connection:
        PostService(connection).create_post_with_author(ADA, HELLO)
        connection.rollback()
    assert rows(db) == (0, 0)


@pytest.mark.parametrize(
    ("argument", "author", "post"),
    [
        ("author", HELLO, HELLO),
        ("post", ADA, ADA),
        ("post.author_id", ADA, HELLO.model_copy(update={"author_id": NOBODY})),
    ],
)
def test_wrong_arguments_are_refused_before_anything_is_written(
    service: PostService, db: Database[Any], argument: str, author: NewUser, post: NewPost
) -> None:
    with pytest.raises(InvalidInput) as caught:
        service.create_post_with_author(author, post)
    assert caught.value.argument == argument
    assert rows(db) == (0, 0)


@pytest.mark.parametrize(
    ("deed", "before", "after"),
    [
        (PostService.publish, "draft", "published"),
        (PostService.publish, "archived", "published"),
        (PostService.unpublish, "published", "draft"),
        (PostService.unpublish, "draft", "draft"),
        (PostService.unpublish, "archived", "archived"),
        (PostService.archive, "published", "archived"),
        (PostService.archive, "draft", "archived"),
    ],
)
def test_a_post_is_published_unpublished_and_archived(
    service: PostService,
    deed: Callable[[PostService, UUID], Post],
    before: PostStatus,
    after: str,
) -> None:
    new = NewPost(title="t", content="", status=before)
    post = service.create_post_with_author(ADA, new).post
    changed = deed(service, post.id)
    assert (changed.status, changed.published) == (after, after == "published")
    assert changed.updated_at > post.updated_at


def test_a_post_moves_into_a_category_and_out_of_it(
    service: PostService, db: Database[Any]
) -> None:
    category = CategoryRepository(db).create(NewCategory(name="Releases", slug="releases"))
    post = service.create_post_with_author(ADA, HELLO).post
    assert service.move_to_category(post.id, category.id).category_id == category.id
    assert service.move_to_category(str(post.id), None).category_id is None
    with pytest.raises(ForeignKeyViolation) as caught:
        service.move_to_category(post.id, NOBODY)
    assert caught.value.field == "category_id"
    with pytest.raises(InvalidInput, match=r"^category_id: is not a UUID$"):
        service.move_to_category(post.id, "releases")


def test_a_post_that_is_missing_is_not_found(service: PostService) -> None:
    for deed in (service.publish, service.unpublish, service.archive):
        with pytest.raises(NotFound, match=r"^no post has this id$"):
            deed(NOBODY)
    with pytest.raises(NotFound):
        service.move_to_category(NOBODY, None)


def test_taking_off_and_landing_are_told(
    service: PostService, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "echo_analytics")
    made = service.create_post_with_author(ADA, HELLO)
    told = [record for record in caplog.records if record.name == "echo_analytics.services"]
    assert [record.getMessage() for record in told] == [
        "🛫 Taking off: creating post with new author",
        "🛬 Landing: post and author created successfully",
    ]
    assert vars(told[1])["user_id"] == str(made.user.id)
    assert vars(told[1])["post_id"] == str(made.post.id)


def test_a_flight_that_failed_does_not_land(
    service: PostService, caplog: pytest.LogCaptureFixture
) -> None:
    service.create_post_with_author(ADA, HELLO)
    caplog.set_level(logging.INFO, "echo_analytics.services")
    with pytest.raises(UniqueConstraintViolation):
        service.create_post_with_author(ADA, HELLO)
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("INFO", "🛫 Taking off: creating post with new author"),
        ("WARNING", "Turned back: creating post with new author (UniqueConstraintViolation)"),
    ]
