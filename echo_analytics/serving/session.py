"""What the notebook of the dashboard's page does, in a kernel of its own for each visitor."""

from __future__ import annotations

import contextlib
import os
import threading
from typing import TYPE_CHECKING, Any, cast

import echo_analytics as echo
from echo_analytics.errors import ConnectionFailed

if TYPE_CHECKING:
    from echo_analytics.source import Source
    from echo_analytics.widgets import Dashboard

TIMEZONE = "ECHO_DASHBOARD_TIMEZONE"


class Reconnecting:
    """A source that connects when it is first asked, and again where that has failed.

    So a page that is opened while the database is away says so, and can be tried again.
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
        return getattr(self.connected(), name)


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
