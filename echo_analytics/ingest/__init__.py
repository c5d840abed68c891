"""Posts from Parquet, CSV and JSON Lines files into the database."""

from __future__ import annotations

from echo_analytics.ingest.posts import import_posts
from echo_analytics.ingest.report import FileReport, ImportRejected, ImportReport, RejectedRow

__all__ = ["FileReport", "ImportRejected", "ImportReport", "RejectedRow", "import_posts"]
