from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from uuid import UUID

import polars as pl
import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sample_posts import (
    CATEGORY,
    USERS,
    Post,
    add_users,
    reader_of_a_foreign_database,
    records,
    replace_posts,
)

import echo_analytics as echo

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pandas as pd

BEGAN = datetime(2026, 5, 1, tzinfo=UTC)
TEXTS = [
    ("Slow migration", "The migration of the orders took hours. " * 3),
    ("Migrating data", "We migrated data, lost data and found data again."),
    ("Lock timeouts", "A lock timeout at night stopped the deployment."),
    ("Timeouts of locks", "The timeout came before the lock, not after it."),
    ("Data loss", "Losing data in a migration: what the lock did, and the crash that followed."),
    ("Crash course", "Indexes for beginners, with 100% of the basics."),
    ("Über Straßen", "Größe und Maß, café and naïve: données ≠ データ."),
    ("", ""),
    ("Nothing to see", "data " * 30),
    ("Same words", "identical text about vacuum"),
    ("Same words", "identical text about vacuum"),
]
POSTS = [
    Post(
        UUID(int=3000 + number),
        sorted(USERS)[number % 3],
        BEGAN + timedelta(hours=number),
        title=title,
        content=content,
        category=CATEGORY if number % 2 else None,
    )
    for number, (title, content) in enumerate(TEXTS)
]
HIDDEN = [
    Post(UUID(int=4000), min(USERS), BEGAN, False, "draft", "Draft data", "data migration"),
    Post(UUID(int=4001), min(USERS), BEGAN, None, "draft", "Old draft data", "data migration"),
    Post(UUID(int=4002), min(USERS), BEGAN, True, "archived", "Archived data", "data migration"),
]
SHOWN_TOO = [
    Post(UUID(int=4100), min(USERS), BEGAN, True, "draft", "Flag alone", "zebra"),
    Post(UUID(int=4101), min(USERS), BEGAN, None, "published", "Status alone", "zebra"),
]
PUBLISHED = [*POSTS, *SHOWN_TOO]
CLOSE = 0.3
COLUMNS = [
    "rank",
    "post_id",
    "title",
    "snippet",
    "score",
    "author_id",
    "author_name",
    "category",
    "created_at",
    "matched_terms",
]


@pytest.fixture(scope="module")
def writer_url(create_database: Callable[..., str]) -> str:
    return create_database()


@pytest.fixture(scope="module")
def foreign(writer_url: str) -> Iterator[echo.Database[pd.DataFrame]]:
    """A database that knows nothing of us, as somebody sees it who may only read."""
    with reader_of_a_foreign_database(writer_url) as url, echo.connect(url) as database:
        replace_posts(writer_url, [*PUBLISHED, *HIDDEN])
        yield database


@pytest.fixture(scope="module")
def indexed(
    create_database: Callable[..., str], migrated_template: str
) -> Iterator[echo.Database[pd.DataFrame]]:
    """The same posts in a database of ours, with their index."""
    url = create_database(migrated_template)
    add_users(url)
    replace_posts(url, [*PUBLISHED, *HIDDEN])
    with echo.connect(url) as database:
        assert database.search_index.build().usable
        yield database


@pytest.fixture(scope="module", params=["posts", "index"])
def searched(
    request: pytest.FixtureRequest,
    foreign: echo.Database[pd.DataFrame],
    indexed: echo.Database[pd.DataFrame],
) -> echo.Database[pd.DataFrame]:
    """Both ways to search."""
    return indexed if request.param == "index" else foreign


@pytest.fixture(scope="module")
def lexemes(writer_url: str) -> Callable[[str], dict[str, int]]:
    """PostgreSQL's stems of a text, with the number of times that each occurs."""

    def stems(text: str) -> dict[str, int]:
        query = "SELECT lexeme, cardinality(positions) FROM unnest(to_tsvector('english', %s))"
        with psycopg.connect(writer_url) as connection:
            return dict(connection.execute(query, (text,)).fetchall())

    return stems


@pytest.fixture(scope="module")
def follow(writer_url: str) -> Callable[[str, str], bool]:
    """Whether a text has the stems of two words next to each other, by PostgreSQL."""

    def found(text: str, two: str) -> bool:
        query = "SELECT to_tsvector('english', %s) @@ phraseto_tsquery('english', %s)"
        with psycopg.connect(writer_url) as connection:
            return connection.execute(query, (text, two)).fetchall() == [(True,)]

    return found


