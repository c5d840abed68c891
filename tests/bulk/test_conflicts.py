"""Rows that are there already: left as they are, or changed as an upsert changes them."""

from __future__ import annotations

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pandas as pd
import polars as pl
import psycopg
import pytest
import sqlalchemy as sa

import echo_analytics as echo
from echo_analytics.errors import (
    DatabaseError,
    ForeignKeyViolation,
    InvalidInput,
    UniqueConstraintViolation,
)
from echo_analytics.models import (
    NewCategory,
    NewPost,
    NewUser,
    NotificationPreferences,
    User,
    UserPreferences,
)

if TYPE_CHECKING:
    from echo_analytics.bulk.create import OnConflict
    from echo_analytics.database import Database

DARK = UserPreferences(theme="dark", notifications=NotificationPreferences(email=True, push=False))


@pytest.fixture
def ada(db: Database[Any]) -> User:
    return db.users.create(
        NewUser(email="ada@example.org", name="Ada", bio="hers", role="admin", preferences=DARK)
    )


def people(*names: str) -> pd.DataFrame:
    return pd.DataFrame({"email": [f"{name}@example.org" for name in names], "name": names})


def test_skip_leaves_what_is_there_and_takes_the_first_of_several(
    db: Database[Any], ada: User
) -> None:
    rows = pd.concat([people("ada", "bob"), people("bob").assign(name="second")])
    report = db.bulk_create(users=rows, on_conflict="skip")
    assert report.users == type(report.users)(rows=3, created=1, updated=0, skipped=2)
    assert db.users.get(ada.id) == ada
    assert {user.name for user in db.users.iterate()} == {"Ada", "bob"}


def test_skip_goes_by_every_unique_column(db: Database[Any], ada: User) -> None:
    rows = people("other").assign(id=str(ada.id))
    assert db.bulk_create(users=rows, on_conflict="skip").users.skipped == 1
    assert db.users.count() == 1


def test_update_sets_what_is_given_and_nothing_else(db: Database[Any], ada: User) -> None:
    rows = pl.DataFrame(
        {
            "email": ["ada@example.org", "bob@example.org"],
            "name": ["Ada L.", "Bob"],
            "bio": [None, "his"],
            "role": [None, "moderator"],
            "created_at": ["2020-01-01T00:00:00Z"] * 2,
        }
    )
    report = db.bulk_create(users=rows, on_conflict="update")
    assert (report.users.created, report.users.updated, report.users.skipped) == (1, 1, 0)
    changed = db.users.get(ada.id)
    # A null is a value where there is no default; a role has one.
    assert (changed.name, changed.bio, changed.role) == ("Ada L.", None, "admin")
    assert changed.preferences == DARK
    assert changed.created_at == ada.created_at
    assert changed.updated_at > ada.updated_at
    bob = db.users.find_by_email("bob@example.org")
    assert bob is not None
    assert (bob.role, bob.created_at.year, bob.updated_at.year) == ("moderator", 2020, 2020)


@pytest.mark.parametrize("seed", range(3))
def test_update_is_what_one_upsert_after_the_other_is(db: Database[Any], seed: int) -> None:
    items = [
        NewUser(email="a@example.org", name=f"A{seed}", bio="first"),
        NewUser(email="b@example.org", name="B", role="moderator"),
        NewUser(email="a@example.org", name="A again"),
        NewUser(email="a@example.org", name="A third", bio=None, email_verified=True),
        NewUser(email="b@example.org", name="B again", preferences=DARK),
        NewUser(email="c@example.org", name="C"),
    ][seed:]
    report = db.bulk_create(users=items, on_conflict="update")
    in_bulk = _told(db)
    with db.transaction() as connection:
        connection.execute(sa.text("DELETE FROM users"))
    upserted = [db.users.upsert(item) for item in items]
    assert in_bulk == _told(db)
    assert report.users.created == sum(each.inserted for each in upserted)
    assert report.users.created + report.users.updated == len(items)


