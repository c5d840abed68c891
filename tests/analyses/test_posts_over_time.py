from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import cycle
from typing import TYPE_CHECKING, Any
from uuid import UUID
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from frames_by_hand import NoDatabase, assert_same_rows
from histories import CATEGORIES
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from sample_posts import (
    CATEGORY,
    STATUSES,
    USERS,
    Post,
    contradictory,
    records,
    replace_posts,
)
from series_by_hand import METRICS, Wanted, expected

import echo_analytics as echo
from analyses.conftest import ROLES

if TYPE_CHECKING:
    from collections.abc import Callable

    import pyarrow as pa

    from echo_analytics.queries.activity import Breakdown

BREAKDOWNS: tuple[Breakdown, ...] = ("category", "author", "status", "role")
CHANGES = [
    ("Europe/Berlin", "2026-03-29"),
    ("Europe/Berlin", "2026-10-25"),
    ("America/New_York", "2026-11-01"),
    ("Australia/Lord_Howe", "2026-04-05"),
    ("Australia/Lord_Howe", "2026-10-04"),
    ("America/Santiago", "2026-09-06"),
    ("Asia/Beirut", "2022-03-27"),
    ("Pacific/Apia", "2011-12-30"),
    ("America/Havana", "2026-11-01"),
    ("Atlantic/Azores", "2026-10-25"),
    ("UTC", "2024-02-29"),
    ("UTC", "2026-01-01"),
]
# How far apart posts are for each kind of bucket, in hours.
SPREAD = {"hour": 40, "day": 200, "week": 900, "month": 3000, "quarter": 9000, "year": 20_000}
NOW = datetime(2030, 1, 1, tzinfo=UTC)


def key_of(by: str | None) -> Callable[[Post], object]:
    keys: dict[str | None, Callable[[Post], object]] = {
        "category": lambda post: post.category,
        "author": lambda post: post.author,
        "status": lambda post: post.state,
        "role": lambda post: ROLES[post.author.int % 3],
    }
    return keys.get(by, lambda _: None)


def label_of(kind: str, value: object) -> str:
    if kind != "value":
        return {"other": "Other", "none": "No category"}[kind]
    return {**USERS, **CATEGORIES}[value] if isinstance(value, UUID) else str(value)


def by_hand(posts: list[Post], wanted: Wanted) -> list[dict[str, Any]]:
    return expected(posts, wanted, key_of(wanted.by), label_of)


