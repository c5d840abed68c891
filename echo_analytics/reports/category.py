"""The report about one category."""

from __future__ import annotations

from typing import TYPE_CHECKING

import echo_analytics as echo
from echo_analytics.reports import one_of, sentences
from echo_analytics.reports.finding import found
from echo_analytics.reports.parts import HISTORY, only, trend, words
from echo_analytics.reports.section import Report, Section
from echo_analytics.schema import categories

if TYPE_CHECKING:
    import pyarrow as pa

    from echo_analytics.reports.period import Period
    from echo_analytics.source import Source


def category(period: Period, source: Source[pa.Table], category: str) -> Report:
    """Say what was written in one category.

    Parameters
    ----------
    period
        The days.
    source
        Where the name is looked up.
    category
        Its id.
    """
    name = found(source, "category", categories, category)
    step = period.step
    return Report(
        f"Category report: {name}",
        (
            Section(
                "history",
                f"Posts by {step}",
                one_of.posts_over_time("category_id", category),
                {"start": period.first_of_buckets(HISTORY[step]), "every": step},
                says=trend(period),
                shown_as="posts_over_time",
            ),
            Section(
                "summary",
                "Among all categories",
                echo.category_summary,
                says=sentences.one_category,
                rows=only("category_id", category),
                figure=False,
            ),
            Section(
                "authors",
                "Who writes here",
                one_of.top_authors("category_id", category),
                says=sentences.authors,
                shown_as="top_authors",
            ),
            Section(
                "heatmap",
                "When the posts are written",
                one_of.posting_heatmap("category_id", category),
                {"start": period.back(91)},
                says=sentences.heatmap,
                shown_as="posting_heatmap",
            ),
            *words(period, "What it is about", category=category),
            Section(
                "newest",
                "The newest posts",
                echo.posts_with_authors,
                {"category_id": category, "limit": 20},
                says=sentences.newest(20),
                figure=False,
            ),
        ),
    )
