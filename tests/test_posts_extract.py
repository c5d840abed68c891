from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import polars as pl
import psycopg
import pyarrow as pa
import pytest
from frames_by_hand import NoDatabase
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

POSTS = contradictory()
SCHEMA = pa.schema(
    [
        pa.field("post_id", pa.string()),
        pa.field("title", pa.string()),
        pa.field("content", pa.string()),
        pa.field("status", pa.string()),
        pa.field("published", pa.bool_()),
        pa.field("author_id", pa.string()),
        pa.field("category_id", pa.string()),
        pa.field("created_at", pa.timestamp("us", "UTC")),
        pa.field("updated_at", pa.timestamp("us", "UTC")),
    ]
)


def expected(posts: list[Post]) -> list[dict[str, Any]]:
    return [
        {
            "post_id": str(post.id),
            "title": post.title,
            "content": post.content,
            "status": post.state,
            "published": post.state == "published",
            "author_id": str(post.author),
            "category_id": None if post.category is None else str(post.category),
            "created_at": post.created_at,
        }
        for post in sorted(posts, key=lambda post: (post.created_at, post.id))
    ]


def without_updates(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: row[name] for name in row if name != "updated_at"} for row in rows]


@pytest.fixture(scope="module")
def foreign(create_database: Callable[..., str]) -> Iterator[echo.Database[pa.Table]]:
    """A database that knows nothing of us, as somebody sees it who may only read."""
    writer_url = create_database()
    with (
        reader_of_a_foreign_database(writer_url) as url,
        echo.connect(url, frame="arrow") as database,
    ):
        replace_posts(writer_url, POSTS)
        yield database


@pytest.fixture
def many(database_url: str) -> Iterator[echo.Database[pa.Table]]:
    """A migrated database whose posts are some 60 MB."""
    add_users(database_url)
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO posts (title, content, author_id) SELECT 'Title ' || n, repeat('x', 3000),"
            " (SELECT id FROM users ORDER BY id LIMIT 1) FROM generate_series(1, 20000) n"
        )
    with echo.connect(database_url, frame="arrow") as database:
        yield database


def test_every_post_comes_with_all_columns_oldest_first(foreign: echo.Database[pa.Table]) -> None:
    found = echo.posts(foreign)
    assert found.schema.equals(SCHEMA)
    assert without_updates(records(found)) == expected(POSTS)


def test_the_last_change_is_the_one_of_the_row(many: echo.Database[pa.Table]) -> None:
    changed = many.posts.find_many(limit=1).items[0]
    many.posts.update(changed.id, echo_changes(title="changed"))
    wanted = many.posts.get(changed.id)
    rows = echo.posts(many).to_pylist()
    assert {row["post_id"]: row["updated_at"] for row in rows}[str(changed.id)] == wanted.updated_at


def echo_changes(title: str) -> Any:  # noqa: ANN401 - a model that only this test needs
    from echo_analytics.models import PostChanges

    return PostChanges(title=title)


@pytest.mark.parametrize("status", ["draft", "published", "archived"])
def test_a_status_is_the_one_that_analyses_count(
    status: Any,  # noqa: ANN401 - any of three
    foreign: echo.Database[pa.Table],
) -> None:
    wanted = [post for post in POSTS if post.state == status]
    assert wanted
    assert without_updates(records(echo.posts(foreign, status=status))) == expected(wanted)


def test_filters_are_met_all_together(foreign: echo.Database[pa.Table]) -> None:
    zone, day = ZoneInfo("Europe/Berlin"), date(2026, 3, 29)
    author = next(iter(USERS))
    wanted = [
        post
        for post in POSTS
        if local_day(post.created_at, zone) == day
        and post.author == author
        and post.category == CATEGORY
    ]
    assert wanted
    found = echo.posts(
        foreign, day, day, author_id=author, category_id=str(CATEGORY), timezone=zone.key
    )
    assert without_updates(records(found)) == expected(wanted)


