"""Where to connect to: a URL, completed so that both drivers understand the same.

Hosts that are not local get ``sslmode=verify-full`` unless the URL says otherwise, and one CA file
for both drivers, whose built-in folders differ.
"""

from __future__ import annotations

import math
import os
import socket
import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from echo_analytics.errors import ConnectionFailed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from echo_analytics.settings import Settings

_SCHEMES = ("postgresql://", "postgres://")
_SYSTEM_BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)


@dataclass(frozen=True, slots=True)
class Target:
    """A server and a database on it, as libpq's parameters."""

    parameters: Mapping[str, str] = field(repr=False)

    @property
    def where(self) -> str:
        """Host, port and database, for messages; never a password."""
        host = self.parameters.get("host") or self.parameters.get("hostaddr") or _environment_host()
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
    # libpq waits at least two seconds.
    parameters.setdefault("connect_timeout", str(max(2, math.ceil(settings.connect_timeout))))
    if parameters.get("sslrootcert") == "system":
        parameters["sslrootcert"] = ca_file()
        parameters.setdefault("sslmode", "verify-full")
    if not is_local(parameters):
        parameters.setdefault("sslmode", "verify-full")
    if parameters.get("sslmode") in {"verify-ca", "verify-full"}:
        parameters.setdefault("sslrootcert", ca_file())
    return Target(parameters)


def _parsed(url: str) -> dict[str, str]:
    from psycopg import ProgrammingError
    from psycopg.conninfo import conninfo_to_dict

    if not isinstance(url, str):
        raise ConnectionFailed("the URL of the database must be a string")
    # The spelling that SQLAlchemy uses.
    scheme, separator, rest = url.partition("://")
    text = f"{scheme.partition('+')[0]}{separator}{rest}"
    if separator and not text.startswith(_SCHEMES):
        raise ConnectionFailed(f"the URL of the database must begin with {_SCHEMES[0]}")
    if not separator and "=" not in text:
        raise ConnectionFailed(
            "the URL of the database is not one; it looks like postgresql://user@host:5432/database"
        )
    try:
        return {key: str(value) for key, value in conninfo_to_dict(text).items()}
    except ProgrammingError:
        # libpq's message would repeat the part it cannot read, which may be the password.
        raise ConnectionFailed(
            "the URL of the database cannot be read; check that special characters in it are "
            "percent-encoded (@ is %40, / is %2F, % is %25)"
        ) from None


def is_local(parameters: Mapping[str, str]) -> bool:
    """Whether every host of ``parameters`` is this machine."""
    if "service" in parameters:
        return False
    given = parameters.get("hostaddr") or parameters.get("host") or _environment_host()
    return all(_is_local_host(host) for host in given.split(","))


def _environment_host() -> str:
    return os.environ.get("PGHOSTADDR") or os.environ.get("PGHOST") or "localhost"


def _is_local_host(host: str) -> bool:
    if host in {"", "localhost", "::1"} or host.startswith(("/", "@")):
        return True
    try:
        return socket.inet_aton(host)[0] == 127 and host.count(".") == 3
    except OSError:
        return False


def ca_file() -> str:
    """Return the file of trusted authorities: the system's bundle, else certifi's."""
    for known in (ssl.get_default_verify_paths().cafile, *_SYSTEM_BUNDLES):
        if known and Path(known).is_file():
            return known
    import certifi

    return certifi.where()


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
        reason = reason.replace(where.password, "***")
    first_line = reason.strip().removeprefix("IO: [libpq] Failed to connect: ").split("\n")[0]
    return ConnectionFailed(
        f"cannot connect to {where.where}: {first_line}. Check that the server runs and can be "
        "reached, the name of the database, user and password, and TLS (sslmode, sslrootcert)"
    )
