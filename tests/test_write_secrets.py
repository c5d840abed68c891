"""No error and no log record of the write side holds a row's values or the password."""

from __future__ import annotations

import contextlib
import logging
import traceback
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import drizzle_database
import pytest
import sqlalchemy as sa

from echo_analytics.database import connect
from echo_analytics.errors import EchoError
from echo_analytics.models import (
    CategoryChanges,
    NewCategory,
    NewPost,
    NewUser,
    PostChanges,
    User,
    UserChanges,
)
from echo_analytics.repositories import (
    CategoryFilters,
    CategoryRepository,
    PostFilters,
    PostRepository,
    UserFilters,
    UserRepository,
)
from echo_analytics.schema import users
from echo_analytics.services import PostService

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from echo_analytics.database import Database

# Made of two halves, so that the lines of this file that a traceback shows do not hold it.
SECRET = "s3cr3t" + "v4lu3"
PASSWORD = "p4ssw0rd" + "0f0urs"
NOBODY = UUID(int=0)
ADDRESS = f"{SECRET}@example.org"
NAIVE = datetime(2026, 1, 1)  # noqa: DTZ001 - it is refused


class Writing:
    """The repositories over one connection or one database, and a user and a category there."""

    def __init__(self, connection: Any) -> None:  # noqa: ANN401 - whatever repositories take
        self.users = UserRepository(connection)
        self.posts = PostRepository(connection)
        self.categories = CategoryRepository(connection)
        self.service = PostService(connection)
        self.user = self.users.create(NewUser(email=ADDRESS, name=SECRET, bio=SECRET))
        self.other = self.users.create(NewUser(email=f"2{ADDRESS}", name=SECRET))
        self.category = self.categories.create(NewCategory(name=SECRET, slug=SECRET))
        self.post = self.posts.create(
            NewPost(
                title=SECRET, content=SECRET, author_id=self.user.id, category_id=self.category.id
            )
        )

    def unchecked(self) -> NewUser:
        """A user whom no model has looked at: the server has to refuse them."""
        values = NewUser(email="a@b", name=SECRET).model_dump()
        return NewUser.model_construct(**{**values, "role": SECRET})


def unchecked_title(writing: Writing) -> None:
    title = "".join(chr(0x4E00 + n * 7919 % 20000) for n in range(3000))
    values = NewPost(title=SECRET, content=SECRET, author_id=writing.user.id).model_dump()
    writing.posts.create(NewPost.model_construct(**{**values, "title": SECRET + title}))


def unsendable(writing: Writing, text: str) -> None:
    values = NewUser(email="a@b", name=SECRET).model_dump()
    writing.users.create(NewUser.model_construct(**{**values, "name": SECRET + text}))


FAILURES: dict[str, Callable[[Writing], object]] = {
    "model": lambda _: NewUser(email=SECRET, name=SECRET),
    "model from JSON": lambda _: NewUser.model_validate_json(f'{{"email": "{SECRET}", "name": 5}}'),
    "changes": lambda _: UserChanges.model_validate({"created_at": SECRET}),
    "filters": lambda _: PostFilters.model_validate({"author_id": SECRET}),
    "copy": lambda _: NewUser(email="a@b", name="x").model_copy(update={"role": SECRET}),
    "frozen": lambda w: setattr(w.user, "email", SECRET),
    "taken address": lambda w: w.users.create(NewUser(email=ADDRESS, name=SECRET)),
    "taken addresses": lambda w: w.users.create_many([NewUser(email=ADDRESS, name=SECRET)] * 2),
    "taken id": lambda w: w.users.create(NewUser(email="a@b", name=SECRET, id=w.user.id)),
    "update": lambda w: w.users.update(w.other.id, UserChanges(email=ADDRESS)),
    "upsert": lambda w: w.categories.upsert(NewCategory(name=SECRET, slug="other")),
    "category": lambda w: w.categories.create(NewCategory(name="other", slug=SECRET)),
    "category in use": lambda w: w.categories.delete(w.category.id),
    "no category": lambda w: w.posts.update(w.post.id, PostChanges(category_id=NOBODY)),
    "no author": lambda w: w.posts.create(NewPost(title=SECRET, content=SECRET, author_id=NOBODY)),
    "no row": lambda w: w.categories.update(NOBODY, CategoryChanges(name=SECRET)),
    "no id": lambda w: w.users.get(SECRET),
    "no slug": lambda w: w.categories.find_by_slug(SECRET + "\0"),
    "conflict": lambda w: w.users.update(
        w.user.id, UserChanges(name=SECRET), if_updated_at=w.user.created_at.replace(year=2000)
    ),
    "service": lambda w: w.service.create_post_with_author(
        NewUser(email=ADDRESS, name=SECRET), NewPost(title=SECRET, content=SECRET)
    ),
    "page": lambda w: w.users.find_many(UserFilters(search=SECRET), page=SECRET),  # type: ignore[arg-type]  # wrong on purpose
    "role that the server refuses": lambda w: w.users.create(w.unchecked()),
    "title that no index holds": unchecked_title,
    "NUL that the driver refuses": lambda w: unsendable(w, "\0"),
    "surrogate that the driver refuses": lambda w: unsendable(w, "\ud800"),
}


