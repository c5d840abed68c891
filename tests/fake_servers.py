"""Servers that fail in a certain way, on a free port of this machine."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SSL_REQUEST = 80877103
GSS_REQUEST = 80877104


@contextlib.contextmanager
def listening(serve: Callable[[socket.socket], None]) -> Iterator[int]:
    """Call ``serve`` in a thread for each connection, and give the port."""
    stopped = threading.Event()

    def accept() -> None:
        while not stopped.is_set():
            with contextlib.suppress(OSError):
                client, _ = listener.accept()
                threading.Thread(target=handle, args=(client,), daemon=True).start()

    def handle(client: socket.socket) -> None:
        with contextlib.suppress(OSError), client:
            serve(client)

    with socket.create_server(("127.0.0.1", 0), backlog=50) as listener:
        listener.settimeout(0.1)
        thread = threading.Thread(target=accept)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            stopped.set()
            thread.join()


@contextlib.contextmanager
def silent() -> Iterator[int]:
    """A server that accepts and never answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=50) as listener:
        yield listener.getsockname()[1]


@contextlib.contextmanager
def full() -> Iterator[int]:
    """A server whose queue is full, so that it drops what arrives."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


@contextlib.contextmanager
def closed() -> Iterator[int]:
    """A port on which nobody listens, and which nobody else gets meanwhile."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


def refusing_tls() -> contextlib.AbstractContextManager[int]:
    """A server that says no to TLS."""

    def serve(client: socket.socket) -> None:
        startup(client)
        client.recv(1)

    return listening(serve)


def wrong_password() -> contextlib.AbstractContextManager[int]:
    """A server that asks for a password and refuses every one."""

    def serve(client: socket.socket) -> None:
        startup(client)
        client.sendall(b"R" + struct.pack("!ii", 8, 3))
        client.recv(1000)
        fields = b'SFATAL\0VFATAL\0C28P01\0Mpassword authentication failed for user "u"\0\0'
        client.sendall(b"E" + struct.pack("!i", 4 + len(fields)) + fields)

    return listening(serve)


def startup(client: socket.socket) -> bytes:
    """Read the first packet that asks for a session, saying no to encryption before it."""
    while True:
        (length,) = struct.unpack("!i", exactly(client, 4))
        packet = exactly(client, length - 4)
        if struct.unpack("!i", packet[:4])[0] not in {SSL_REQUEST, GSS_REQUEST}:
            return packet
        client.sendall(b"N")


def exactly(client: socket.socket, count: int) -> bytes:
    """Read ``count`` bytes."""
    data = b""
    while len(data) < count:
        more = client.recv(count - len(data))
        if not more:
            raise ConnectionResetError
        data += more
    return data
