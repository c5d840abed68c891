"""What is checked before a report is published: nothing may have been lost on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from echo_analytics.errors import EchoError

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from echo_analytics.reports.fetching import Fetched

_DATA = ("x", "y", "z", "values", "value", "text", "cells")


class ReportIncomplete(EchoError):  # noqa: N818 - it is the report that is
    """Something of a report was lost while it was made; nothing was published."""


def check_rows(report: Fetched) -> None:
    """Check what was fetched: columns as declared, and data in every figure that has rows.

    Raises
    ------
    ReportIncomplete
        A column is missing, there are no rows for a section, or a figure shows nothing.
    """
    for part in report.parts:
        if part.table is None:
            continue
        if not part.table.column_names:
            raise ReportIncomplete(f"the section {part.section.name} has no columns")
        if part.has_figure and part.table.num_rows and not _has_data(part.figure()):
            raise ReportIncomplete(f"the figure of the section {part.section.name} shows nothing")


def check_html(report: Fetched, page: str) -> None:
    """Check that a page has the charts and the headings of a report.

    Raises
    ------
    ReportIncomplete
        There are more or fewer.
    """
    charts = page.count('class="plotly-graph-div"')
    if charts != figures(report):
        raise ReportIncomplete(f"the page has {charts} charts instead of {figures(report)}")
    sections = page.count("<section aria-labelledby=")
    if sections != len(report.parts):
        raise ReportIncomplete(f"the page has {sections} sections instead of {len(report.parts)}")


def figures(report: Fetched) -> int:
    """Return how many figures a report has."""
    return sum(part.has_figure for part in report.parts)


def _has_data(figure: go.Figure) -> bool:
    return any(_is_filled(trace) for trace in figure.data)


def _is_filled(trace: object) -> bool:
    for name in _DATA:
        # Not every kind of trace has every one.
        try:
            value = trace[name]  # type: ignore[index]  # plotly has no types
        except (KeyError, ValueError, TypeError):
            continue
        if value is not None and (not hasattr(value, "__len__") or len(value)):
            return True
    return False
