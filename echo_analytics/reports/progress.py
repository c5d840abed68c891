"""How far a report is: a bar on a terminal, a line for each step otherwise, or nothing."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Never, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from tqdm import tqdm


_LOOK = "{percentage:3.0f}% |{bar:24}| {n_fmt}/{total_fmt} {desc}"


class Progress(Protocol):
    """What is told how far a report is."""

    def start(self, steps: int) -> None:
        """A report of so many steps begins."""
        ...

    def step(self, what: str) -> None:
        """The next step begins."""
        ...

    def end(self) -> None:
        """It is over, however it ended."""
        ...


class Silent:
    """Says nothing."""

    def start(self, steps: int) -> None:
        """Say nothing."""

    def step(self, what: str) -> None:
        """Say nothing."""

    def end(self) -> None:
        """Say nothing."""


class Lines:
    """A line for each step.

    Parameters
    ----------
    say
        Is given each line.
    """

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._done = self._steps = 0

    def start(self, steps: int) -> None:
        """Begin to count."""
        self._done, self._steps = 0, steps

    def step(self, what: str) -> None:
        """Say which step begins."""
        self._done += 1
        self._say(f"{self._done}/{self._steps} {what}")

    def end(self) -> None:
        """Say nothing."""


class Bar:
    """A bar on the terminal's standard error."""

    def __init__(self) -> None:
        self._bar: tqdm[Never] | None = None
        self._begun = False

    def start(self, steps: int) -> None:
        """Draw the bar."""
        from tqdm import tqdm

        self._bar = tqdm(total=steps, bar_format=_LOOK)
        self._begun = False

    def step(self, what: str) -> None:
        """Draw the bar longer."""
        if self._bar is not None:
            self._bar.update(self._begun)
            self._bar.set_description_str(what)
        self._begun = True

    def end(self) -> None:
        """Leave the bar as it is."""
        if self._bar is not None:
            self._bar.update(self._begun)
            self._bar.close()
        self._bar = None


def chosen_progress(say: Callable[[str], None]) -> Progress:
    """Return a bar where standard error is a terminal, else lines."""
    return Bar() if sys.stderr.isatty() else Lines(say)
