"""What the environment says, read once into a frozen object."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from echo_analytics.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping

# Milliseconds of it fit PostgreSQL's 32 bits.
_MOST = 2_000_000


def _default_home() -> Path:
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        # The server runs as a system user, who cannot enter root's home directory.
        return Path("/var/lib/echo_analytics")
    from platformdirs import user_data_path

    return user_data_path("echo_analytics", appauthor=False)


@dataclass(frozen=True)
class Settings:
    """Every setting of the package with its default.

    Parameters
    ----------
    database_url
        ``ECHO_DATABASE_URL``: the database that ``connect()`` opens; None means the embedded one.
    home
        ``ECHO_HOME``: the folder of the embedded server.
    connect_timeout
        ``ECHO_CONNECT_TIMEOUT``: seconds to wait for a connection to be made, 0 for no
        limit.
    acquire_timeout
        ``ECHO_ACQUIRE_TIMEOUT``: seconds to wait for a connection of a full pool.
    statement_timeout
        ``ECHO_STATEMENT_TIMEOUT``: seconds a statement may run, 0 for no limit.
    idle_in_transaction_timeout
        ``ECHO_IDLE_IN_TRANSACTION_TIMEOUT``: seconds a transaction may stand idle, 0 for no limit.
    pool_min, pool_max
        ``ECHO_POOL_MIN``, ``ECHO_POOL_MAX``: connections kept, and at the most, in a pool.
    pool_idle
        ``ECHO_POOL_IDLE``: seconds after which an unused connection is closed.
    """

    database_url: str | None = field(default=None, repr=False)
    home: Path = field(default_factory=_default_home)
    connect_timeout: float = 10.0
    acquire_timeout: float = 30.0
    statement_timeout: float = 300.0
    idle_in_transaction_timeout: float = 60.0
    pool_min: int = 2
    pool_max: int = 20
    pool_idle: float = 600.0

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> Settings:
        """Read the settings from environment variables.

        Raises
        ------
        InvalidInput
            A number is not one, is negative, or the pool's minimum is above its maximum.
        """
        env = os.environ if environ is None else environ
        home = env.get("ECHO_HOME")
        settings = cls(
            database_url=env.get("ECHO_DATABASE_URL") or None,
            home=Path(home).expanduser().resolve() if home else _default_home(),
            connect_timeout=_number(env, "ECHO_CONNECT_TIMEOUT", cls.connect_timeout),
            acquire_timeout=_number(env, "ECHO_ACQUIRE_TIMEOUT", cls.acquire_timeout),
            statement_timeout=_number(env, "ECHO_STATEMENT_TIMEOUT", cls.statement_timeout),
            idle_in_transaction_timeout=_number(
                env, "ECHO_IDLE_IN_TRANSACTION_TIMEOUT", cls.idle_in_transaction_timeout
            ),
            pool_min=_count(env, "ECHO_POOL_MIN", cls.pool_min),
            pool_max=_count(env, "ECHO_POOL_MAX", cls.pool_max),
            pool_idle=_number(env, "ECHO_POOL_IDLE", cls.pool_idle),
        )
        if not settings.pool_min <= settings.pool_max or settings.pool_max < 1:
            raise InvalidInput(
                "ECHO_POOL_MIN, ECHO_POOL_MAX", "need 0 <= minimum <= maximum and a maximum of 1"
            )
        return settings


def _count(env: Mapping[str, str], name: str, default: int) -> int:
    number = _number(env, name, default)
    if number != int(number):
        raise InvalidInput(name, "needs a whole number")
    return int(number)


def _number(env: Mapping[str, str], name: str, default: float) -> float:
    text = env.get(name)
    if not text:
        return default
    try:
        number = float(text)
    except ValueError:
        raise InvalidInput(name, "is not a number") from None
    if not 0 <= number <= _MOST:
        raise InvalidInput(name, f"needs a number from 0 to {_MOST}")
    return number
