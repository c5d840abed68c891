"""Threads that write while sessions are ended under them: nothing is lost, nothing done twice."""

from __future__ import annotations

import os
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import psycopg
import pytest

from echo_analytics import connect
from echo_analytics.errors import ConnectionFailed, OutcomeUnknown
from echo_analytics.models import NewPost, NewUser, UserChanges
from echo_analytics.repositories import PostRepository, UserRepository

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa
    import sqlalchemy as sa

    from echo_analytics.database import Database

THREADS = 8
SECONDS = float(os.environ.get("TEST_SECONDS", "4"))


@dataclass
class Outcome:
    """What the writers were told about their posts."""

    kept: list[UUID] = field(default_factory=list)
    unknown: list[UUID] = field(default_factory=list)


@pytest.fixture
def db(database_url: str) -> Iterator[Database[pa.Table]]:
    with connect(database_url, frame="arrow") as database:
        yield database


def end_sessions(database_url: str, stop: threading.Event) -> None:
    """End one session after the other, those in a transaction first of all."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        while not stop.wait(0.05):
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                " ORDER BY state LIKE 'idle in%' DESC, random() LIMIT 1"
            )


def write(db: Database[pa.Table], authors: list[UUID], until: float) -> Outcome:
    """Write posts, and count them in both authors, who are locked in any order."""
    outcome = Outcome()
    while time.monotonic() < until:
        post_id, pair = uuid4(), random.sample(authors, 2)

        def work(
            connection: sa.Connection, post_id: UUID = post_id, pair: list[UUID] = pair
        ) -> None:
            users = UserRepository(connection)
            PostRepository(connection).create(
                NewPost(id=post_id, title="A post", content="", author_id=pair[0])
            )
            for author in pair:
                users.update(author, UserChanges(avatar="locked"))
                number = int(users.get(author).bio or 0)
                users.update(author, UserChanges(bio=str(number + 1)))

        try:
            db.run(work, attempts=20)
        except OutcomeUnknown:
            outcome.unknown.append(post_id)
        else:
            outcome.kept.append(post_id)
    return outcome


def test_no_write_is_lost_and_none_is_done_twice(db: Database[pa.Table], database_url: str) -> None:
    authors = [
        db.users.create(NewUser(email=f"{number}@example.org", name="Ada", bio="0")).id
        for number in range(4)
    ]
    stop, until = threading.Event(), time.monotonic() + SECONDS
    with ThreadPoolExecutor(THREADS + 1) as pool:
        ending = pool.submit(end_sessions, database_url, stop)
        writing = [pool.submit(write, db, authors, until) for _ in range(THREADS)]
        wait(writing)
        stop.set()
    ending.result()
    outcomes = [each.result() for each in writing]
    kept = {post for outcome in outcomes for post in outcome.kept}
    unknown = {post for outcome in outcomes for post in outcome.unknown}
    stored = [post.id for post in db.posts.iterate()]
    assert len(stored) == len(set(stored))
    assert kept <= set(stored) <= kept | unknown
    assert len(kept) >= THREADS
    counted = sum(int(db.users.get(author).bio or 0) for author in authors)
    assert counted == 2 * len(stored)


def test_a_pool_without_a_free_connection_says_so_and_recovers(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ECHO_POOL_MAX", "2")
    monkeypatch.setenv("ECHO_POOL_MIN", "1")
    monkeypatch.setenv("ECHO_ACQUIRE_TIMEOUT", "0.2")
    with connect(database_url, frame="arrow") as db:
        with db.transaction(), db.transaction(), pytest.raises(ConnectionFailed, match="2 are in"):
            db.run(lambda connection: UserRepository(connection).count())
        assert db.run(lambda connection: UserRepository(connection).count()) == 0
