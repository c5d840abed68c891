"""Small Arrow tables with the columns of the analyses."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pyarrow as pa

INSTANT = pa.timestamp("us", "UTC")
START = date(2026, 1, 1)
NOON = datetime(2026, 6, 30, 12, tzinfo=UTC)


def daily(days: int) -> pa.Table:
    """Days with 1 published post more each, 2 drafts, 1 archived, by 1 author less than posts."""
    number = range(days)
    return pa.table(
        {
            "date": pa.array([START + timedelta(days=day) for day in number], pa.date32()),
            "total_posts": pa.array([day + 3 for day in number], pa.int64()),
            "published_posts": pa.array(list(number), pa.int64()),
            "draft_posts": pa.array([2] * days, pa.int64()),
            "archived_posts": pa.array([1] * days, pa.int64()),
            "unique_authors": pa.array([day + 2 for day in number], pa.int64()),
        }
    )


def users(*names: str) -> pa.Table:
    """Users with 10 posts more than the next: 7 published, 2 drafts, 1 archived each ten."""
    tens = [len(names) - row for row in range(len(names))]
    return pa.table(
        {
            "user_id": pa.array([f"id-{row}" for row in range(len(names))], pa.string()),
            "user_name": pa.array(names, pa.string()),
            "total_posts": pa.array([10 * ten for ten in tens], pa.int64()),
            "published_posts": pa.array([7 * ten for ten in tens], pa.int64()),
            "draft_posts": pa.array([2 * ten for ten in tens], pa.int64()),
            "archived_posts": pa.array(tens, pa.int64()),
            "first_post": pa.array([NOON - timedelta(days=9)] * len(names), INSTANT),
            "last_post": pa.array([NOON] * len(names), INSTANT),
        }
    )


def newest(*posts: tuple[str, str | None], apart: timedelta = timedelta(hours=1)) -> pa.Table:
    """Posts of a title and a category each, the newest at noon."""
    size = len(posts)
    return pa.table(
        {
            "post_id": pa.array([f"id-{row}" for row in range(size)], pa.string()),
            "title": pa.array([title for title, _ in posts], pa.string()),
            "created_at": pa.array([NOON - row * apart for row in range(size)], INSTANT),
            "author_name": pa.array(["Ada"] * size, pa.string()),
            "category": pa.array([category for _, category in posts], pa.string()),
        }
    )


def found(*titles: str) -> pa.Table:
    """Posts that a search found, the first with a score of 10, each next with 1 less."""
    size = len(titles)
    return pa.table(
        {
            "rank": pa.array(range(1, size + 1), pa.int64()),
            "title": pa.array(titles, pa.string()),
            "score": pa.array([10.0 - row for row in range(size)], pa.float64()),
            "author_name": pa.array(["Ada"] * size, pa.string()),
            "category": pa.array([None] * size, pa.string()),
            "created_at": pa.array([NOON] * size, INSTANT),
            "matched_terms": pa.array([["data", "loss"]] * size, pa.list_(pa.string())),
        }
    )
