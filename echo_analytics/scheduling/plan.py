"""What is to be run, and when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from datetime import time
    from pathlib import Path
    from zoneinfo import ZoneInfo

Step: TypeAlias = Literal["day", "week", "month"]


@dataclass(frozen=True)
class Plan:
    """A report that is to be made again and again.

    Parameters
    ----------
    name
        What it is called in names of files: letters, digits and dashes.
    step
        The period whose end makes it due.
    arguments
        What follows the executable; no secret may be among it.
    zone
        Whose days.
    at
        The time of day in that zone, on the first day after the period.
    executable
        What starts the command: a path, or a path and arguments.
    settings
        The file with the variables of the environment, one ``NAME=value`` a line.
    timeout
        Seconds after which a run is stopped.
    """

    name: str
    step: Step
    arguments: tuple[str, ...]
    zone: ZoneInfo
    at: time
    executable: tuple[str, ...]
    settings: Path
    timeout: int

    @property
    def command(self) -> tuple[str, ...]:
        """The executable and its arguments."""
        return (*self.executable, *self.arguments)

    @property
    def words(self) -> str:
        """When it is run, for people."""
        day = {"day": "every day", "week": "every Monday", "month": "on the first of every month"}
        return f"{day[self.step]} at {self.at:%H:%M}, {self.zone.key}"
