"""Start, share and stop the local PostgreSQL.

All processes of a user share one server per folder; the last one that leaves stops it. Two lock
files say who is there, and the kernel keeps them true whatever is killed:

``start.lock``
    held alone while a process joins or leaves;
``clients.lock``
    held, shared, by every process that has a handle. Who leaves and can have it alone is the last.
"""

from __future__ import annotations

import atexit
import logging
import os
import sys
import threading
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

from echo_analytics.errors import ConnectionFailed, DatabaseError, InvalidInput, NotSupported
from echo_analytics.postgres import locks as file_locks
from echo_analytics.postgres.locks import FileLock
from echo_analytics.postgres.server import PostgresServer
from echo_analytics.postgres.socket import NO_SUCH_DATABASE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import TracebackType

_log = logging.getLogger(__name__)

_DATABASE = "echo"
_LOCK_TIMEOUT = 120.0

_mutex = threading.RLock()
_memberships: dict[Path, _Membership] = {}


def start(home: Path, *, durable: bool = True) -> EmbeddedServer:
    """Start the server of a folder, or join it when it runs, or start it again after a crash.

    Parameters
    ----------
    home
        The folder of the server, made when missing; everything is in ``postgres`` inside it.
    durable
        False gives up safety for speed, for throw-away data: a crash of the server can lose the
        last commits, one of the machine everything. It has no effect on a server that runs already.

    Returns
    -------
    EmbeddedServer
        A handle on the server, with the database ``echo`` in it. The server runs until the last
        handle of the last process is closed; the end of a process closes its handles.

    Raises
    ------
    NotSupported
        There is no embedded PostgreSQL here, the folder cannot be used, or its data were made by
        another major version; such data are left untouched.
    ConnectionFailed
        The server does not start; the message holds the end of its log.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder, start(Path(folder), durable=False) as server:
    ...     server.url().split("?")[0]
    'postgresql://echo@/echo'
    """
    if sys.platform == "win32":
        raise NotSupported(
            "The embedded PostgreSQL does not run on Windows: set ECHO_DATABASE_URL to the URL of "
            "a PostgreSQL server"
        )
    _follow_the_process()
    with _mutex, _folder_errors(home):
        folder = _own_folder(home)
        membership = _memberships.get(folder) or _Membership(folder)
        membership.join(durable=durable)
        _memberships[folder] = membership
        return EmbeddedServer(membership)


class EmbeddedServer:
    """A handle on a running server, made by ``start``; as a context manager it closes itself.

    A forked child can connect with the handles of its parent, but does not keep the server running;
    it calls ``start`` for a handle of its own.
    """

    def __init__(self, membership: _Membership) -> None:
        self._membership = membership
        self._process = os.getpid()
        self._closed = False

    def __repr__(self) -> str:
        return f"<EmbeddedServer {self._membership.server.folder}>"

    def url(self, database: str = _DATABASE) -> str:
        """The URL of a database, for psycopg, libpq, ADBC and SQLAlchemy."""
        return self._membership.server.url(database)

    def ensure_database(self, name: str = _DATABASE) -> None:
        """Create a database unless it exists.

        Raises
        ------
        ConnectionFailed
            The server does not answer.
        DatabaseError
            The server refuses the name.
        InvalidInput
            The name is empty or holds a zero character.
        """
        if not name or "\0" in name:
            raise InvalidInput("name", "must be the name of a database")
        if self._membership.server.ask(name) == NO_SUCH_DATABASE:
            _create_database(self._membership.server, name)

    def close(self) -> None:
        """Give the handle back; the last one of the last process stops the server."""
        if self._process != os.getpid():
            return
        with _mutex:
            if self._closed:
                return
            self._closed = True
            self._membership.leave()

    def __enter__(self) -> EmbeddedServer:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class _Membership:
    """What this process shares with others on one folder; ``_mutex`` guards it."""

    def __init__(self, folder: Path) -> None:
        self.server = PostgresServer(folder)
        self.handles = 0
        self._clients: FileLock | None = None

    def join(self, *, durable: bool) -> None:
        with self._start_lock():
            self.server.check_version()
            try:
                self._be_client()
                self.server.ensure_running(durable=durable)
                if self.server.ask(_DATABASE) == NO_SUCH_DATABASE:
                    _create_database(self.server, _DATABASE)
            except ConnectionFailed:
                # It may need longer: stopping it would make the next attempt begin anew.
                self._leave_if_unused(stop=False)
                raise
            except BaseException:
                self._leave_if_unused(stop=True)
                raise
            self.handles += 1

    def leave(self) -> None:
        self.handles -= 1
        if self.handles > 0:
            return
        try:
            with self._start_lock():
                self._leave_if_unused(stop=True)
        except (OSError, ConnectionFailed, NotSupported) as error:
            _log.warning("could not stop the embedded PostgreSQL: %s", error)
            self._leave_if_unused(stop=False)

    def _leave_if_unused(self, *, stop: bool) -> None:
        clients = self._clients
        if self.handles > 0 or clients is None:
            return
        self._clients = None
        with clients:
            if stop and clients.try_exclusive():
                self.server.stop()

    def _be_client(self) -> None:
        path = self.server.folder / "clients.lock"
        if self._clients is not None and not self._clients.is_on(path):
            self._clients.close()
            self._clients = None
        if self._clients is None:
            self._clients = FileLock(path)
            self._clients.try_shared()

    @contextmanager
    def _start_lock(self) -> Iterator[None]:
        with FileLock(self.server.folder / "start.lock") as lock:
            if not lock.wait_exclusive(_LOCK_TIMEOUT):
                raise ConnectionFailed(
                    f"Another process has been starting or stopping the embedded PostgreSQL in "
                    f"{self.server.folder} for {_LOCK_TIMEOUT:.0f} s"
                )
            yield


def _own_folder(home: Path) -> Path:
    folder = home.expanduser().resolve() / "postgres"
    # Root's server runs as another user, who has to pass through.
    folder.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, parents=True, exist_ok=True)
    if folder.stat().st_uid != os.geteuid():
        raise NotSupported(
            f"{folder} belongs to another user: set ECHO_HOME to a folder of your own"
        )
    return folder


@contextmanager
def _folder_errors(home: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise NotSupported(
            f"The embedded PostgreSQL cannot use the folder {home}: {error.strerror or error}. Set "
            "ECHO_HOME to another folder, or ECHO_DATABASE_URL to the URL of a PostgreSQL server"
        ) from error


def _create_database(server: PostgresServer, name: str) -> None:
    import psycopg
    from psycopg import errors, sql

    try:
        with psycopg.connect(server.url("postgres"), autocommit=True, connect_timeout=10) as owner:
            owner.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
    except (errors.DuplicateDatabase, errors.UniqueViolation):
        pass
    except psycopg.OperationalError as error:
        raise ConnectionFailed(
            f"The embedded PostgreSQL in {server.folder} does not answer", error.sqlstate
        ) from error
    except psycopg.Error as error:
        raise DatabaseError("The database could not be created", error.sqlstate) from error


@cache
def _follow_the_process() -> None:
    atexit.register(_leave_all)
    os.register_at_fork(after_in_child=_forget)


def _leave_all() -> None:
    with _mutex:
        for membership in _memberships.values():
            if membership.handles > 0:
                membership.handles = 1
                membership.leave()


def _forget() -> None:
    """Drop what a forked child has of its parent's membership."""
    global _mutex
    _mutex = threading.RLock()
    _memberships.clear()
    file_locks.close_in_forked_child()
