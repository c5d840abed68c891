"""A proxy in front of a PostgreSQL server that cuts connections at a chosen point."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from typing import TYPE_CHECKING, Literal

from fake_servers import exactly, listening
from sqlalchemy import make_url
from tls_proxy import connected

if TYPE_CHECKING:
    from collections.abc import Iterator

Point = Literal["before it is passed on", "before it is answered", "after it is answered"]

_PROTOCOL = 3


class Cutter:
    """Where a proxy listens, and what it shall cut.

    Parameters
    ----------
    server_url
        The server behind it.
    """

    def __init__(self, server_url: str) -> None:
        self._server_url = server_url
        self._lock = threading.Lock()
        self._point: Point | None = None
        self._marker = b""
        self._times = 0
        self._open: list[tuple[socket.socket, socket.socket]] = []
        self._refuses = False
        self.cuts = 0
        self.port = 0

    @property
    def url(self) -> str:
        """The URL of the database behind, through the proxy."""
        url = make_url(self._server_url)
        query = {key: value for key, value in url.query.items() if key not in ("host", "port")}
        through = url.set(host="127.0.0.1", port=self.port, query=query)
        return through.render_as_string(hide_password=False)

    def cut(self, point: Point, times: int = 1, marker: bytes = b"COMMIT") -> None:
        """Cut the next ``times`` connections that send ``marker``."""
        with self._lock:
            self._point, self._marker, self._times = point, marker, times

    def cut_all(self, last_words: bytes = b"") -> None:
        """Cut the connections that are open now, after a last message to the clients."""
        with self._lock:
            pairs, self._open = self._open, []
        for client, server in pairs:
            with contextlib.suppress(OSError):
                client.sendall(last_words)
            _end(client)
            _end(server)

    def refuse(self) -> None:
        """Cut the connections that are open now, and all that come."""
        self._refuses = True
        self.cut_all()

    def accept(self) -> None:
        """Cut nothing any more."""
        self._refuses = False

    def serve(self, client: socket.socket) -> None:
        """Pass everything on until it is time to cut."""
        if self._refuses:
            return
        with connected(self._server_url) as server:
            self._open.append((client, server))
            _start(client, server)
            answered = threading.Event()
            thread = threading.Thread(target=_copy, args=(server, client, answered), daemon=True)
            thread.start()
            while message := _message(client):
                point = self._due(message)
                if point == "before it is answered":
                    _end(client)
                answered.clear()
                if point != "before it is passed on":
                    server.sendall(message)
                if point == "after it is answered":
                    answered.wait(30)
                if point is not None:
                    break
            _end(client)
            # The server finishes what it was sent, then it closes its side.
            with contextlib.suppress(OSError):
                server.shutdown(socket.SHUT_WR)
            thread.join()

    def _due(self, message: bytes) -> Point | None:
        with self._lock:
            if not self._times or self._marker not in message:
                return None
            self._times -= 1
            self.cuts += 1
            return self._point


@contextlib.contextmanager
def cutting(server_url: str) -> Iterator[Cutter]:
    """Run a proxy in front of the server."""
    cutter = Cutter(server_url)
    with listening(cutter.serve) as cutter.port:
        try:
            yield cutter
        finally:
            cutter.cut_all()


def _start(client: socket.socket, server: socket.socket) -> None:
    """Pass on how a session starts: requests for encryption are refused."""
    while True:
        head = exactly(client, 8)
        length, code = struct.unpack("!ii", head)
        if code >> 16 == _PROTOCOL:
            server.sendall(head + exactly(client, length - 8))
            return
        client.sendall(b"N")


def _message(client: socket.socket) -> bytes:
    try:
        head = exactly(client, 5)
        return head + exactly(client, int.from_bytes(head[1:], "big") - 4)
    except OSError:
        return b""


def _copy(server: socket.socket, client: socket.socket, answered: threading.Event) -> None:
    with contextlib.suppress(OSError):
        while data := server.recv(65536):
            with contextlib.suppress(OSError):
                client.sendall(data)
            answered.set()
    _end(client)


def _end(each: socket.socket) -> None:
    with contextlib.suppress(OSError):
        each.shutdown(socket.SHUT_RDWR)