def bm25(
    words: list[str],
    lexemes: Callable[[str], dict[str, int]],
    follow: Callable[[str, str], bool],
) -> dict[str, float]:
    """The formula that the docs give, written down once more; all posts count for its means."""
    idfs: list[float] = []
    everything = {post.id: post for post in [*PUBLISHED, *HIDDEN]}
    titles = {key: lexemes(folded(post.title)) for key, post in everything.items()}
    bodies = {key: lexemes(folded(post.content)) for key, post in everything.items()}
    number = len(everything)
    title_length = {key: sum(titles[key].values()) for key in everything}
    length = {key: 2.5 * title_length[key] + sum(bodies[key].values()) for key in everything}
    mean, title_mean = sum(length.values()) / number, sum(title_length.values()) / number
    scores: dict[UUID, float] = {}
    for word in words:
        stem = next(iter(lexemes(folded(word))), "")
        tf = {k: 2.5 * titles[k].get(stem, 0) + bodies[k].get(stem, 0) for k in everything}
        df = sum(count > 0 for count in tf.values())
        idf = math.log(1 + (number - df + 0.5) / (df + 0.5))
        idfs.append(idf)
        for post in PUBLISHED:
            if not (count := tf[post.id]):
                continue
            in_title = titles[post.id].get(stem, 0)
            share = 0.4 if bodies[post.id] else 0.2
            k = 1.5 * (0.25 + 0.75 * length[post.id] / mean)
            title_k = 1.5 * (0.25 + 0.75 * title_length[post.id] / title_mean)
            score = idf * 2.5 * (count / (count + k) + share * in_title / (in_title + title_k))
            scores[post.id] = scores.get(post.id, 0) + score
    for two, weights in zip(pairwise(words), pairwise(idfs), strict=True):
        for post in PUBLISHED:
            in_title, here = (follow(text, " ".join(two)) for text in (post.title, post.content))
            if count := 2.5 if in_title else float(here):
                k = 1.5 * (0.25 + 0.75 * length[post.id] / mean)
                scores[post.id] += CLOSE * sum(weights) * 2.5 * count / (count + k)
    return {str(key): score for key, score in scores.items()}


def folded(text: str) -> str:
    """A text without accents, as far as the posts here have any."""
    return text.translate(str.maketrans("éïÜö≠", "eiUo=")).replace("ß", "ss")


@pytest.mark.parametrize(
    "words",
    [
        ["migration"],
        ["data"],
        ["lock", "timeout"],
        ["migrating", "data", "crash"],
        ["vacuum"],
        ["zebra"],
        ["café"],
        ["the"],
        ["nowhere"],
    ],
)
def test_posts_are_ranked_by_the_textbooks_formula(
    words: list[str],
    searched: echo.Database[pd.DataFrame],
    lexemes: Callable[[str], dict[str, int]],
    follow: Callable[[str, str], bool],
) -> None:
    scores = bm25(words, lexemes, follow)
    found = records(echo.search_posts(searched, " ".join(words), limit=100))
    assert {row["post_id"]: row["score"] for row in found} == pytest.approx(scores)
    order = sorted(scores, key=lambda key: (-round(scores[key], 9), key))
    assert [row["post_id"] for row in found] == order
    assert [row["rank"] for row in found] == list(range(1, len(found) + 1))


def titles(database: echo.Database[pd.DataFrame], query: str, limit: int = 100) -> set[str]:
    return set(echo.search_posts(database, query, limit=limit)["title"])


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ('"lock timeout"', {"Lock timeouts"}),
        ('"LOCK TIMEOUTS"', {"Lock timeouts"}),
        ('"lock timeout', {"Lock timeouts"}),
        ('night "lock timeout"', {"Lock timeouts"}),
        ('migration "lost data"', {"Migrating data"}),
        ('"nobody wrote this"', set()),
        ("lock -night", {"Timeouts of locks", "Data loss"}),
        ('lock -"lock timeout"', {"Timeouts of locks", "Data loss"}),
        ("lock -lock", set()),
        ("-lock", set()),
        ("crash -data", {"Crash course"}),
        (
            "lock OR zebra",
            {"Lock timeouts", "Timeouts of locks", "Data loss", "Flag alone", "Status alone"},
        ),
    ],
)
def test_phrases_must_occur_and_exclusions_must_not(
    query: str, expected: set[str], searched: echo.Database[pd.DataFrame]
) -> None:
    assert titles(searched, query) == expected


def test_only_published_posts_are_found(searched: echo.Database[pd.DataFrame]) -> None:
    found = titles(searched, "data migration draft archived zebra")
    assert not found & {post.title for post in HIDDEN}
    assert found >= {post.title for post in SHOWN_TOO}


