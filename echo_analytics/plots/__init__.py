"""Figures of the analyses: a frame in, a plotly figure out, under the analysis's own name.

Every function takes a pandas or a polars frame or an Arrow table, leaves it as it is, and draws
the same figure from each of them. ``layout.meta`` says what a figure shows.

>>> figure = daily_posts(frame)
>>> figure.layout.title.text
'Posts per day'
"""

from __future__ import annotations

from echo_analytics.plots.anomalies import post_anomalies
from echo_analytics.plots.authors import author_lifecycle, publishing_funnel, stickiness
from echo_analytics.plots.categories import category_summary
from echo_analytics.plots.config import CONFIG
from echo_analytics.plots.explained import explain_search
from echo_analytics.plots.facets import search_facets
from echo_analytics.plots.heatmaps import author_retention, posting_heatmap
from echo_analytics.plots.key_figures import overview
from echo_analytics.plots.origin import Origin
from echo_analytics.plots.posts import posts_with_authors
from echo_analytics.plots.ranked_authors import top_authors
from echo_analytics.plots.search import search_posts
from echo_analytics.plots.series import daily_posts, posts_over_time
from echo_analytics.plots.template import THEMES, Palette, Theme, house_template, palette
from echo_analytics.plots.terms import search_terms
from echo_analytics.plots.users import user_stats

__all__ = [
    "CONFIG",
    "THEMES",
    "Origin",
    "Palette",
    "Theme",
    "author_lifecycle",
    "author_retention",
    "category_summary",
    "daily_posts",
    "explain_search",
    "house_template",
    "overview",
    "palette",
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
