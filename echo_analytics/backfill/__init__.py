"""Values for the rows that lack them, in small batches beside the application's own writers."""

from __future__ import annotations

from echo_analytics.backfill.definition import Backfill
from echo_analytics.backfill.preferences import DEFAULT_PREFERENCES, backfill_preferences
from echo_analytics.backfill.report import BackfillReport
from echo_analytics.backfill.run import run_backfill

__all__ = [
    "DEFAULT_PREFERENCES",
    "Backfill",
    "BackfillReport",
    "backfill_preferences",
    "run_backfill",
]
