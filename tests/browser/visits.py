"""Commands that serve pages, and what happens on a page that they serve."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

from playwright.sync_api import expect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Dialog

SECONDS = 60


class Served:
    """A command that runs, the address that it has named, and all that it says."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.lines: list[str] = []
        self._process = process
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def address(self) -> str:
        """The address with its token, once there is one."""
        with self._changed:
            assert self._changed.wait_for(self._named, SECONDS), self.lines
        return str(self._named())

    @property
    def home(self) -> str:
        """The address without path and token."""
        return "/".join(self.address.split("/")[:3])

    def end(self) -> None:
        self._process.terminate()
        self._process.wait(30)
        self._reader.join(30)

    def _named(self) -> str | None:
        found = re.search(r"http://127\.\S+", "".join(self.lines))
        return found and found[0]

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as said:
            for line in said:
                with self._changed:
                    self.lines.append(line)
                    self._changed.notify_all()


@contextlib.contextmanager
def serving(*arguments: str, url: str, **variables: str) -> Iterator[Served]:
    """Run a command of the package that serves pages, with a database."""
    process = subprocess.Popen(
        [sys.executable, "-m", "echo_analytics", *arguments],
        env={**os.environ, "ECHO_DATABASE_URL": url, **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    served = Served(process)
    try:
        yield served
    finally:
        served.end()


class Visit:
    """A page with all that it asks for from elsewhere, and all that goes wrong on it."""

    def __init__(self, browser: Browser, served: Served, width: int = 1400) -> None:
        self.page = browser.new_page(viewport={"width": width, "height": 900})
        self.page.set_default_timeout(SECONDS * 1000)
        expect.set_options(timeout=SECONDS * 1000)
        self.elsewhere: list[str] = []
        self.complaints: list[str] = []
        here = (f"{served.home}/", f"{served.home}?", "data:", "blob:")
        self.page.on(
            "request",
            lambda asked: None if asked.url.startswith(here) else self.elsewhere.append(asked.url),
        )
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on(
            "console",
            lambda said: self.complaints.append(said.text) if said.type == "error" else None,
        )
        self.page.on("dialog", self._refuse)

    def _refuse(self, dialog: Dialog) -> None:
        self.complaints.append(f"dialog: {dialog.message}")
        dialog.dismiss()
