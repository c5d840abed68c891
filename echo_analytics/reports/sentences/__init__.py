"""What is said about numbers: sentences by rules, the same numbers giving the same words.

Each function takes the rows of an analysis and gives sentences, or gives such a function. Names of
the database stand in them as they are written; whoever puts them into HTML escapes them.
"""

from __future__ import annotations

from echo_analytics.reports.sentences.about import frequent_words, rising_words
from echo_analytics.reports.sentences.people import (
    authors,
    funnel,
    lifecycle,
    new_authors,
    overview,
    overview_of_range,
    rank,
    retention,
    totals,
)
from echo_analytics.reports.sentences.places import categories, newest, one_category
from echo_analytics.reports.sentences.series import anomalies, heatmap, of_days, stickiness, trend

__all__ = [
    "anomalies",
    "authors",
    "categories",
    "frequent_words",
    "funnel",
    "heatmap",
    "lifecycle",
    "new_authors",
    "newest",
    "of_days",
    "one_category",
    "overview",
    "overview_of_range",
    "rank",
    "retention",
    "rising_words",
    "stickiness",
    "totals",
    "trend",
]
