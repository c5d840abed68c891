"""Users are read whatever the application stored, by pages and in batches."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import drizzle_database
import pytest
import sqlalchemy as sa
from people import DARK, ada

from echo_analytics.database import connect
from echo_analytics.errors import EchoError
from echo_analytics.models import UserChanges
from echo_analytics.repositories import UserFilters, UserRepository

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from echo_analytics.database import Database
    from echo_analytics.models import User, UserPreferences


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


@pytest.mark.parametrize(
    ("stored", "raw", "preferences"),
    [
        ("null", None, None),
        ("42", 42, None),
        ('"dark"', "dark", None),
        ("[1, null]", [1, None], None),
        ('{"theme": "blue"}', {"theme": "blue"}, None),
        ('{"theme": "dark", "notifications": 1}', {"theme": "dark", "notifications": 1}, None),
        (
            '{"theme":"dark","notifications":{"email":true,"push":false,"sms":1},"font":2}',
            {
                "theme": "dark",
                "notifications": {"email": True, "push": False, "sms": 1},
                "font": 2,
            },
            DARK,
        ),
        ('"\\ud800"', "\ud800", None),
        ("9" * 5000, "9" * 5000, None),
        ("[" * 3000 + "]" * 3000, "[" * 3000 + "]" * 3000, None),
    ],
    ids=lambda value: str(value)[:20],
)
def test_whatever_the_application_stored_can_be_read(
    users: UserRepository,
    run: Callable[[str], list[tuple[object, ...]]],
    stored: str,
    raw: object,
    preferences: UserPreferences | None,
) -> None:
    run("alter type public.user_role add value 'emperor'")
    run(
        "insert into public.users (email, name, email_verified, preferences, role) values"
        f" ('no address', '', null, '{stored}', 'emperor')"
    )
    [user] = users.find_many()
    assert user.raw_preferences == raw
    assert user.preferences == preferences
    assert (user.email, user.name, user.role) == ("no address", "", "emperor")
    assert user.email_verified is False
    assert users.find_many(UserFilters(email_verified=False)).total == 1


def test_an_instant_that_python_cannot_hold_is_an_error_of_ours(
    users: UserRepository, run: Callable[[str], list[tuple[object, ...]]]
) -> None:
    run("insert into public.users (email, name, created_at) values ('a', 's3cr3t', 'infinity')")
    with pytest.raises(EchoError) as caught:
        users.find_many()
    assert "s3cr3t" not in str(caught.value)


def test_a_page_past_the_end_is_empty_and_knows_the_total(users: UserRepository) -> None:
    users.create_many([ada(email=f"{i}@x") for i in range(7)])
    page = users.find_many(page=4, limit=3)
    assert (page.items, page.total, page.pages, page.has_next) == ((), 7, 3, False)
    assert [users.find_many(page=n, limit=3).has_next for n in (1, 2, 3)] == [True, True, False]
    assert users.find_many(page=2**31 - 1, limit=10_000).items == ()
    nothing = users.find_many(UserFilters(role="admin"))
    assert (nothing.items, nothing.total, nothing.pages, nothing.has_next) == ((), 0, 0, False)


def test_the_total_and_the_page_are_of_one_moment(
    users: UserRepository, run: Callable[[str], list[tuple[object, ...]]]
) -> None:
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            run("insert into public.users (email, name) values ('a', 'a'), ('b', 'b')")
            run("delete from public.users")

    writer = threading.Thread(target=write)
    writer.start()
    try:
        pages = [users.find_many() for _ in range(200)]
    finally:
        stop.set()
        writer.join(30)
    assert {(len(page.items), page.total) for page in pages} <= {(0, 0), (2, 2)}


def test_iterating_holds_no_transaction_between_batches(
    users: UserRepository, run: Callable[[str], list[tuple[object, ...]]]
) -> None:
    users.create_many([ada(email=f"{i}@x") for i in range(5)])
    rows = users.iterate(batch_size=2)
    next(rows)
    state = "select count(*) from pg_stat_activity where datname = current_database()"
    assert run(f"{state} and state like 'idle in transaction%'") == [(0,)]
    assert len(list(rows)) == 4


def test_rows_created_meanwhile_do_not_disturb_an_iteration(users: UserRepository) -> None:
    before = [user.id for user in users.create_many([ada(email=f"{i}@x") for i in range(6)])]
    seen = []
    for user in users.iterate(batch_size=2):
        seen.append(user.id)
        users.create(ada(email=f"{user.id}@y"))
    assert sorted(seen) == sorted(before)


def test_a_page_is_a_collection_of_its_items(users: UserRepository) -> None:
    created: User = users.create(ada())
    page = users.find_many()
    assert list(page) == [created]
    assert len(page) == 1


def test_times_are_utc_whatever_the_zone_of_the_session(
    users: UserRepository, db: Database[Any], run: Callable[[str], list[tuple[object, ...]]]
) -> None:
    with db.transaction() as connection:
        connection.execute(sa.text("set local timezone to 'Asia/Tokyo'"))
        created = UserRepository(connection).create(ada())
        changed = UserRepository(connection).update(created.id, UserChanges(bio=""))
    [(now,)] = run("select now()")
    assert isinstance(now, datetime)
    assert timedelta(0) <= now - created.created_at < timedelta(minutes=1)
    assert timedelta(0) <= now - changed.updated_at < timedelta(minutes=1)
    assert users.get(created.id) == changed


def test_the_server_plans_a_page_no_more_once_it_knows_it(db: Database[Any]) -> None:
    with db.engine.connect() as connection:
        mine = UserRepository(connection)
        mine.create_many([ada(email=f"{i}@x") for i in range(50)])
        for number in range(20):
            mine.find_many(page=1 + number % 3, limit=10)
        planned = connection.exec_driver_sql(
            "select custom_plans from pg_prepared_statements where statement like '%%counted%%'"
        ).scalars()
        assert list(planned) == [5]
        connection.rollback()
