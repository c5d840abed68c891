"""Figures of the analyses: a frame in, a plotly figure out, under the analysis's own name.

Every function takes a pandas or a polars frame or an Arrow table, leaves it as it is, and draws
the same figure from each of them.

>>> figure = daily_posts(frame)
>>> figure.layout.title.text
'Posts per day'
"""

from __future__ import annotations

from echo_analytics.plots.config import CONFIG
from echo_analytics.plots.posts import daily_posts, posts_with_authors
from echo_analytics.plots.search import search_posts
from echo_analytics.plots.template import THEMES, Palette, Theme, house_template, palette
from echo_analytics.plots.users import user_stats

__all__ = [
    "CONFIG",
    "THEMES",
    "Palette",
    "Theme",
    "daily_posts",
    "house_template",
    "palette",
    "posts_with_authors",
    "search_posts",
    "user_stats",
]
