"""Users are created, found, changed and deleted as the repository promises."""

from __future__ import annotations

import logging
import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import drizzle_database
import pytest
from people import DARK, ada

from echo_analytics.database import connect
from echo_analytics.errors import Conflict, ForeignKeyViolation, NotFound, UniqueConstraintViolation
from echo_analytics.models import NewPost, UserChanges
from echo_analytics.repositories import PostRepository, UserRepository

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from echo_analytics.database import Database

NOBODY = UUID(int=0)


@pytest.fixture
def db(database_url: str) -> Iterator[Database[Any]]:  # Any: no frame is made
    with connect(database_url) as database:
        yield database


@pytest.fixture
def users(db: Database[Any]) -> UserRepository:
    return UserRepository(db)


@pytest.fixture
def run(database_url: str) -> Callable[..., list[tuple[object, ...]]]:
    """Run SQL as another client, and return its rows."""

    def run(statement: str) -> list[tuple[object, ...]]:
        with drizzle_database.connect(database_url) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    return run


def test_a_created_user_is_read_back_the_same(users: UserRepository) -> None:
    created = users.create(ada(bio="Countess", preferences=DARK, role="admin"))
    assert users.get(created.id) == created
    assert users.find_by_id(str(created.id)) == created
    assert users.find_by_email("ada@example.org") == created
    assert (created.bio, created.avatar, created.role) == ("Countess", None, "admin")
    assert created.preferences == DARK
    assert created.email_verified is False


def test_the_database_holds_what_the_application_would_write(
    users: UserRepository, run: Callable[[str], list[tuple[object, ...]]]
) -> None:
    moment = datetime(2020, 2, 29, 23, 59, 59, 123456, tzinfo=UTC)
    ident = uuid4()
    users.create(ada(id=ident, created_at=moment, preferences=DARK, email_verified=True))
    columns = "id, email, email_verified, preferences::text, role::text, created_at, updated_at"
    assert run(f"select {columns} from public.users") == [
        (
            ident,
            "ada@example.org",
            True,
            '{"theme":"dark","notifications":{"email":true,"push":false}}',
            "user",
            moment.replace(tzinfo=None),
            moment.replace(tzinfo=None),
        )
    ]


def test_no_preferences_are_null_and_not_json_null(
    users: UserRepository, run: Callable[[str], list[tuple[object, ...]]]
) -> None:
    users.create(ada())
    assert run("select preferences is null from public.users") == [(True,)]


def test_an_address_that_is_taken_names_the_address(users: UserRepository) -> None:
    users.create(ada())
    with pytest.raises(UniqueConstraintViolation) as caught:
        users.create(ada())
    assert caught.value.field == "email"
    assert users.create(ada(email="Ada@example.org")).email == "Ada@example.org"


def test_an_id_that_is_taken_names_the_id(users: UserRepository) -> None:
    first = users.create(ada())
    with pytest.raises(UniqueConstraintViolation) as caught:
        users.create(ada(id=first.id, email="b@c"))
    assert caught.value.field == "id"


def test_many_are_created_in_their_order(users: UserRepository) -> None:
    wanted = [ada(email=f"{i}@x", id=UUID(int=i + 1) if i % 3 else None) for i in range(100)]
    created = users.create_many(wanted)
    assert [user.email for user in created] == [user.email for user in wanted]
    assert all(new.id in (None, user.id) for new, user in zip(wanted, created, strict=True))
    assert users.count() == 100


def test_of_many_all_are_created_or_none(users: UserRepository) -> None:
    with pytest.raises(UniqueConstraintViolation) as caught:
        users.create_many([ada(email=email) for email in ("a@x", "b@x", "a@x", "c@x")])
    assert caught.value.field == "email"
    assert users.count() == 0
    assert users.create_many([]) == []


def test_a_missing_user_is_none_or_not_found(users: UserRepository) -> None:
    assert users.find_by_id(NOBODY) is None
    assert users.find_by_email("nobody@example.org") is None
    assert not users.exists(NOBODY)
    for call in (
        lambda: users.get(NOBODY),
        lambda: users.update(NOBODY, UserChanges(name="x")),
        lambda: users.update(NOBODY, UserChanges()),
        lambda: users.update(NOBODY, UserChanges(name="x"), if_updated_at=datetime.now(UTC)),
        lambda: users.delete(NOBODY),
    ):
        with pytest.raises(NotFound, match=r"^no user has this id$"):
            call()


def test_only_the_given_fields_change(users: UserRepository) -> None:
    before = users.create(ada(bio="Countess", avatar="a.png", preferences=DARK))
    after = users.update(before.id, UserChanges(bio=None, role="moderator"))
    changed = {"bio": None, "role": "moderator", "updated_at": after.updated_at}
    assert after == before.model_copy(update=changed)
    assert users.get(before.id) == after
    assert users.update(before.id, UserChanges(preferences=None)).raw_preferences is None


def test_no_changes_write_nothing(
    users: UserRepository, run: Callable[[str], list[tuple[object, ...]]]
) -> None:
    user = users.create(ada())
    version = run("select xmin::text, ctid::text from public.users")
    assert users.update(user.id, UserChanges()) == user
    assert run("select xmin::text, ctid::text from public.users") == version


