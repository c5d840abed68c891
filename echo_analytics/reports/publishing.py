"""Publishing: files are made apart, checked, and put in place in one step, or kept as failed.

Whoever makes a report, this package or a notebook, hands a function that writes files into a
folder::

    def make(folder: Path) -> dict[str, object]:
        (folder / "report.html").write_text(html)
        return {"title": "Posts", "zone": "UTC", "summary": ["Posts fell 12 % to 1,204."]}

    output = output_folder("reports")
    ledger = open_ledger(db, output)
    run = publish(Job("template", "2026-W25", {"limit": 10}), make, output=output, ledger=ledger)
    run.folder, run.manifest, run.made

What it raises makes the run a failed one: its files go to ``failed/`` with ``error.json``, the
ledger says so, the last good report stays, and the error is raised. What it returns becomes part of
``manifest.json``. Sending comes afterwards: ``ledger.record(run.run_id, deliveries=...)``.

In the output folder are::

    weekly/2026-W25_20260622T060000Z_1a2b3c4d/    a run, with its manifest.json
    weekly/latest                                 a link to the run of the latest period
    failed/weekly_2026-W25_..._5e6f7a8b/          a run that failed, with its error.json
    report_runs.json                              the ledger where the database cannot have it
    .making/, .locks/                             what is being made now

A process that is killed leaves its folder in ``.making``; the next run of any report finds that
nobody holds its lock, and moves it to ``failed``.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import socket
import time
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from echo_analytics.errors import EchoError, InvalidInput
from echo_analytics.reports import folders
from echo_analytics.reports.job import Job, PublishedRun
from echo_analytics.reports.ledger import Run
from echo_analytics.reports.ledger.file import LOCKS, locked
from echo_analytics.reports.sweeping import sweep
from echo_analytics.supervision import TimeIsOver

__all__ = ["Job", "Make", "PublishedRun", "output_folder", "publish", "said"]

if TYPE_CHECKING:
    from collections.abc import Iterator

    from echo_analytics.reports.ledger import Ledger

Make: TypeAlias = Callable[[Path], Mapping[str, object]]

KEPT = "what there is of the report is in"
"""How the note begins that says where a failed run is."""

_PAUSE = 0.2


def output_folder(path: str | os.PathLike[str]) -> Path:
    """Return the output folder, absolute; it is made where it is missing.

    Raises
    ------
    InvalidInput
        It cannot be made or written to.
    """
    folder = Path(path).absolute()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InvalidInput("output", f"{folder} cannot be made: {error.strerror}") from None
    if not os.access(folder, os.W_OK | os.X_OK):
        raise InvalidInput("output", f"{folder} cannot be written to")
    return folder


def publish(
    job: Job,
    make: Make,
    *,
    output: Path,
    ledger: Ledger,
    force: bool = False,
    suffices: Callable[[Mapping[str, Any]], bool] = bool,
    patience: float = 3_600.0,
) -> PublishedRun:
    """Make a report and put it in place, unless that was done before.

    Parameters
    ----------
    job
        What is made.
    make
        Writes files into the folder that it is given, and returns what the manifest says of them.
    output
        The output folder, of `output_folder`.
    ledger
        The ledger of that folder, of ``ledger.open_ledger``.
    force
        Make it again.
    suffices
        Is given the manifest of a run that is there, and says whether it will do.
    patience
        Seconds to wait for another process that does the same job.

    Raises
    ------
    InvalidInput
        The output folder cannot be written, or ``latest`` is there and no link.
    EchoError, OSError
        What ``make`` raised; what there is of the report is below ``failed/``.
    """
    key = job.key(output)
    with _alone(key, output, ledger, patience):
        sweep(output, ledger, key)
        done = None if force else _done(job, key, ledger, suffices)
        return done or _made(job, key, make, output, ledger)


@contextlib.contextmanager
def _alone(key: str, output: Path, ledger: Ledger, patience: float) -> Iterator[None]:
    """Keep others from the same job: on this machine by a file, on all by the ledger."""
    deadline = time.monotonic() + patience
    while True:
        with (
            locked(output / LOCKS / key, wait=False) as here,
            ledger.alone(key) if here else contextlib.nullcontext(False) as ours,
        ):
            if ours:
                yield
                return
        if time.monotonic() > deadline:
            raise InvalidInput(
                "report", f"another process has been making it for {patience:g} s; try again later"
            )
        time.sleep(_PAUSE)


def _done(
    job: Job, key: str, ledger: Ledger, suffices: Callable[[Mapping[str, Any]], bool]
) -> PublishedRun | None:
    """Return the run that makes this one needless."""
    for run in ledger.runs(key):
        if run.status != "published" or not (run.complete and job.complete):
            continue
        folder = Path(run.folder)
        manifest = folders.manifest(folder)
        if manifest is not None and manifest["run"] == run.run_id and suffices(manifest):
            return PublishedRun(run.run_id, folder, manifest, made=False)
    return None


def _made(job: Job, key: str, make: Make, output: Path, ledger: Ledger) -> PublishedRun:
    started, run_id = datetime.now(UTC), str(uuid.uuid4())
    latest = job.home(output) / "latest"
    if latest.exists() and not latest.is_symlink():
        raise InvalidInput("output", f"{latest} is there and not a link of ours")
    name = f"{job.period}_{started:%Y%m%dT%H%M%SZ}_{run_id[:8]}"
    making = folders.making(output, key, run_id)
    place = job.home(output) / name
    run = Run(
        run_id=run_id,
        key=key,
        report=job.report,
        period=job.period,
        parameters=dict(job.parameters),
        complete=job.complete,
        status="running",
        started=started,
        host=socket.gethostname(),
        folder=str(place),
    )
    ledger.begin(run)
    try:
        making.mkdir(parents=True)
        manifest = folders.seal(making, _told(run, job, make(making)))
        finished = datetime.fromisoformat(manifest["finished"])
        ledger.check()
        done = dataclasses.replace(
            run, status="published", finished=finished, files=folders.files_of(manifest)
        )
    except BaseException as error:
        _failed(run, error, making, output, ledger)
        raise
    try:
        with ledger.publishing(done):
            folders.put_in_place(making, place)
    except BaseException as error:
        if place.exists():
            error.add_note(f"the report is in {place}; the next run will tell the ledger")
        else:
            _failed(run, error, making, output, ledger)
        raise
    return PublishedRun(run_id, place, manifest, made=True)


def _told(run: Run, job: Job, made: Mapping[str, object]) -> dict[str, object]:
    return {
        "report": run.report,
        "group": job.group,
        "period": run.period,
        "parameters": dict(run.parameters),
        "complete": run.complete,
        "last": None if job.last is None else str(job.last),
        "run": run.run_id,
        "started": run.started.isoformat(),
        **made,
    }


def _failed(run: Run, error: BaseException, making: Path, output: Path, ledger: Ledger) -> None:
    """Keep what there is, and say why; whatever fails here must not hide the error."""
    reason = said(error)
    finished = datetime.now(UTC)
    told = {
        **{name: getattr(run, name) for name in ("report", "period", "parameters", "complete")},
        "run": run.run_id,
        "started": run.started.isoformat(),
        "finished": finished.isoformat(),
        "error": reason,
        "type": type(error).__name__,
    }
    kept = folders.keep_failed(making, output, Path(run.folder), told)
    try:
        files = folders.names(kept)
        ledger.record(
            run.run_id,
            status="failed",
            finished=finished,
            folder=str(kept),
            files=files,
            error=reason,
        )
    except (EchoError, OSError) as other:
        error.add_note(f"the ledger could not be told: {said(other)}")
    error.add_note(f"{KEPT} {kept}")


def keep_unstarted(output: Path, report: str, period: str, error: BaseException) -> Path:
    """Keep in ``failed/`` that a report could not even be begun; return the folder.

    Parameters
    ----------
    output
        The output folder.
    report, period
        Their names; a period that is not known yet is "due".
    error
        Why.
    """
    now, run_id = datetime.now(UTC), str(uuid.uuid4())
    told = {
        "report": report,
        "period": period,
        "parameters": {},
        "run": run_id,
        "started": now.isoformat(),
        "finished": now.isoformat(),
        "error": said(error),
        "type": type(error).__name__,
    }
    place = output / report / f"{period}_{now:%Y%m%dT%H%M%SZ}_{run_id[:8]}"
    return folders.keep_failed(output / folders.MAKING / run_id, output, place, told)


def said(error: BaseException) -> str:
    """Return an error in one line, for people.

    Examples
    --------
    >>> said(KeyboardInterrupt())
    'stopped'
    """
    if isinstance(error, KeyboardInterrupt | SystemExit | GeneratorExit):
        return "stopped"
    if isinstance(error, TimeIsOver):
        return str(error)
    if isinstance(error, EchoError | OSError):
        return " ".join(str(error).split()) or type(error).__name__
    return f"unexpected {type(error).__name__}"
