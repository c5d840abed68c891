from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from plans import plan
from sample_posts import (
    CATEGORY,
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

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pandas as pd

POSTS = contradictory()
COLUMNS = [
    "post_id",
    "title",
    "content",
    "created_at",
    "author_id",
    "author_name",
    "category_id",
    "category",
]


def expected(posts: list[Post]) -> list[dict[str, Any]]:
    published = [post for post in posts if post.state == "published"]
    published.sort(key=lambda post: (post.created_at, post.id), reverse=True)
    return [
        {
            "post_id": str(post.id),
            "title": post.title,
            "content": post.content,
            "created_at": post.created_at,
            "author_id": str(post.author),
            "author_name": USERS[post.author],
            "category_id": None if post.category is None else str(post.category),
            "category": None if post.category is None else "Databases",
        }
        for post in published
    ]


@pytest.fixture(scope="module")
def foreign(create_database: Callable[..., str]) -> Iterator[echo.Database[pd.DataFrame]]:
    """A database that knows nothing of us, as somebody sees it who may only read."""
    writer_url = create_database()
    with reader_of_a_foreign_database(writer_url) as url, echo.connect(url) as database:
        replace_posts(writer_url, POSTS)
        yield database


@pytest.fixture
def migrated(database_url: str) -> Iterator[echo.Database[pd.DataFrame]]:
    add_users(database_url)
    replace_posts(database_url, POSTS)
    with echo.connect(database_url) as database:
        yield database


def test_all_that_is_published_comes_newest_first(foreign: echo.Database[pd.DataFrame]) -> None:
    wanted = expected(POSTS)
    assert len({row["created_at"] for row in wanted}) < len(wanted), "no ties to break"
    frame = echo.posts_with_authors(foreign)
    assert list(frame.columns) == COLUMNS
    assert records(frame) == wanted


def test_a_migrated_database_gives_the_same_answer(migrated: echo.Database[pd.DataFrame]) -> None:
    assert migrated.status_in_step()
    assert records(echo.posts_with_authors(migrated)) == expected(POSTS)


@pytest.mark.parametrize("limit", [1, 2, 7, 1000, 2**31 - 1])
def test_a_limit_gives_the_first_of_them(limit: int, foreign: echo.Database[pd.DataFrame]) -> None:
    assert records(echo.posts_with_authors(foreign, limit=limit)) == expected(POSTS)[:limit]


@pytest.mark.parametrize("limit", [0, -1, 1.5, "5", None, True, 2**31])
def test_another_limit_is_refused(limit: Any, foreign: echo.Database[pd.DataFrame]) -> None:  # noqa: ANN401 - wrong on purpose
    with pytest.raises(echo.InvalidInput, match=r"^limit: "):
        echo.posts_with_authors(foreign, limit=limit)


def test_addresses_come_only_when_asked_for(foreign: echo.Database[pd.DataFrame]) -> None:
    frame = echo.posts_with_authors(foreign, pii=True)
    assert list(frame.columns) == [*COLUMNS, "author_email"]
    names = dict(zip(frame["author_name"], frame["author_email"], strict=True))
    assert all(address == f"{name.split()[1]}@example.org" for name, address in names.items())


def test_an_empty_database_gives_the_same_types_in_both_frames(database_url: str) -> None:
    with echo.connect(database_url) as database:
        pandas = echo.posts_with_authors(database)
        polars = echo.posts_with_authors(database.using("polars"))
    assert len(pandas) == len(polars) == 0
    assert [str(dtype) for dtype in pandas.dtypes] == [
        *["str"] * 3,
        "datetime64[us, UTC]",
        *["str"] * 4,
    ]
    assert list(polars.schema.values()) == [
        *[pl.String] * 3,
        pl.Datetime("us", "UTC"),
        *[pl.String] * 4,
    ]


def test_both_frames_have_the_same_rows(foreign: echo.Database[pd.DataFrame]) -> None:
    polars = echo.posts_with_authors(foreign.using("polars"))
    assert records(polars) == records(echo.posts_with_authors(foreign))


@pytest.mark.parametrize("frame", ["pandas", "polars", "arrow"])
@pytest.mark.parametrize("limit", [1, 3, 7, 40])
def test_pages_follow_one_another_without_gap_or_repetition(
    limit: int,
    frame: Any,  # noqa: ANN401 - any of three
    foreign: echo.Database[pd.DataFrame],
) -> None:
    source, found, after = foreign.using(frame), [], None
    while True:
        page = echo.posts_with_authors(source, limit=limit, after=after)
        after = echo.next_cursor(page)
        if after is None:
            break
        found += records(page)
    assert found == expected(POSTS)


def test_pages_keep_microseconds_and_ties_apart(database_url: str) -> None:
    add_users(database_url)
    noon = datetime(2026, 5, 4, 12, tzinfo=UTC)
    author = next(iter(USERS))
    posts = [
        Post(UUID(int=number), author, noon + timedelta(microseconds=number // 3))
        for number in range(1, 31)
    ]
    replace_posts(database_url, posts)
    with echo.connect(database_url) as database:
        first = echo.posts_with_authors(database, limit=14)
        second = echo.posts_with_authors(database, limit=14, after=echo.next_cursor(first))
        newer = Post(UUID(int=99), author, noon + timedelta(days=1))
        replace_posts(database_url, [*posts, newer])
        third = echo.posts_with_authors(database, limit=14, after=echo.next_cursor(second))
    assert records(first) + records(second) + records(third) == expected(posts)


def test_filters_leave_only_what_they_say(foreign: echo.Database[pd.DataFrame]) -> None:
    rows = expected(POSTS)
    author = UUID(int=3)
    assert records(echo.posts_with_authors(foreign, author_id=author)) == [
        row for row in rows if row["author_id"] == str(author)
    ]
    assert records(echo.posts_with_authors(foreign, category_id=str(CATEGORY))) == [
        row for row in rows if row["category_id"] == str(CATEGORY)
    ]
    zone = ZoneInfo("Europe/Berlin")
    for start, end in (("2026-03-29", "2026-03-29"), (None, "2026-03-29"), ("2026-03-29", None)):
        found = echo.posts_with_authors(foreign, start=start, end=end, timezone=zone.key)
        days = {row["post_id"]: str(local_day(row["created_at"], zone)) for row in rows}
        assert records(found) == [
            row for row in rows if (start or "") <= days[row["post_id"]] <= (end or "9")
        ]
        assert 0 < len(found) < len(rows)


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("after", "x"),
        ("after", ""),
        ("after", 5),
        ("after", "MSBub3cgaWQ="),
        ("after", base64.urlsafe_b64encode(b"1 2026-01-01T00:00:00 " + b"0" * 32).decode()),
        ("after", base64.urlsafe_b64encode(b"2 2026-01-01T00:00:00Z " + b"0" * 32).decode()),
        ("author_id", "ada"),
        ("author_id", [UUID(int=1)]),
        ("category_id", 7),
        ("start", "soon"),
        ("end", "2026-02-30"),
        ("timezone", "Mars/Base"),
    ],
)
def test_a_wrong_argument_is_refused_by_name(
    argument: str, value: object, foreign: echo.Database[pd.DataFrame]
) -> None:
    wrong: dict[str, Any] = {argument: value}
    with pytest.raises(echo.InvalidInput, match=f"^{argument}: "):
        echo.posts_with_authors(foreign, **wrong)


def test_a_range_that_ends_before_it_starts_is_refused(
    foreign: echo.Database[pd.DataFrame],
) -> None:
    with pytest.raises(echo.InvalidInput, match=r"^start: "):
        echo.posts_with_authors(foreign, start="2026-03-29", end="2026-03-28")


def test_a_frame_without_posts_has_no_cursor(foreign: echo.Database[pd.DataFrame]) -> None:
    with pytest.raises(echo.InvalidInput, match=r"^frame: "):
        echo.next_cursor(echo.user_stats(foreign))


def test_the_table_of_posts_is_never_read_whole(
    create_database: Callable[..., str], demo_template: str
) -> None:
    url = create_database(demo_template)
    with echo.connect(url) as database:
        after = echo.next_cursor(echo.posts_with_authors(database, limit=50))
        user = echo.user_stats(database)["user_id"][0]
        for statement in (
            echo.sql(echo.posts_with_authors, database, limit=100),
            echo.sql(echo.posts_with_authors, database, limit=100, after=after),
            echo.sql(echo.user_stats, database, user),
        ):
            found = plan(url, statement)
            assert "Seq Scan on posts" not in found, found
            assert "Index Scan" in found or "Bitmap Index" in found
