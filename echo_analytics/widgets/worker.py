"""Work off the main thread: one job at a time, and of those that wait only the newest."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

logger = logging.getLogger("echo_analytics.widgets")


class Worker:
    """A thread that is there while there is work.

    Examples
    --------
    >>> done = []
    >>> worker = Worker()
    >>> worker.ask(lambda: done.append(1))
    >>> worker.wait(10), done
    (True, [1])
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._next: Callable[[], None] | None = None
        self._busy = False
        self._closed = False

    def ask(self, job: Callable[[], None]) -> None:
        """Run ``job`` after the one that runs; one that waits already is forgotten."""
        with self._changed:
            if self._closed:
                return
            self._next = job
            if self._busy:
                return
            self._busy = True
            # A daemon: a server that hangs shall not keep Python from ending.
            threading.Thread(target=self._run, name="echo-widget", daemon=True).start()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until there is nothing to do; False when that takes longer than ``timeout`` s."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._busy, timeout)

    def close(self) -> None:
        """Take no more work; the thread ends with the job that it is at."""
        with self._changed:
            self._closed, self._next = True, None

    def _run(self) -> None:
        while (job := self._take()) is not None:
            try:
                job()
            except Exception:
                logger.exception("a job of a widget failed")

    def _take(self) -> Callable[[], None] | None:
        with self._changed:
            job, self._next = self._next, None
            if job is None:
                self._busy = False
                self._changed.notify_all()
            return job


class Pause:
    """Something that happens once nobody has asked for it anew for ``seconds``."""

    def __init__(self, seconds: float, action: Callable[[], None]) -> None:
        self._seconds, self._action = seconds, action
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None

    def restart(self) -> None:
        """Begin the pause, or begin it again."""
        with self._lock:
            self._stop()
            self._timer = threading.Timer(self._seconds, self._end)
            self._timer.daemon = True
            self._timer.start()

    def end(self) -> None:
        """Do at once what is waited for; nothing where nothing is."""
        with self._lock:
            waiting = self._stop()
        if waiting:
            self._action()

    def close(self) -> None:
        """Forget what is waited for."""
        with self._lock:
            self._stop()

    def _end(self) -> None:
        with self._lock:
            if threading.current_thread() is not self._timer:
                return
            self._timer = None
        self._action()

    def _stop(self) -> bool:
        timer, self._timer = self._timer, None
        if timer is not None:
            timer.cancel()
        return timer is not None
