"""The ledger of those who may not write into the database: a file in the output folder."""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import json
import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from echo_analytics.errors import InvalidInput, NotFound
from echo_analytics.output import replace_file
from echo_analytics.reports.ledger.run import Run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from echo_analytics.reports.ledger.run import Status

NAME = "report_runs.json"
LOCKS = ".locks"

_MOMENTS = ("started", "finished")


class FileLedger:
    """Runs in a file of JSON, which is complete at every moment.

    Parameters
    ----------
    folder
        The output folder, which must be there.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = folder / NAME

    @property
    def place(self) -> str:
        """The file."""
        return str(self._file)

    @contextlib.contextmanager
    def alone(self, key: str) -> Iterator[bool]:
        """Give True where nobody on this machine runs the same job, and keep it so."""
        with locked(self._folder / LOCKS / f"{key}.ledger", wait=False) as ours:
            yield ours

    def check(self) -> None:
        """Raise where the file cannot be written."""
        if not os.access(self._folder, os.W_OK):
            raise InvalidInput("output", f"{self._folder} cannot be written")

    def begin(self, run: Run) -> None:
        """Record a run that starts."""
        self._change(lambda runs: [run, *runs])

    @contextlib.contextmanager
    def publishing(self, run: Run) -> Iterator[None]:
        """Record the run after the block."""
        yield
        self._change(lambda runs: [run if one.run_id == run.run_id else one for one in runs])

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
        """Change what is recorded of a run."""
        given = {
            "status": status,
            "finished": finished,
            "folder": folder,
            "files": files,
            "error": error,
        }

        def changed(run: Run) -> Run:
            # Any: the fields of a run have many types.
            changes: dict[str, Any] = {k: v for k, v in given.items() if v is not None}
            if deliveries is not None:
                changes["deliveries"] = {**run.deliveries, **deliveries}
            return dataclasses.replace(run, **changes)

        def change(runs: list[Run]) -> list[Run]:
            if not any(run.run_id == run_id for run in runs):
                raise NotFound("there is no such run in the ledger")
            return [changed(run) if run.run_id == run_id else run for run in runs]

        self._change(change)

    def run(self, run_id: str) -> Run:
        """Return a run."""
        for run in self._read():
            if run.run_id == run_id:
                return run
        raise NotFound("there is no such run in the ledger")

    def runs(self, key: str | None = None, limit: int = 100) -> list[Run]:
        """Return the newest runs, the newest first."""
        found = [run for run in self._read() if key is None or run.key == key]
        return sorted(found, key=lambda run: (run.started, run.run_id), reverse=True)[:limit]

    def running(self) -> Iterator[Run]:
        """Return the runs that are recorded as going on."""
        return (run for run in self._read() if run.status == "running")

    def _change(self, change: Callable[[list[Run]], list[Run]]) -> None:
        with locked(self._folder / LOCKS / "ledger", wait=True):
            text = json.dumps([_plain(run) for run in change(self._read())], indent=1)
            replace_file(self._file, (text + "\n").encode())

    def _read(self) -> list[Run]:
        try:
            text = self._file.read_text("utf-8")
        except FileNotFoundError:
            return []
        try:
            return [_run(entry) for entry in json.loads(text)]
        except (ValueError, TypeError, KeyError):
            raise InvalidInput("output", f"{self._file} is not a ledger of reports") from None


@contextlib.contextmanager
def locked(path: Path, *, wait: bool) -> Iterator[bool]:
    """Hold a lock that ends with the process at the latest; give False where another has it."""
    path.parent.mkdir(exist_ok=True)
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            yield False
            return
        yield True


def _plain(run: Run) -> dict[str, object]:
    entry = dataclasses.asdict(run)
    for name in _MOMENTS:
        if entry[name] is not None:
            entry[name] = entry[name].astimezone(UTC).isoformat()
    return entry


# Any: what JSON holds.
def _run(entry: dict[str, Any]) -> Run:
    for name in _MOMENTS:
        if entry[name] is not None:
            entry[name] = datetime.fromisoformat(entry[name])
    return Run(**{**entry, "files": tuple(entry["files"])})
