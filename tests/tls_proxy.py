"""A TLS server in front of a PostgreSQL server that knows no TLS."""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import threading
from typing import TYPE_CHECKING

from fake_servers import SSL_REQUEST, exactly, listening
from psycopg.conninfo import conninfo_to_dict

if TYPE_CHECKING:
    import trustme


def tls_proxy(
    server_url: str, certificate: trustme.LeafCert
) -> contextlib.AbstractContextManager[int]:
    """Take connections by TLS alone and pass them on; gives the port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)

    def serve(client: socket.socket) -> None:
        request = struct.unpack("!ii", exactly(client, 8))
        if request != (8, SSL_REQUEST):
            return
        client.sendall(b"S")
        with (
            context.wrap_socket(client, server_side=True) as encrypted,
            connected(server_url) as server,
        ):
            _relay(encrypted, server)

    return listening(serve)


def connected(server_url: str) -> socket.socket:
    parameters = conninfo_to_dict(server_url)
    host, port = str(parameters.get("host") or "localhost"), str(parameters.get("port") or 5432)
    if host.startswith("/"):
        server = socket.socket(socket.AF_UNIX)
        server.connect(f"{host}/.s.PGSQL.{port}")
        return server
    return socket.create_connection((host, int(port)))


def _relay(encrypted: ssl.SSLSocket, server: socket.socket) -> None:
    """Copy both ways until one side ends; an SSL socket may not be read and written at once."""
    encrypted.settimeout(0.002)
    ended = threading.Event()
    lock = threading.Lock()

    def answers() -> None:
        with contextlib.suppress(OSError):
            while data := server.recv(65536):
                with lock:
                    encrypted.sendall(data)
        ended.set()

    thread = threading.Thread(target=answers, daemon=True)
    thread.start()
    while not ended.is_set():
        try:
            with lock:
                data = encrypted.recv(65536)
        except TimeoutError:
            continue
        except OSError:
            break
        if not data:
            break
        server.sendall(data)
    with contextlib.suppress(OSError):
        server.shutdown(socket.SHUT_RDWR)
    thread.join()
