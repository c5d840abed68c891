"""The dashboard's page and the lab, as far as they need no browser."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from echo_analytics.cli import main
from echo_analytics.errors import ConnectionFailed, InvalidInput, MissingExtra
from echo_analytics.serving import dashboard, lab
from echo_analytics.serving.dashboard import Place, place
from echo_analytics.serving.session import Reconnecting, prepared

if TYPE_CHECKING:
    from collections.abc import Callable

NOTEBOOKS = sorted(path.name for path in (Path(__file__).parent.parent / "notebooks").iterdir())


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr("sys.argv", ["echo-analytics", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(str(ended.value.code))


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Place, str | None, str]]:
    """What would have been served."""
    asked: list[tuple[Place, str | None, str]] = []

    def serve(where: Place, url: str | None, zone: str, ready: Callable[[], None]) -> None:
        asked.append((where, url, zone))
        ready()

    monkeypatch.setattr(dashboard, "serve", serve)
    return asked


def test_a_port_that_is_in_use_is_refused() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(InvalidInput, match="cannot serve there"):
            place("127.0.0.1", port, token=True)
    with pytest.raises(InvalidInput, match="65535"):
        place("127.0.0.1", 70_000, token=True)
    with pytest.raises(InvalidInput, match="cannot serve there"):
        place("192.0.2.1", 0, token=True)
    assert place("127.0.0.1", 0, token=True).port > 0


def test_the_token_is_another_one_each_time_and_part_of_the_address() -> None:
    one, other = (place("127.0.0.1", 0, token=True) for _ in range(2))
    assert one.token != other.token
    assert len(str(one.token)) >= 32
    assert one.url.endswith(f"/?token={one.token}")
    assert place("127.0.0.1", 0, token=False).url.endswith("/")


@pytest.mark.parametrize(
    ("host", "local"),
    [
        ("127.0.0.1", True),
        ("127.1.2.3", True),
        ("localhost", True),
        ("::1", True),
        ("0.0.0.0", False),  # noqa: S104 - it is what is warned of
        ("::", False),
        ("192.168.0.7", False),
        ("example.org", False),
    ],
)
def test_what_only_this_machine_can_reach_is_known(host: str, local: bool) -> None:
    assert Place(host, 1, None).is_local is local


def test_the_dashboard_is_served_to_this_machine_with_a_token(
    database_url: str,
    served: list[Any],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    zone = ["--timezone", "Europe/Berlin"]
    assert run(monkeypatch, "dashboard", "--port", "0", "--database", database_url, *zone) == 0
    [(where, url, shown)] = served
    assert (where.host, url, shown) == ("127.0.0.1", database_url, "Europe/Berlin")
    said = capsys.readouterr()
    assert where.token
    assert f"http://127.0.0.1:{where.port}/?token={where.token}" in said.out
    assert said.err == ""


@pytest.mark.parametrize(
    ("option", "words"), [("--token", "with the token"), ("--no-token", "WITHOUT a token")]
)
def test_who_lets_other_machines_in_is_warned(
    option: str,
    words: str,
    database_url: str,
    served: list[Any],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    everywhere = "0.0.0.0"  # noqa: S104 - it is what is warned of
    options = ["--host", everywhere, "--port", "0", option, "--database", database_url]
    assert run(monkeypatch, "dashboard", *options) == 0
    assert served[0][0].host == everywhere
    assert f"warning: other machines can open the dashboard {words}" in capsys.readouterr().err


def test_nothing_is_served_from_a_database_that_is_not_there(
    served: list[Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    nowhere = "postgresql://nobody@127.0.0.1:1/none"
    assert run(monkeypatch, "dashboard", "--port", "0", "--database", nowhere) == 3
    assert run(monkeypatch, "dashboard", "--port", "0", "--timezone", "Mars/Base") == 2
    assert served == []
    assert len(capsys.readouterr().err.splitlines()) == 2


def test_without_voila_or_jupyterlab_the_extra_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "voila.app", None)
    with pytest.raises(MissingExtra, match=r"voila is not installed.*notebook"):
        dashboard.serve(Place("127.0.0.1", 1, None), None, "UTC", lambda: None)
    monkeypatch.setattr(lab, "find_spec", lambda _: None)
    with pytest.raises(MissingExtra, match=r"jupyterlab is not installed.*notebook"):
        lab.command(tmp_path, 8888, browser=False)


def test_a_page_connects_again_once_the_database_is_there(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ECHO_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    source = prepared()
    with pytest.raises(ConnectionFailed):
        source.status_in_step()
    monkeypatch.setenv("ECHO_DATABASE_URL", database_url)
    assert source.status_in_step()
    assert isinstance(source, Reconnecting)
    assert source.connected() is source.connected()
    source.connected().close()


def test_a_database_that_is_lost_later_is_connected_anew(
    monkeypatch: pytest.MonkeyPatch, database_url: str
) -> None:
    monkeypatch.setenv("ECHO_DATABASE_URL", database_url)
    source = Reconnecting()
    first = source.connected()

    def lost(_self: object) -> bool:
        raise ConnectionFailed("it is gone")

    with monkeypatch.context() as away:
        away.setattr(type(first), "status_in_step", lost)
        with pytest.raises(ConnectionFailed):
            source.status_in_step()
    assert source.status_in_step()
    assert source.connected() is not first
    source.connected().close()


def test_notebooks_are_copied_and_what_is_there_is_kept(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "tour"
    first = lab.copy_notebooks(folder)
    assert first.copied == NOTEBOOKS
    assert first.kept == []
    mine = folder / NOTEBOOKS[0]
    mine.write_text("mine")
    (folder / NOTEBOOKS[1]).unlink()
    (folder / NOTEBOOKS[1]).symlink_to(tmp_path / "nowhere")
    (folder / NOTEBOOKS[2]).unlink()
    again = lab.copy_notebooks(folder)
    assert again.copied == [NOTEBOOKS[2]]
    assert mine.read_text() == "mine"
    assert not (tmp_path / "nowhere").exists()
    assert f"kept as they are: {NOTEBOOKS[0]}, {NOTEBOOKS[1]}" in again.text()


def test_the_lab_opens_on_this_machine_in_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[tuple[list[str], str | None]] = []

    def run_lab(wanted: list[str], url: str | None) -> int:
        asked.append((wanted, url))
        return 7

    monkeypatch.setattr(lab, "run", run_lab)
    folder = tmp_path / "tour"
    url = "postgresql://analyst@db.example.org/app"
    assert run(monkeypatch, "lab", str(folder), "--no-browser", "--database", url) == 7
    [(wanted, given)] = asked
    assert wanted[:3] == [sys.executable, "-m", "jupyterlab"]
    assert {"--ip=127.0.0.1", "--no-browser", f"--ServerApp.root_dir={folder}"} <= set(wanted)
    # A command line can be read by everybody on the machine.
    assert given == url
    assert url not in " ".join(wanted)
    assert f"{len(NOTEBOOKS)} notebooks copied" in capsys.readouterr().out


def test_the_lab_hands_on_the_database_and_the_exit_code(tmp_path: Path) -> None:
    file = tmp_path / "seen"
    code = (
        "import os, pathlib, sys;"
        f"pathlib.Path({str(file)!r}).write_text(os.environ['ECHO_DATABASE_URL']);"
        "sys.exit(5)"
    )
    assert lab.run([sys.executable, "-c", code], "postgresql://somewhere/app") == 5
    assert file.read_text() == "postgresql://somewhere/app"
    assert os.environ.get("ECHO_DATABASE_URL") != "postgresql://somewhere/app"
