"""Posts are created, found, changed and deleted as the repository promises."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any
from uuid import UUID

import drizzle_database
import psycopg
import pytest

from echo_analytics.database import connect
from echo_analytics.errors import Conflict, ForeignKeyViolation, InvalidInput, NotFound
from echo_analytics.models import NewCategory, NewPost, NewUser, Post, PostChanges, PostStatus
from echo_analytics.models.fields import MOST_INDEXED_BYTES
from echo_analytics.repositories import (
    CategoryRepository,
    PostFilters,
    PostRepository,
    UserRepository,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from echo_analytics.database import Database

NOBODY = UUID(int=0)
STATUSES = ["draft", "published", "archived"]

# Any below: no frame is made.


@pytest.fixture(params=["migrated", "application's own"])
def url(request: pytest.FixtureRequest) -> str:
    """A database with our trigger, and one as the application's tools make it, without."""
    if request.param == "migrated":
        return str(request.getfixturevalue("database_url"))
    made = str(request.getfixturevalue("empty_url"))
    drizzle_database.load(made)
    return made


@pytest.fixture
def db(url: str) -> Iterator[Database[Any]]:
    with connect(url) as database:
        yield database


@pytest.fixture
def posts(db: Database[Any]) -> PostRepository:
    return PostRepository(db)


@pytest.fixture
def author(db: Database[Any]) -> UUID:
    return UserRepository(db).create(NewUser(email="ada@example.org", name="Ada")).id


@pytest.fixture
def columns(url: str) -> Callable[[Post], tuple[object, ...]]:
    """What the two columns of a post hold, as another client sees them."""

    def columns(post: Post) -> tuple[object, ...]:
        query = f"select status::text, published from public.posts where id = '{post.id}'"
        [row] = drizzle_database.rows(url, query)
        return row

    return columns


def test_a_created_post_is_read_back_the_same(posts: PostRepository, author: UUID) -> None:
    created = posts.create(NewPost(title="Hello", content="", author_id=author))
    assert posts.get(created.id) == created
    assert (created.title, created.content, created.category_id) == ("Hello", "", None)
    assert (created.status, created.published) == ("draft", False)
    assert created.created_at == created.updated_at


@pytest.mark.parametrize("status", STATUSES)
def test_both_columns_are_written_in_step(
    posts: PostRepository,
    author: UUID,
    status: PostStatus,
    columns: Callable[[Post], tuple[object, ...]],
) -> None:
    post = posts.create(NewPost(title="t", content="", author_id=author, status=status))
    assert columns(post) == (status, status == "published")


@pytest.mark.parametrize(
    ("before", "changes", "after"),
    [
        ("draft", {"status": "published"}, "published"),
        ("draft", {"status": "archived"}, "archived"),
        ("published", {"status": "draft"}, "draft"),
        ("published", {"status": "archived"}, "archived"),
        ("archived", {"status": "published"}, "published"),
        ("archived", {"status": "draft"}, "draft"),
        ("draft", {"published": True}, "published"),
        ("archived", {"published": True}, "published"),
        ("draft", {"published": False}, "draft"),
        ("published", {"published": False}, "draft"),
        ("archived", {"published": False}, "archived"),
        ("published", {"title": "other"}, "published"),
    ],
)
def test_an_update_leaves_both_columns_in_step(
    posts: PostRepository,
    author: UUID,
    columns: Callable[[Post], tuple[object, ...]],
    before: PostStatus,
    changes: dict[str, Any],
    after: str,
) -> None:
    post = posts.create(NewPost(title="t", content="", author_id=author, status=before))
    changed = posts.update(post.id, PostChanges(**changes))
    assert (changed.status, changed.published) == (after, after == "published")
    assert columns(changed) == (after, after == "published")


def test_a_post_without_an_author_is_refused(posts: PostRepository) -> None:
    with pytest.raises(InvalidInput, match=r"^author_id: is needed$"):
        posts.create(NewPost(title="t", content=""))


@pytest.mark.parametrize("field", ["author_id", "category_id"])
def test_a_missing_author_or_category_is_named(
    posts: PostRepository, author: UUID, field: str
) -> None:
    fields: dict[str, Any] = {"title": "t", "content": "", "author_id": author, field: NOBODY}
    with pytest.raises(ForeignKeyViolation) as caught:
        posts.create(NewPost(**fields))
    assert caught.value.field == field
    post = posts.create(NewPost(title="t", content="", author_id=author))
    with pytest.raises(ForeignKeyViolation) as caught:
        posts.update(post.id, PostChanges.model_validate({field: NOBODY}))
    assert caught.value.field == field