def test_without_an_order_the_same_posts_come(foreign: echo.Database[pa.Table]) -> None:
    found = echo.posts(foreign, ordered=False)
    assert "ORDER BY" not in echo.sql(echo.posts, foreign, ordered=False).text
    assert found.sort_by([("created_at", "ascending"), ("post_id", "ascending")]).equals(
        echo.posts(foreign)
    )


def test_no_posts_have_the_same_types_in_both_frames(database_url: str) -> None:
    with echo.connect(database_url) as database:
        none, some = echo.posts(database), database.using("polars")
        assert list(none.columns) == SCHEMA.names
        assert none.empty
        assert echo.posts(some).schema == pl.from_arrow(SCHEMA.empty_table()).schema  # type: ignore[union-attr]  # a table is a frame
        (only,) = echo.posts_batches(database)
        assert list(only.dtypes) == list(none.dtypes)


def test_batches_are_the_whole_extract_in_order(many: echo.Database[pa.Table]) -> None:
    frames = list(echo.posts_batches(many))
    assert len(frames) > 1
    assert all(frame.num_rows < 20_000 for frame in frames)
    assert pa.concat_tables(frames).equals(echo.posts(many))


def test_batches_of_a_snapshot_see_its_moment(many: echo.Database[pa.Table]) -> None:
    with many.snapshot() as source:
        first = echo.user_stats(source)
        many.users.delete(first["user_id"][0].as_py())
        assert sum(frame.num_rows for frame in echo.posts_batches(source)) == 20_000
    assert sum(frame.num_rows for frame in echo.posts_batches(many)) == 0


def test_an_iterator_that_is_left_gives_its_connection_back(
    many: echo.Database[pa.Table],
) -> None:
    frames = echo.posts_batches(many)
    next(frames)
    assert in_use(many) == 1
    frames.close()  # type: ignore[attr-defined]  # it is a generator
    assert in_use(many) == 0
    assert echo.posts(many, "1999-01-01", "1999-01-01").num_rows == 0


def in_use(db: echo.Database[pa.Table]) -> int:
    reading = db.health().reading
    assert reading is not None
    return reading.size - reading.idle


def test_a_server_lost_between_two_batches_is_a_connection_failed(
    many: echo.Database[pa.Table],
) -> None:
    frames = echo.posts_batches(many)
    next(frames)
    with many.transaction() as connection:
        connection.exec_driver_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'active'"
        )
    with pytest.raises(echo.ConnectionFailed):
        list(frames)
    assert len(list(echo.posts_batches(many))) > 1


def test_a_connection_lost_before_is_replaced(many: echo.Database[pa.Table]) -> None:
    echo.posts(many, "1999-01-01", "1999-01-01")
    with many.transaction() as connection:
        connection.exec_driver_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    assert sum(frame.num_rows for frame in echo.posts_batches(many)) == 20_000


@pytest.mark.parametrize(
    ("argument", "wrong"),
    [
        ("start", "soon"),
        ("start", datetime(2026, 1, 1, 12, tzinfo=UTC)),
        ("end", 5),
        ("author_id", "nobody"),
        ("author_id", ["x"]),
        ("category_id", 7),
        ("status", "gone"),
        ("status", True),
        ("ordered", 1),
        ("timezone", "Mars/Olympus"),
    ],
)
@pytest.mark.parametrize("analysis", [echo.posts, echo.posts_batches])
def test_what_is_wrong_is_refused_at_the_call(
    analysis: Callable[..., object], argument: str, wrong: object
) -> None:
    with pytest.raises(echo.InvalidInput, match=f"^{argument}: "):
        analysis(NoDatabase(), **{argument: wrong})


def test_a_start_after_the_end_is_refused() -> None:
    day = date(2026, 1, 2)
    with pytest.raises(echo.InvalidInput, match=r"^start: "):
        echo.posts(NoDatabase(), day, day - timedelta(days=1))
