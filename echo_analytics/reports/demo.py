"""The demo: four analyses as tables, and a page of charts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import echo_analytics as echo
from echo_analytics import plots
from echo_analytics.demo import LAST_DAY, load_demo
from echo_analytics.output import table_text
from echo_analytics.reports.page import Section, write_page

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pyarrow as pa

    from echo_analytics.database import Database

QUERY = "database migration"
_START = LAST_DAY.replace(month=1, day=1)


# Any: whatever the frame of the database.
def run_demo(db: Database[Any], rows: int, output: Path, say: Callable[[str], None]) -> None:
    """Load the demo data, say what four analyses find, and write the page of charts.

    Parameters
    ----------
    db
        A database of ours: empty, or with demo data in it.
    rows
        How many posts to make.
    output
        Where the page goes; an older one is replaced.
    say
        Is given each piece of text.

    Raises
    ------
    InvalidInput
        ``rows`` is wrong, or the database holds something else than demo data.
    """
    load_demo(db, rows)
    with db.snapshot() as moment:
        source = moment.using("arrow")
        users = echo.user_stats(source)
        days = echo.daily_posts(source, _START, LAST_DAY)
        found = echo.search_posts(source, QUERY, limit=10)
        newest = echo.posts_with_authors(source, limit=50)
    for title, table in _tables(users, days, found, newest):
        say(table_text(table, title=title))
    write_page(
        output,
        _sections(users, days, found, newest),
        title="Echo Analytics demo",
        subtitle=f"{rows:,} made-up posts, up to {LAST_DAY}",
    )
    say(f"The charts are in {output}: open it in a browser, no network is needed.")


def _tables(
    users: pa.Table, days: pa.Table, found: pa.Table, newest: pa.Table
) -> list[tuple[str, pa.Table]]:
    user_columns = [name for name in users.column_names if name != "user_id"]
    return [
        ("user_stats: the most active users", users.select(user_columns).slice(0, 5)),
        ("daily_posts: the last week", days.slice(max(0, days.num_rows - 7))),
        (
            f"search_posts: {QUERY}",
            found.select(["rank", "title", "score", "author_name", "category"]).slice(0, 5),
        ),
        (
            "posts_with_authors: the newest",
            newest.select(["created_at", "title", "author_name", "category"]).slice(0, 5),
        ),
    ]


def _sections(users: pa.Table, days: pa.Table, found: pa.Table, newest: pa.Table) -> list[Section]:
    return [
        Section(
            "Posts by day",
            "What was posted each day (UTC), under the status it has now.",
            plots.daily_posts(days),
            days,
        ),
        Section(
            "The most active users",
            "Who posted most, and what became of it.",
            plots.user_stats(users),
            users,
        ),
        Section(
            f"What was written about “{QUERY}”",
            "The best matches among the published posts.",
            plots.search_posts(found, query=QUERY),
            found,
        ),
        Section(
            "The newest posts",
            "When they appeared, and in which category.",
            plots.posts_with_authors(newest),
            newest.drop_columns(["content"]),
        ),
    ]
