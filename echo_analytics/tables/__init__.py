"""Tables of the analyses for people: a frame in, a great_tables table out, under the same name.

Every function takes a pandas or a polars frame or an Arrow table, leaves it as it is, and gives the
same table from each of them: headings in words, numbers to the right, bars and small curves beside
them, days and moments as one writes them, and every text of the database as it is written, whatever
is written. It needs great_tables: ``pip install 'echo-analytics[tables]'``.

>>> days = echo.posts_over_time(db, "2026-01-01", "2026-06-30", every="month")
>>> posts_over_time(days)
<table echo-posts-over-time-..., 6 rows>
"""

from __future__ import annotations

from echo_analytics.tables.anomalies import post_anomalies
from echo_analytics.tables.authors import author_lifecycle, publishing_funnel, stickiness
from echo_analytics.tables.explained import explain_search
from echo_analytics.tables.facets import search_facets
from echo_analytics.tables.heat import author_retention, posting_heatmap
from echo_analytics.tables.posts import posts_with_authors, search_posts
from echo_analytics.tables.series import daily_posts, posts_over_time
from echo_analytics.tables.summaries import category_summary, overview
from echo_analytics.tables.terms import search_terms
from echo_analytics.tables.users import top_authors, user_stats

__all__ = [
    "author_lifecycle",
    "author_retention",
    "category_summary",
    "daily_posts",
    "explain_search",
    "overview",
    "post_anomalies",
    "posting_heatmap",
    "posts_over_time",
    "posts_with_authors",
    "publishing_funnel",
    "search_facets",
    "search_posts",
    "search_terms",
    "stickiness",
    "top_authors",
    "user_stats",
]
