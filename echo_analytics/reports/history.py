"""What became of reports: as the ledger has it, and as the output folder shows it."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from echo_analytics.arrow import INSTANT
from echo_analytics.reports import folders

if TYPE_CHECKING:
    from pathlib import Path

    from echo_analytics.reports.ledger import Ledger

SCHEMA = pa.schema(
    [
        ("report", pa.string()),
        ("period", pa.string()),
        ("parameters", pa.string()),
        ("status", pa.string()),
        ("started", INSTANT),
        ("finished", INSTANT),
        ("folder", pa.string()),
        ("error", pa.string()),
        ("deliveries", pa.string()),
    ]
)


def history(output: Path, ledger: Ledger | None, limit: int = 20) -> pa.Table:
    """Return the newest runs: those of the ledger, and others that the folder knows of.

    Parameters
    ----------
    output
        The output folder.
    ledger
        Its ledger; None where it cannot be asked.
    limit
        How many rows at the most.

    Returns
    -------
    pyarrow.Table
        The newest first: report, period, parameters (JSON), status ("running", "published" or
        "failed"), started, finished (timestamp, UTC), folder, error, deliveries (JSON)
    """
    rows = {} if ledger is None else {run.run_id: _of_run(run) for run in ledger.runs(limit=limit)}
    if ledger is None:
        for path in output.glob(f"**/{folders.MANIFEST}"):
            told = folders.manifest(path.parent)
            if told is not None and not path.parent.is_symlink():
                rows[str(told.get("run"))] = _of_folder(told, path.parent, "published")
    for path in (output / folders.FAILED).glob(f"*/{folders.ERROR}"):
        told = _read(path)
        if told.get("run", path) not in rows or ledger is None:
            rows[str(told.get("run", path))] = _of_folder(told, path.parent, "failed")
    ordered = sorted(rows.values(), key=lambda row: str(row["started"] or ""), reverse=True)
    return pa.Table.from_pylist(ordered[:limit], schema=SCHEMA)


# Any: a run, and a row for Arrow.
def _of_run(run: Any) -> dict[str, Any]:  # noqa: ANN401
    row = {name: getattr(run, name) for name in SCHEMA.names}
    return {**row, "parameters": _json(run.parameters), "deliveries": _json(run.deliveries)}


# Any: JSON, and a row for Arrow.
def _of_folder(told: dict[str, Any], folder: Path, status: str) -> dict[str, Any]:
    moments = {
        name: datetime.fromisoformat(told[name]) if told.get(name) else None
        for name in ("started", "finished")
    }
    return {
        "report": told.get("report"),
        "period": told.get("period"),
        "parameters": _json(told.get("parameters") or {}),
        "status": status,
        **moments,
        "folder": str(folder),
        "error": told.get("error"),
        "deliveries": _json({}),
    }


def _json(value: object) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


# Any: JSON.
def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
