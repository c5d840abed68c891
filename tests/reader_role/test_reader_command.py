"""The command that makes the role for reading, and where it takes the password from."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from drizzle_database import role, rows, run
from reading_roles import as_role, new_name, refusal, removed

import echo_analytics as echo
from echo_analytics.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Called = tuple[int, str, str]

PASSWORD = "p4ssw0rd" + "0f4r34d3r"


@pytest.fixture
def call(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Called]:
    """Run the command; gives the exit code, what it said, and what it complained about."""
    monkeypatch.delenv("ECHO_READER_PASSWORD", raising=False)

    def called(*arguments: str) -> Called:
        monkeypatch.setattr(sys, "argv", ["echo-analytics", "reader-role", *arguments])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        assert isinstance(ended.value.code, int)
        return (ended.value.code, *capsys.readouterr())

    return called


@pytest.fixture
def name(database_url: str) -> Iterator[str]:
    role = new_name()
    with removed(database_url, role):
        yield role


def stored(url: str, name: str) -> object:
    found = rows(url, f"select rolpassword from pg_authid where rolname = '{name}'")
    return found[0][0] if found else "no role"


def test_print_needs_no_database_and_prints_what_the_function_returns(
    call: Callable[..., Called],
) -> None:
    numbers = ("--connection-limit", "5", "--statement-timeout", "7", "--idle-timeout", "9")
    code, said, complained = call(
        "--print", "--name", "x", *numbers, "--leave-public", "--database", "postgresql://nowhere.invalid/x"
    )  # fmt: skip
    assert (code, complained) == (0, "")
    assert said == echo.reader_role_sql(
        "x", connection_limit=5, statement_timeout=7, idle_timeout=9, leave_public=True
    )
    assert call("--print")[1] == echo.reader_role_sql()


def test_the_password_is_no_option_and_the_sql_holds_none(
    call: Callable[..., Called], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ECHO_READER_PASSWORD", PASSWORD)
    assert PASSWORD not in call("--print")[1]
    assert call("--create", "--password", PASSWORD)[0] == 2


def test_create_makes_a_role_that_only_reads(
    call: Callable[..., Called], database_url: str, name: str
) -> None:
    there = ("--name", name, "--database", database_url)
    first = call("--create", *there)
    assert first == (0, f"the role {name} was created\nit has no password\n", "")
    assert stored(database_url, name) is None
    assert call("--create", *there) == (0, f"the role {name} is as it should be\n", "")
    url = as_role(database_url, name)
    assert rows(url, "select count(*) from public.users") == [(0,)]
    assert refusal(url, "begin read write", "delete from public.users") == "42501"


def test_warnings_are_shown(call: Callable[..., Called], database_url: str, name: str) -> None:
    code, said, _ = call("--create", "--leave-public", "--name", name, "--database", database_url)
    assert code == 0
    assert "\nwarning: it may create temporary tables: " in said


def test_the_password_comes_from_the_environment(
    call: Callable[..., Called], database_url: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ECHO_READER_PASSWORD", PASSWORD)
    code, said, complained = call("--create", "--name", name, "--database", database_url)
    assert (code, said) == (0, f"the role {name} was created\nits password was set\n")
    assert PASSWORD not in said + complained
    assert str(stored(database_url, name)).startswith("SCRAM-SHA-256$")


def test_the_password_comes_from_a_file_rather_than_the_environment(
    call: Callable[..., Called],
    database_url: str,
    name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ECHO_READER_PASSWORD", "")
    file = tmp_path / "password"
    file.write_text(f"{PASSWORD}\nnot this\n")
    there = ("--name", name, "--database", database_url)
    assert call("--create", "--password-file", str(file), *there)[0] == 0
    from_file = stored(database_url, name)
    assert str(from_file).startswith("SCRAM-SHA-256$")
    assert call("--create", *there)[0] == 0
    assert stored(database_url, name) == from_file


def test_a_password_file_that_is_not_there_is_made_for_its_owner_alone(
    call: Callable[..., Called], database_url: str, name: str, tmp_path: Path
) -> None:
    file = tmp_path / "password"
    there = ("--name", name, "--database", database_url, "--password-file", str(file))
    code, said, complained = call("--create", *there)
    made_up = file.read_text().strip()
    assert (code, complained) == (0, "")
    assert len(made_up) == 32
    assert made_up not in said
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert str(stored(database_url, name)).startswith("SCRAM-SHA-256$")
    assert call("--create", *there)[0] == 0
    assert file.read_text().strip() == made_up


@pytest.mark.parametrize("content", [b"", b"\nsecond line\n", b"\xff\xfe", None])
def test_a_password_file_that_holds_none_is_refused(
    call: Callable[..., Called], database_url: str, name: str, tmp_path: Path, content: bytes | None
) -> None:
    file = tmp_path / "password"
    if content is None:
        file.mkdir()
    else:
        file.write_bytes(content)
    code, said, complained = call(
        "--create", "--name", name, "--database", database_url, "--password-file", str(file)
    )
    assert (code, said) == (2, "")
    assert complained.startswith("echo-analytics: --password-file: ")
    assert stored(database_url, name) == "no role"


def test_a_password_file_in_no_folder_is_refused(call: Callable[..., Called]) -> None:
    code, _, complained = call("--create", "--password-file", str(Path("/no/such/folder/file")))
    assert code == 2
    assert os.strerror(2) in complained


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ((), "--print, --create: needs one of the two"),
        (("--print", "--create"), "--print, --create: needs one of the two"),
        (("--print", "--name", "pg_x"), "name: is reserved by PostgreSQL"),
        (("--print", "--connection-limit", "0"), "connection_limit: needs a whole number"),
        (("--create", "--statement-timeout", "-1"), "statement_timeout: needs a whole number"),
        (("--create", "--idle-timeout", "0"), "idle_timeout: needs a whole number"),
    ],
)
def test_wrong_options_are_exit_code_2(
    call: Callable[..., Called], arguments: tuple[str, ...], complaint: str
) -> None:
    code, said, complained = call(*arguments)
    assert (code, said) == (2, "")
    assert complained.startswith(f"echo-analytics: {complaint}")


def test_what_cannot_be_done_is_one_line_and_an_exit_code(
    call: Callable[..., Called], database_url: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ECHO_READER_PASSWORD", PASSWORD)
    create = ("--create", "--name", name)
    nowhere = call(*create, "--database", "postgresql://127.0.0.1:1/app")
    with role(database_url) as weak:
        lacking = call(*create, "--database", weak)
    run(database_url, f"create role {name} superuser")
    refused = call(*create, "--database", database_url, "--debug")
    assert [code for code, _, _ in (nowhere, lacking, refused)] == [3, 1, 1]
    assert "could do more than read: it is a superuser" in refused[2]
    assert lacking[2].count("\n") == 1
    for _, said, complained in (nowhere, lacking, refused):
        assert PASSWORD not in said + complained
