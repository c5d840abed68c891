"""Small Arrow tables with the columns of the analyses."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Sequence

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


def declared(**columns: tuple[pa.DataType, Sequence[object]]) -> pa.Table:
    """A table of columns with a type and values each."""
    return pa.table({name: pa.array(values, kind) for name, (kind, values) in columns.items()})


WHOLE, SHARE, WORD, DAY, YES = pa.int64(), pa.float64(), pa.string(), pa.date32(), pa.bool_()


def authors(*totals: int) -> pa.Table:
    """Authors with so many posts each, of twice as many in all."""
    everything = 2 * sum(totals)
    return declared(
        rank=(WHOLE, list(range(1, len(totals) + 1))),
        author_id=(WORD, [f"id-{row}" for row in range(len(totals))]),
        author_name=(WORD, [f"Name {row}" for row in range(len(totals))]),
        total_posts=(WHOLE, list(totals)),
        share=(SHARE, [total / everything for total in totals]),
        cumulative_share=(
            SHARE,
            [sum(totals[: row + 1]) / everything for row in range(len(totals))],
        ),
    )


def categories(*names: str | None) -> pa.Table:
    """Categories of ten posts, of which seven are published; eight posts before."""
    size = len(names)
    return declared(
        category_id=(WORD, [None if name is None else f"id-{name}" for name in names]),
        category=(WORD, list(names)),
        total_posts=(WHOLE, [10] * size),
        published_posts=(WHOLE, [7] * size),
        unique_authors=(WHOLE, [3] * size),
        share=(SHARE, [1 / size] * size),
        first_post=(INSTANT, [NOON] * size),
        last_post=(INSTANT, [NOON] * size),
        median_length=(SHARE, [120.0] * size),
        total_posts_previous=(WHOLE, [8] * size),
        total_posts_relative_change=(SHARE, [0.25] * size),
    )


def terms(*words: str) -> pa.Table:
    """Words of ten posts of a hundred, of which five of fifty had them before; the last is new."""
    size = len(words)
    return declared(
        term=(WORD, list(words)),
        total_posts=(WHOLE, [10] * size),
        share=(SHARE, [0.1] * size),
        total_posts_previous=(WHOLE, [5] * (size - 1) + [0]),
        share_previous=(SHARE, [0.1] * (size - 1) + [None]),
        rise=(SHARE, [0.0] * (size - 1) + [None]),
    )


def explained(*terms: str) -> pa.Table:
    """Words of a query: the first is ignored, the last required, and corrected where not alone."""
    size = len(terms)
    ignored = [True] + [False] * (size - 1)
    return declared(
        term=(WORD, list(terms)),
        lexeme=(
            WORD,
            [None if skipped else term for skipped, term in zip(ignored, terms, strict=True)],
        ),
        kind=(WORD, ["word"] * size),
        role=(WORD, ["optional"] * (size - 1) + ["required"]),
        document_frequency=(WHOLE, [None if skipped else 3 for skipped in ignored]),
        weight=(SHARE, [None if skipped else 2.5 for skipped in ignored]),
        ignored=(pa.bool_(), ignored),
        reason=(WORD, [terms[0] if skipped else None for skipped in ignored]),
        corrected_to=(WORD, [None] * (size - 1) + [terms[-1]]),
    )


def facets(category: str | None, author: str = "Ada", *, approximate: bool = False) -> pa.Table:
    """Two posts of a category, one author and two months."""
    return declared(
        facet=(WORD, ["category", "author", "month", "month"]),
        value=(WORD, [None if category is None else "a", "b", "2026-06", "2026-05"]),
        label=(WORD, [category, author, "2026-06", "2026-05"]),
        total_posts=(WHOLE, [2, 2, 1, 1]),
        approximate=(pa.bool_(), [approximate] * 4),
    )


def hours() -> pa.Table:
    """As many posts at each hour of the week as hours have gone by."""
    return declared(
        weekday=(WHOLE, [1 + row // 24 for row in range(168)]),
        hour=(WHOLE, [row % 24 for row in range(168)]),
        total_posts=(WHOLE, list(range(168))),
    )


def cohorts() -> pa.Table:
    """Two cohorts of ten and four, and their mean; the last period is not over."""
    first, second = date(2026, 1, 1), date(2026, 2, 1)
    return declared(
        cohort=(DAY, [first, first, second, None]),
        cohort_size=(WHOLE, [10, 10, 4, 10]),
        period=(WHOLE, [0, 1, 0, 0]),
        active_authors=(WHOLE, [10, 5, 4, 10]),
        rate=(SHARE, [1.0, 0.5, 1.0, 1.0]),
        is_complete=(YES, [True, False, False, True]),
    )


def weeks(*, over: bool = True) -> pa.Table:
    """Three weeks of authors; the last may not be over."""
    return declared(
        bucket=(DAY, [date(2026, 6, 1), date(2026, 6, 8), date(2026, 6, 15)]),
        new_authors=(WHOLE, [1, 2, 3]),
        returning_authors=(WHOLE, [4, 5, 6]),
        resurrected_authors=(WHOLE, [7, 8, 9]),
        dormant_authors=(WHOLE, [0, 2, 30]),
        is_complete=(YES, [True, True, over]),
    )


def active(days: int) -> pa.Table:
    """Days with 1, 2 and 4 active authors."""
    return declared(
        date=(DAY, [START + timedelta(days=day) for day in range(days)]),
        daily_active=(WHOLE, [1] * days),
        weekly_active=(WHOLE, [2] * days),
        monthly_active=(WHOLE, [4] * days),
        daily_weekly=(SHARE, [0.5] * days),
        daily_monthly=(SHARE, [0.25] * days),
        is_complete=(YES, [True] * days),
    )


def steps(*users: int) -> pa.Table:
    """The steps of a funnel."""
    names = ["signed up", "first post", "first published", "second published"][: len(users)]
    return declared(
        step=(WHOLE, list(range(1, len(users) + 1))),
        step_name=(WORD, list(names)),
        users=(WHOLE, list(users)),
        conversion_from_first=(SHARE, [n / users[0] if users[0] else None for n in users]),
        conversion_from_previous=(SHARE, [None] * len(users)),
        median_hours=(SHARE, [0.0, 5.0, 47.9, 96.0][: len(users)]),
    )


def unusual(*scores: float | None) -> pa.Table:
    """Days with these scores, unusual beyond 3.5; those without one are not over."""
    size = len(scores)
    marked = [score is not None and abs(score) > 3.5 for score in scores]
    return declared(
        date=(DAY, [START + timedelta(days=day) for day in range(size)]),
        total_posts=(WHOLE, [10] * size),
        expected=(SHARE, [9.0] * size),
        lower=(SHARE, [4.0] * size),
        upper=(SHARE, [14.0] * size),
        score=(SHARE, list(scores)),
        is_anomaly=(YES, list(marked)),
        is_complete=(YES, [score is not None for score in scores]),
    )


def key_figures(*metrics: str) -> pa.Table:
    """Figures that rose from 1,000 to 1,250."""
    size = len(metrics)
    return declared(
        metric=(WORD, list(metrics)),
        value=(SHARE, [1250.0] * size),
        value_previous=(SHARE, [1000.0] * size),
        change=(SHARE, [250.0] * size),
        relative_change=(SHARE, [0.25] * size),
    )


def months(*groups: str) -> pa.Table:
    """Three months of five posts in each group; without one, of all."""
    buckets = [date(2026, month, 1) for month in (1, 2, 3)]
    size = 3 * max(1, len(groups))
    counts: dict[str, tuple[pa.DataType, Sequence[object]]] = {
        "bucket": (DAY, buckets * max(1, len(groups))),
        "total_posts": (WHOLE, [5] * size),
        "published_posts": (WHOLE, [2] * size),
        "draft_posts": (WHOLE, [2] * size),
        "archived_posts": (WHOLE, [1] * size),
        "unique_authors": (WHOLE, [3] * size),
        "is_complete": (YES, [True, True, False] * max(1, len(groups))),
    }
    if groups:
        names = [name for name in groups for _ in buckets]
        counts |= {
            "group_key": (WORD, list(names)),
            "group_kind": (WORD, ["value"] * size),
            "group_label": (WORD, list(names)),
        }
    return declared(**counts)
