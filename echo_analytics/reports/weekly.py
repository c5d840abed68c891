"""The weekly report."""

from __future__ import annotations

from typing import TYPE_CHECKING

import echo_analytics as echo
from echo_analytics.reports.section import Report, Section

if TYPE_CHECKING:
    import pyarrow as pa

    from echo_analytics.reports.period import Period
    from echo_analytics.source import Source


def weekly(period: Period, source: Source[pa.Table]) -> Report:
    """Say what a week brought: figures with their change, unusual days, categories, authors."""
    del source
    return Report(
        "Weekly report",
        (
            Section("overview", "Overview", echo.overview),
            Section("posts", "Posts over time", echo.post_anomalies, {"start": period.back(49)}),
            Section("categories", "By category", echo.category_summary),
            Section("authors", "Top authors", echo.top_authors),
        ),
    )
