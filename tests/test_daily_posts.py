from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sample_posts import (
    STATUSES,
    USERS,
    Post,
    add_users,
    contradictory,
    local_day,
    reader_of_a_foreign_database,
    records,
    replace_posts,
)

import echo_analytics as echo
from echo_analytics.local_days import start_of_day

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from uuid import UUID

    import pandas as pd

UTC_ZONE = ZoneInfo("UTC")
MICROSECOND = timedelta(microseconds=1)
COLUMNS = [
    "date",
    "total_posts",
    "published_posts",
    "draft_posts",
    "archived_posts",
    "unique_authors",
    "is_complete",
]
CHANGES = [
    ("Europe/Berlin", "2026-03-29"),
    ("Europe/Berlin", "2026-10-25"),
    ("America/New_York", "2026-11-01"),
    ("Australia/Lord_Howe", "2026-04-05"),
    ("America/Santiago", "2026-09-06"),
    ("Asia/Beirut", "2022-03-27"),
    ("Pacific/Apia", "2011-12-30"),
    ("America/Havana", "2026-11-01"),
    ("Atlantic/Azores", "2026-10-25"),
    ("America/St_Johns", "2005-10-30"),
    ("Asia/Kathmandu", "1986-01-01"),
    ("UTC", "2026-01-01"),
]


def expected(posts: list[Post], start: date, end: date, zone: ZoneInfo) -> list[dict[str, Any]]:
    days: dict[date, list[Post]] = {}
    for post in posts:
        days.setdefault(local_day(post.created_at, zone), []).append(post)
    rows = []
    for number in range((end - start).days + 1):
        day = start + timedelta(days=number)
        of_day = days.get(day, [])
        states = Counter(post.state for post in of_day)
        rows.append(
            {
                "date": day,
                "total_posts": len(of_day),
                **{f"{state}_posts": states[state] for state in STATUSES},
                "unique_authors": len({post.author for post in of_day}),
                "is_complete": True,
            }
        )
    return rows


@pytest.fixture(scope="module")
def writer_url(create_database: Callable[..., str]) -> str:
    return create_database()


@pytest.fixture(scope="module")
def foreign(writer_url: str) -> Iterator[echo.Database[pd.DataFrame]]:
    """A database that knows nothing of us, as somebody sees it who may only read."""
    with reader_of_a_foreign_database(writer_url) as url, echo.connect(url) as database:
        yield database


def test_a_database_without_posts_has_a_row_of_zeros_for_every_day(
    foreign: echo.Database[pd.DataFrame], writer_url: str
) -> None:
    replace_posts(writer_url, [])
    frame = echo.daily_posts(foreign, "2026-02-27", "2026-03-02")
    assert list(frame.columns) == COLUMNS
    assert records(frame) == expected([], date(2026, 2, 27), date(2026, 3, 2), UTC_ZONE)
    assert len(frame) == 4


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "Pacific/Kiritimati", "America/Havana"])
def test_contradictory_posts_count_under_the_status_they_mean(
    zone: str, foreign: echo.Database[pd.DataFrame], writer_url: str
) -> None:
    posts = contradictory()
    replace_posts(writer_url, posts)
    found = records(echo.daily_posts(foreign, "2026-03-25", "2026-04-02", timezone=zone))
    assert found == expected(posts, date(2026, 3, 25), date(2026, 4, 2), ZoneInfo(zone))
    assert sum(row["total_posts"] for row in found) == len(posts)
    assert all(
        row["total_posts"] == row["published_posts"] + row["draft_posts"] + row["archived_posts"]
        for row in found
    )


@pytest.mark.parametrize(("name", "middle"), CHANGES)
def test_posts_at_the_edges_of_days_are_in_one_day_each(
    name: str, middle: str, foreign: echo.Database[pd.DataFrame], writer_url: str
) -> None:
    zone, day = ZoneInfo(name), date.fromisoformat(middle)
    start, end = day - timedelta(days=2), day + timedelta(days=2)
    author = next(iter(USERS))
    moments = [
        start_of_day(day + timedelta(days=number), zone) + shift
        for number in range(-1, 3)
        for shift in (-timedelta(hours=1), -MICROSECOND, 0 * MICROSECOND, timedelta(hours=1))
    ]
    posts = [Post(_id(number), author, moment) for number, moment in enumerate(moments)]
    replace_posts(writer_url, posts)
    found = records(echo.daily_posts(foreign, start, end, timezone=name))
    assert found == expected(posts, start, end, zone)
    assert sum(row["total_posts"] for row in found) == len(posts)