def test_the_longest_title_fits_the_index_and_one_byte_more_does_not(
    posts: PostRepository, author: UUID, url: str
) -> None:
    # Random letters of 4 bytes do not compress.
    letters = "".join(chr(0x10000 + secrets.randbelow(0x10000)) for _ in range(1000))
    title = letters.encode()[:MOST_INDEXED_BYTES].decode()
    assert len(title.encode()) == MOST_INDEXED_BYTES
    assert posts.create(NewPost(title=title, content="", author_id=author)).title == title
    insert = "insert into public.posts (title, content, author_id) values (%s, '', %s)"
    with psycopg.connect(url) as connection, pytest.raises(psycopg.errors.ProgramLimitExceeded):
        connection.execute(insert, (title + "abcd", author))


def test_a_post_changes_hands_and_leaves_its_category(
    posts: PostRepository, author: UUID, db: Database[Any]
) -> None:
    category = CategoryRepository(db).create(NewCategory(name="Releases", slug="releases"))
    other = UserRepository(db).create(NewUser(email="b@c", name="B"))
    new = NewPost(title="t", content="", author_id=author, category_id=category.id)
    post = posts.create(new)
    changed = posts.update(post.id, PostChanges(author_id=other.id, category_id=None))
    assert (changed.author_id, changed.category_id) == (other.id, None)
    assert changed.updated_at > post.updated_at


def test_the_slower_of_two_writers_gets_a_conflict(posts: PostRepository, author: UUID) -> None:
    seen = posts.create(NewPost(title="t", content="", author_id=author))
    posts.update(seen.id, PostChanges(title="first"), if_updated_at=seen.updated_at)
    with pytest.raises(Conflict):
        posts.update(seen.id, PostChanges(title="second"), if_updated_at=seen.updated_at)
    assert posts.get(seen.id).title == "first"


def test_an_upsert_goes_by_the_id_and_keeps_what_is_not_given(
    posts: PostRepository, author: UUID, columns: Callable[[Post], tuple[object, ...]]
) -> None:
    ident = UUID(int=7)
    new = NewPost(id=ident, title="t", content="", author_id=author, published=True)
    assert posts.upsert(new).inserted
    again = posts.upsert(NewPost(id=ident, title="u", content="c", author_id=author))
    assert not again.inserted
    assert (again.item.title, again.item.status) == ("u", "published")
    assert columns(again.item) == ("published", True)
    with pytest.raises(InvalidInput, match=r"^id: is needed to find the post$"):
        posts.upsert(NewPost(title="t", content="", author_id=author))


def test_a_deleted_post_is_returned_as_it_was(posts: PostRepository, author: UUID) -> None:
    post = posts.create(NewPost(title="t", content="", author_id=author))
    assert posts.delete(post.id) == post
    with pytest.raises(NotFound, match=r"^no post has this id$"):
        posts.delete(post.id)


def test_posts_come_with_their_authors(
    posts: PostRepository, author: UUID, db: Database[Any]
) -> None:
    users = UserRepository(db)
    other = users.create(NewUser(email="b@c", name="B", bio="x"))
    for n, owner in enumerate((author, other.id, author)):
        posts.create(NewPost(title=f"{n}", content="", author_id=owner))
    page = posts.find_many(PostFilters(search="1"), with_author=True)
    assert [post.author for post in page] == [other]
    alone, together = posts.find_many(limit=2), posts.find_many(limit=2, with_author=True)
    assert [Post(**post.model_dump(exclude={"author"})) for post in together] == list(alone)
    assert (together.total, together.pages) == (3, 2)
    assert posts.find_many(page=9, with_author=True).items == ()
    assert all(users.get(post.author_id) == post.author for post in together)


def test_a_status_of_the_application_s_own_can_be_read(
    posts: PostRepository, author: UUID, url: str
) -> None:
    drizzle_database.run(
        url,
        "alter type public.post_status add value 'review'",
        "insert into public.posts (title, content, status, author_id)"
        f" values ('', '', 'review', '{author}')",
    )
    [post] = posts.find_many()
    assert (post.title, post.status, post.published) == ("", "review", False)
    assert posts.find_many(PostFilters(status="draft")).total == 0
    assert posts.find_many(PostFilters(published=False)).total == 1
