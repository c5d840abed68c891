"""Readers that compare the rollups with a recount while others write, fold and refresh.

``ECHO_ROLLUPS_LOAD`` says for how many seconds, six if it is not set.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING
from uuid import UUID

import psycopg
import pytest
from drizzle_database import connect, run, wait_for
from rollups_recounted import COVERED, assert_exact, differences
from sample_posts import CATEGORY, USERS, add_users

import echo_analytics as echo

if TYPE_CHECKING:
    from collections.abc import Callable

    from psycopg.rows import TupleRow

    Connection = psycopg.Connection[TupleRow]

SECONDS = float(os.environ.get("ECHO_ROLLUPS_LOAD", "6"))
AUTHORS = sorted(USERS)[:-1]
STATES = ("draft", "published", "archived")
EXPECTED = (
    psycopg.errors.SerializationFailure,
    psycopg.errors.DeadlockDetected,  # of two that update the same posts
    psycopg.errors.ForeignKeyViolation,
    psycopg.errors.UniqueViolation,
)


class Load:
    """What goes on until the time is over, and what went wrong."""

    def __init__(self, url: str, seconds: float) -> None:
        self.url = url
        self.until = time.monotonic() + seconds
        self.failures: list[object] = []
        self.compared = self.written = self.answered = 0

    def is_over(self) -> bool:
        return time.monotonic() > self.until or bool(self.failures)

    def run(self, *workers: Callable[[], None]) -> None:
        threads = [threading.Thread(target=self._guarded, args=(worker,)) for worker in workers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert self.failures == []

    def _guarded(self, worker: Callable[[], None]) -> None:
        try:
            worker()
        except BaseException as error:
            self.failures.append(error)

    def write(self, seed: int) -> Callable[[], None]:
        """Transactions of a few statements, some of which are rolled back."""

        def work() -> None:
            draws = random.Random(seed)  # noqa: S311 - not for secrets
            while not self.is_over():
                with psycopg.connect(self.url) as connection:
                    connection.isolation_level = draws.choice([None, None, *psycopg.IsolationLevel])
                    for _ in range(100):
                        self._transaction(connection, draws)
                        if self.is_over():
                            break

        return work

    def _transaction(
        self, connection: psycopg.Connection[tuple[object, ...]], draws: random.Random
    ) -> None:
        try:
            for _ in range(draws.randrange(1, 6)):
                statement, values = change(draws)
                connection.execute(statement.encode(), values)
                self.written += 1
            connection.rollback() if draws.random() < 0.2 else connection.commit()
        except EXPECTED:
            connection.rollback()

    def refresh(self) -> None:
        """Folds, now and then counts everything, and comes in its own way."""
        draws = random.Random(99)  # noqa: S311 - not for secrets
        with echo.connect(self.url) as db:
            while not self.is_over():
                db.rollups.refresh(full=draws.random() < 0.1)

    def compare(self) -> None:
        """Both answers in one snapshot, over and over."""
        with psycopg.connect(self.url) as connection:
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            while not self.is_over():
                for _ in range(3):
                    if found := differences(connection):
                        self.failures.append(found)
                    self.compared += 1
                row = connection.execute(COVERED, ("UTC", "all")).fetchall()
                self.answered += row == [(True,)]
                connection.rollback()


SOME = "WHERE id IN (SELECT id FROM public.posts WHERE author_id = %(author)s ORDER BY id LIMIT 3)"
ONE = """
INSERT INTO public.posts (title, content, author_id, created_at, category_id, status)
VALUES ('t', 'c', %(author)s, %(at)s, %(category)s, %(state)s)
"""
SEVERAL = """
INSERT INTO public.posts (title, content, author_id, created_at)
SELECT 't', 'c', %(author)s, %(at)s::timestamp + n * interval '1 hour'
FROM generate_series(1, 30) AS n
"""
CHANGES = {
    ONE: 45,
    SEVERAL: 5,
    f"UPDATE public.posts SET created_at = %(at)s {SOME}": 10,
    f"UPDATE public.posts SET category_id = %(category)s {SOME}": 10,
    f"UPDATE public.posts SET status = %(state)s {SOME}": 8,
    f"UPDATE public.posts SET author_id = %(other)s {SOME}": 6,
    f"DELETE FROM public.posts {SOME}": 14,
    "UPDATE public.users SET role = %(role)s WHERE id = %(author)s": 1,
    "DELETE FROM public.posts WHERE status = %(state)s": 1,
}
"""Statements, and how often each of them comes."""


def change(draws: random.Random) -> tuple[str, dict[str, object]]:
    """A random statement with its values."""
    values = {
        "author": draws.choice(AUTHORS),
        "other": draws.choice(AUTHORS),
        "at": f"2026-04-{draws.randrange(1, 4):02} {draws.randrange(24)}:00",
        "category": draws.choice([None, CATEGORY]),
        "state": draws.choice(STATES),
        "role": draws.choice(["user", "admin"]),
    }
    return draws.choices(list(CHANGES), list(CHANGES.values()))[0], values


@pytest.fixture
def url(database_url: str) -> str:
    add_users(database_url)
    with echo.connect(database_url) as db:
        db.rollups.enable()
    return database_url


def test_no_reader_ever_sees_a_difference(url: str) -> None:
    load = Load(url, SECONDS)
    load.run(*map(load.write, range(4)), load.refresh, load.compare, load.compare)
    assert load.compared > 10
    assert load.written > 100
    assert load.answered > 0
    with echo.connect(url) as db:
        db.rollups.refresh()
    assert_exact(url)


def test_two_refreshes_at_once_come_one_after_the_other(url: str) -> None:
    load = Load(url, 2)
    load.run(load.write(1), load.refresh, load.refresh, load.compare)
    assert load.compared > 2


@pytest.mark.parametrize("arguments", [["--full"], []], ids=["full", "fold"])
def test_a_refresh_that_is_killed_leaves_what_was_there(url: str, arguments: list[str]) -> None:
    with connect(url) as connection:
        connection.execute(
            "INSERT INTO public.posts (title, content, author_id, created_at)"
            " SELECT 't', 'c', %s, '2026-04-01' FROM generate_series(1, 300)",
            (UUID(int=1),),
        )
        # It stops at the first row that it wants to store.
        connection.execute("BEGIN")
        connection.execute("LOCK TABLE analytics.rollup_day IN SHARE MODE")
        command = [sys.executable, "-m", "echo_analytics", "rollups", "refresh", *arguments]
        process = subprocess.Popen([*command, "--database", url])
        wait_for(url, "SELECT FROM pg_locks WHERE NOT granted")
        process.send_signal(signal.SIGKILL)
        process.wait()
        connection.execute("ROLLBACK")
    run(
        url,
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_locks WHERE locktype = 'advisory'",
    )
    assert_exact(url)
    with echo.connect(url) as db:
        assert db.rollups.refresh().noted == 0
    assert_exact(url)