def _id(number: int) -> UUID:
    from uuid import UUID

    return UUID(int=5000 + number)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_posts_in_any_zone_are_counted_like_by_hand(
    data: st.DataObject, foreign: echo.Database[pd.DataFrame], writer_url: str
) -> None:
    name, middle = data.draw(st.sampled_from(CHANGES))
    zone, day = ZoneInfo(name), date.fromisoformat(middle)
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    minutes = data.draw(st.lists(st.integers(-4000, 4000), max_size=12))
    posts = [
        Post(
            _id(number),
            data.draw(st.sampled_from(sorted(USERS))),
            noon + timedelta(minutes=minute),
            data.draw(st.sampled_from([True, False, None])),
            data.draw(st.sampled_from(STATUSES)),
        )
        for number, minute in enumerate(minutes)
    ]
    replace_posts(writer_url, posts)
    start = day + timedelta(days=data.draw(st.integers(-4, 1)))
    end = start + timedelta(days=data.draw(st.integers(0, 4)))
    found = records(echo.daily_posts(foreign, start, end, timezone=name))
    assert found == expected(posts, start, end, zone)


def test_adjoining_ranges_count_every_post_once(
    foreign: echo.Database[pd.DataFrame], writer_url: str
) -> None:
    posts = contradictory()
    replace_posts(writer_url, posts)
    whole = records(echo.daily_posts(foreign, "2026-03-27", "2026-03-31"))
    parts = records(echo.daily_posts(foreign, "2026-03-27", "2026-03-28"))
    parts += records(echo.daily_posts(foreign, "2026-03-29", "2026-03-31"))
    assert parts == whole


def test_the_widest_range_has_a_row_for_every_day(foreign: echo.Database[pd.DataFrame]) -> None:
    frame = echo.daily_posts(foreign, "1678-01-01", "2261-12-31", timezone="Europe/Berlin")
    assert len(frame) == (date(2261, 12, 31) - date(1678, 1, 1)).days + 1


def test_both_frames_have_the_declared_types(foreign: echo.Database[pd.DataFrame]) -> None:
    pandas = echo.daily_posts(foreign, "2026-03-28", "2026-03-29")
    assert [str(dtype) for dtype in pandas.dtypes] == [
        "date32[day][pyarrow]",
        *["int64"] * 5,
        "bool",
    ]
    polars = echo.daily_posts(foreign.using("polars"), "2026-03-28", "2026-03-29")
    assert polars.schema == dict(zip(COLUMNS, [pl.Date, *[pl.Int64] * 5, pl.Boolean], strict=True))
    assert records(polars) == records(pandas)


def test_a_migrated_database_gives_the_same_answer(database_url: str) -> None:
    add_users(database_url)
    posts = contradictory()
    replace_posts(database_url, posts)
    with echo.connect(database_url) as database:
        found = records(echo.daily_posts(database, "2026-03-25", "2026-04-02"))
    assert found == expected(posts, date(2026, 3, 25), date(2026, 4, 2), UTC_ZONE)


@pytest.mark.parametrize(
    ("start", "end", "zone", "argument"),
    [
        ("2026-01-02", "2026-01-01", "UTC", "start"),
        ("soon", "2026-01-01", "UTC", "start"),
        ("2026-01-01", None, "UTC", "end"),
        ("2026-01-01", "2026-01-01", "Mars/Base", "timezone"),
    ],
)
def test_a_wrong_argument_is_refused_by_name(
    start: str, end: str, zone: str, argument: str, foreign: echo.Database[pd.DataFrame]
) -> None:
    with pytest.raises(echo.InvalidInput, match=f"^{argument}: "):
        echo.daily_posts(foreign, start, end, timezone=zone)
