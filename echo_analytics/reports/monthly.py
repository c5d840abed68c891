"""The monthly report."""

from __future__ import annotations

from typing import TYPE_CHECKING

import echo_analytics as echo
from echo_analytics.reports import sentences
from echo_analytics.reports.parts import (
    began_in,
    history,
    lifecycle,
    overview,
    retention,
    title,
    words,
    written_in,
)
from echo_analytics.reports.section import Report, Section

if TYPE_CHECKING:
    import pyarrow as pa

    from echo_analytics.reports.period import Period
    from echo_analytics.source import Source


def monthly(period: Period, source: Source[pa.Table]) -> Report:
    """Say what a month brought, and how those who came before fared."""
    del source
    return Report(
        title(period),
        (
            history(period),
            overview(period),
            Section("days", "Posts by day", echo.post_anomalies, says=sentences.anomalies(period)),
            Section(
                "categories",
                "By category",
                echo.category_summary,
                says=sentences.categories,
                rows=written_in,
            ),
            Section(
                "authors", "Top authors", echo.top_authors, {"limit": 20}, says=sentences.authors
            ),
            Section(
                "heatmap", "When posts are written", echo.posting_heatmap, says=sentences.heatmap
            ),
            Section(
                "stickiness", "How often authors write", echo.stickiness, says=sentences.stickiness
            ),
            retention(period, "month", 12),
            lifecycle(period, "month", 12),
            *words(period, limit=20),
            Section(
                "funnel",
                "From sign-up to the second post",
                echo.publishing_funnel,
                # Who signed up later may still get there.
                {"start": period.back(120), "end": period.back(31)},
                says=sentences.funnel,
            ),
            Section(
                "new_authors",
                "New authors",
                echo.user_stats,
                says=sentences.new_authors,
                rows=began_in(period),
                figure=False,
            ),
        ),
    )
