"""Many rows at once: checked by column, and written by COPY in binary."""

from __future__ import annotations

from echo_analytics.bulk.copying import copy_batches, copy_rows
from echo_analytics.bulk.create import bulk_create
from echo_analytics.bulk.report import BulkReport, Written

__all__ = ["BulkReport", "Written", "bulk_create", "copy_batches", "copy_rows"]
