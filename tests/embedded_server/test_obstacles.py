"""What may stand in the way of a start, and what is said of it."""

from __future__ import annotations

import subprocess
import tempfile
from typing import TYPE_CHECKING

import pytest

from echo_analytics import embedded
from echo_analytics.errors import ConnectionFailed, NotSupported
from embedded_server.clients import (
    CLIENT,
    DEADLINE,
    answers,
    copied_home,
    eventually,
    first_line,
    kill,
    kill_server,
    let_go,
    process,
    temporary_home,
)

if TYPE_CHECKING:
    from pathlib import Path


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
