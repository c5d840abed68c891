"""How many posts a search finds, and of what kinds, held against the posts that it finds."""

from __future__ import annotations

import copy
import pickle
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID
from zoneinfo import ZoneInfo

import psycopg
import pytest
from frames_by_hand import NoDatabase
from sample_posts import CATEGORY, USERS, Post, add_users, records, replace_posts

import echo_analytics as echo
from echo_analytics.analytics import counting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pyarrow as pa

BEGAN = datetime(2026, 3, 28, 22, tzinfo=UTC)
WRITERS = sorted(USERS)
STATUSES = [(True, "published"), (None, "draft"), (True, "archived")]
POSTS = [
    Post(
        UUID(int=100 + number),
        WRITERS[number % 5 % 3],
        BEGAN + timedelta(hours=number * 7),
        *STATUSES[number % 7 % 3],
        title=f"Post {number}" + " garden" * (number % 4 == 0),
        content="garden " * (number % 5) + "with a hedge" + " and roses" * (number % 3),
        category=CATEGORY if number % 2 else None,
    )
    for number in range(60)
]
QUERIES = [
    "hedge",
    "garden roses",
    '"a hedge and roses" garden',
    "title:garden",
    "hedge -title:garden -nowhere",
    "ros*",
    '"garden garden" OR title:7',
    "the",
    "",
    "-garden",
    "nothing at all",
    "hegde",
]
NARROWED: list[dict[str, Any]] = [
    {},
    {"status": None},
    {"status": "archived", "author": WRITERS[0]},
    {"category": CATEGORY, "status": None, "start": "2026-03-29", "timezone": "Asia/Tokyo"},
    {"end": "2026-03-31", "timezone": "America/Santiago", "fuzzy": False},
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


@pytest.fixture(scope="module")
def many(
    create_database: Callable[..., str], migrated_template: str
) -> Iterator[echo.Database[pa.Table]]:
    """20,000 posts: all have a hedge, every third a garden, one in 2,000 roses."""
    url = create_database(migrated_template)
    add_users(url)
    with psycopg.connect(url) as connection:
        connection.execute(
            """INSERT INTO public.posts
                (id, title, content, author_id, category_id, created_at, published)
            SELECT md5(n::text)::uuid, 'Post ' || n, 'a hedge' ||
                CASE WHEN mod(n, 3) = 0 THEN ' in a garden' ELSE '' END ||
                CASE WHEN mod(n, 2000) = 0 THEN ' of roses' ELSE '' END,
                (ARRAY[%s, %s]::uuid[])[1 + (mod(n, 4) = 0)::int],
                CASE WHEN mod(n, 5) = 0 THEN %s::uuid END,
                timestamp '2026-01-01' + n * '10 min'::interval, true
            FROM generate_series(1, 20000) AS n""",
            (WRITERS[0], WRITERS[1], CATEGORY),
        )
    with echo.connect(url, frame="arrow") as database:
        database.search_index.build()
        yield database


def recounted(rows: list[dict[str, Any]], zone: ZoneInfo) -> list[tuple[Any, ...]]:
    """What the facets of posts are."""
    categories = Counter(
        (str(CATEGORY) if row["category"] else None, row["category"]) for row in rows
    )
    authors = Counter((row["author_id"], row["author_name"]) for row in rows)
    months = Counter(row["created_at"].astimezone(zone).strftime("%Y-%m") for row in rows)

    def ranked(facet: str, counts: Counter[tuple[Any, Any]]) -> list[tuple[Any, ...]]:
        order = sorted(counts.items(), key=lambda item: (-item[1], item[0][1] or "~"))
        return [(facet, *key, number, False) for key, number in order]

    return [
        *ranked("category", categories),
        *ranked("author", authors),
        *(("month", key, key, months[key], False) for key in sorted(months, reverse=True)),
    ]


@pytest.mark.parametrize("options", NARROWED, ids=str)
@pytest.mark.parametrize("query", QUERIES)
def test_what_is_counted_is_what_is_found(
    db: echo.Database[pa.Table], query: str, options: dict[str, Any]
) -> None:
    found = records(echo.search_posts(db, query, limit=1000, **options))
    count = echo.search_count(db, query, **options)
    assert count == len(found)
    assert not count.approximate
    facets = [
        tuple(row.values()) for row in records(echo.search_facets(db, query, limit=50, **options))
    ]
    assert facets == recounted(found, ZoneInfo(options.get("timezone", "UTC")))


def test_only_the_most_frequent_categories_and_authors_are_named(
    db: echo.Database[pa.Table],
) -> None:
    facets = records(echo.search_facets(db, "hedge", limit=1, status=None))
    assert Counter(row["facet"] for row in facets) == {"category": 1, "author": 1, "month": 2}
    everything = records(echo.search_facets(db, "hedge", status=None))
    assert next(row for row in everything if row["facet"] == "author") in facets


def test_what_was_corrected_is_said(many: echo.Database[pa.Table]) -> None:
    count = echo.search_count(many, "hegde graden")
    assert count == 20_000
    assert count.corrected == {"hegde": "hedge", "graden": "garden"}
    assert echo.search_count(many, "hegde", fuzzy=False) == 0


def test_a_count_is_a_number_and_stays_what_it_is() -> None:
    count = echo.MatchCount(7, approximate=True, corrected={"a": "b"})
    assert count == 7
    assert f"{count:,} {count + 1}" == "7 8"
    for again in (pickle.loads(pickle.dumps(count)), copy.deepcopy(count)):  # noqa: S301 - ours
        assert (again, again.approximate, again.corrected) == (7, True, {"a": "b"})


def test_very_many_matches_are_estimated_and_said_to_be(
    many: echo.Database[pa.Table], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert echo.search_count(many, "garden") == 6_666
    monkeypatch.setattr(counting, "MOST_READ", 5_000)
    monkeypatch.setattr(counting, "_FEWEST_SAMPLED", 4_000)
    count = echo.search_count(many, "garden", start="2026-02-01")
    exact = sum(n % 3 == 0 for n in range(31 * 144, 20_001))
    assert count.approximate
    assert abs(count - exact) < exact / 5
    assert count == echo.search_count(many, "garden", start="2026-02-01")
    facets = records(echo.search_facets(many, "garden", start="2026-02-01"))
    assert all(row["approximate"] for row in facets)
    for facet in ("category", "author", "month"):
        numbers = [row["total_posts"] for row in facets if row["facet"] == facet]
        assert abs(sum(numbers) - count) <= len(numbers)
    by_author = {row["value"]: row["total_posts"] for row in facets}
    assert 2 < by_author[str(WRITERS[0])] / by_author[str(WRITERS[1])] < 4.5


def test_few_among_many_are_counted(
    many: echo.Database[pa.Table], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "MOST_READ", 5_000)
    monkeypatch.setattr(counting, "_FEWEST_SAMPLED", 4_000)
    # Both words are frequent, and nothing has them in this order.
    for query, expected in [('"garden hedge"', 0), ("hedge -a*", 20_000), ("hedge title:77", 1)]:
        count = echo.search_count(many, query)
        assert (count, count.approximate) == (expected, expected == 20_000)
    count = echo.search_count(many, "hedge", start="2026-02-01", end="2026-02-01")
    assert (count, count.approximate) == (144, False)


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("author", "nobody"),
        ("category", "Releases"),
        ("status", "deleted"),
        ("start", "yesterday"),
        ("timezone", "Berlin"),
        ("fuzzy", "yes"),
    ],
)
def test_wrong_arguments_are_refused(argument: str, value: object) -> None:
    functions: list[Any] = [echo.search_count, echo.search_facets]
    for function in functions:
        with pytest.raises(echo.InvalidInput, match=rf"^{argument}: "):
            function(NoDatabase(), "x", **{argument: value})
    for limit in (0, 1_001, "many"):
        with pytest.raises(echo.InvalidInput, match=r"^limit: "):
            echo.search_facets(NoDatabase(), "x", limit=limit)  # type: ignore[arg-type]
    with pytest.raises(echo.InvalidInput, match=r"^query: "):
        echo.search_count(NoDatabase(), 7)  # type: ignore[arg-type]
