from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from echo_analytics.errors import NotSupported
from echo_analytics.postgres import socket as postgres_socket


@pytest.fixture(autouse=True)
def temporary_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", "/tmp/first")  # noqa: S108


@pytest.mark.parametrize("name", ["l" * 100, "a,b", "a b", "a+b", "café", "$(id)", "a'b"])
def test_a_path_that_a_url_or_a_socket_cannot_hold_is_replaced(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    folder.mkdir()
    assert postgres_socket.choose_folder(folder).parent.as_posix() == "/tmp/first"  # noqa: S108


def test_two_folders_of_the_same_path_in_turn_have_two_sockets(tmp_path: Path) -> None:
    folder, other = tmp_path / ("l" * 100), tmp_path / "other"
    folder.mkdir()
    other.mkdir()
    before = postgres_socket.choose_folder(folder)
    folder.rmdir()
    other.rename(folder)
    assert postgres_socket.choose_folder(folder) != before


def test_processes_with_other_temporary_folders_find_the_same_socket(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / ("l" * 100)
    folder.mkdir()
    chosen = postgres_socket.choose_folder(folder)
    postgres_socket.write_folder(folder, chosen)
    monkeypatch.setattr(tempfile, "tempdir", "/tmp/second")  # noqa: S108
    assert postgres_socket.read_folder(folder) == chosen


def test_the_record_in_a_copied_folder_is_not_believed(tmp_path: Path) -> None:
    original, copy = tmp_path / ("l" * 100), tmp_path / ("m" * 100)
    for folder in (original, copy):
        folder.mkdir()
        postgres_socket.write_folder(folder, postgres_socket.choose_folder(original))
    assert postgres_socket.read_folder(copy) != postgres_socket.read_folder(original)


def test_a_long_folder_for_temporary_files_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / ("l" * 100)
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", "/tmp/" + "t" * 80)  # noqa: S108
    assert postgres_socket.choose_folder(folder).parent.as_posix() == "/tmp"  # noqa: S108


def test_nobody_answers_on_a_socket_that_does_not_exist() -> None:
    assert postgres_socket.ask(Path("/nonexistent"), "echo", "echo") is None


def test_no_short_path_at_all_is_not_supported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_socket, "_LONGEST_FOLDER", 5)
    with pytest.raises(NotSupported, match="too long"):
        postgres_socket.choose_folder(tmp_path)
