"""Where to connect to: a URL, completed so that both drivers understand the same.

Hosts that are not local get ``sslmode=verify-full`` unless the URL says otherwise, and one CA file
for both drivers, whose built-in folders differ.
"""

from __future__ import annotations

import ipaddress
import math
import os
import re
import ssl
import threading
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar
from urllib.parse import quote, quote_plus

from echo_analytics.errors import ConnectionFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from echo_analytics.settings import Settings


class Closable(Protocol):
    """A connection, of whichever driver."""

    def close(self) -> None:
        """Close it."""
        ...


C = TypeVar("C", bound=Closable)

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_SCHEMES = ("postgresql", "postgres")
_PREFIX = re.compile(r"(IO: \[libpq\] Failed to connect: |connection (failed|is bad): )+")
_EXAMPLE = "postgresql://user@host:5432/database"
_SOCKET_FOLDERS = ("/var/run/postgresql", "/tmp")  # noqa: S108 - where servers put their sockets
# A machine that vanished is noticed after 90 seconds; systems wait two hours on their own.
_KEEPALIVES = {"keepalives_idle": "60", "keepalives_interval": "10", "keepalives_count": "3"}
_SYSTEM_BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)


@dataclass(frozen=True, slots=True)
class Target:
    """A server and a database on it, as libpq's parameters.

    Parameters
    ----------
    parameters
        The parameters; they hold the password.
    seconds
        How long a connection may take to be made, all addresses together; None for no limit.
    """

    parameters: Mapping[str, str] = field(repr=False)
    seconds: float | None = None

    @property
    def where(self) -> str:
        """Host, port and database, for messages; never a password."""
        if "service" in self.parameters and not _hosts(self.parameters):
            return f"the service {self.parameters['service']}"
        host = _hosts(self.parameters) or "localhost"
        database = self.parameters.get("dbname") or os.environ.get("PGDATABASE") or "its default"
        if host.startswith("/"):
            return f"the server at the socket {host}, database {database}"
        port = self.parameters.get("port") or os.environ.get("PGPORT") or "5432"
        return f"{host} port {port}, database {database}"

    @property
    def conninfo(self) -> str:
        """The parameters as one libpq connection string; it holds the password."""
        from psycopg.conninfo import make_conninfo

        return make_conninfo("", **self.parameters)

    @property
    def password(self) -> str | None:
        """The password of the URL, which no message may show."""
        return self.parameters.get("password")


def target(url: str, settings: Settings, application_name: str = "echo_analytics") -> Target:
    """Complete ``url`` with the name, the timeouts and the TLS settings of our sessions.

    Raises
    ------
    ConnectionFailed
        ``url`` is not one of PostgreSQL.
    """
    parameters = _parsed(url)
    parameters.setdefault("application_name", application_name)
    for name, value in _KEEPALIVES.items():
        parameters.setdefault(name, value)
    seconds = _time_limit(parameters, settings)
    if not _hosts(parameters) and not _service(parameters):
        parameters["host"] = _default_host(parameters)
    _complete_tls(parameters)
    return Target(parameters, seconds)


def _time_limit(parameters: dict[str, str], settings: Settings) -> float | None:
    """Fill in the time for one address, and return the time for all together."""
    given = parameters.get("connect_timeout")
    try:
        seconds = settings.connect_timeout if given is None else float(int(given))
    except ValueError:
        raise ConnectionFailed("connect_timeout in the URL is not a number of seconds") from None
    if seconds <= 0:
        parameters["connect_timeout"] = "0"
        return None
    # Several hosts share the time, so that the last one is asked too; libpq waits at least two
    # seconds for each.
    share = seconds / (1 + _hosts(parameters).count(","))
    parameters["connect_timeout"] = str(max(2, math.ceil(share)))
    return seconds


def _complete_tls(parameters: dict[str, str]) -> None:
    if parameters.get("sslrootcert") == "system":
        parameters["sslrootcert"] = ca_file()
        if parameters.setdefault("sslmode", "verify-full") != "verify-full":
            raise ConnectionFailed("sslrootcert=system in the URL needs sslmode=verify-full")
    if not is_local(parameters):
        parameters.setdefault("sslmode", "verify-full")
    if parameters.get("sslmode") in {"verify-ca", "verify-full"}:
        parameters.setdefault("sslrootcert", ca_file())


