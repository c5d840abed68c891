"""The report about one author."""

from __future__ import annotations

from typing import TYPE_CHECKING

import echo_analytics as echo
from echo_analytics.reports import one_of, sentences
from echo_analytics.reports.finding import found
from echo_analytics.reports.parts import HISTORY, only, trend, words
from echo_analytics.reports.section import Report, Section
from echo_analytics.schema import users

if TYPE_CHECKING:
    import pyarrow as pa

    from echo_analytics.reports.period import Period
    from echo_analytics.source import Source

_EVERYBODY = 1_000_000


def author(period: Period, source: Source[pa.Table], author: str) -> Report:
    """Say what one author wrote.

    Parameters
    ----------
    period
        The days.
    source
        Where the name is looked up.
    author
        Their id.
    """
    name = found(source, "author", users, author)
    step = period.step
    return Report(
        f"Author report: {name}",
        (
            Section(
                "history",
                f"Posts by {step}",
                one_of.posts_over_time("author_id", author),
                {"start": period.first_of_buckets(HISTORY[step]), "every": step},
                says=trend(period),
                shown_as="posts_over_time",
            ),
            Section(
                "rank",
                "Among all authors",
                echo.top_authors,
                {"limit": _EVERYBODY},
                says=sentences.rank,
                rows=only("author_id", author),
                figure=False,
            ),
            Section(
                "totals",
                "All in all",
                echo.user_stats,
                {"user_ids": [author]},
                says=sentences.totals(period.zone),
                figure=False,
            ),
            Section(
                "heatmap",
                "When the posts are written",
                one_of.posting_heatmap("author_id", author),
                {"start": period.back(91)},
                says=sentences.heatmap,
                shown_as="posting_heatmap",
            ),
            *words(period, "What they write about", author=author),
            Section(
                "newest",
                "The newest posts",
                echo.posts_with_authors,
                {"author_id": author, "limit": 20},
                says=sentences.newest(20),
                figure=False,
            ),
        ),
    )
