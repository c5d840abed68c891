"""Filters, pages, orders and marks, with the index and without it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from frames_by_hand import NoDatabase
from sample_posts import CATEGORY, USERS, Post, add_users, records, replace_posts

import echo_analytics as echo

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pyarrow as pa

BEGAN = datetime(2026, 5, 1, 22, tzinfo=UTC)
WRITERS = sorted(USERS)
STATUSES = [(True, "published"), (False, "draft"), (True, "archived")]
POSTS = [
    Post(
        UUID(int=100 + number),
        WRITERS[number % 3],
        BEGAN + timedelta(hours=number),
        *STATUSES[number % 7 % 3],
        title=f"Post {number}" + " garden" * (number % 4 == 0),
        content="garden " * (number % 5) + "with a hedge and some words more",
        category=CATEGORY if number % 2 else None,
    )
    for number in range(60)
]


@pytest.fixture(scope="module", params=["posts", "index"])
def db(
    request: pytest.FixtureRequest,
    create_database: Callable[..., str],
    migrated_template: str,
) -> Iterator[echo.Database[pa.Table]]:
    url = create_database(migrated_template)
    add_users(url)
    replace_posts(url, POSTS)
    with echo.connect(url, frame="arrow") as database:
        if request.param == "index":
            database.search_index.build()
        yield database


def status_of(post: Post) -> str:
    if post.status == "archived":
        return "archived"
    return "published" if post.published or post.status == "published" else "draft"


def ids(db: echo.Database[pa.Table], query: str, **options: Any) -> set[str]:  # noqa: ANN401
    return set(echo.search_posts(db, query, limit=100, **options)["post_id"].to_pylist())


def expected(query: Callable[[Post], bool]) -> set[str]:
    return {str(post.id) for post in POSTS if query(post)}


@pytest.mark.parametrize("status", ["published", "draft", "archived", None])
def test_posts_of_a_status(db: echo.Database[pa.Table], status: str | None) -> None:
    wanted = expected(lambda post: status is None or status_of(post) == status)
    assert ids(db, "hedge", status=status) == wanted
    assert wanted


@pytest.mark.parametrize(
    ("options", "keeps"),
    [
        ({"author": WRITERS[0]}, lambda post: post.author == WRITERS[0]),
        ({"author": UUID(int=77)}, lambda _: False),
        ({"category": str(CATEGORY)}, lambda post: post.category == CATEGORY),
        ({"start": "2026-05-02"}, lambda post: post.created_at >= BEGAN + timedelta(hours=2)),
        ({"end": "2026-05-01"}, lambda post: post.created_at < BEGAN + timedelta(hours=2)),
        (
            {"start": "2026-05-02", "end": "2026-05-02", "timezone": "Europe/Berlin"},
            lambda post: BEGAN <= post.created_at < BEGAN + timedelta(hours=24),
        ),
        (
            {"author": str(WRITERS[1]), "category": CATEGORY, "start": "2026-05-03"},
            lambda post: (
                post.author == WRITERS[1]
                and post.category == CATEGORY
                and post.created_at >= BEGAN + timedelta(hours=26)
            ),
        ),
    ],
)
def test_filters(
    db: echo.Database[pa.Table], options: dict[str, Any], keeps: Callable[[Post], bool]
) -> None:
    assert ids(db, "hedge", status=None, **options) == expected(keeps)


@pytest.mark.parametrize("sort", ["relevance", "newest"])
@pytest.mark.parametrize("size", [1, 7, 100])
def test_pages_add_up(db: echo.Database[pa.Table], sort: Any, size: int) -> None:  # noqa: ANN401
    whole = records(echo.search_posts(db, "garden hedge", limit=100, sort=sort, status=None))
    assert [row["rank"] for row in whole] == list(range(1, 61))
    pages = [
        row
        for offset in range(0, 70, size)
        for row in records(
            echo.search_posts(db, "garden hedge", limit=size, offset=offset, sort=sort, status=None)
        )
    ]
    assert pages == whole


def test_the_newest_come_first_where_that_is_asked(db: echo.Database[pa.Table]) -> None:
    rows = records(echo.search_posts(db, "garden", limit=100, sort="newest", status=None))
    moments = [row["created_at"] for row in rows]
    assert moments == sorted(moments, reverse=True)
    assert {row["post_id"] for row in rows} == ids(db, "garden", status=None)


@pytest.mark.parametrize(
    ("query", "keeps"),
    [
        ("title:garden", lambda post: "garden" in post.title),
        ("title:garden hedge", lambda post: "garden" in post.title),
        ("title:garden -title:4", lambda post: "garden" in post.title and post.title[5:7] != "4 "),
        ("gard*", lambda post: "garden" in post.title + post.content),
        ("gardening", lambda post: "garden" in post.title + post.content),
        ("-gard* hedge", lambda post: "garden" not in post.title + post.content),
        ('"garden with a hedge" some', lambda post: "garden with" in post.content),
        ('"garden with a hed*"', lambda _: False),
        ('"post 7" OR title:garden', lambda p: p.title == "Post 7" or "garden" in p.title),
        ('title:"post 8"', lambda post: post.title.startswith("Post 8")),
        ("the a with", lambda _: False),
    ],
)
def test_operators(db: echo.Database[pa.Table], query: str, keeps: Callable[[Post], bool]) -> None:
    assert ids(db, query, status=None) == expected(keeps)


def test_a_query_of_stop_words_finds_titles(
    create_database: Callable[..., str], migrated_template: str
) -> None:
    url = create_database(migrated_template)
    add_users(url)
    titles = ["The Who", "Who is there", "To be or not to be", "Nothing"]
    replace_posts(
        url,
        [
            Post(UUID(int=1 + n), WRITERS[0], BEGAN, title=title, content="the who of it all")
            for n, title in enumerate(titles)
        ],
    )
    with echo.connect(url, frame="arrow") as db:
        for _ in range(2):
            found = [
                echo.search_posts(db, query)["title"].to_pylist()
                for query in ("the who", "to be or not to be", "who")
            ]
            assert found == [["The Who"], ["To be or not to be"], ["The Who", "Who is there"]]
            db.search_index.build()


def test_marks_around_hits(create_database: Callable[..., str], migrated_template: str) -> None:
    url = create_database(migrated_template)
    add_users(url)
    attack = "a <b>bold</b> hedge & **stars** \x02 1 < 2 hedge \x03 <script>"
    replace_posts(url, [Post(UUID(int=1), WRITERS[0], BEGAN, title="<i>hedge</i>", content=attack)])
    with echo.connect(url, frame="arrow") as db:
        for _ in range(2):
            as_html, plain, marked = (
                echo.search_posts(db, "hedge", highlight=highlight)["snippet"][0].as_py()
                for highlight in ("html", False, True)
            )
            # The word before is left out; a tag is no text.
            assert as_html == (
                "… bold  <mark>hedge</mark> &amp; **stars**  1 &lt; 2 <mark>hedge</mark>"
            )
            assert plain == "… bold  hedge & **stars**  1 < 2 hedge"
            assert marked == "… bold  **hedge** & **stars**  1 < 2 **hedge**"
            db.search_index.build()


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("offset", -1),
        ("limit", 10_001),
        ("author", "nobody"),
        ("author", [str(WRITERS[0])]),
        ("category", "Releases"),
        ("status", "deleted"),
        ("start", "yesterday"),
        ("timezone", "Berlin"),
        ("sort", "oldest"),
        ("fuzzy", "yes"),
        ("highlight", "xml"),
        ("semantic", 1),
        ("budget", 0),
    ],
)
def test_a_wrong_argument_is_refused_before_anything_is_asked(argument: str, value: object) -> None:
    with pytest.raises(echo.InvalidInput, match=rf"^{argument}: "):
        echo.search_posts(NoDatabase(), "x", **{argument: value})  # type: ignore[arg-type]