def test_an_update_to_a_taken_address_names_the_address(users: UserRepository) -> None:
    users.create(ada())
    other = users.create(ada(email="b@c"))
    with pytest.raises(UniqueConstraintViolation) as caught:
        users.update(other.id, UserChanges(email="ada@example.org"))
    assert caught.value.field == "email"


def test_the_time_of_change_is_never_before_the_creation(users: UserRepository) -> None:
    future = datetime.now(UTC) + timedelta(days=400)
    user = users.create(ada(created_at=future))
    assert user.updated_at >= user.created_at
    assert users.update(user.id, UserChanges(name="x")).updated_at >= future


def test_two_changes_in_one_transaction_have_different_times(db: Database[Any]) -> None:
    with db.transaction() as connection:
        users = UserRepository(connection)
        times = [users.create(ada()).updated_at]
        ident = users.find_many().items[0].id
        times += [users.update(ident, UserChanges(name=str(i))).updated_at for i in range(50)]
    assert times == sorted(set(times))


def test_the_slower_of_two_writers_gets_a_conflict(users: UserRepository) -> None:
    seen = users.create(ada())
    first = users.update(seen.id, UserChanges(name="first"), if_updated_at=seen.updated_at)
    for changes in (UserChanges(name="second"), UserChanges()):
        with pytest.raises(Conflict):
            users.update(seen.id, changes, if_updated_at=seen.updated_at)
    assert users.get(seen.id) == first
    third = users.update(seen.id, UserChanges(name="third"), if_updated_at=first.updated_at)
    assert third.name == "third"


def test_of_writers_at_once_one_wins(users: UserRepository) -> None:
    seen = users.create(ada())
    start = threading.Barrier(6)
    outcomes: list[str] = []

    def write(number: int) -> None:
        start.wait(20)
        try:
            users.update(seen.id, UserChanges(name=str(number)), if_updated_at=seen.updated_at)
        except Conflict:
            outcomes.append("conflict")
        else:
            outcomes.append("written")

    threads = [threading.Thread(target=write, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(outcomes) == ["conflict"] * 5 + ["written"]


def test_an_upsert_creates_a_user_or_sets_the_given_fields(users: UserRepository) -> None:
    first = users.upsert(ada(bio="Countess", role="admin"))
    assert first.inserted
    second = users.upsert(ada(name="Ada Lovelace", bio=None))
    assert not second.inserted
    assert second.item.id == first.item.id
    assert (second.item.name, second.item.bio) == ("Ada Lovelace", None)
    assert second.item.role == "admin"
    assert second.item.created_at == first.item.created_at
    assert second.item.updated_at > first.item.updated_at
    assert users.count() == 1


def test_upserts_of_one_address_at_once_make_one_user(users: UserRepository) -> None:
    start = threading.Barrier(6)
    inserted: list[bool] = []

    def write() -> None:
        start.wait(20)
        inserted.append(users.upsert(ada()).inserted)

    threads = [threading.Thread(target=write) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(inserted) == [False] * 5 + [True]


def test_a_deleted_user_takes_their_posts_along(users: UserRepository, db: Database[Any]) -> None:
    posts = PostRepository(db)
    user, other = users.create(ada()), users.create(ada(email="b@c"))
    for author in (user, user, user, other):
        posts.create(NewPost(title="t", content="", author_id=author.id))
    deleted = users.delete(user.id)
    assert (deleted.user, deleted.posts) == (user, 3)
    assert users.find_by_id(user.id) is None
    assert posts.count() == 1


def test_a_user_whom_another_table_needs_stays(
    users: UserRepository, run: Callable[[str], list[tuple[object, ...]]]
) -> None:
    user = users.create(ada())
    run("create table public.likes (fan uuid references public.users (id))")
    run("insert into public.likes select id from public.users")
    with pytest.raises(ForeignKeyViolation) as caught:
        users.delete(user.id)
    assert caught.value.field == "fan"
    assert users.exists(user.id)


def test_a_repository_over_a_connection_commits_nothing(
    users: UserRepository, db: Database[Any]
) -> None:
    with db.engine.connect() as connection:
        mine = UserRepository(connection)
        created = mine.create(ada())
        assert mine.get(created.id) == created
        connection.rollback()
    assert users.count() == 0
    with db.engine.connect() as connection:
        UserRepository(connection).create(ada())
        connection.commit()
    assert users.count() == 1


def test_each_write_is_one_event_with_ids_and_duration(
    users: UserRepository, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "echo_analytics.repositories")
    user = users.create(ada())
    users.create_many([ada(email="b@c"), ada(email="c@d")])
    users.update(user.id, UserChanges(name="x"))
    users.upsert(ada(name="y"))
    users.delete(user.id)
    users.find_many()
    records = [vars(record) for record in caplog.records]
    assert [len(record["ids"]) for record in records] == [1, 2, 1, 1, 1]
    assert {records[n]["ids"][0] for n in (0, 2, 3, 4)} == {str(user.id)}
    assert all(record["duration_ms"] > 0 for record in records)
    assert caplog.messages[0].startswith(f"user {user.id} created in ")
