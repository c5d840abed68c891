"""Homes of servers, and processes that use them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

from echo_analytics import embedded
from echo_analytics.postgres.server import PostgresServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DEADLINE = 30.0

CLIENT = """
import sys
from pathlib import Path
from echo_analytics import embedded
server = embedded.start(Path(sys.argv[1]), durable="durable" in sys.argv)
print(server.url(), flush=True)
sys.stdin.readline()
"""

FORKING_CLIENT = """
import os, sys
from pathlib import Path
from echo_analytics import embedded
home = Path(sys.argv[1])
server = embedded.start(home, durable=False)
child = os.fork()
if child == 0:
    server.close()
    if "start" in sys.argv:
        embedded.start(home).close()
    if "wait" in sys.argv:
        print(os.getpid(), flush=True)
        sys.stdin.readline()
    sys.exit()
if "wait" not in sys.argv:
    assert os.waitpid(child, 0)[1] == 0
    print(server.url(), flush=True)
sys.stdin.readline()
"""

COMING_AND_GOING = """
import sys
from pathlib import Path
import psycopg
from echo_analytics import embedded
for _ in range(6):
    with embedded.start(Path(sys.argv[1]), durable=False) as server:
        with psycopg.connect(server.url()) as connection:
            assert connection.execute("select 1").fetchone() == (1,)
"""


@contextmanager
def temporary_home(prefix: str = "echo-embedded-") -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix=prefix) as name:
        home = Path(name).resolve()
        try:
            yield home
        finally:
            stop(home)


def stop(home: Path) -> None:
    """Stop what a failed test left running."""
    for folder, membership in embedded._memberships.items():
        # Not the server that the other tests are using.
        if folder.is_relative_to(home) and membership.handles > 0:
            membership.handles = 1
            membership.leave()
    if (home / "postgres" / "server.lock").exists():
        PostgresServer(home / "postgres").stop()


@contextmanager
def copied_home(made_home: Path, prefix: str = "echo-embedded-") -> Iterator[Path]:
    """A home of its own for a test that spoils it."""
    with temporary_home(prefix) as folder:
        subprocess.run(["cp", "-a", made_home / "postgres", folder], check=True)
        yield folder


@contextmanager
def process(program: str, *arguments: object) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-W", "error", "-c", program, *map(str, arguments)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as started:
        try:
            yield started
        finally:
            started.kill()


def first_line(client: subprocess.Popen[str]) -> str:
    assert client.stdout is not None
    return client.stdout.readline().strip()


def let_go(client: subprocess.Popen[str]) -> None:
    assert client.stdin is not None
    client.stdin.write("\n")
    client.stdin.flush()
    assert client.wait(DEADLINE) == 0


def kill(client: subprocess.Popen[str]) -> None:
    client.kill()
    client.wait(DEADLINE)


def kill_server(home: Path) -> None:
    os.kill(int((home / "postgres/data/postmaster.pid").read_text().split("\n")[0]), signal.SIGKILL)


def answers(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=10).close()
    except psycopg.OperationalError:
        return False
    return True


def eventually(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + DEADLINE
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.02)
    return False


def value(url: str, query: str) -> object:
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(query).fetchone()
        return None if row is None else row[0]


def execute(url: str, statement: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(statement)


def started_at(url: str) -> object:
    return value(url, "select pg_postmaster_start_time()")
