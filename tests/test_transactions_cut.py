"""Transactions through a proxy that cuts connections before, during and after COMMIT."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from cutting_proxy import Cutter, Point, cutting

from echo_analytics import connect
from echo_analytics.errors import ConnectionFailed, InvalidInput, OutcomeUnknown
from echo_analytics.models import NewCategory, NewUser
from echo_analytics.repositories import UserRepository

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa
    import sqlalchemy as sa

    from echo_analytics.database import Database


@pytest.fixture
def db(database_url: str) -> Iterator[Database[pa.Table]]:
    with connect(database_url, frame="arrow") as database:
        yield database


@pytest.fixture
def proxy(database_url: str) -> Iterator[Cutter]:
    with cutting(database_url) as cutter:
        yield cutter


@pytest.fixture
def behind(proxy: Cutter) -> Iterator[Database[pa.Table]]:
    """The same database, through a proxy that can cut."""
    with connect(proxy.url, frame="arrow") as database:
        yield database


def ada(connection: sa.Connection) -> str:
    return UserRepository(connection).create(NewUser(email="ada@example.org", name="Ada")).name


def test_what_is_no_function_is_refused_before_a_transaction_begins(
    behind: Database[pa.Table], proxy: Cutter
) -> None:
    proxy.refuse()
    with pytest.raises(InvalidInput, match=r"^work: "):
        behind.run("SELECT 1")  # type: ignore[arg-type]  # the check is the test


@pytest.mark.parametrize(
    ("point", "kept"), [("before it is passed on", 0), ("before it is answered", 1)]
)
def test_a_connection_cut_during_commit_is_never_tried_again(
    behind: Database[pa.Table], proxy: Cutter, db: Database[pa.Table], point: Point, kept: int
) -> None:
    calls: list[int] = []

    def work(connection: sa.Connection) -> None:
        calls.append(1)
        ada(connection)

    proxy.cut(point)
    with pytest.raises(OutcomeUnknown, match="may or may not") as caught:
        behind.run(work)
    assert "ada" not in str(caught.value)
    assert proxy.cuts == 1
    assert calls == [1]
    assert db.users.count() == kept
    assert behind.users.count() == kept


def test_a_connection_cut_after_commit_is_not_noticed(
    behind: Database[pa.Table], proxy: Cutter, db: Database[pa.Table]
) -> None:
    calls: list[int] = []

    def work(connection: sa.Connection) -> str:
        calls.append(1)
        return ada(connection)

    proxy.cut("after it is answered")
    assert behind.run(work) == "Ada"
    assert (proxy.cuts, calls) == (1, [1])
    assert behind.users.count() == db.users.count() == 1


CRASH = b"SWARNING\0VWARNING\0C57P02\0Mthe server crashed\0\0"


@pytest.mark.parametrize(
    "last_words",
    [b"", b"N" + (len(CRASH) + 4).to_bytes(4, "big") + CRASH],
    ids=["nothing", "that it crashed"],
)
def test_a_connection_lost_before_commit_is_tried_again_whatever_the_server_said(
    behind: Database[pa.Table], proxy: Cutter, last_words: bytes
) -> None:
    calls: list[int] = []

    def work(connection: sa.Connection) -> None:
        calls.append(1)
        ada(connection)
        if len(calls) == 1:
            proxy.cut_all(last_words)

    behind.run(work)
    assert calls == [1, 1]
    assert behind.users.count() == 1


@pytest.mark.parametrize("point", ["before it is passed on", "before it is answered"])
def test_a_connection_cut_at_a_statement_is_tried_again(
    behind: Database[pa.Table], proxy: Cutter, point: Point
) -> None:
    behind.users.count()
    proxy.cut(point, times=2, marker=b"INSERT")
    assert behind.run(ada) == "Ada"
    assert proxy.cuts == 2
    assert behind.users.count() == 1


def test_connections_cut_between_two_calls_cost_nothing(
    behind: Database[pa.Table], proxy: Cutter
) -> None:
    behind.run(ada)
    proxy.cut_all()
    assert behind.users.find_by_email("ada@example.org") is not None
    proxy.cut_all()
    behind.categories.create(NewCategory(name="Late", slug="late"))
    assert behind.categories.find_by_slug("late") is not None


def test_the_pool_outlives_more_lost_connections_than_it_holds(
    proxy: Cutter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ECHO_POOL_MIN", "1")
    monkeypatch.setenv("ECHO_POOL_MAX", "2")
    monkeypatch.setattr("echo_analytics.transactions.time.sleep", lambda _: None)
    with connect(proxy.url, frame="arrow") as database:
        for number in range(3):
            proxy.cut("before it is passed on", times=2, marker=b"INSERT")
            new = NewUser(email=f"{number}@example.org", name="Ada")
            database.run(lambda connection, new=new: UserRepository(connection).create(new))  # type: ignore[misc]  # a default binds it
        assert proxy.cuts == 6
        assert database.users.count() == 3


def test_a_read_that_is_cut_is_run_once_more(behind: Database[pa.Table], proxy: Cutter) -> None:
    behind.run(ada)
    for point in ("before it is passed on", "before it is answered"):
        proxy.cut(point, marker=b"example.org")
        assert behind.users.find_by_email("ada@example.org") is not None
    assert proxy.cuts == 2
    proxy.cut("before it is passed on", times=2, marker=b"example.org")
    with pytest.raises(ConnectionFailed):
        behind.users.find_by_email("ada@example.org")


def test_a_server_that_cannot_be_reached_is_not_waited_for(
    behind: Database[pa.Table], proxy: Cutter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("echo_analytics.transactions.time.sleep", lambda _: pytest.fail("it did"))
    proxy.refuse()
    with pytest.raises(ConnectionFailed):
        behind.run(ada)


def test_what_is_raised_holds_no_values(behind: Database[pa.Table], proxy: Cutter) -> None:
    proxy.cut("before it is passed on")
    with pytest.raises(OutcomeUnknown) as caught:
        behind.run(ada)
    assert caught.value.__context__ is None
    assert caught.value.__cause__ is None
