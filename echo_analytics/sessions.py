"""What the sessions of a database are set to, and how many there are."""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from echo_analytics.settings import Settings
    from echo_analytics.target import Target


@dataclass(frozen=True, slots=True)
class PoolNumbers:
    """How many connections a pool has, and how many callers wait for one.

    Parameters
    ----------
    size
        Connections that are open or being opened.
    idle
        Those of them that nobody uses.
    waiting
        Callers who wait because all are in use.
    most
        How many connections there can be.
    """

    size: int
    idle: int
    waiting: int
    most: int


class Counter:
    """How many threads are within a block."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.count = 0

    def __enter__(self) -> Self:
        with self._lock:
            self.count += 1
        return self

    def __exit__(self, *exc_info: object) -> None:
        with self._lock:
            self.count -= 1


def session_settings(where: Target, settings: Settings, *, read_only: bool) -> str:
    """Return one statement that sets up a session of ours.

    It is a statement rather than start-up options, because ``PGTZ`` in the environment wins over
    those. A timeout in the URL's own ``options`` stays.
    """
    options = where.parameters.get("options", "").replace("-", "_")
    wanted = {"TimeZone": "UTC"}
    if read_only:
        wanted["default_transaction_read_only"] = "on"
        wanted["search_path"] = "public"
        # The driver would print notices and warnings to the process's standard error.
        wanted["client_min_messages"] = "error"
        # Analyses sort and count many rows and return few: sharing that between processes pays
        # sooner than the server's default (0.1) supposes. Yet a bare extract does not pay: with
        # 0.01 its million rows went through a second process and took half as long again.
        wanted["parallel_tuple_cost"] = "0.03"
        # Where a scan begins would depend on others' scans, and so would which posts a search
        # looks at that has more of them than it may: its pages would not fit together.
        wanted["synchronize_seqscans"] = "off"
    for name, seconds in (
        ("statement_timeout", settings.statement_timeout),
        ("idle_in_transaction_session_timeout", settings.idle_in_transaction_timeout),
    ):
        if name not in options:
            wanted[name] = f"{math.ceil(seconds * 1000)}ms"
    calls = ", ".join(f"set_config('{name}', '{value}', false)" for name, value in wanted.items())
    return f"SELECT {calls}"
