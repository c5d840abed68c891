from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from sample_posts import (
    SILENT,
    STATUSES,
    USERS,
    Post,
    contradictory,
    local_day,
    reader_of_a_foreign_database,
    records,
    replace_posts,
)

import echo_analytics as echo

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pandas as pd

DTYPES = {
    "user_id": "str",
    "user_name": "str",
    "total_posts": "int64",
    "published_posts": "int64",
    "draft_posts": "int64",
    "archived_posts": "int64",
    "first_post": "datetime64[us, UTC]",
    "last_post": "datetime64[us, UTC]",
    "days_active": "int64",
    "posts_last_30_days": "int64",
}
POSTS = contradictory()
UTC_ZONE = ZoneInfo("UTC")


def expected(
    posts: list[Post], zone: ZoneInfo = UTC_ZONE, now: datetime | None = None
) -> list[dict[str, Any]]:
    today = local_day(now or datetime.now(UTC), zone)
    recent = {today - timedelta(days=number) for number in range(30)}
    rows = []
    for user, name in USERS.items():
        own = [post for post in posts if post.author == user]
        states = Counter(post.state for post in own)
        rows.append(
            {
                "user_id": str(user),
                "user_name": name,
                "total_posts": len(own),
                **{f"{state}_posts": states[state] for state in STATUSES},
                "first_post": min((post.created_at for post in own), default=None),
                "last_post": max((post.created_at for post in own), default=None),
                "days_active": len({local_day(post.created_at, zone) for post in own}),
                "posts_last_30_days": sum(
                    local_day(post.created_at, zone) in recent for post in own
                ),
            }
        )
    return sorted(rows, key=lambda row: (-row["total_posts"], row["user_id"]))


@pytest.fixture(scope="module")
def writer_url(create_database: Callable[..., str]) -> str:
    return create_database()


@pytest.fixture(scope="module")
def foreign(writer_url: str) -> Iterator[echo.Database[pd.DataFrame]]:
    """A database that knows nothing of us, as somebody sees it who may only read."""
    with reader_of_a_foreign_database(writer_url) as url, echo.connect(url) as database:
        replace_posts(writer_url, POSTS)
        yield database


def test_every_user_has_a_row_with_posts_or_without(foreign: echo.Database[pd.DataFrame]) -> None:
    found = records(echo.user_stats(foreign))
    assert found == expected(POSTS)
    assert found[-1]["user_id"] == str(SILENT)
    assert found[-1]["first_post"] is None
    for row in found:
        assert row["total_posts"] == sum(row[f"{state}_posts"] for state in STATUSES)


@pytest.mark.parametrize("number", [1, 4, 7])
def test_one_user_has_the_row_that_all_users_have(
    number: int, foreign: echo.Database[pd.DataFrame]
) -> None:
    wanted = UUID(int=number)
    row = [row for row in expected(POSTS) if row["user_id"] == str(wanted)]
    assert records(echo.user_stats(foreign, wanted)) == row
    assert records(echo.user_stats(foreign, str(wanted).upper())) == row


def test_several_users_come_once_each(foreign: echo.Database[pd.DataFrame]) -> None:
    wanted: list[str | UUID] = [UUID(int=2), str(UUID(int=7)), UUID(int=2), UUID(int=999)]
    names = {str(UUID(int=2)), str(UUID(int=7))}
    assert records(echo.user_stats(foreign, wanted)) == [
        row for row in expected(POSTS) if row["user_id"] in names
    ]


@pytest.mark.parametrize("wanted", [[], UUID(int=999), [str(UUID(int=999))]])
def test_ids_of_nobody_give_no_rows_with_the_same_types(
    wanted: UUID | list[str], foreign: echo.Database[pd.DataFrame]
) -> None:
    frame = echo.user_stats(foreign, wanted)
    assert len(frame) == 0
    assert {name: str(dtype) for name, dtype in frame.dtypes.items()} == DTYPES


def test_both_frames_have_the_declared_types(foreign: echo.Database[pd.DataFrame]) -> None:
    pandas = echo.user_stats(foreign)
    assert {name: str(dtype) for name, dtype in pandas.dtypes.items()} == DTYPES
    polars = echo.user_stats(foreign.using("polars"))
    assert polars.schema == {
        "user_id": pl.String,
        "user_name": pl.String,
        **dict.fromkeys(list(DTYPES)[2:6], pl.Int64),
        **{name: pl.Datetime("us", "UTC") for name in list(DTYPES)[6:8]},
        **dict.fromkeys(list(DTYPES)[8:], pl.Int64),
    }
    assert records(polars) == records(pandas)


@pytest.mark.parametrize(
    ("name", "middle"),
    [
        ("Europe/Berlin", "2026-03-29"),
        ("Australia/Lord_Howe", "2026-04-05"),
        ("America/Santiago", "2026-09-06"),
        ("America/Santiago", "2026-04-05"),
        ("Asia/Beirut", "2022-03-27"),
        ("Pacific/Apia", "2011-12-30"),
        ("America/Havana", "2026-11-01"),
        ("Atlantic/Azores", "2026-10-25"),
        ("America/St_Johns", "2005-10-30"),
        ("Asia/Kathmandu", "1986-01-01"),
    ],
)
def test_days_are_those_of_the_zone_at_their_edges(
    name: str, middle: str, foreign: echo.Database[pd.DataFrame], writer_url: str
) -> None:
    zone, day = ZoneInfo(name), date.fromisoformat(middle)
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    author = next(iter(USERS))
    posts = [
        Post(UUID(int=1000 + number), author, noon + timedelta(minutes=30 * number))
        for number in range(-90, 90, 1)
    ]
    for count in range(0, len(posts), 7):
        posts[count] = replace(posts[count], author=UUID(int=2 + count % 3))
    replace_posts(writer_url, posts)
    for shift in (-40, 0, 27, 31 * 24):
        now = noon + timedelta(hours=shift)
        found = records(echo.user_stats(foreign, timezone=name, now=now))
        assert found == expected(posts, zone, now)
    replace_posts(writer_url, POSTS)


@pytest.mark.parametrize("wanted", ["x", 5, [5], ""])
def test_what_is_no_id_is_refused(wanted: Any, foreign: echo.Database[pd.DataFrame]) -> None:  # noqa: ANN401 - wrong on purpose
    with pytest.raises(echo.InvalidInput, match=r"^user_ids: "):
        echo.user_stats(foreign, wanted)


def test_a_wrong_zone_or_moment_is_refused(foreign: echo.Database[pd.DataFrame]) -> None:
    with pytest.raises(echo.InvalidInput, match=r"^timezone: "):
        echo.user_stats(foreign, timezone="Mars/Base")
    with pytest.raises(echo.InvalidInput, match=r"^now: "):
        echo.user_stats(foreign, now=datetime(2026, 1, 1))  # noqa: DTZ001 - the check is the test