def asked(source: echo.View[pa.Table], wanted: Wanted) -> list[dict[str, Any]]:
    return records(
        echo.posts_over_time(
            source,
            wanted.start,
            wanted.end,
            every=wanted.every,  # type: ignore[arg-type]  # any of them
            by=wanted.by,  # type: ignore[arg-type]  # any of them
            top=wanted.top,
            timezone=wanted.zone.key,
            week_start=wanted.week_start,
            rolling=wanted.rolling,
            compare=wanted.compare,  # type: ignore[arg-type]  # any of them
            cumulative=wanted.cumulative,
            now=wanted.now,
        )
    )


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[Post], Wanted]:
    name, middle = draw(st.sampled_from(CHANGES))
    day, zone = date.fromisoformat(middle), ZoneInfo(name)
    every = draw(st.sampled_from(list(SPREAD)))
    spread = SPREAD[every]
    compare = draw(st.sampled_from([None, "previous_period", "previous_year"]))
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    moments = st.builds(
        lambda minutes, micro, years: (
            noon + timedelta(minutes=minutes * 30, microseconds=micro) - timedelta(days=365 * years)
        ),
        st.integers(-spread * 2, spread),
        st.sampled_from([0, 0, 1, -1]),
        st.sampled_from([0, 0, 0, 1]) if compare == "previous_year" else st.just(0),
    )
    posts = [
        Post(
            UUID(int=9000 + number),
            draw(st.sampled_from(sorted(USERS))),
            moment,
            draw(st.sampled_from([True, False, None])),
            draw(st.sampled_from(STATUSES)),
            category=draw(st.sampled_from([None, *CATEGORIES])),
        )
        for number, moment in enumerate(draw(st.lists(moments, max_size=20)))
    ]
    longest = max(1, spread // 48)
    start = day + timedelta(days=draw(st.integers(-longest, 1)))
    end = start + timedelta(days=draw(st.integers(0, longest)))
    wanted = Wanted(
        start,
        end,
        every,
        zone,
        now=draw(st.one_of(st.just(NOW), moments)),
        week_start=draw(st.sampled_from(["monday", "sunday", "saturday"])),
        by=draw(st.sampled_from([None, *BREAKDOWNS])),
        top=draw(st.integers(1, 3)),
        rolling=draw(st.sampled_from([None, 1, 2, 7])),
        compare=compare,
        cumulative=draw(st.booleans()),
    )
    return posts, wanted


@settings(
    max_examples=120,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(history=histories())
def test_any_series_is_the_one_counted_by_hand(
    history: tuple[list[Post], Wanted], foreign: echo.Database[pa.Table], writer_url: str
) -> None:
    posts, wanted = history
    replace_posts(writer_url, posts)
    assert_same_rows(asked(foreign, wanted), by_hand(posts, wanted))


def test_a_breakdown_adds_up_to_the_series_without_one(
    foreign: echo.Database[pa.Table], writer_url: str
) -> None:
    posts = [
        replace(post, category=category)
        for post, category in zip(contradictory(), cycle([None, *CATEGORIES]), strict=False)
    ]
    replace_posts(writer_url, posts)
    options: dict[str, Any] = {"rolling": 3, "compare": "previous_period", "cumulative": True}
    whole = echo.posts_over_time(foreign.using("polars"), "2026-03-29", "2026-03-30", **options)
    names = [
        name
        for name in whole.columns
        if name.startswith(("total", "published", "draft", "archived"))
        and not name.endswith("relative_change")
    ]
    for by in BREAKDOWNS:
        parts = echo.posts_over_time(
            foreign.using("polars"), "2026-03-29", "2026-03-30", by=by, top=2, **options
        )
        added = parts.group_by("bucket", maintain_order=True).agg(pl.col(names).sum())
        assert_frame_equal(added.select(names), whole.select(names))


def test_groups_come_in_the_order_of_their_posts_then_other_then_none(
    foreign: echo.Database[pa.Table], writer_url: str
) -> None:
    author, noon = min(USERS), datetime(2026, 5, 4, 12, tzinfo=UTC)
    order = [UUID(int=101), UUID(int=101), CATEGORY, UUID(int=102), None, None, None]
    posts = [
        Post(UUID(int=number + 1), author, noon, category=category)
        for number, category in enumerate(order)
    ]
    replace_posts(writer_url, posts)
    rows = records(echo.posts_over_time(foreign, "2026-05-04", "2026-05-04", by="category", top=2))
    assert [(row["group_kind"], row["group_label"], row["total_posts"]) for row in rows] == [
        ("value", CATEGORIES[UUID(int=101)], 2),
        ("value", "Databases", 1),
        ("other", "Other", 1),
        ("none", "No category", 3),
    ]
    assert [row["group_key"] for row in rows] == [str(UUID(int=101)), str(CATEGORY), None, None]


def test_an_hour_that_the_clock_repeats_is_two_buckets(foreign: echo.Database[pa.Table]) -> None:
    rows = records(
        echo.posts_over_time(
            foreign, "2026-10-25", "2026-10-25", every="hour", timezone="Europe/Berlin"
        )
    )
    assert len(rows) == 25
    assert [row["bucket"] for row in rows[:2]] == [
        datetime(2026, 10, 24, 22, tzinfo=UTC),
        datetime(2026, 10, 24, 23, tzinfo=UTC),
    ]


@pytest.mark.parametrize("by", [None, "author"])
def test_types_are_the_declared_ones_with_rows_and_without(
    foreign: echo.Database[pa.Table], writer_url: str, by: Breakdown | None
) -> None:
    expected_types: dict[str, Any] = {"bucket": pl.Date}
    if by is not None:
        expected_types |= {
            "group_key": pl.String,
            "group_kind": pl.String,
            "group_label": pl.String,
        }
    expected_types |= dict.fromkeys(METRICS, pl.Int64) | {"is_complete": pl.Boolean}
    expected_types |= {f"{metric}_rolling": pl.Float64 for metric in METRICS[:4]}
    expected_types |= {"unique_authors_rolling": pl.Int64}
    expected_types |= {f"{metric}_cumulative": pl.Int64 for metric in METRICS}
    for metric in METRICS:
        expected_types |= {
            f"{metric}_previous": pl.Int64,
            f"{metric}_change": pl.Int64,
            f"{metric}_relative_change": pl.Float64,
        }
    for posts in (contradictory(), []):
        replace_posts(writer_url, posts)
        options: dict[str, Any] = {
            "by": by,
            "rolling": 7,
            "compare": "previous_year",
            "cumulative": True,
        }
        polars = echo.posts_over_time(
            foreign.using("polars"), "2026-03-28", "2026-03-29", **options
        )
        assert dict(polars.schema) == expected_types
        pandas = echo.posts_over_time(
            foreign.using("pandas"), "2026-03-28", "2026-03-29", **options
        )
        assert list(pandas.columns) == list(expected_types)
        assert str(pandas["total_posts_change"].dtype) == "Int64"
        assert str(pandas["total_posts"].dtype) == "int64"
        assert len(pandas) == len(polars)


def test_the_week_names_its_own_first_day_and_holds_what_the_range_has(
    foreign: echo.Database[pa.Table], writer_url: str
) -> None:
    author = min(USERS)
    posts = [
        Post(UUID(int=day), author, datetime(2026, 6, day, 12, tzinfo=UTC)) for day in range(1, 15)
    ]
    replace_posts(writer_url, posts)
    rows = records(
        echo.posts_over_time(foreign, "2026-06-03", "2026-06-09", every="week", rolling=1)
    )
    assert [(row["bucket"], row["total_posts"]) for row in rows] == [
        (date(2026, 6, 1), 5),
        (date(2026, 6, 8), 2),
    ]
    # The window is of whole weeks, so that it also has what lies before the range.
    assert [row["total_posts_rolling"] for row in rows] == [7.0, 2.0]


def test_more_hours_than_a_table_holds_are_refused() -> None:
    with pytest.raises(echo.InvalidInput, match=r"^start: .*hours"):
        echo.posts_over_time(NoDatabase(), "2000-01-01", "2020-01-01", every="hour")
