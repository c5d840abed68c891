"""What a search says of itself agrees with what it does, with the index and without it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import psycopg
import pytest
from frames_by_hand import NoDatabase
from sample_posts import CATEGORY, USERS, Post, add_users, records, replace_posts

import echo_analytics as echo

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pyarrow as pa

    from echo_analytics.models import PostStatus

BEGAN = datetime(2026, 5, 1, 22, tzinfo=UTC)
WRITERS = sorted(USERS)
BODIES = [
    "the lock timeout of a slow migration",
    "a lock and a timeout",
    "snake_case and v1.2.3 in a database",
    "gardens",
    "",
    "a timeout " * 9,
]
POSTS = [
    Post(
        UUID(int=100 + number),
        WRITERS[number % 3],
        BEGAN + timedelta(hours=number),
        *[(True, "published"), (False, "draft")][number % 5 == 4],
        title=["The Who", "Lock", "Garden of locks", "Lock timeout"][number % 4] + f" {number}",
        content=BODIES[number % 6] + " and roses" * (number % 7),
        category=CATEGORY if number % 2 else None,
    )
    for number in range(48)
]
QUERIES = [
    "lock",
    "lock lock timeout",
    '"lock timeout" slow',
    "title:lock -slow",
    "snake_case v1.2.3",
    "migrat* garden",
    '"lock timeout" OR title:garden roses',
    "the who",
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


def terms(db: echo.Database[pa.Table], query: str, *columns: str) -> list[tuple[Any, ...]]:
    rows = records(echo.explain_search(db, query))
    return [tuple(row[column] for column in columns) for row in rows]


def post_id(number: int) -> str:
    return str(POSTS[number].id)


def test_each_term_is_told(db: echo.Database[pa.Table]) -> None:
    query = 'the Locks "slow migrations" title:garden OR gard* snake_case -roses -the ...'
    assert terms(db, query, "term", "lexeme", "kind", "role", "ignored", "reason") == [
        ("the", None, "word", "optional", True, "a stop word"),
        ("Locks", "lock", "word", "optional", False, None),
        ("slow migrations", "slow migrat", "phrase", "required", False, None),
        ("title:garden", "garden", "word", "required", False, None),
        ("gard*", "gard*", "prefix", "required", False, None),
        ("snake_case", "snake_case", "compound", "optional", False, None),
        ("roses", "rose", "word", "excluded", False, None),
        ("the", None, "word", "excluded", True, "a stop word"),
    ]
    # What has several words is no single one.
    ignored = [("the who", True, "stop words only"), ("don't", True, "stop words only")]
    assert terms(db, '"the who" don\'t lock', "term", "ignored", "reason")[:2] == ignored
    assert terms(db, "", "term") == terms(db, "...", "term") == []
    # An apostrophe is part of words, and this one has nothing else.
    nothing = ("'", None, True, "has no letters or digits")
    assert terms(db, "'", "term", "lexeme", "ignored", "reason") == [nothing]
    assert echo.explain_post(db, "'", post_id(1)).reasons[0].startswith("Nothing is looked for")


def test_how_many_posts_have_a_term_is_counted(db: echo.Database[pa.Table]) -> None:
    def having(*words: str) -> int:
        texts = [f"{post.title} {post.content}".lower() for post in POSTS]
        return sum(any(word in text for word in words) for text in texts)

    query = 'locks "lock timeout" title:garden gard* slow -roses nowhere'
    assert terms(db, query, "term", "document_frequency") == [
        ("locks", having("lock")),
        ("lock timeout", having("lock timeout")),
        ("title:garden", sum("Garden" in post.title for post in POSTS)),
        ("gard*", having("gard")),
        ("slow", having("slow")),
        ("nowhere", 0),
        ("roses", having("roses")),
    ]
    [(ignored,)] = terms(db, "the slow", "document_frequency")[:1]
    assert ignored is None


def test_stop_words_alone_are_told_as_words_of_titles(db: echo.Database[pa.Table]) -> None:
    found = sum(post.title.startswith("The Who") for post in POSTS)
    assert terms(db, "the who", "term", "role", "ignored", "document_frequency") == [
        ("the", "required", False, found),
        ("who", "required", False, found),
    ]


def test_a_rarer_term_weighs_more(db: echo.Database[pa.Table]) -> None:
    weights = dict(terms(db, "lock migration lock lock", "term", "weight"))
    assert list(weights) == ["lock", "migration"]
    once = dict(terms(db, "lock migration", "term", "weight"))
    assert once["migration"] == weights["migration"] > once["lock"]
    assert weights["lock"] > once["lock"]


def test_what_was_corrected_is_told(db: echo.Database[pa.Table]) -> None:
    indexed = db.search_index.status().usable
    rows = terms(db, "migratoin lock", "term", "lexeme", "corrected_to")
    assert rows[1] == ("lock", "lock", None)
    assert rows[0] == (
        ("migratoin", "migrat", "migration") if indexed else ("migratoin", "migratoin", None)
    )
    unchanged = records(echo.explain_search(db, "migratoin lock", fuzzy=False))
    assert [row["corrected_to"] for row in unchanged] == [None, None]


def test_only_so_many_terms_are_looked_for(db: echo.Database[pa.Table]) -> None:
    rows = terms(db, " ".join(f"w{number}" for number in range(34)), "ignored", "reason")
    assert rows == [(False, None)] * 32 + [(True, "beyond the first 32 terms")] * 2


@pytest.mark.parametrize("status", ["published", None])
@pytest.mark.parametrize("query", QUERIES)
def test_rank_and_score_are_those_of_the_search(
    db: echo.Database[pa.Table], query: str, status: PostStatus | None
) -> None:
    found = records(echo.search_posts(db, query, limit=100, status=status))
    assert found
    ranks = {row["post_id"]: row for row in found}
    for post in POSTS[::3]:
        why = echo.explain_post(db, query, post.id, status=status)
        assert (why.title, why.total) == (post.title, len(found))
        points = [row["points"] for row in records(why.terms)]
        if str(post.id) in ranks:
            row = ranks[str(post.id)]
            assert (why.rank, why.score, why.best) == (row["rank"], row["score"], found[0]["score"])
            assert sum(points) == pytest.approx(why.score)
            assert why.reasons == ()
            has = [
                term["term"] for term in records(why.terms) if term["in_title"] + term["in_content"]
            ]
            assert has == row["matched_terms"]
        else:
            assert (why.rank, why.score, why.best) == (None, None, None)
            assert why.reasons


def test_what_a_term_gives_is_told(db: echo.Database[pa.Table]) -> None:
    why = echo.explain_post(db, "timeout lock", post_id(11))
    assert POSTS[11].title == "Lock timeout 11"
    rows = {row["term"]: row for row in records(why.terms)}
    assert (rows["timeout"]["in_title"], rows["timeout"]["in_content"]) == (1, 9)
    assert (rows["lock"]["in_title"], rows["lock"]["in_content"]) == (1, 0)
    assert "longer than posts are" in " ".join(why.notes)
    assert "In the title a word counts 2.5 times" in " ".join(why.notes)
    text = str(why)
    assert f"“Lock timeout 11” is number {why.rank} of" in text
    assert [line.split() for line in text.splitlines() if line.startswith("timeout")] == [
        [
            "timeout",
            "1",
            "9",
            str(rows["timeout"]["document_frequency"]),
            f"{rows['timeout']['weight']:.2f}",
            f"{rows['timeout']['points']:.2f}",
        ]
    ]


@pytest.mark.parametrize(
    ("query", "number", "options", "reason"),
    [
        ("garden", 1, {}, "It has none of the words."),
        ('"a timeout"', 2, {}, "It does not have “a timeout”, which must occur."),
        ("title:timeout", 5, {}, "It does not have “timeout” in the title, which must occur."),
        (
            '"slow migration" OR title:nothing lock',
            1,
            {},
            "It has none of “slow migration”, “nothing”, of which one must occur.",
        ),
        ("lock -locks", 1, {}, "It has “locks”, which must not occur."),
        ("the who", 1, {}, "Its title does not have “the”, which must occur."),
        ("... !", 1, {}, "Nothing is looked for: no word of the query is left."),
        ("-lock", 3, {}, "Nothing is looked for: no word of the query is left."),
        ("who", 4, {}, "It is a draft, and only published posts are looked for."),
        ("lock", 1, {"status": "draft"}, "It is published, and only draft posts are looked for."),
        (
            "lock",
            1,
            {"author": WRITERS[0]},
            "It is by User 2, and posts of another author are looked for.",
        ),
        ("lock", 2, {"category": CATEGORY}, "It is not in the category that is looked in."),
        (
            "lock",
            1,
            {"start": "2026-05-02"},
            "It was created on a day outside the range that is looked in.",
        ),
    ],
)
def test_why_a_post_is_not_found_is_told(
    db: echo.Database[pa.Table], query: str, number: int, options: dict[str, Any], reason: str
) -> None:
    found = echo.search_posts(db, query, limit=100, **options)["post_id"].to_pylist()
    assert post_id(number) not in found
    why = echo.explain_post(db, query, POSTS[number].id, **options)
    assert reason in why.reasons
    assert "is not found by" in str(why)
    assert reason in str(why)


def test_the_account_is_plain_text_whatever_a_post_holds(
    create_database: Callable[..., str], migrated_template: str
) -> None:
    url = create_database(migrated_template)
    add_users(url)
    nasty = "<img src=x onerror=alert(1)> & lock\n" + "x" * 200
    replace_posts(url, [Post(UUID(int=1), WRITERS[0], BEGAN, title=nasty)])
    with echo.connect(url) as db:
        why = echo.explain_post(db, "<b>lock</b> the", UUID(int=1))
        html = why._repr_html_()
    assert "<img" not in html
    assert "<b>" not in html
    assert "&lt;img src=x onerror=alert(1)&gt; &amp; lock xxx" in html
    assert "“the” was ignored: a stop word." in why.notes
    assert "<td>lock</td>" in html
    assert len(why.headline) < 300


def test_posts_beyond_the_budget_are_said_not_to_be_scored(
    create_database: Callable[..., str], migrated_template: str
) -> None:
    url = create_database(migrated_template)
    add_users(url)
    with psycopg.connect(url) as connection:
        connection.execute(
            """INSERT INTO public.posts (id, title, content, author_id, published, created_at)
            SELECT lpad(n::text, 32, '0')::uuid, 'A hedge', 'in a garden ' || n, %s, true,
                timestamp '2026-01-01' + n * '1 min'::interval
            FROM generate_series(1, 6000) AS n""",
            (WRITERS[0],),
        )
    with echo.connect(url, frame="arrow") as db:
        db.search_index.build()
        found = records(echo.search_posts(db, "hedge garden", limit=5, budget=100))
        for row in found:
            why = echo.explain_post(db, "hedge garden", row["post_id"], budget=100)
            assert (why.rank, why.score) == (row["rank"], row["score"])
            assert "More posts match than are scored (100)" in " ".join(why.notes)
        ranks = [
            echo.explain_post(db, "hedge garden", UUID(f"{n:032}"), budget=100).rank
            for n in range(1, 6001, 600)
        ]
        assert None in ranks
        left = UUID(f"{1 + 600 * ranks.index(None):032}")
        why = echo.explain_post(db, "hedge garden", left, budget=100)
        assert "more posts than are scored (100)" in why.reasons[0]
        # Known by the server's statistics by now.
        rows = terms(db, 'hedge title:hedge "a garden"', "document_frequency")
        assert [number for (number,) in rows] == [6000, 6000, 6000]


def test_wrong_arguments_are_refused() -> None:
    nothing: Any = NoDatabase()
    post = UUID(int=1)
    argument: str
    value: Any
    for argument, value in [("query", 7), ("fuzzy", "yes")]:
        with pytest.raises(echo.InvalidInput, match=f"^{argument}: "):
            echo.explain_search(nothing, **{"query": "x", argument: value})
    for argument, value in [
        ("post_id", "first"),
        ("post_id", None),
        ("post_id", [str(post), str(post)]),
        ("query", None),
        ("author", "me"),
        ("status", "deleted"),
        ("timezone", "Berlin"),
        ("fuzzy", 1),
        ("budget", 0),
    ]:
        with pytest.raises(echo.InvalidInput, match=f"^{argument}: "):
            echo.explain_post(nothing, **{"query": "x", "post_id": post, argument: value})


def test_a_post_that_is_not_there(db: echo.Database[pa.Table]) -> None:
    with pytest.raises(echo.NotFound, match=str(UUID(int=7))):
        echo.explain_post(db, "lock", UUID(int=7))
