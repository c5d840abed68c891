"""Every analysis has the columns and types of its contract, in both frames, with posts or none."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from frames_by_hand import assert_same_rows
from sample_posts import contradictory, records, replace_posts

import echo_analytics as echo

if TYPE_CHECKING:
    import pyarrow as pa

RANGE: dict[str, Any] = {"start": "2026-03-01", "end": "2026-04-30"}
NOW = datetime(2026, 4, 15, 12, tzinfo=UTC)
INSTANT = pl.Datetime("us", "UTC")
COUNTS = dict.fromkeys(
    ("total_posts", "published_posts", "draft_posts", "archived_posts", "unique_authors"),
    pl.Int64,
)
GROUP = dict.fromkeys(("group_key", "group_kind", "group_label"), pl.String)
SERIES = {**COUNTS, "is_complete": pl.Boolean}
POST = {"post_id": pl.String, "title": pl.String, "content": pl.String}
ROLLED = {f"{name}_rolling": pl.Float64 for name in list(COUNTS)[:4]}
SUMMED = {f"{name}_cumulative": pl.Int64 for name in COUNTS}
COMPARED = {
    f"{name}_{word}": pl.Float64 if word == "relative_change" else pl.Int64
    for name in COUNTS
    for word in ("previous", "change", "relative_change")
}
RESULTS: dict[str, tuple[Any, dict[str, Any], dict[str, Any]]] = {
    "user_stats": (
        echo.user_stats,
        {},
        {
            "user_id": pl.String,
            "user_name": pl.String,
            **dict.fromkeys(list(COUNTS)[:4], pl.Int64),
            "first_post": INSTANT,
            "last_post": INSTANT,
            "days_active": pl.Int64,
            "posts_last_30_days": pl.Int64,
        },
    ),
    "daily_posts": (echo.daily_posts, RANGE, {"date": pl.Date, **SERIES}),
    "daily_posts by role": (
        echo.daily_posts,
        {**RANGE, "by": "role"},
        {"date": pl.Date, **GROUP, **SERIES},
    ),
    "posts_over_time": (
        echo.posts_over_time,
        {**RANGE, "every": "week"},
        {"bucket": pl.Date, **SERIES},
    ),
    "posts_over_time by hour": (
        echo.posts_over_time,
        {"start": "2026-03-29", "end": "2026-03-29", "every": "hour"},
        {"bucket": INSTANT, **SERIES},
    ),
    "posts_over_time with all": (
        echo.posts_over_time,
        {
            **RANGE,
            "by": "category",
            "rolling": 7,
            "cumulative": True,
            "compare": "previous_year",
        },
        {
            "bucket": pl.Date,
            **GROUP,
            **SERIES,
            **ROLLED,
            "unique_authors_rolling": pl.Int64,
            **SUMMED,
            **COMPARED,
        },
    ),
    "posts_with_authors": (
        echo.posts_with_authors,
        {},
        {
            **POST,
            "created_at": INSTANT,
            **dict.fromkeys(("author_id", "author_name", "category_id", "category"), pl.String),
        },
    ),
    "posts_with_authors with pii": (
        echo.posts_with_authors,
        {"pii": True},
        {
            **POST,
            "created_at": INSTANT,
            **dict.fromkeys(("author_id", "author_name", "category_id", "category"), pl.String),
            "author_email": pl.String,
        },
    ),
    "posts": (
        echo.posts,
        {},
        {
            **POST,
            "status": pl.String,
            "published": pl.Boolean,
            "author_id": pl.String,
            "category_id": pl.String,
            "created_at": INSTANT,
            "updated_at": INSTANT,
        },
    ),
    "top_authors": (
        echo.top_authors,
        RANGE,
        {
            "rank": pl.Int64,
            "author_id": pl.String,
            "author_name": pl.String,
            "total_posts": pl.Int64,
            "share": pl.Float64,
            "cumulative_share": pl.Float64,
        },
    ),
    "category_summary": (
        echo.category_summary,
        RANGE,
        {
            "category_id": pl.String,
            "category": pl.String,
            "total_posts": pl.Int64,
            "published_posts": pl.Int64,
            "unique_authors": pl.Int64,
            "share": pl.Float64,
            "first_post": INSTANT,
            "last_post": INSTANT,
            "median_length": pl.Float64,
            "total_posts_previous": pl.Int64,
            "total_posts_relative_change": pl.Float64,
        },
    ),
    "explain_search": (
        echo.explain_search,
        {"query": "the content -nothing"},
        {
            "term": pl.String,
            "lexeme": pl.String,
            "kind": pl.String,
            "role": pl.String,
            "document_frequency": pl.Int64,
            "weight": pl.Float64,
            "ignored": pl.Boolean,
            "reason": pl.String,
            "corrected_to": pl.String,
        },
    ),
    "search_facets": (
        echo.search_facets,
        {"query": "content", "status": None},
        {
            "facet": pl.String,
            "value": pl.String,
            "label": pl.String,
            "total_posts": pl.Int64,
            "approximate": pl.Boolean,
        },
    ),
    "search_terms": (
        echo.search_terms,
        RANGE,
        {
            "term": pl.String,
            "total_posts": pl.Int64,
            "share": pl.Float64,
            "total_posts_previous": pl.Int64,
            "share_previous": pl.Float64,
            "rise": pl.Float64,
        },
    ),
    "posting_heatmap": (
        echo.posting_heatmap,
        RANGE,
        {"weekday": pl.Int64, "hour": pl.Int64, "total_posts": pl.Int64},
    ),
    "author_retention": (
        echo.author_retention,
        RANGE,
        {
            "cohort": pl.Date,
            "cohort_size": pl.Int64,
            "period": pl.Int64,
            "active_authors": pl.Int64,
            "rate": pl.Float64,
            "is_complete": pl.Boolean,
        },
    ),
    "author_lifecycle": (
        echo.author_lifecycle,
        RANGE,
        {
            "bucket": pl.Date,
            "new_authors": pl.Int64,
            "returning_authors": pl.Int64,
            "resurrected_authors": pl.Int64,
            "dormant_authors": pl.Int64,
            "is_complete": pl.Boolean,
        },
    ),
    "stickiness": (
        echo.stickiness,
        RANGE,
        {
            "date": pl.Date,
            "daily_active": pl.Int64,
            "weekly_active": pl.Int64,
            "monthly_active": pl.Int64,
            "daily_weekly": pl.Float64,
            "daily_monthly": pl.Float64,
            "is_complete": pl.Boolean,
        },
    ),
    "publishing_funnel": (
        echo.publishing_funnel,
        RANGE,
        {
            "step": pl.Int64,
            "step_name": pl.String,
            "users": pl.Int64,
            "conversion_from_first": pl.Float64,
            "conversion_from_previous": pl.Float64,
            "median_hours": pl.Float64,
        },
    ),
    "post_anomalies": (
        echo.post_anomalies,
        RANGE,
        {
            "date": pl.Date,
            "total_posts": pl.Int64,
            "expected": pl.Float64,
            "lower": pl.Float64,
            "upper": pl.Float64,
            "score": pl.Float64,
            "is_anomaly": pl.Boolean,
            "is_complete": pl.Boolean,
        },
    ),
    "overview": (
        echo.overview,
        RANGE,
        {
            "metric": pl.String,
            "value": pl.Float64,
            "value_previous": pl.Float64,
            "change": pl.Float64,
            "relative_change": pl.Float64,
        },
    ),
}
# How pandas says the same; a column that may be null has the nullable type of its library.
SAID_BY_PANDAS = {
    pl.String: {"string", "str"},
    pl.Int64: {"int64", "Int64"},
    pl.Float64: {"float64", "Float64"},
    pl.Boolean: {"bool", "boolean"},
    pl.Date: {"date32[day][pyarrow]"},
    INSTANT: {"datetime64[us, UTC]"},
}


@pytest.mark.parametrize("name", RESULTS)
def test_columns_and_types_are_the_declared_ones_with_posts_and_without(
    name: str, foreign: echo.Database[pa.Table], writer_url: str
) -> None:
    analysis, arguments, columns = RESULTS[name]
    found = {}
    for posts in (contradictory(), []):
        replace_posts(writer_url, posts)
        polars = analysis(foreign.using("polars"), **arguments)
        assert dict(polars.schema) == columns
        pandas = analysis(foreign.using("pandas"), **arguments)
        assert list(pandas.columns) == list(columns)
        for column, kind in columns.items():
            assert str(pandas[column].dtype) in SAID_BY_PANDAS[kind], column
        found[bool(posts)] = {column: str(dtype) for column, dtype in pandas.dtypes.items()}
        assert_same_rows(records(pandas), records(polars))
    assert found[True] == found[False]
