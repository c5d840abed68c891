"""Analyses, figures and reports for the PostgreSQL database of an Echo Stack application.

>>> import echo_analytics as echo
>>> db = echo.connect()  # doctest: +SKIP
>>> echo.daily_posts(db, "2026-01-01", "2026-06-30")  # doctest: +SKIP
"""

from __future__ import annotations

import logging
from importlib import import_module
from typing import TYPE_CHECKING

from echo_analytics.errors import (
    Conflict,
    ConnectionFailed,
    DatabaseError,
    DeliveryFailed,
    DeliveryUncertain,
    EchoError,
    ForeignKeyViolation,
    InvalidInput,
    MigrationRefused,
    MissingExtra,
    NotFound,
    NotSupported,
    OutcomeUnknown,
    QueryTimeout,
    ReadOnly,
    SearchIndexWarning,
    TimedOut,
    UniqueConstraintViolation,
)

if TYPE_CHECKING:
    from echo_analytics import plots, search, tables, widgets
    from echo_analytics.analytics.anomalies import post_anomalies
    from echo_analytics.analytics.authors import (
        author_lifecycle,
        author_retention,
        publishing_funnel,
        stickiness,
    )
    from echo_analytics.analytics.counting import MatchCount, search_count, search_facets
    from echo_analytics.analytics.explaining import explain_search
    from echo_analytics.analytics.explaining_post import explain_post
    from echo_analytics.analytics.explanation import PostExplanation
    from echo_analytics.analytics.posts import posts, posts_batches, posts_with_authors
    from echo_analytics.analytics.search import search_posts
    from echo_analytics.analytics.series import daily_posts, posts_over_time
    from echo_analytics.analytics.summaries import (
        category_summary,
        overview,
        posting_heatmap,
        top_authors,
    )
    from echo_analytics.analytics.terms import search_terms
    from echo_analytics.analytics.users import user_stats
    from echo_analytics.arrow import Statement
    from echo_analytics.audit import sql
    from echo_analytics.backfill import (
        Backfill,
        BackfillReport,
        backfill_preferences,
        run_backfill,
    )
    from echo_analytics.bulk import BulkReport, bulk_create
    from echo_analytics.cursor import next_cursor
    from echo_analytics.database import Database, connect
    from echo_analytics.demo.load import load_demo
    from echo_analytics.health import Health
    from echo_analytics.ingest import import_posts
    from echo_analytics.reader_role import ReaderRole, create_reader_role, reader_role_sql
    from echo_analytics.rollups.control import Rollups, RollupStatus
    from echo_analytics.search_index.control import SearchIndex, SearchIndexStatus
    from echo_analytics.view import View

__version__ = "0.1.0"

__all__ = [
    "Backfill",
    "BackfillReport",
    "BulkReport",
    "Conflict",
    "ConnectionFailed",
    "Database",
    "DatabaseError",
    "DeliveryFailed",
    "DeliveryUncertain",
    "EchoError",
    "ForeignKeyViolation",
    "Health",
    "InvalidInput",
    "MatchCount",
    "MigrationRefused",
    "MissingExtra",
    "NotFound",
    "NotSupported",
    "OutcomeUnknown",
    "PostExplanation",
    "QueryTimeout",
    "ReadOnly",
    "ReaderRole",
    "RollupStatus",
    "Rollups",
    "SearchIndex",
    "SearchIndexStatus",
    "SearchIndexWarning",
    "Statement",
    "TimedOut",
    "UniqueConstraintViolation",
    "View",
    "__version__",
    "author_lifecycle",
    "author_retention",
    "backfill_preferences",
    "bulk_create",
    "category_summary",
    "connect",
    "create_reader_role",
    "daily_posts",
    "explain_post",
    "explain_search",
    "import_posts",
    "load_demo",
    "next_cursor",
    "overview",
    "plots",
    "post_anomalies",
    "posting_heatmap",
    "posts",
    "posts_batches",
    "posts_over_time",
    "posts_with_authors",
    "publishing_funnel",
    "reader_role_sql",
    "run_backfill",
    "search",
    "search_count",
    "search_facets",
    "search_posts",
    "search_terms",
    "sql",
    "stickiness",
    "tables",
    "top_authors",
    "user_stats",
    "widgets",
]

# Loaded when first asked for: their libraries take a second to import.
_HOMES = {
    "Backfill": "backfill",
    "BackfillReport": "backfill",
    "BulkReport": "bulk",
    "Database": "database",
    "Health": "health",
    "MatchCount": "analytics.counting",
    "PostExplanation": "analytics.explanation",
    "ReaderRole": "reader_role",
    "RollupStatus": "rollups.control",
    "Rollups": "rollups.control",
    "SearchIndex": "search_index.control",
    "SearchIndexStatus": "search_index.control",
    "Statement": "arrow",
    "View": "view",
    "author_lifecycle": "analytics.authors",
    "author_retention": "analytics.authors",
    "backfill_preferences": "backfill",
    "bulk_create": "bulk",
    "category_summary": "analytics.summaries",
    "connect": "database",
    "create_reader_role": "reader_role",
    "daily_posts": "analytics.series",
    "explain_post": "analytics.explaining_post",
    "explain_search": "analytics.explaining",
    "import_posts": "ingest",
    "load_demo": "demo.load",
    "next_cursor": "cursor",
    "overview": "analytics.summaries",
    "post_anomalies": "analytics.anomalies",
    "posting_heatmap": "analytics.summaries",
    "posts": "analytics.posts",
    "posts_batches": "analytics.posts",
    "posts_over_time": "analytics.series",
    "posts_with_authors": "analytics.posts",
    "publishing_funnel": "analytics.authors",
    "reader_role_sql": "reader_role",
    "run_backfill": "backfill",
    "search_count": "analytics.counting",
    "search_facets": "analytics.counting",
    "search_posts": "analytics.search",
    "search_terms": "analytics.terms",
    "sql": "audit",
    "stickiness": "analytics.authors",
    "top_authors": "analytics.summaries",
    "user_stats": "analytics.users",
}


# Quiet unless the program that uses it wants to hear.
logging.getLogger(__name__).addHandler(logging.NullHandler())


def __getattr__(name: str) -> object:
    if name in {"plots", "search", "tables", "widgets"}:
        return import_module(f"{__name__}.{name}")
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