def test_a_row_says_who_wrote_what_and_why_it_was_found(
    searched: echo.Database[pd.DataFrame],
) -> None:
    (row,) = records(echo.search_posts(searched, "unicorns night deployments unknown"))
    post = POSTS[2]
    assert list(row) == COLUMNS
    assert (row["post_id"], row["author_id"]) == (str(post.id), str(post.author))
    assert (row["author_name"], row["category"]) == (USERS[post.author], None)
    assert row["created_at"] == post.created_at
    assert row["matched_terms"] == ["night", "deployments"]
    assert "**night**" in row["snippet"]


@pytest.mark.parametrize("limit", [1, 2, 100])
def test_a_limit_gives_the_first_of_them(limit: int, searched: echo.Database[pd.DataFrame]) -> None:
    everything = records(echo.search_posts(searched, "data lock", limit=100))
    assert records(echo.search_posts(searched, "data lock", limit=limit)) == everything[:limit]


@pytest.mark.parametrize("limit", [0, -1, 1.5, "5", None, True])
def test_another_limit_is_refused(limit: Any, searched: echo.Database[pd.DataFrame]) -> None:  # noqa: ANN401 - wrong on purpose
    with pytest.raises(echo.InvalidInput, match=r"^limit: "):
        echo.search_posts(searched, "data", limit=limit)


@pytest.mark.parametrize(
    "query",
    [
        "",
        " ",
        "-",
        "--",
        '"',
        '""',
        '-"',
        '"" ""',
        "the of and",
        '"the"',
        "-the",
        "'; DROP TABLE posts; --",
        "a & b | !c <-> (d:*)",
        "\\ \\\\ %s %(x)s $1 :x",
        "a\0b",
        "\ud800",
        "😀 データ",
        "x" * 5000,
        "word " * 3000,
        '"' + "phrase " * 500 + '"',
        "-x " * 200,
        " ".join(f"word{number}" for number in range(500)),
    ],
)
def test_any_text_is_a_query(query: str, searched: echo.Database[pd.DataFrame]) -> None:
    assert list(echo.search_posts(searched, query).columns) == COLUMNS


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=st.text(max_size=60) | st.text(alphabet="ab \"'-&|!():*\\<>%$", max_size=40))
def test_no_text_raises(query: str, searched: echo.Database[pd.DataFrame]) -> None:
    echo.search_posts(searched, query)


@pytest.mark.parametrize("query", [None, 5, b"data", ["data"]])
def test_what_is_no_text_is_refused(query: Any, searched: echo.Database[pd.DataFrame]) -> None:  # noqa: ANN401 - wrong on purpose
    with pytest.raises(echo.InvalidInput, match=r"^query: "):
        echo.search_posts(searched, query)


def test_a_text_that_is_too_long_for_a_tsvector_is_searched(
    writer_url: str, foreign: echo.Database[pd.DataFrame]
) -> None:
    huge = "gazelle " + " ".join(f"w{number}x" for number in range(250_000))
    post = Post(UUID(int=9000), min(USERS), BEGAN, title="Huge", content=huge)
    replace_posts(writer_url, [*PUBLISHED, *HIDDEN, post])
    try:
        assert titles(foreign, "gazelle") == {"Huge"}
    finally:
        replace_posts(writer_url, [*PUBLISHED, *HIDDEN])


def test_a_migrated_database_gives_the_same_answer(
    database_url: str, foreign: echo.Database[pd.DataFrame]
) -> None:
    add_users(database_url)
    replace_posts(database_url, [*PUBLISHED, *HIDDEN])
    with echo.connect(database_url) as database:
        for query in ("data lock", '"lock timeout" -crash', "nowhere"):
            assert records(echo.search_posts(database, query)) == records(
                echo.search_posts(foreign, query)
            )


def test_no_rows_have_the_same_types_in_both_frames(
    database_url: str, foreign: echo.Database[pd.DataFrame]
) -> None:
    with echo.connect(database_url) as empty:
        pandas = echo.search_posts(empty, "data")
        polars = echo.search_posts(empty.using("polars"), "data")
    assert len(pandas) == len(polars) == 0
    full = echo.search_posts(foreign, "data")
    assert [str(dtype) for dtype in pandas.dtypes] == [str(dtype) for dtype in full.dtypes]
    assert list(polars.schema.values()) == [
        pl.Int64,
        *[pl.String] * 3,
        pl.Float64,
        *[pl.String] * 3,
        pl.Datetime("us", "UTC"),
        pl.List(pl.String),
    ]
    assert records(echo.search_posts(foreign.using("polars"), "data")) == records(full)
