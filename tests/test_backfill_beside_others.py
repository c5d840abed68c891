"""Backfills beside writers, beside each other, and after all kinds of ends."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from users_to_fill import (
    DEFAULT,
    add,
    connect,
    filled,
    gate,
    number,
    open_gate,
    record_changes,
    rows,
    run,
    stored,
    waiting_at_gate,
)

import echo_analytics as echo
from echo_analytics.backfill import work

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pandas as pd

    from echo_analytics.backfill import BackfillReport
    from echo_analytics.database import Database

THEIRS = '{"theme": "dark",  "by": "them"}'
SET = "UPDATE public.users SET preferences = %s WHERE id = %s"


@pytest.fixture
def db(database_url: str) -> Iterator[Database[pd.DataFrame]]:
    with echo.connect(database_url) as database:
        yield database


def wait_until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_row_that_a_writer_holds_is_neither_waited_for_nor_written_over(
    db: Database[pd.DataFrame], database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "PAUSES", (0.01, 0.01))
    add(database_url, [None] * 10)
    with connect(database_url) as writer, writer.transaction():
        writer.execute(SET, (THEIRS, number(3)))
        report = echo.backfill_preferences(db, batch_size=4)
        assert (report.matched, report.updated, report.skipped) == (10, 9, 1)
    assert stored(database_url)[2] == THEIRS
    assert echo.backfill_preferences(db).matched == 0


def test_a_row_is_visited_again_once_it_is_let_go(
    db: Database[pd.DataFrame], database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "PAUSES", (0.02,) * 3_000)
    add(database_url, [None] * 10)
    with connect(database_url) as writer, ThreadPoolExecutor(1) as pool:
        with writer.transaction():
            writer.execute("SELECT FROM public.users WHERE id = %s FOR UPDATE", (number(3),))
            running = pool.submit(echo.backfill_preferences, db)
            wait_until(lambda: filled(database_url) == 9)
        report = running.result(timeout=60)
    assert (report.matched, report.updated, report.skipped) == (10, 10, 0)


def test_a_user_to_whom_somebody_adds_a_post_is_not_in_use(
    db: Database[pd.DataFrame], database_url: str
) -> None:
    add(database_url, [None] * 3)
    with connect(database_url) as writer, writer.transaction():
        statement = "INSERT INTO public.posts (title, content, author_id) VALUES ('A', '', %s)"
        writer.execute(statement, (number(2),))
        assert echo.backfill_preferences(db).updated == 3


def test_what_a_writer_sets_after_the_look_and_before_the_change_stays(
    db: Database[pd.DataFrame], database_url: str
) -> None:
    add(database_url, [None] * 30, gate=5)
    with gate(database_url) as keeper, ThreadPoolExecutor(1) as pool:
        running = pool.submit(echo.backfill_preferences, db, 10, 1)
        waiting_at_gate(database_url)
        with connect(database_url) as writer:
            writer.execute(SET, (THEIRS, number(15)))
            writer.execute("DELETE FROM public.users WHERE id = %s", (number(25),))
        open_gate(keeper)
        report = running.result(timeout=60)
    assert (report.matched, report.updated, report.skipped) == (30, 28, 0)
    assert report.settled_by_others == 2
    assert stored(database_url)[14] == THEIRS


def test_what_a_writer_sets_while_the_statement_runs_stays(
    db: Database[pd.DataFrame], database_url: str
) -> None:
    add(database_url, [None] * 10, gate=1)
    with gate(database_url) as keeper, ThreadPoolExecutor(2) as pool:
        running = pool.submit(echo.backfill_preferences, db, 10, 1)
        waiting_at_gate(database_url)
        # Whether the row is locked by now is for the plan to say; then the writer comes after.
        writing = pool.submit(rows, database_url, f"{SET} RETURNING 1", THEIRS, number(8))
        blocked = (
            "SELECT 1 FROM pg_stat_activity WHERE datname = current_database()"
            " AND wait_event_type = 'Lock' AND wait_event <> 'advisory'"
        )
        wait_until(lambda: writing.done() or bool(rows(database_url, blocked)))
        open_gate(keeper)
        writing.result(timeout=60)
        assert running.result(timeout=60).skipped == 0
    assert stored(database_url) == [THEIRS if place == 7 else DEFAULT for place in range(10)]


def test_no_write_of_a_busy_application_is_lost(
    db: Database[pd.DataFrame], database_url: str
) -> None:
    add(database_url, [None] * 3_000)
    started, finished = threading.Barrier(3, timeout=60), threading.Event()

    def write(seed: int) -> set[int]:
        draw, written = random.Random(seed), set()  # noqa: S311 - no secret depends on it
        with connect(database_url) as writer:
            started.wait()
            while not finished.is_set():
                place = draw.randint(1, 3_000)
                writer.execute(SET, (THEIRS, number(place)))
                written.add(place)
        return written

    with ThreadPoolExecutor(2) as pool:
        writers = [pool.submit(write, seed) for seed in range(2)]
        started.wait()
        try:
            report = echo.backfill_preferences(db, batch_size=20, concurrency=4)
        finally:
            finished.set()
        written = set().union(*(writer.result(timeout=60) for writer in writers))
    texts = stored(database_url)
    assert {place for place, text in enumerate(texts, 1) if text == THEIRS} == written
    assert set(texts) == {THEIRS, DEFAULT}
    assert (report.examined, report.skipped) == (3_000, 0)
    assert report.updated + len(written) >= 3_000


def test_two_runs_at_once_change_each_row_once(database_url: str) -> None:
    add(database_url, [None] * 2_000)
    record_changes(database_url)
    start = threading.Barrier(2, timeout=60)

    def fill() -> BackfillReport:
        with echo.connect(database_url) as db:
            start.wait()
            return echo.backfill_preferences(db, batch_size=20, concurrency=4)

    with ThreadPoolExecutor(2) as pool:
        reports = [pool.submit(fill) for _ in range(2)]
        updated = sum(report.result(timeout=60).updated for report in reports)
    assert updated == 2_000
    counts = rows(database_url, "SELECT count(*), count(DISTINCT id) FROM public.changed")
    assert counts == [(2_000, 2_000)]


@pytest.mark.parametrize(("most", "used"), [(4, 3), (2, 1), (1, 1)])
def test_one_connection_of_the_pool_stays_free(
    database_url: str, monkeypatch: pytest.MonkeyPatch, most: int, used: int
) -> None:
    monkeypatch.setenv("ECHO_POOL_MIN", "1")
    monkeypatch.setenv("ECHO_POOL_MAX", str(most))
    add(database_url, [None] * 50)
    run(database_url, "UPDATE public.users SET name = 'gate'")
    waiting = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND wait_event = 'advisory'"
    )
    with (
        echo.connect(database_url) as db,
        gate(database_url) as keeper,
        ThreadPoolExecutor(1) as pool,
    ):
        running = pool.submit(echo.backfill_preferences, db, 5, 50)
        wait_until(lambda: rows(database_url, waiting) == [(used,)])
        if most > 1:
            assert db.users.count() == 50
        assert rows(database_url, waiting) == [(used,)]
        open_gate(keeper)
        assert running.result(timeout=60).updated == 50


def test_a_session_that_is_terminated_in_the_middle_costs_nothing(
    db: Database[pd.DataFrame], database_url: str
) -> None:
    add(database_url, [None] * 100, gate=55)
    record_changes(database_url)
    with gate(database_url) as keeper, ThreadPoolExecutor(1) as pool:
        running = pool.submit(echo.backfill_preferences, db, 10, 2)
        for _ in range(2):
            rows(database_url, "SELECT pg_terminate_backend(%s)", waiting_at_gate(database_url))
        waiting_at_gate(database_url)
        open_gate(keeper)
        assert running.result(timeout=60).updated == 100
    counts = rows(database_url, "SELECT count(*), count(DISTINCT id) FROM public.changed")
    assert counts == [(100, 100)]


def start_command(url: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "echo_analytics", "backfill-preferences"]
    options = ["--batch-size", "10", "--concurrency", "1", "--database", url]
    return subprocess.Popen(
        [*command, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


@pytest.mark.parametrize(
    ("sent", "code"), [(signal.SIGKILL, -9), (signal.SIGTERM, 143), (signal.SIGINT, 130)]
)
def test_a_process_that_is_ended_leaves_whole_batches_and_the_next_one_does_the_rest(
    db: Database[pd.DataFrame], database_url: str, sent: signal.Signals, code: int
) -> None:
    add(database_url, [None] * 100, gate=55)
    with gate(database_url) as keeper, start_command(database_url) as process:
        waiting_at_gate(database_url)
        process.send_signal(sent)
        _, said = process.communicate(timeout=60)
        assert process.returncode == code
        assert filled(database_url) == 50
        open_gate(keeper)
    if sent != signal.SIGKILL:
        assert "user preferences: 60 rows examined, 50 updated, which stay; run it again" in said
        assert "Traceback" not in said
    report = echo.backfill_preferences(db)
    assert (report.updated, report.skipped) == (50, 0)
    assert filled(database_url) == 100