def _told(db: Database[Any]) -> set[tuple[object, ...]]:
    return {
        (u.email, u.name, u.bio, u.role, u.email_verified, u.preferences)
        for u in db.users.iterate()
    }


def test_posts_are_found_by_their_id_and_categories_by_their_slug(
    db: Database[Any], ada: User
) -> None:
    post = db.posts.create(NewPost(title="t", content="kept", author_id=ada.id, status="archived"))
    tag = db.categories.create(NewCategory(name="Cats", slug="cats"))
    posts = pd.DataFrame(
        {
            "id": [str(post.id), str(uuid.uuid4())],
            "title": ["new", "other"],
            "content": ["new", ""],
            "author_id": [str(ada.id)] * 2,
            "published": [True, None],
        }
    )
    tags = [NewCategory(name="Felines", slug="cats")]
    report = db.bulk_create(posts=posts, categories=tags, on_conflict="update")
    assert (report.posts.created, report.posts.updated, report.categories.updated) == (1, 1, 1)
    changed = db.posts.get(post.id)
    assert (changed.title, changed.status, changed.published) == ("new", "published", True)
    assert db.categories.get(tag.id).name == "Felines"


def test_update_of_posts_needs_their_ids(db: Database[Any], ada: User) -> None:
    posts = pd.DataFrame({"title": ["t"], "content": [""], "author_id": [str(ada.id)]})
    with pytest.raises(InvalidInput, match=r"posts\.id: is needed"):
        db.bulk_create(posts=posts, on_conflict="update")
    with pytest.raises(InvalidInput, match=r"posts\.id: is missing \(row 0\)"):
        db.bulk_create(posts=posts.assign(id=None), on_conflict="update")


def test_another_unique_column_is_in_the_way_of_an_update(db: Database[Any]) -> None:
    db.categories.create(NewCategory(name="Cats", slug="cats"))
    rows = [NewCategory(name="Cats", slug="felines")]
    with pytest.raises(UniqueConstraintViolation) as caught:
        db.bulk_create(categories=rows, on_conflict="update")
    assert caught.value.field == "name"


@pytest.mark.parametrize("on_conflict", ["skip", "update"])
def test_a_missing_author_keeps_all_out(db: Database[Any], on_conflict: OnConflict) -> None:
    post = NewPost(id=uuid.uuid4(), title="t", content="", author_id=uuid.uuid4())
    with pytest.raises(ForeignKeyViolation) as caught:
        db.bulk_create(users=people("bob"), posts=[post], on_conflict=on_conflict)
    assert caught.value.field == "author_id"
    assert db.users.count() == 0


def test_a_trigger_that_keeps_a_row_as_it_was_keeps_all_out(
    database_url: str, db: Database[Any], ada: User
) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            " RETURN NULL; END $$;"
            "CREATE TRIGGER keep BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION keep()"
        )
    with pytest.raises(DatabaseError, match="a trigger of the database has kept a user"):
        db.bulk_create(users=people("bob", "ada"), on_conflict="update")
    assert [user.id for user in db.users.iterate()] == [ada.id]


def test_two_calls_in_one_transaction_do_not_meet(db: Database[Any]) -> None:
    with db.transaction() as connection:
        for name in ("ada", "bob"):
            echo.bulk_create(connection, users=people(name), on_conflict="update")
            echo.bulk_create(connection, users=people("ada"), on_conflict="skip")
    assert db.users.count() == 2


@pytest.mark.parametrize("on_conflict", ["skip", "update"])
def test_two_sessions_with_the_same_rows_in_opposite_orders_make_them_once(
    database_url: str, on_conflict: OnConflict
) -> None:
    rows = people(*(f"p{number}" for number in range(10_000)))
    ready = threading.Barrier(2)

    def load(some: pd.DataFrame) -> int:
        with echo.connect(database_url) as db:
            db.users.count()
            ready.wait(30)
            return db.bulk_create(users=some, on_conflict=on_conflict).users.created

    with ThreadPoolExecutor(2) as threads:
        created = list(threads.map(load, [rows, rows.iloc[::-1]]))
    assert sum(created) == 10_000
