"""Imports beside other writers."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from posts_files import asking, count, numbers, post, write

import echo_analytics as echo

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Future
    from pathlib import Path

    import pandas as pd

    from echo_analytics.database import Database
    from echo_analytics.ingest import ImportReport


@pytest.fixture
def db(database_url: str) -> Iterator[Database[pd.DataFrame]]:
    with echo.connect(database_url) as opened:
        yield opened


@pytest.fixture
def rows(database_url: str) -> Iterator[Callable[[str], list[Any]]]:
    with asking(database_url) as ask:
        yield ask


def import_at_once(url: str, path: Path, start: threading.Barrier) -> ImportReport:
    with echo.connect(url) as db:
        start.wait()
        return echo.import_posts(db, path)


def test_two_imports_of_the_same_file_at_once_make_its_posts_once(
    database_url: str, rows: Callable[[str], list[Any]], tmp_path: Path
) -> None:
    posts = [post(n % 28 + 1, external_id=n, category=f"C{n % 9}") for n in range(2_000)]
    path = write(tmp_path / "posts.parquet", posts)
    start = threading.Barrier(2, timeout=60)
    with ThreadPoolExecutor(2) as pool:
        runs = [pool.submit(import_at_once, database_url, path, start) for _ in range(2)]
        made = [numbers(run.result(timeout=120))[0] for run in runs]
    assert sorted(made) == [(2_000, 0, 2_000, 0, 0, 0), (2_000, 2_000, 0, 0, 3, 9)]
    assert (count(rows, "posts"), count(rows, "users")) == (2_000, 3)


def wait_until_it_waits(run: Future[ImportReport], rows: Callable[[str], list[Any]]) -> None:
    deadline = time.monotonic() + 30
    query = (
        "SELECT 1 FROM pg_stat_activity WHERE datname = current_database()"
        " AND wait_event_type = 'Lock'"
    )
    while not rows(query):
        assert not run.done(), run.exception()
        assert time.monotonic() < deadline, "the import does not wait"
        time.sleep(0.01)


def test_an_import_waits_for_a_user_that_the_application_is_making(
    db: Database[pd.DataFrame],
    database_url: str,
    rows: Callable[[str], list[Any]],
    tmp_path: Path,
) -> None:
    path = write(tmp_path / "posts.csv", [post(n) for n in range(1, 5)])
    with psycopg.connect(database_url) as application, ThreadPoolExecutor(1) as pool:
        application.execute(
            "INSERT INTO public.users (email, name) VALUES ('author1@example.org', 'Theirs')"
        )
        run = pool.submit(echo.import_posts, db, path)
        wait_until_it_waits(run, rows)
        application.commit()
        assert numbers(run.result(timeout=60)) == [(4, 4, 0, 0, 2, 0)]
    assert rows("SELECT name FROM public.users WHERE email = 'author1@example.org'") == [
        ("Theirs",)
    ]


def test_an_import_that_loses_a_deadlock_is_tried_again(
    db: Database[pd.DataFrame],
    database_url: str,
    rows: Callable[[str], list[Any]],
    tmp_path: Path,
) -> None:
    path = write(tmp_path / "posts.csv", [post(n) for n in range(1, 4)])
    insert = "INSERT INTO public.users (email, name) VALUES (%s, 'Theirs')"
    with psycopg.connect(database_url) as application, ThreadPoolExecutor(1) as pool:
        # The import is the first to look for a deadlock, and so the one that is cancelled.
        application.execute("SET deadlock_timeout = '30s'")
        application.execute(insert, ["author2@example.org"])
        with db.transaction() as connection:
            name = connection.exec_driver_sql("SELECT current_database()").scalar_one()
            connection.exec_driver_sql(f"ALTER DATABASE \"{name}\" SET deadlock_timeout = '2s'")
        with echo.connect(database_url) as patient:
            run = pool.submit(echo.import_posts, patient, path)
            wait_until_it_waits(run, rows)
            application.execute(insert, ["author0@example.org"])
            application.commit()
            report = run.result(timeout=60)
    assert report.files[0].posts_created == 3
    assert report.files[0].users_created == 1
