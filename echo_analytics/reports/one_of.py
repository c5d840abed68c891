"""Analyses of the posts of one author or of one category, with the columns of those of all posts.

Each function takes the column that the posts are chosen by, and its value, and gives an analysis.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal, TypeAlias

import pyarrow as pa
import sqlalchemy as sa

from echo_analytics.arguments import day_range, moment, time_zone
from echo_analytics.buckets import buckets
from echo_analytics.constructs import status
from echo_analytics.local_days import edges_of_days
from echo_analytics.queries import summaries
from echo_analytics.queries.calendar import number_of
from echo_analytics.schema import posts

if TYPE_CHECKING:
    from datetime import date, datetime

    from echo_analytics.buckets import Every
    from echo_analytics.source import AnySelect, Source

Of: TypeAlias = Literal["author_id", "category_id"]
Analysis: TypeAlias = Callable[..., pa.Table]

_STATUSES = ("published", "draft", "archived")
_COUNTS = ("total_posts", *(f"{name}_posts" for name in _STATUSES), "unique_authors")


def posts_over_time(of: Of, value: str) -> Analysis:
    """Return the analysis ``posts_over_time`` of some posts."""

    def counted(
        source: Source[pa.Table],
        start: date,
        end: date,
        *,
        every: Every = "day",
        timezone: str = "UTC",
        now: datetime | None = None,
    ) -> pa.Table:
        wanted = buckets(*day_range(start, end), every, time_zone(timezone))
        found = source.frame(_counts(wanted.starts, _is(of, value))).to_pylist()
        rows = {row["number"]: row for row in found}
        columns = {
            name: pa.array(
                [rows.get(number, {}).get(name, 0) for number in range(1, len(wanted) + 1)],
                pa.int64(),
            )
            for name in _COUNTS
        }
        return pa.table(
            {
                "bucket": pa.array(wanted.labels, pa.date32()),
                **columns,
                "is_complete": pa.array(wanted.are_complete(moment("now", now)), pa.bool_()),
            }
        )

    return counted


def posting_heatmap(of: Of, value: str) -> Analysis:
    """Return the analysis ``posting_heatmap`` of some posts."""

    def counted(
        source: Source[pa.Table], start: date, end: date, *, timezone: str = "UTC"
    ) -> pa.Table:
        zone = time_zone(timezone)
        span = summaries.Span(*edges_of_days(*day_range(start, end), zone))
        return source.frame(*summaries.posting_heatmap(span, zone, [_is(of, value)]))

    return counted


def top_authors(of: Of, value: str) -> Analysis:
    """Return the analysis ``top_authors`` of some posts; shares are of these."""

    def counted(
        source: Source[pa.Table], start: date, end: date, *, limit: int = 10, timezone: str = "UTC"
    ) -> pa.Table:
        span = summaries.Span(*edges_of_days(*day_range(start, end), time_zone(timezone)))
        return source.frame(summaries.top_authors(span, limit, [_is(of, value)]))

    return counted


def _is(of: Of, value: str) -> sa.ColumnElement[bool]:
    return posts.c[of] == sa.cast(sa.literal(value, sa.Text), sa.Uuid())


def _counts(starts: list[datetime], condition: sa.ColumnElement[bool]) -> AnySelect:
    def count(name: str) -> sa.ColumnElement[int]:
        same = status() == sa.literal_column(f"'{name}'")
        return sa.func.count().filter(same).label(f"{name}_posts")

    number = number_of(posts.c.created_at, starts).label("number")
    within = summaries.Span(starts[0], starts[-1]).holds(posts.c.created_at)
    return (
        sa.select(
            number,
            sa.func.count().label("total_posts"),
            *(count(name) for name in _STATUSES),
            sa.func.count(posts.c.author_id.distinct()).label("unique_authors"),
        )
        .where(condition, *within)
        .group_by(sa.text("1"))
    )
