"""Controls for Jupyter: choose a range, a zone, a category, and see the chart and its numbers.

Each widget takes a database (or a snapshot of one), shows itself in a cell, and has what it shows
as ``frame`` and ``figure``, so that one can go on from there. Queries run off the main thread, one
at a time in each widget; while one runs the widget says so, and when the database is lost it says
that, with a button to try again. ``wait()`` waits for the answer, ``close()`` frees everything.

>>> from echo_analytics.widgets import PostsOverTime
>>> with_controls = PostsOverTime(db, "2026-06-01", "2026-06-30").wait()
>>> int(with_controls.frame["total_posts"].sum()) > 0
True
>>> with_controls.close()
"""

from __future__ import annotations

from echo_analytics.errors import MissingExtra

try:
    import ipywidgets  # noqa: F401
except ImportError:
    raise MissingExtra("ipywidgets", "notebook") from None
try:
    import great_tables  # noqa: F401
except ImportError:
    raise MissingExtra("great_tables", "notebook") from None

from echo_analytics.widgets.dashboard import Dashboard
from echo_analytics.widgets.overview import Overview
from echo_analytics.widgets.post_search import PostSearch
from echo_analytics.widgets.posts_over_time import PostsOverTime
from echo_analytics.widgets.user_explorer import UserExplorer

__all__ = ["Dashboard", "Overview", "PostSearch", "PostsOverTime", "UserExplorer"]
