"""Transactions are run again where nothing can have been kept, and only there."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

import psycopg
import pytest
import sqlalchemy as sa

from echo_analytics import connect
from echo_analytics.errors import (
    ConnectionFailed,
    DatabaseError,
    InvalidInput,
    UniqueConstraintViolation,
)
from echo_analytics.models import NewCategory, NewUser, UserChanges
from echo_analytics.repositories import CategoryRepository, UserRepository

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pyarrow as pa

    from echo_analytics.database import Database

SERVER_PID = sa.text("SELECT pg_backend_pid()")


@pytest.fixture
def db(database_url: str) -> Iterator[Database[pa.Table]]:
    with connect(database_url, frame="arrow") as database:
        yield database


def ada(connection: sa.Connection) -> str:
    return UserRepository(connection).create(NewUser(email="ada@example.org", name="Ada")).name


def end_session(database_url: str, connection: sa.Connection) -> None:
    """End the session of ``connection``, and wait until its server process is gone."""
    pid = connection.execute(SERVER_PID).scalar_one()
    with psycopg.connect(database_url, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 10000)", (pid,))


def test_what_a_function_wrote_is_kept_and_what_it_returned_is_returned(
    db: Database[pa.Table],
) -> None:
    assert db.run(ada) == "Ada"
    assert db.users.count() == 1


def test_an_error_of_the_input_is_not_tried_again(db: Database[pa.Table]) -> None:
    calls: list[int] = []

    def work(connection: sa.Connection) -> None:
        calls.append(1)
        ada(connection)
        ada(connection)

    with pytest.raises(UniqueConstraintViolation):
        db.run(work)
    assert calls == [1]
    assert db.users.count() == 0


@pytest.mark.parametrize("attempts", [0, -1, True, 1.5, "3"])
def test_a_wrong_number_of_attempts_is_refused_before_anything_runs(
    db: Database[pa.Table], attempts: object
) -> None:
    with pytest.raises(InvalidInput, match="attempts"):
        db.run(ada, attempts=attempts)  # type: ignore[arg-type]  # the check is the test
    assert db.users.count() == 0


def test_a_wrong_isolation_level_is_refused(db: Database[pa.Table]) -> None:
    with pytest.raises(InvalidInput, match="isolation_level"):
        db.run(ada, isolation_level="chaos")  # type: ignore[arg-type]  # the check is the test
    with (
        pytest.raises(InvalidInput, match="isolation_level"),
        db.transaction(
            isolation_level="chaos"  # type: ignore[arg-type]  # the check is the test
        ),
    ):
        pass


def test_two_sessions_that_deadlock_both_get_through(
    db: Database[pa.Table], caplog: pytest.LogCaptureFixture
) -> None:
    names = ("a", "b")
    ids = [db.users.create(NewUser(email=f"{name}@example.org", name=name)).id for name in names]
    both_hold_one = threading.Barrier(2)
    first_time = threading.local()

    def rename(order: list[int], name: str) -> Callable[[sa.Connection], None]:
        def work(connection: sa.Connection) -> None:
            users = UserRepository(connection)
            users.update(ids[order[0]], UserChanges(name=name))
            if not getattr(first_time, "over", False):
                first_time.over = True
                both_hold_one.wait(10)
            users.update(ids[order[1]], UserChanges(name=name))

        return work

    caplog.set_level(logging.WARNING, "echo_analytics.transactions")
    threads = [
        threading.Thread(target=db.run, args=(rename(order, name),))
        for order, name in (([0, 1], "left"), ([1, 0], "right"))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not any(thread.is_alive() for thread in threads)
    kept = {db.users.get(each).name for each in ids}
    assert len(kept) == 1
    assert kept < {"left", "right"}
    assert "40P01" in caplog.text


def test_a_deadlock_without_another_attempt_is_an_error_with_its_code(
    db: Database[pa.Table],
) -> None:
    calls: list[int] = []

    def work(connection: sa.Connection) -> None:
        calls.append(1)
        connection.execute(
            sa.text("DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = 'deadlock_detected'; END $$")
        )

    with pytest.raises(DatabaseError) as caught:
        db.run(work, attempts=3)
    assert caught.value.sqlstate == "40P01"
    assert len(calls) == 3


def test_serializable_transactions_that_cross_count_each_other(db: Database[pa.Table]) -> None:
    both_have_read = threading.Barrier(2)
    first_time = threading.local()

    def add_if_few(connection: sa.Connection) -> None:
        categories = CategoryRepository(connection)
        number = categories.count()
        if not getattr(first_time, "over", False):
            first_time.over = True
            both_have_read.wait(10)
        categories.create(NewCategory(name=f"Number {number}", slug=f"number-{number}-x"))

    def run() -> None:
        db.run(add_if_few, isolation_level="serializable")

    before = db.categories.count()
    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    slugs = {category.slug for category in db.categories.iterate()}
    assert {f"number-{before}-x", f"number-{before + 1}-x"} <= slugs


def test_a_session_ended_in_the_middle_is_tried_again(
    db: Database[pa.Table], database_url: str
) -> None:
    calls: list[int] = []

    def work(connection: sa.Connection) -> str:
        calls.append(1)
        name = ada(connection)
        if len(calls) == 1:
            end_session(database_url, connection)
            connection.execute(sa.text("SELECT 1"))
        return name

    assert db.run(work) == "Ada"
    assert len(calls) == 2
    assert db.users.count() == 1


def test_a_session_ended_after_the_last_statement_is_known_to_have_kept_nothing(
    db: Database[pa.Table], database_url: str
) -> None:
    calls: list[int] = []

    def work(connection: sa.Connection) -> None:
        calls.append(1)
        ada(connection)
        if len(calls) == 1:
            end_session(database_url, connection)

    db.run(work)
    assert len(calls) == 2
    assert db.users.count() == 1


def test_a_block_whose_session_was_ended_says_so(db: Database[pa.Table], database_url: str) -> None:
    def block() -> None:
        with db.transaction() as connection:
            ada(connection)
            end_session(database_url, connection)

    with pytest.raises(ConnectionFailed, match="before COMMIT"):
        block()
    assert db.users.count() == 0


def test_a_block_that_passes_over_a_lost_connection_does_not_end_well(
    db: Database[pa.Table], database_url: str
) -> None:
    def block() -> None:
        with db.transaction() as connection:
            ada(connection)
            end_session(database_url, connection)
            with pytest.raises(ConnectionFailed):
                UserRepository(connection).count()

    with pytest.raises(ConnectionFailed, match="before COMMIT"):
        block()
    assert db.users.count() == 0


def test_the_pauses_grow_and_differ(
    db: Database[pa.Table], monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    monkeypatch.setattr("echo_analytics.transactions.time.sleep", pauses.append)

    def work(_connection: sa.Connection) -> None:
        raise DatabaseError("refused", "40001")

    with pytest.raises(DatabaseError):
        db.run(work, attempts=12)
    assert len(pauses) == 11
    assert len(set(pauses)) == 11
    assert all(0.025 * 2**number <= pause for number, pause in enumerate(pauses[:5]))
    assert max(pauses) <= 2.0
