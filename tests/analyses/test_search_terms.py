"""What is written about, against a count by hand."""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from drizzle_database import run
from frames_by_hand import assert_same_rows
from sample_posts import (
    CATEGORY,
    USERS,
    Post,
    add_users,
    local_day,
    records,
    replace_posts,
)

import echo_analytics as echo
from echo_analytics.analytics import terms
from echo_analytics.queries import terms as queries

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pyarrow as pa

WORDS = {
    "elephants": ["elephants"],
    "café": ["café"],
    "running": ["running"],
    "node.js": ["node.js", "node", "js"],
    "c++": ["c++"],
    "snake_case": ["snake_case", "snake", "case"],
    "кошка": ["кошка"],
    "v1.2.3": ["v1.2.3", "v1"],
}
"""What is written, and the terms that are found of it."""

NOISE = ["the", "of", "2026", "3.14", "1e5", "x", "-", "and"]
BERLIN = ZoneInfo("Europe/Berlin")
AUTHORS = sorted(USERS)[:4]
START, END = date(2026, 3, 25), date(2026, 3, 31)


def history(seed: int, number: int = 90) -> list[Post]:
    """Posts of two weeks and some days around, whose clocks go forward; the words differ."""
    draws = random.Random(seed)  # noqa: S311 - not for secrets
    return [
        Post(
            id=UUID(int=2_000 + place),
            author=draws.choice(list(USERS)),
            created_at=datetime(2026, 3, 14, tzinfo=UTC)
            + timedelta(minutes=draws.randrange(28_000)),
            published=draws.choice([True, None]),
            status=draws.choice(["draft", "published", "archived"]),
            title=" ".join(draws.sample(NOISE, 3)),
            content=", ".join(draws.sample(list(WORDS), draws.randrange(5))),
            category=draws.choice([None, CATEGORY]),
        )
        for place in range(number)
    ]


def terms_of(post: Post) -> set[str]:
    return {term for word in post.content.split(", ") if word for term in WORDS[word]}


def likelihood(posts: int, of: int, share: float) -> float:
    """The logarithm of the likelihood of so many posts, as Dunning has it."""
    return sum(
        number * math.log(chance)
        for number, chance in ((posts, share), (of - posts, 1 - share))
        if number
    )


def rise(here: int, of: int, before: int, of_before: int) -> float | None:
    if not of_before:
        return None
    both = (here + before) / (of + of_before)
    ratio = 2 * (
        likelihood(here, of, here / of)
        + likelihood(before, of_before, before / of_before)
        - likelihood(here, of, both)
        - likelihood(before, of_before, both)
    )
    return math.copysign(ratio, here / of - before / of_before) if ratio > 1e-12 else 0.0


def by_hand(posts: Sequence[Post], first: date, last: date) -> list[dict[str, Any]]:
    """The rows of all terms, the most frequent first."""
    before = first - (last - first) - timedelta(days=1)
    days = {post.id: local_day(post.created_at, BERLIN) for post in posts}
    here = [post for post in posts if first <= days[post.id] <= last]
    earlier = [post for post in posts if before <= days[post.id] < first]
    counted = Counter(term for post in here for term in terms_of(post))
    counted_before = Counter(term for post in earlier for term in terms_of(post))
    rows = [
        {
            "term": term,
            "total_posts": total,
            "share": total / len(here),
            "total_posts_previous": counted_before[term],
            "share_previous": counted_before[term] / len(earlier) if earlier else None,
            "rise": rise(total, len(here), counted_before[term], len(earlier)),
        }
        for term, total in counted.items()
    ]
    return sorted(rows, key=lambda row: (-row["total_posts"], row["term"].encode()))


