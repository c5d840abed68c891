"""Servers that cannot be reached: how soon that is told, and in which words."""

from __future__ import annotations

import os
import threading
import time
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

import fake_servers
import pytest
from said_of_failures import SECRET, assert_no_secret, everything_said

from echo_analytics.arrow import Statement
from echo_analytics.engine import Writers
from echo_analytics.errors import ConnectionFailed
from echo_analytics.readers import Readers
from echo_analytics.settings import Settings
from echo_analytics.target import Target, connection_failed, target, within

if TYPE_CHECKING:
    from collections.abc import Callable

SETTINGS = Settings(connect_timeout=2.0, acquire_timeout=5.0)
MARGIN = 3.0


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("PG"):
            monkeypatch.delenv(name)


def read(where: Target, settings: Settings) -> None:
    readers = Readers(where, settings)
    try:
        readers.fetch(Statement("SELECT 1::bigint AS one", ()))
    finally:
        readers.close()


def write(where: Target, settings: Settings) -> None:
    writers = Writers(where, settings)
    try:
        writers.engine.connect().close()
    finally:
        writers.close()


both_ways = pytest.mark.parametrize("use", [read, write], ids=["reading", "writing"])


@both_ways
@pytest.mark.parametrize("server", ["silent", "full", "closed", "refusing_tls", "wrong_password"])
def test_a_server_that_fails_is_reported_within_the_timeout_and_without_the_password(
    server: str, use: Callable[[Target, Settings], None]
) -> None:
    tls = "?sslmode=require" if server == "refusing_tls" else ""
    with getattr(fake_servers, server)() as port:
        host = f"127.0.0.1:{port}"
        where = target(f"postgresql://u:{quote(SECRET, safe='')}@{host}/d{tls}", SETTINGS)
        began = time.monotonic()
        with pytest.raises(ConnectionFailed) as caught:
            use(where, SETTINGS)
        took = time.monotonic() - began
    assert took < SETTINGS.connect_timeout + MARGIN
    assert f"127.0.0.1 port {port}, database d" in str(caught.value)
    assert "Check that" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert_no_secret(everything_said(caught.value))


@both_ways
def test_all_addresses_together_get_no_more_than_the_timeout(
    use: Callable[[Target, Settings], None],
) -> None:
    with fake_servers.silent() as port:
        hosts = ",".join([f"127.0.0.1:{port}"] * 6)
        began = time.monotonic()
        with pytest.raises(ConnectionFailed):
            use(target(f"postgresql://u@{hosts}/d", SETTINGS), SETTINGS)
        assert time.monotonic() - began < SETTINGS.connect_timeout + MARGIN


@both_ways
@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("postgresql://u:s3cr@nowhere.invalid/d", "nowhere.invalid"),
        ("postgresql://u:s3cr@/d?host=/no/such/folder", "No such file"),
        ("postgresql://u:s3cr@127.0.0.1:99999/d", "99999"),
        ("postgresql://u:s3cr@127.0.0.1/d?sslmode=nonsense", "sslmode"),
    ],
)
def test_a_place_that_does_not_exist_is_named(
    url: str, reason: str, use: Callable[[Target, Settings], None]
) -> None:
    with pytest.raises(ConnectionFailed) as caught:
        use(target(url, SETTINGS), SETTINGS)
    assert reason in str(caught.value)
    assert "s3cr" not in everything_said(caught.value)


@both_ways
@pytest.mark.parametrize(("part", "name"), [("dbname", "no_such_db"), ("user", "no_such_role")])
def test_a_missing_database_or_role_is_named(
    part: str, name: str, use: Callable[[Target, Settings], None], server_url: str
) -> None:
    where = target(server_url, SETTINGS)
    changed = {**where.parameters, part: name, "password": "s3cr"}
    with pytest.raises(ConnectionFailed, match=name) as caught:
        use(Target(changed, where.seconds), SETTINGS)
    assert "s3cr" not in everything_said(caught.value)


def test_a_connection_that_comes_too_late_is_closed() -> None:
    late, closed = threading.Event(), threading.Event()

    class Connection:
        def close(self) -> None:
            closed.set()

    def connect() -> Connection:
        late.wait(10)
        return Connection()

    with pytest.raises(ConnectionFailed, match=r"within 0\.1 s"):
        within(Target({"host": "h"}, 0.1), connect)
    late.set()
    assert closed.wait(10)


def test_a_password_in_the_drivers_words_is_masked_in_every_spelling() -> None:
    where = Target({"host": "h", "password": SECRET})
    said = f"cannot read {SECRET} or {quote(SECRET, safe='')} or {quote_plus(SECRET)}"
    assert_no_secret(str(connection_failed(where, said)))
