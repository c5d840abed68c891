"""Commands that print an analysis."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Annotated, cast

import typer

import echo_analytics as echo
from echo_analytics.cli.common import opened, write
from echo_analytics.cli.options import (
    DatabaseOption,
    DebugOption,
    FormatOption,
    LimitOption,
    OutputOption,
)

if TYPE_CHECKING:
    from echo_analytics.queries.search.shapes import Sort


def users(
    user: Annotated[
        list[str] | None, typer.Argument(metavar="[USER_ID]...", help="Else all users.")
    ] = None,
    limit: LimitOption = 20,
    database: DatabaseOption = None,
    wanted: FormatOption = None,
    output: OutputOption = None,
    debug: DebugOption = False,
) -> None:
    """Count the posts of users, those with the most first."""
    from echo_analytics.arguments import positive

    positive("--limit", limit)
    with opened(database, debug) as db:
        write(echo.user_stats(db, user or None).slice(0, limit), wanted, output)


def daily(
    start: Annotated[str | None, typer.Argument(help="The first day; else 30 days back.")] = None,
    end: Annotated[str | None, typer.Argument(help="The last day; else today.")] = None,
    timezone: Annotated[str, typer.Option("--timezone", help="Whose days.")] = "UTC",
    database: DatabaseOption = None,
    wanted: FormatOption = None,
    output: OutputOption = None,
    debug: DebugOption = False,
) -> None:
    """Count the posts of each day."""
    from echo_analytics.arguments import day_range, time_zone, today

    last = today(time_zone(timezone)) if end is None else end
    first = _back(last, 30) if start is None else start
    day_range(first, last)
    with opened(database, debug) as db:
        write(echo.daily_posts(db, first, last, timezone=timezone), wanted, output)


def search(
    query: Annotated[list[str], typer.Argument(metavar="QUERY...", help="What to look for.")],
    limit: LimitOption = 20,
    offset: Annotated[int, typer.Option("--offset", help="How many to leave out.")] = 0,
    author: Annotated[str | None, typer.Option("--author", help="The id of an author.")] = None,
    category: Annotated[str | None, typer.Option("--category", help="An id.")] = None,
    start: Annotated[str | None, typer.Option("--start", help="The first day.")] = None,
    end: Annotated[str | None, typer.Option("--end", help="The last day.")] = None,
    timezone: Annotated[str, typer.Option("--timezone", help="Whose days.")] = "UTC",
    sort: Annotated[str, typer.Option("--sort", help="relevance or newest.")] = "relevance",
    database: DatabaseOption = None,
    wanted: FormatOption = None,
    output: OutputOption = None,
    debug: DebugOption = False,
) -> None:
    """Find the published posts that answer a query best."""
    with opened(database, debug) as db:
        found = echo.search_posts(
            db,
            " ".join(query),
            limit=limit,
            offset=offset,
            author=author,
            category=category,
            start=start,
            end=end,
            timezone=timezone,
            sort=cast("Sort", sort),
        )
        if wanted is None and output is None:
            found = found.select(["rank", "title", "snippet", "author_name", "created_at"])
        write(found, wanted, output)


def _back(day: date | str, days: int) -> date:
    from echo_analytics.arguments import calendar_day

    return calendar_day("end", day) - timedelta(days=days - 1)