def risen(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    found = [row for row in rows if row["rise"] and row["rise"] > 0]
    return sorted(found, key=lambda row: (-row["rise"], -row["total_posts"], row["term"].encode()))


@pytest.fixture(scope="module")
def url(create_database: Callable[..., str], migrated_template: str) -> str:
    """A database with authors, categories, and the search index of no posts."""
    url = create_database(migrated_template)
    add_users(url)
    with echo.connect(url) as db:
        db.search_index.build()
    return url


@pytest.fixture(scope="module")
def db(url: str) -> Iterator[echo.Database[pa.Table]]:
    with echo.connect(url, frame="arrow") as db:
        yield db


@pytest.fixture(params=["pg_catalog.english", None], ids=["index", "posts"])
def ask(
    request: pytest.FixtureRequest, db: echo.Database[pa.Table], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., list[dict[str, Any]]]:
    """The analysis, going by the index or by the posts themselves."""
    monkeypatch.setattr(terms, "_configuration", lambda _: request.param)

    def ask(**options: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - arguments of all types
        options = {"start": START, "end": END, "timezone": "Europe/Berlin", **options}
        return records(echo.search_terms(db, **options))

    return ask


Ask = Callable[..., list[dict[str, Any]]]


def assert_terms(found: list[dict[str, Any]], wanted: list[dict[str, Any]]) -> None:
    assert [row["term"] for row in found] == [row["term"] for row in wanted]
    for rows in (found, wanted):
        for row in rows:
            row["rise"] = None if row["rise"] is None else round(row["rise"], 6) + 0.0
    assert_same_rows(found, wanted)


@pytest.mark.parametrize("seed", range(4))
def test_terms_are_those_counted_by_hand(url: str, ask: Ask, seed: int) -> None:
    posts = history(seed)
    replace_posts(url, posts)
    expected = by_hand(posts, START, END)
    assert len(expected) > 5
    assert_terms(ask(status=None), expected)
    assert_terms(ask(status=None, by="rising"), risen(expected))
    assert_terms(ask(status=None, limit=2), expected[:2])
    assert_terms(ask(), by_hand([post for post in posts if post.state == "published"], START, END))
    some = [post for post in posts if post.category == CATEGORY and post.author in AUTHORS]
    assert_terms(ask(status=None, category=CATEGORY, author=AUTHORS), by_hand(some, START, END))


def test_nothing_to_compare_with_leaves_the_rise_unknown(url: str, ask: Ask) -> None:
    posts = [post for post in history(1) if local_day(post.created_at, BERLIN) >= START]
    replace_posts(url, posts)
    expected = by_hand(posts, START, END)
    assert {row["rise"] for row in expected} == {None}
    assert_terms(ask(status=None), expected)
    assert ask(status=None, by="rising") == []
    assert ask(status=None, start="2025-01-01", end="2025-01-31") == []


def test_the_year_before_can_be_compared_with(url: str, ask: Ask) -> None:
    post = history(1)[0]
    days = {date(2026, 3, 28): "mango", date(2026, 3, 19): "mango", date(2025, 3, 28): "papaya"}
    replace_posts(
        url,
        [
            replace(
                post,
                id=UUID(int=number),
                content=word,
                title="",
                created_at=datetime(day.year, day.month, day.day, 12, tzinfo=UTC),
            )
            for number, (day, word) in enumerate(days.items(), 1)
        ],
    )
    (before,) = ask(status=None)
    assert (before["term"], before["total_posts_previous"], before["rise"]) == ("mango", 1, 0)
    (year,) = ask(status=None, compare="previous_year")
    assert (year["term"], year["total_posts_previous"]) == ("mango", 0)
    assert year["rise"] > 0


def written(*contents: str) -> list[Post]:
    """Published posts of 28 March."""
    post = replace(history(1)[0], title="", status="published", published=True)
    noon = datetime(2026, 3, 28, 12, tzinfo=UTC)
    return [
        replace(post, id=UUID(int=number), content=content, created_at=noon)
        for number, content in enumerate(contents, 1)
    ]


def test_a_term_is_shown_as_most_posts_write_it(url: str, ask: Ask) -> None:
    replace_posts(
        url,
        written(
            "Databases, “databases”!", "databases", "the database", "Nights—and Night", "nights"
        ),
    )
    assert [row["term"] for row in ask()] == ["databases", "nights"]


def test_stop_words_numbers_single_letters_and_addresses_are_no_terms(url: str, ask: Ask) -> None:
    replace_posts(url, written("the x of 12 1.2.3 1e9 -5", "9 jane.doe@mail.example.org", "and y"))
    assert ask() == []


def test_what_is_in_addresses_alone_is_no_term(url: str, ask: Ask) -> None:
    address = "https://www.example.com/guide/garden.html?com=1#http"
    replace_posts(
        url,
        written(
            *(f"See {address}, a garden" for _ in range(3)),
            f"<a href='{address}'>here</a> com port, with node.js",
            "Write to mango.lassi@mail.example.org about node.js or http",
            f"A guide: {address}",
            "the guide of the mango",
        ),
    )
    # More than half of the posts with it have "garden" elsewhere, a third of them "guide".
    found = {row["term"]: row["total_posts"] for row in ask(limit=100)}
    assert (found.pop("garden"), found.pop("see")) == (5, 3)
    assert found == dict.fromkeys(("node.js", "node", "js", "mango"), 2) | dict.fromkeys(
        ("port", "write", "href"), 1
    )
    assert [row["term"] for row in ask(limit=2)] == ["garden", "see"]


def test_a_configuration_that_keeps_stop_words_shows_none(
    url: str, db: echo.Database[pa.Table], monkeypatch: pytest.MonkeyPatch
) -> None:
    replace_posts(url, written("the night of the nights", "the night"))
    run(
        url,
        "update analytics.post_search set words = to_tsvector('simple', content) from public.posts"
        " where id = post_id",
    )
    monkeypatch.setattr(terms, "_configuration", lambda _: "pg_catalog.simple")
    found = records(echo.search_terms(db, START, END))
    assert [(row["term"], row["total_posts"]) for row in found] == [("night", 2), ("nights", 1)]


def test_of_many_posts_always_the_same_ones_are_read_and_numbers_are_scaled(
    url: str, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    draws = random.Random(2)  # noqa: S311 - not for secrets
    replace_posts(url, written(*(draws.choice(["mango", "papaya"]) for _ in range(400))))
    whole = {row["term"]: row["total_posts"] for row in ask()}
    assert sum(whole.values()) == 400
    monkeypatch.setattr(queries, "SAMPLED", 100)
    found = ask()
    assert found == ask()
    assert sum(row["total_posts"] for row in found) == 400
    for row in found:
        assert row["share"] == row["total_posts"] / 400
        assert row["total_posts"] % 4 == 0
        assert abs(row["total_posts"] - whole[row["term"]]) < 100


def test_two_posts_do_not_win_against_many(url: str, ask: Ask) -> None:
    post = written("")[0]
    few = ["mango"] * 2 + ["papaya"] * 40 + ["kiwi"] * 58
    before = ["papaya"] * 20 + ["kiwi"] * 80
    days_before = [
        replace(one, id=UUID(int=10_000 + number), created_at=post.created_at - timedelta(days=7))
        for number, one in enumerate(written(*before))
    ]
    replace_posts(url, written(*few) + days_before)
    assert [row["term"] for row in ask(by="rising")] == ["papaya", "mango"]


def test_the_analysis_goes_by_the_index_where_there_is_one(
    url: str, db: echo.Database[pa.Table]
) -> None:
    replace_posts(url, written("mango"))
    run(url, "update analytics.post_search set words = 'papaya:1B'")
    assert records(echo.search_terms(db, START, END))[0]["term"] == "papaya"
    asked = echo.sql(echo.search_terms, db, START, END)
    assert "analytics.post_search" in asked.text
    run(url, "insert into analytics.post_search_todo values (null)")
    assert records(echo.search_terms(db, START, END))[0]["term"] == "mango"
    run(url, "delete from analytics.post_search_todo")
