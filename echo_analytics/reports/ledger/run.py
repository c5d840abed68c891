"""A run of a report as the ledger knows it, and what every ledger can do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from contextlib import AbstractContextManager
    from datetime import datetime

Status: TypeAlias = Literal["running", "published", "failed"]


@dataclass(frozen=True, slots=True)
class Run:
    """One attempt to make a report.

    Parameters
    ----------
    run_id
        A UUID.
    key
        Of the job: the same for the same report, parameters, period and output folder.
    report, period
        Their names.
    parameters
        Further arguments, as JSON has them.
    complete
        Whether the period was over; a report of one that was not is made again when asked for.
    status
        "running", "published" or "failed".
    started, finished
        Moments (aware, UTC).
    host
        The machine that made it.
    folder
        Where the files are, absolute: also those of a failed run.
    files
        Names within the folder.
    error
        Why it failed, in one line.
    deliveries
        What became of each way of sending it, by its name.
    """

    run_id: str
    key: str
    report: str
    period: str
    parameters: Mapping[str, object]
    complete: bool
    status: Status
    started: datetime
    host: str
    folder: str
    finished: datetime | None = None
    files: tuple[str, ...] = ()
    error: str | None = None
    deliveries: Mapping[str, object] = field(default_factory=dict)


class Ledger(Protocol):
    """Where runs are recorded."""

    @property
    def place(self) -> str:
        """Where it is, for people."""
        ...

    def alone(self, key: str) -> AbstractContextManager[bool]:
        """Give True, and keep others from the same job until the block is over; else False.

        False means that somebody else has it. It does not wait.
        """
        ...

    def check(self) -> None:
        """Raise where it cannot be written, or the job is not ours alone any more."""
        ...

    def begin(self, run: Run) -> None:
        """Record a run that starts."""
        ...

    def publishing(self, run: Run) -> AbstractContextManager[None]:
        """Record ``run`` as it is given, unless the block fails: both happen, or none."""
        ...

    def record(
        self,
        run_id: str,
        *,
        status: Status | None = None,
        finished: datetime | None = None,
        folder: str | None = None,
        files: tuple[str, ...] | None = None,
        error: str | None = None,
        deliveries: Mapping[str, object] | None = None,
    ) -> None:
        """Change what is recorded of a run; None leaves a thing as it is.

        ``deliveries`` are added to those that are there, by name.

        Raises
        ------
        NotFound
            There is no such run.
        """
        ...

    def run(self, run_id: str) -> Run:
        """Return a run.

        Raises
        ------
        NotFound
            There is no such run.
        """
        ...

    def runs(self, key: str | None = None, limit: int = 100) -> list[Run]:
        """Return the newest runs, of all jobs or of one, the newest first."""
        ...

    def running(self) -> Iterator[Run]:
        """Return the runs that are recorded as going on."""
        ...
