"""A notebook as a report: run with parameters, and written as a page that needs no network."""

from __future__ import annotations

from echo_analytics.notebook_reports.checking import NotebookUnfit
from echo_analytics.notebook_reports.parameters import declared, read_values
from echo_analytics.notebook_reports.running import NotebookFailed
from echo_analytics.notebook_reports.writing import write_report

__all__ = ["NotebookFailed", "NotebookUnfit", "declared", "read_values", "write_report"]