def _parsed(url: str) -> dict[str, str]:
    """Read ``url``; no message repeats a part of it, which may be a part of the password."""
    if not isinstance(url, str):
        raise ConnectionFailed("the URL of the database must be a string")
    text = url.strip()
    if found := _SCHEME.match(text):
        # SQLAlchemy writes postgresql+psycopg.
        scheme = found[1].lower().partition("+")[0]
        if scheme not in _SCHEMES:
            raise ConnectionFailed(f"the URL of the database must look like {_EXAMPLE}")
        text = scheme + text[found.end(1) :]
    elif "=" not in text:
        raise ConnectionFailed(f"the URL of the database is not one; it looks like {_EXAMPLE}")
    parameters = _read_by_libpq(text)
    if parameters is None or _astray(parameters, text):
        raise ConnectionFailed(
            "the URL of the database cannot be read; check the port, and that special characters "
            "in it are percent-encoded (@ is %40, / is %2F, % is %25)"
        )
    return parameters


def _astray(parameters: Mapping[str, str], text: str) -> bool:
    """Whether libpq took a part of the password for the host, the port or the database.

    It does when a character of the password should have been encoded.
    """
    return (
        "@" in parameters.get("host", "")[1:]
        or ("@" in parameters.get("dbname", "") and "%40" not in text)
        or re.fullmatch("([0-9]{1,5}|,)*", parameters.get("port", "")) is None
    )


def _read_by_libpq(text: str) -> dict[str, str] | None:
    from psycopg import ProgrammingError
    from psycopg.conninfo import conninfo_to_dict

    try:
        found = conninfo_to_dict(text)
    except (ProgrammingError, UnicodeError):
        return None
    return None if "\0" in text else {key: str(value) for key, value in found.items()}


def is_local(parameters: Mapping[str, str]) -> bool:
    """Whether every host of ``parameters`` is this machine.

    A service file may name any host, so a service counts as another machine.
    """
    hosts = _hosts(parameters)
    if not hosts and _service(parameters):
        return False
    return all(_is_local_host(host) for host in hosts.split(","))


def _hosts(parameters: Mapping[str, str]) -> str:
    """What libpq connects to: the first that is set, comma-separated; empty where none is."""
    from_service = "service" in parameters
    return (
        parameters.get("hostaddr")
        or parameters.get("host")
        or ("" if from_service else os.environ.get("PGHOSTADDR") or os.environ.get("PGHOST") or "")
    )


def _service(parameters: Mapping[str, str]) -> bool:
    return "service" in parameters or bool(os.environ.get("PGSERVICE"))


def _default_host(parameters: Mapping[str, str]) -> str:
    """The server of this machine; each driver would look in another folder for its socket."""
    port = parameters.get("port") or os.environ.get("PGPORT") or "5432"
    for folder in _SOCKET_FOLDERS:
        if Path(folder, f".s.PGSQL.{port}").exists():
            return folder
    return "localhost"


def _is_local_host(host: str) -> bool:
    if host in {"", "localhost"} or host.startswith(("/", "@")):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def ca_file() -> str:
    """Return the file of trusted authorities: the system's bundle, else certifi's."""
    for known in (ssl.get_default_verify_paths().cafile, *_SYSTEM_BUNDLES):
        if known and Path(known).is_file():
            return known
    import certifi

    return certifi.where()


def within(where: Target, connect: Callable[[], C]) -> C:
    """Return what ``connect`` makes, or give up when the time of ``where`` is over.

    libpq counts the time for every address again, and not at all while a name is looked up. So
    ``connect`` runs in a thread; what it makes too late is closed.

    Raises
    ------
    ConnectionFailed
        The time is over. What ``connect`` raises is passed on.
    """
    made: Future[C] = Future()

    def run() -> None:
        try:
            connection = connect()
        except BaseException as error:  # raised where it is waited for
            if made.set_running_or_notify_cancel():
                made.set_exception(error)
            return
        if made.set_running_or_notify_cancel():
            made.set_result(connection)
        else:
            connection.close()

    threading.Thread(target=run, name="echo_analytics-connect", daemon=True).start()
    late = False
    try:
        return made.result(where.seconds)
    except TimeoutError:
        late = made.cancel()
        if not late:
            return made.result()
    except BaseException:
        # Somebody interrupted the waiting.
        made.cancel()
        raise
    raise connection_failed(where, f"no connection within {where.seconds:g} s")


def connection_failed(where: Target, reason: str) -> ConnectionFailed:
    """Return the error for a connection that could not be made.

    Parameters
    ----------
    where
        What was asked for.
    reason
        What the driver said; a password in it is masked.
    """
    if where.password:
        for spelling in (
            where.password,
            quote(where.password, safe=""),
            quote_plus(where.password),
        ):
            reason = reason.replace(spelling, "***")
    first_line = _PREFIX.sub("", reason.strip()).split("\n")[0].rstrip(". ")
    return ConnectionFailed(
        f"cannot connect to {where.where}: {first_line}. Check that the server runs and can be "
        "reached, the name of the database, user and password, and TLS (sslmode, sslrootcert)"
    )