@pytest.fixture
def url(database_url: str) -> str:
    # The server trusts local clients, whatever their password.
    return sa.make_url(database_url).set(password=PASSWORD).render_as_string(hide_password=False)


@pytest.fixture
def records(caplog: pytest.LogCaptureFixture) -> Iterator[Callable[[], str]]:
    """Everything that any logger has said so far."""
    with caplog.at_level(logging.DEBUG):
        yield lambda: caplog.text + "".join(str(vars(record)) for record in caplog.records)


def everything_of(error: BaseException) -> str:
    """All that printing or logging an error, or looking at what came before it, can show."""
    shown = traceback.format_exception(error)
    chain: BaseException | None = error
    while chain is not None:
        shown += [str(chain), repr(chain), repr(chain.args), str(vars(chain))]
        shown += getattr(chain, "__notes__", [])
        chain = chain.__cause__ or chain.__context__
    return "".join(shown)


def told_by(failure: Callable[[Writing], object], writing: Writing) -> str:
    with pytest.raises(EchoError) as caught:
        failure(writing)
    return everything_of(caught.value)


@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES)
def test_a_failing_call_tells_no_value(
    url: str, records: Callable[[], str], failure: Callable[[Writing], object]
) -> None:
    with connect(url) as db:
        told = told_by(failure, Writing(db))
        assert SECRET not in told
        assert PASSWORD not in told + repr(db)
    assert SECRET not in records()
    assert PASSWORD not in records()


def test_no_failing_call_tells_a_value_within_a_transaction(
    url: str, records: Callable[[], str]
) -> None:
    with connect(url) as db:
        for failure in FAILURES.values():
            with db.engine.connect() as connection:
                told = told_by(failure, Writing(connection))
                connection.rollback()
            assert SECRET not in told
            assert PASSWORD not in told
    assert SECRET not in records()
    assert PASSWORD not in records()


def test_an_error_that_leaves_a_transaction_tells_no_value(url: str) -> None:
    with connect(url) as db:
        Writing(db)
        with pytest.raises(EchoError) as caught, db.transaction() as connection:
            UserRepository(connection).create(NewUser(email=ADDRESS, name=SECRET))
    told = everything_of(caught.value)
    assert SECRET not in told
    assert PASSWORD not in told


def test_a_statement_that_sqlalchemy_cannot_run_tells_no_value(
    url: str, records: Callable[[], str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "sqlalchemy.engine")  # what it shows below that are rows
    changed = sa.update(users).values(bio=SECRET).where(users.c.created_at == NAIVE)

    def write(db: Database[Any]) -> None:  # Any: no frame is made
        with db.transaction() as connection:
            connection.execute(sa.text("SELECT :bio"), {"bio": SECRET})
            connection.execute(changed)

    with connect(url) as db, pytest.raises(sa.exc.StatementError) as caught:
        write(db)
    told = "".join(traceback.format_exception(caught.value)) + records()
    assert "a datetime needs a time zone" in told
    assert "SELECT" in records()
    assert SECRET not in told


def test_a_lost_connection_tells_no_value(url: str, database_url: str) -> None:
    with connect(url) as db, contextlib.ExitStack() as stack:
        connection = stack.enter_context(db.engine.connect())
        number = connection.scalar(sa.text("select pg_backend_pid()"))
        drizzle_database.rows(database_url, f"select pg_terminate_backend({number}, 5000)")
        with pytest.raises(EchoError) as caught:
            UserRepository(connection).create(NewUser(email=ADDRESS, name=SECRET))
        told = everything_of(caught.value)
    assert SECRET not in told
    assert PASSWORD not in told


def test_what_succeeds_is_logged_without_values(url: str, records: Callable[[], str]) -> None:
    with connect(url) as db:
        writing = Writing(db)
        writing.users.update(writing.user.id, UserChanges(name=SECRET + "2"))
        writing.users.upsert(NewUser(email=ADDRESS, name=SECRET))
        writing.categories.find_many(CategoryFilters(search=SECRET))
        deleted: User = writing.users.delete(writing.user.id).user
    assert str(deleted.id) in records()
    assert SECRET not in records()
    assert PASSWORD not in records()
