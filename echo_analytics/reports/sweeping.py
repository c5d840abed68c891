"""Sweeping up what processes left that were killed."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from echo_analytics.errors import NotFound
from echo_analytics.reports import folders
from echo_analytics.reports.ledger.file import LOCKS, locked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from echo_analytics.reports.ledger import Ledger, Run

BROKEN_OFF = "the process ended before the report was finished"


def sweep(output: Path, ledger: Ledger, ours: str | None = None) -> None:
    """Move what dead processes were making to ``failed/``, and tell the ledger.

    A run whose folder is in place, with its manifest, was finished all but for the ledger: it
    counts as published.

    Parameters
    ----------
    output
        The output folder.
    ledger
        Its ledger.
    ours
        The key of the job that the caller has alone.
    """
    for run in ledger.running():
        with _nobody_has(run.key, output, ledger, ours) as dead:
            if dead:
                _settle(run, output, ledger)
    for path, key, run_id in folders.being_made(output):
        with _nobody_has(key, output, ledger, ours) as dead:
            if dead:
                _unknown(path, run_id, output)


@contextlib.contextmanager
def _nobody_has(key: str, output: Path, ledger: Ledger, ours: str | None) -> Iterator[bool]:
    if key == ours:
        yield True
        return
    with locked(output / LOCKS / key, wait=False) as here:
        if not here:
            yield False
            return
        with ledger.alone(key) as everywhere:
            yield everywhere


def _settle(run: Run, output: Path, ledger: Ledger) -> None:
    place, now = Path(run.folder), datetime.now(UTC)
    found = folders.manifest(place)
    if found is not None and found.get("run") == run.run_id:
        folders.link_latest(place)
        files = folders.files_of(found)
        ledger.record(run.run_id, status="published", finished=now, files=files)
        return
    made = folders.making(output, run.key, run.run_id)
    told = {
        **{name: getattr(run, name) for name in ("report", "period", "parameters", "complete")},
        "run": run.run_id,
        "started": run.started.isoformat(),
        "finished": now.isoformat(),
        "error": BROKEN_OFF,
        "type": "Killed",
    }
    kept, reason = place, BROKEN_OFF
    if place.is_relative_to(output):
        # A process that lost the database could not tell the ledger, and left its reason there.
        known = folders.failure(output, place, run.run_id)
        if known is None:
            kept = folders.keep_failed(made, output, place, told)
        else:
            kept, reason = known[0], str(known[1].get("error") or BROKEN_OFF)
    ledger.record(
        run.run_id,
        status="failed",
        finished=now,
        folder=str(kept),
        files=folders.names(kept),
        error=reason,
    )


def _unknown(path: Path, run_id: str, output: Path) -> None:
    """Keep a folder that no running job of the ledger accounts for."""
    with contextlib.suppress(NotFound, OSError):
        told = {"run": run_id, "error": BROKEN_OFF, "type": "Killed"}
        folders.keep_failed(path, output, output / "unknown" / run_id, told)
