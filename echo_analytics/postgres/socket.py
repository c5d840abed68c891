"""Where the socket of an embedded server is, and whether a server answers there."""

from __future__ import annotations

import hashlib
import os
import re
import socket
import struct
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from echo_analytics.errors import NotSupported

if TYPE_CHECKING:
    from collections.abc import Callable

PORT = 5432
READY = "00000"
CANNOT_CONNECT_NOW = "57P03"
NO_SUCH_DATABASE = "3D000"

# macOS allows 104 bytes for the path of a socket, ".s.PGSQL.5432" and a zero byte included.
_LONGEST_FOLDER = 88
_PLAIN_PATH = re.compile(r"/[\w./@-]*", re.ASCII)
_RECORD = "socket_folder"


def choose_folder(folder: Path) -> Path:
    """Choose a folder for the socket: beside the data, or elsewhere where that path is too long.

    A comma separates hosts in a URL, and SQLAlchemy writes a space as a plus sign, which libpq does
    not read as a space: such paths count as too long.

    Raises
    ------
    NotSupported
        No path is short enough.
    """
    name = _name(folder)
    for place in (folder / "socket", Path(tempfile.gettempdir(), name), Path("/tmp", name)):  # noqa: S108
        if _fits(place):
            return place
    raise NotSupported(f"{folder} is too long a path for a socket: set ECHO_HOME to a shorter one")


def write_folder(folder: Path, place: Path) -> None:
    """Record the choice for processes which have another folder for temporary files."""
    if place.parent != folder:
        (folder / _RECORD).write_text(str(place))


def read_folder(folder: Path) -> Path:
    """Return the folder that was chosen, or would be."""
    if _fits(folder / "socket"):
        return folder / "socket"
    try:
        place = Path((folder / _RECORD).read_text())
    except FileNotFoundError:
        return choose_folder(folder)
    # A copied home has the record of the original.
    return place if place.name == _name(folder) else choose_folder(folder)


def _name(folder: Path) -> str:
    # With the number of the folder: the same path, removed and made anew, is another folder.
    key = f"{folder}\0{os.geteuid()}\0{folder.stat().st_ino}"
    return f"echo-analytics-{hashlib.sha256(os.fsencode(key)).hexdigest()[:16]}"


def _fits(place: Path) -> bool:
    text = str(place)
    return len(os.fsencode(text)) <= _LONGEST_FOLDER and bool(_PLAIN_PATH.fullmatch(text))


def ask(folder: Path, role: str, database: str) -> str | None:
    """Speak the first words of PostgreSQL's protocol, which need no driver.

    Returns
    -------
    str or None
        ``READY``, the SQLSTATE of the refusal, or None where nobody listens.
    """
    words = b"user\0%b\0database\0%b\0\0" % (role.encode(), database.encode())
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(10)
        try:
            connection.connect(str(folder / f".s.PGSQL.{PORT}"))
            connection.sendall(struct.pack("!ii", len(words) + 8, 196608) + words)
            with connection.makefile("rb") as stream:
                return _read_answer(stream.read, connection.sendall)
        except (FileNotFoundError, ConnectionRefusedError):
            return None
        except PermissionError:
            raise
        except (OSError, struct.error):
            return CANNOT_CONNECT_NOW


def _read_answer(read: Callable[[int], bytes], send: Callable[[bytes], None]) -> str:
    while True:
        kind, size = struct.unpack("!ci", read(5))
        body = read(size - 4)
        if kind == b"Z":
            send(b"X\0\0\0\4")
            return READY
        if kind == b"E":
            fields = {field[:1]: field[1:].decode() for field in body.split(b"\0")}
            return fields.get(b"C", CANNOT_CONNECT_NOW)
