from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING
from uuid import uuid4

import fake_servers
import psycopg
import pytest
import sqlalchemy as sa
from psycopg.conninfo import make_conninfo

from echo_analytics.engine import Writers
from echo_analytics.errors import ConnectionFailed, NotSupported
from echo_analytics.settings import Settings
from echo_analytics.target import target

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DEADLINE = 20.0


@pytest.fixture
def name() -> str:
    """What the sessions of this test are called on the server."""
    return f"echo_test_{uuid4().hex}"


@pytest.fixture
def make(server_url: str, name: str) -> Iterator[Callable[..., Writers]]:
    made: list[Writers] = []

    def build(url: str = server_url, **settings: float) -> Writers:
        chosen = Settings(**{"pool_min": 1, "pool_max": 3, **settings})  # type: ignore[arg-type]  # ints too
        made.append(Writers(target(url, chosen, name), chosen))
        return made[-1]

    yield build
    for writers in made:
        writers.close()


def sessions(server_url: str, name: str, condition: str = "true") -> list[int]:
    query = f"SELECT pid FROM pg_stat_activity WHERE application_name = %s AND {condition}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        return [row[0] for row in connection.execute(query.encode(), (name,)).fetchall()]


def terminate(server_url: str, name: str) -> None:
    """End the sessions that there are; the pool may be opening others meanwhile."""
    ended = set(sessions(server_url, name))
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM unnest(%s) AS pid", (list(ended),)
        )
    until(lambda: not ended & set(sessions(server_url, name)))


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


def value(writers: Writers, text: str) -> object:
    with writers.engine.begin() as connection:
        return connection.execute(sa.text(text)).scalar_one()


def test_nothing_is_opened_before_the_first_use_and_nothing_stays_after_close(
    make: Callable[..., Writers], server_url: str, name: str
) -> None:
    writers = make()
    assert sessions(server_url, name) == []
    assert value(writers, "SELECT 1") == 1
    assert sessions(server_url, name) != []
    writers.close()
    writers.close()
    until(lambda: sessions(server_url, name) == [])
    with pytest.raises(NotSupported, match="closed"):
        value(writers, "SELECT 1")


def test_one_that_was_never_used_can_be_closed(make: Callable[..., Writers]) -> None:
    writers = make()
    writers.close()
    with pytest.raises(NotSupported, match="closed"):
        value(writers, "SELECT 1")


def test_a_session_is_utc_named_and_may_write(
    make: Callable[..., Writers], name: str, server_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGTZ", "America/New_York")
    monkeypatch.setenv("PGOPTIONS", "-c timezone=Asia/Tokyo")
    writers = make(server_url, idle_in_transaction_timeout=3.0, statement_timeout=7.0)
    assert value(writers, "SELECT current_setting('TimeZone')") == "UTC"
    assert value(writers, "SELECT current_setting('application_name')") == name
    assert value(writers, "SHOW idle_in_transaction_session_timeout") == "3s"
    assert value(writers, "SHOW default_transaction_read_only") == "off"
    assert value(writers, "SHOW statement_timeout") == "7s"


def test_a_timeout_in_the_urls_options_wins(make: Callable[..., Writers], server_url: str) -> None:
    writers = make(make_conninfo(server_url, options="-c statement_timeout=77s"))
    assert value(writers, "SHOW statement_timeout") == "77s"
    assert value(writers, "SHOW TimeZone") == "UTC"


def test_no_transaction_stays_open_after_success_and_failure(
    make: Callable[..., Writers], server_url: str, name: str
) -> None:
    writers = make()
    assert value(writers, "SELECT 1") == 1
    with pytest.raises(sa.exc.DBAPIError):
        value(writers, "SELECT 1 / 0")
    assert sessions(server_url, name, "starts_with(state, 'idle in')") == []
    assert value(writers, "SELECT 2") == 2


def test_sessions_that_the_server_cut_are_replaced_when_lent(
    make: Callable[..., Writers], server_url: str, name: str
) -> None:
    writers = make(pool_min=3)
    for _ in range(2):
        before = value(writers, "SELECT pg_backend_pid()")
        terminate(server_url, name)
        assert value(writers, "SELECT pg_backend_pid()") != before


def test_many_threads_share_the_pool(
    make: Callable[..., Writers], server_url: str, name: str
) -> None:
    writers = make(acquire_timeout=60.0)
    with ThreadPoolExecutor(20) as executor:
        found = list(executor.map(lambda n: value(writers, f"SELECT {n}"), range(60)))
    assert found == list(range(60))
    assert len(sessions(server_url, name)) <= 3


def test_a_full_pool_is_reported_after_the_acquire_timeout(make: Callable[..., Writers]) -> None:
    writers = make(pool_max=1, acquire_timeout=0.5)
    with (
        writers.engine.connect(),
        pytest.raises(ConnectionFailed, match=r"within 0\.5 s: 1 are in use"),
    ):
        writers.engine.connect()
    assert value(writers, "SELECT 1") == 1


def test_a_full_pool_is_waited_for(make: Callable[..., Writers]) -> None:
    writers = make(pool_max=1, acquire_timeout=30.0)
    borrowed = writers.engine.connect()
    timer = threading.Timer(1.5, borrowed.close)
    timer.start()
    assert value(writers, "SELECT 1") == 1
    timer.join()


def test_a_server_that_went_away_is_reported_soon_and_nothing_is_printed(
    server_url: str, name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    settings = Settings(pool_min=1, connect_timeout=2.0, acquire_timeout=30.0)
    writers = Writers(target(server_url, settings, name), settings)
    try:
        assert value(writers, "SELECT 1") == 1
        with fake_servers.closed() as port:
            gone = target(f"postgresql://u@127.0.0.1:{port}/d", settings, name)
            writers.pool.conninfo = gone.conninfo
            writers._where = gone
            terminate(server_url, name)
            began = time.monotonic()
            with pytest.raises(ConnectionFailed, match=f"port {port}"):
                value(writers, "SELECT 1")
            assert time.monotonic() - began < 10
    finally:
        writers.close()
    assert capfd.readouterr().err == ""


def test_the_pools_warnings_reach_those_who_listen() -> None:
    logger = logging.getLogger("psycopg.pool")
    assert logger.propagate
    assert not logger.disabled


def test_a_process_that_never_closes_ends_quietly(server_url: str) -> None:
    program = f"""
from echo_analytics.engine import Writers
from echo_analytics.settings import Settings
from echo_analytics.target import target
settings = Settings()
writers = Writers(target({server_url!r}, settings), settings)
with writers.engine.begin() as connection:
    print(connection.exec_driver_sql("SELECT 1").scalar_one())
"""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={name: text for name, text in os.environ.items() if name != "PYTEST_CURRENT_TEST"},
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "1\n", "")
