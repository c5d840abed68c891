from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from sample_posts import (
    USERS,
    Post,
    add_users,
    contradictory,
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
