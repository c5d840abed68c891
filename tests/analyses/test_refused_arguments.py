"""A wrong argument is named before any query runs."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

import pytest
from frames_by_hand import NoDatabase

import echo_analytics as echo

NAIVE = datetime(2026, 6, 30)  # noqa: DTZ001 - it is refused
WRONG: list[tuple[Any, str, object]] = [
    (echo.posts_over_time, "start", "2026-02-30"),
    (echo.posts_over_time, "start", "2026-07-01"),
    (echo.posts_over_time, "end", datetime(2026, 6, 30, 12, tzinfo=UTC)),
    (echo.posts_over_time, "every", "fortnight"),
    (echo.posts_over_time, "every", None),
    (echo.posts_over_time, "by", "title"),
    (echo.posts_over_time, "by", ""),
    (echo.posts_over_time, "top", 0),
    (echo.posts_over_time, "top", 2.5),
    (echo.posts_over_time, "timezone", "Mars/Base"),
    (echo.posts_over_time, "week_start", "Monday"),
    (echo.posts_over_time, "rolling", 0),
    (echo.posts_over_time, "rolling", True),
    (echo.posts_over_time, "compare", "last_year"),
    (echo.posts_over_time, "cumulative", "yes"),
    (echo.posts_over_time, "now", NAIVE),
    (echo.posts_over_time, "now", "2026-06-30"),
    (echo.author_retention, "every", "hour"),
    (echo.author_retention, "cohort_by", "birth"),
    (echo.author_retention, "method", "off"),
    (echo.author_retention, "periods", -1),
    (echo.author_retention, "mean", "yes"),
    (echo.author_retention, "activity", "draft"),
    (echo.author_lifecycle, "every", "hour"),
    (echo.author_lifecycle, "week_start", "Sunday"),
    (echo.author_lifecycle, "now", "today"),
    (echo.stickiness, "start", "2026-07-01"),
    (echo.stickiness, "timezone", "Mars/Base"),
    (echo.publishing_funnel, "days", 0),
    (echo.publishing_funnel, "end", "soon"),
    (echo.top_authors, "limit", 0),
    (echo.top_authors, "activity", "draft"),
    (echo.top_authors, "start", "2026-07-01"),
    (echo.top_authors, "timezone", None),
    (echo.category_summary, "end", "soon"),
    (echo.category_summary, "timezone", "Mars/Base"),
    (echo.search_terms, "start", "2026-07-01"),
    (echo.search_terms, "timezone", "Mars/Base"),
    (echo.search_terms, "by", "falling"),
    (echo.search_terms, "limit", 0),
    (echo.search_terms, "limit", 201),
    (echo.search_terms, "status", "deleted"),
    (echo.search_terms, "compare", None),
    (echo.search_terms, "author", "nobody"),
    (echo.search_terms, "category", ["none"]),
    (echo.posting_heatmap, "start", datetime(2026, 6, 1, 5, tzinfo=UTC)),
    (echo.posting_heatmap, "activity", None),
    (echo.overview, "compare", "yesterday"),
    (echo.overview, "start", "2026-07-01"),
    (echo.post_anomalies, "weeks", 0),
    (echo.post_anomalies, "minimum", 9),
    (echo.post_anomalies, "minimum", 0),
    (echo.post_anomalies, "threshold", 0),
    (echo.post_anomalies, "threshold", -1.5),
    (echo.post_anomalies, "threshold", math.nan),
    (echo.post_anomalies, "threshold", math.inf),
    (echo.post_anomalies, "threshold", "3"),
    (echo.post_anomalies, "threshold", True),
    (echo.post_anomalies, "now", NAIVE),
    (echo.post_anomalies, "timezone", "Mars/Base"),
    (echo.post_anomalies, "start", "2026-07-01"),
]


@pytest.mark.parametrize(("analysis", "argument", "value"), WRONG)
def test_a_wrong_argument_is_refused_by_name_before_any_query(
    analysis: Any,  # noqa: ANN401 - any of the analyses
    argument: str,
    value: object,
) -> None:
    arguments: dict[str, Any] = {"start": "2026-06-01", "end": "2026-06-30", argument: value}
    with pytest.raises(echo.InvalidInput, match=f"^{argument}: "):
        analysis(NoDatabase(), **arguments)


def test_more_cohorts_than_a_table_holds_are_refused() -> None:
    with pytest.raises(echo.InvalidInput, match=r"^start: "):
        echo.author_retention(NoDatabase(), "1900-01-01", "2026-06-30", every="day")
