"""The ledger: which reports were made, when, and how that ended.

It is the table ``analytics.report_runs`` where the role may write there, else the file
``report_runs.json`` in the output folder. Both are a `Ledger`::

    ledger = open_ledger(db, Path("reports"))
    ledger.runs()                                          # the newest first
    ledger.record(run.run_id, deliveries={"email": "sent"})   # kept beside the run

A job is known by its key, which is made of the report, its parameters, the period and the output
folder; ``ledger.alone(key)`` keeps others from running it at the same time.
"""

from __future__ import annotations

from echo_analytics.reports.ledger.file import FileLedger
from echo_analytics.reports.ledger.opening import open_ledger
from echo_analytics.reports.ledger.run import Ledger, Run
from echo_analytics.reports.ledger.stored import StoredLedger

__all__ = ["FileLedger", "Ledger", "Run", "StoredLedger", "open_ledger"]
