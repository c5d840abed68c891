"""What the notebook of the dashboard's page does, in a kernel of its own for each visitor."""

from __future__ import annotations

import contextlib
import functools
import os
import threading
from typing import TYPE_CHECKING, Any, cast

import echo_analytics as echo
from echo_analytics.errors import ConnectionFailed, EchoError

if TYPE_CHECKING:
    from collections.abc import Callable

    from echo_analytics.source import Source
    from echo_analytics.widgets import Dashboard

TIMEZONE = "ECHO_DASHBOARD_TIMEZONE"


class Reconnecting:
    """A source that connects when it is first asked, and again where that has failed.

    So a page that is opened while the database is away says so, and can be tried again. Where it is
    lost later, the next question connects anew, which starts an embedded server that has died.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._database: echo.Database[Any] | None = None

    def connected(self) -> echo.Database[Any]:
        """Return the open database."""
        with self._lock:
            if self._database is None:
                self._database = echo.connect()
            return self._database

    # Any: whatever a source has.
    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        found = getattr(self.connected(), name)
        return self._watched(found) if callable(found) else found

    # Any: whatever it is asked.
    def _watched(self, ask: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(ask)
        def asked(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
            try:
                return ask(*args, **kwargs)
            except ConnectionFailed:
                self._forget()
                raise

        return asked

    def _forget(self) -> None:
        with self._lock:
            lost, self._database = self._database, None
        if lost is not None:
            with contextlib.suppress(EchoError):
                lost.close()


def prepared() -> Source[Any]:
    """Return the source of the page, with all that can be done before somebody comes."""
    import echo_analytics.widgets  # noqa: F401 - it takes a second

    source = Reconnecting()
    with contextlib.suppress(ConnectionFailed):
        source.connected()
    return cast("Source[Any]", source)


def visited() -> None:
    """Wait until somebody opens the page; what it shows is then of that moment."""
    from voila.utils import wait_for_request

    wait_for_request()


def dashboard(source: Source[Any]) -> Dashboard[Any]:
    """Return the dashboard."""
    return echo.widgets.Dashboard(source, timezone=os.environ.get(TIMEZONE, "UTC"))
