"""The weekly report, which is also that of a day or of any range."""

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

_WEEKS_OF_DAYS = 8


def weekly(period: Period, source: Source[pa.Table]) -> Report:
    """Say what a week brought: figures with their change, unusual days, categories, authors."""
    del source
    return Report(
        title(period),
        (
            history(period),
            overview(period),
            Section(
                "days",
                "Posts by day",
                echo.post_anomalies,
                {"start": period.back(_WEEKS_OF_DAYS * 7 - 7)},
                says=sentences.anomalies(period),
            ),
            Section(
                "categories",
                "By category",
                echo.category_summary,
                says=sentences.categories,
                rows=written_in,
            ),
            Section("authors", "Top authors", echo.top_authors, says=sentences.authors),
            retention(period, "week", 9),
            lifecycle(period, "week", 9),
            *words(period),
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
