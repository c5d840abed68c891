"""Many rows at once: by column, and by COPY in binary."""

from __future__ import annotations

from echo_analytics.bulk.copying import copy_batches, copy_rows

__all__ = ["copy_batches", "copy_rows"]
