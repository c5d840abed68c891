"""The health check and ``status`` come back, and say what is wrong, whatever a server does."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from typing import TYPE_CHECKING

import fake_servers
import pytest
import sqlalchemy as sa
from cutting_proxy import Cutter, cutting
from drizzle_database import run
from fake_servers import listening
from psycopg.conninfo import conninfo_to_dict

import echo_analytics as echo
from echo_analytics.cli import main
from echo_analytics.database import Database
from echo_analytics.settings import Settings
from echo_analytics.target import target

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from cutting_proxy import Point

PASSWORD = "p4ssw0rd" + "0f0urs"
BRIEF = Settings(connect_timeout=1, acquire_timeout=2)
SERVERS: dict[str, tuple[Callable[[], AbstractContextManager[int]], str]] = {
    "silent": (fake_servers.silent, "no connection within 1 s"),
    "full": (fake_servers.full, "no connection within 1 s"),
    "closed": (fake_servers.closed, "refused"),
    "refuses TLS": (fake_servers.refusing_tls, "TLS"),
    "refuses the password": (fake_servers.wrong_password, "password authentication failed"),
}


@pytest.mark.parametrize(("server", "problem"), SERVERS.values(), ids=SERVERS)
def test_a_server_that_lets_nobody_in_is_unhealthy(
    server: Callable[[], AbstractContextManager[int]], problem: str
) -> None:
    with server() as port:
        url = f"postgresql://u:{PASSWORD}@127.0.0.1:{port}/app?sslmode=prefer"
        database: Database[object] = Database(target(url, BRIEF), BRIEF, "arrow")
        health = database.health()
        database.close()
    assert health.status == "unhealthy"
    assert problem in str(health.problem)
    assert PASSWORD not in repr(health)
    assert health.reading is not None
    assert (health.reading.size, health.can_write, health.write_denied) == (0, False, False)


class Mute(Cutter):
    """A proxy that keeps a message, and the client waiting."""

    marker = b"pg_is_in_recovery"
    released = threading.Event()

    def _due(self, message: bytes) -> Point | None:
        if self.marker in message:
            self.cuts += 1
            self.released.wait(60)
        return None


def test_a_server_that_falls_silent_after_the_greeting_is_unhealthy(database_url: str) -> None:
    mute = Mute(database_url)
    with (
        listening(mute.serve) as mute.port,
        contextlib.ExitStack() as stack,
    ):
        database: Database[object] = Database(target(mute.url, BRIEF), BRIEF, "arrow")
        stack.callback(database.close)
        assert database.health().status == "unhealthy"
        assert mute.cuts == 1
        mute.released.set()
        assert database.health().status == "healthy"


def test_a_server_that_goes_away_in_between_is_unhealthy_until_it_comes_back(
    database_url: str,
) -> None:
    with cutting(database_url) as cutter, echo.connect(cutter.url) as db:
        cutter.cut("before it is answered", marker=b"pg_is_in_recovery")
        lost = db.health()
        assert (lost.status, cutter.cuts) == ("unhealthy", 1)
        assert "was lost" in str(lost.problem)
        assert db.health().status == "healthy"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system cannot fork")
def test_a_forked_process_gets_an_answer(database_url: str) -> None:
    with echo.connect(database_url) as db:
        child = os.fork()
        if child == 0:
            os._exit(0 if db.health().status == "unhealthy" else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert db.health().status == "healthy"


def test_no_more_connections_than_the_server_has_is_unhealthy(database_url: str) -> None:
    name = f"echo_few_{os.getpid()}"
    run(database_url, f"create role {name} login connection limit 1")
    try:
        owner = conninfo_to_dict(database_url)
        host = f"host={owner['host']}&port={owner.get('port', 5432)}"
        with echo.connect(f"postgresql://{name}@/{owner['dbname']}?{host}", frame="arrow") as db:
            db.arrow(sa.select(sa.literal_column("1", sa.BigInteger).label("one")))
            health = db.health()
        assert health.status == "unhealthy"
        assert "too many connections" in str(health.problem)
    finally:
        run(database_url, f"drop role {name}")


@pytest.mark.parametrize("server", ["silent", "closed", "refuses the password"])
def test_status_of_a_server_that_lets_nobody_in_ends_with_3(
    server: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ECHO_CONNECT_TIMEOUT", "1")
    start, problem = SERVERS[server]
    with start() as port:
        url = f"postgresql://u:{PASSWORD}@127.0.0.1:{port}/app"
        monkeypatch.setattr(sys, "argv", ["echo-analytics", "status", "--database", url])
        with pytest.raises(SystemExit) as ended:
            main()
    shown = capsys.readouterr()
    assert ended.value.code == 3
    assert "unhealthy" in shown.out
    assert problem in shown.err
    assert PASSWORD not in shown.out + shown.err
