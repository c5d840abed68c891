"""Words of code, numbers and names are found as they are typed, with the index and without it."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from sample_posts import USERS, Post, add_users, records, replace_posts

import echo_analytics as echo

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pyarrow as pa

BEGAN = datetime(2026, 5, 1, tzinfo=UTC)
TYPED = [
    *("node.js", "C#", ".NET", "asp.net", "tcp/ip", "pre-commit", "o'neil", "@handle", "#hashtag"),
    *("$HOME", "--no-verify", "user_id", "useEffect()", "ERR_MODULE_NOT_FOUND", "0x80070057"),
    *("utf-8", "192.168.0.1", "localhost:5432", "left join", "e=mc2", "naïve café", "Straße"),
    *("CVE-2021-44228", "2026-05-03", "04/06/2025", "12:30", "1,000,000", "SKU-12345-B"),
    *("@types/node", "std::vector<int>", "error[E0382]", "::ffff", "+49 170 1234567", "Wi\u2011Fi"),
    *(
        "src/index.ts:42",
        "C:\\Users\\me",
        "--flag=value",
        "<div class='a'>",
        "O\u2019Reilly",
        "A/B test",
    ),
]
TOUCHING = ("({}), and {};", "`{}`: yes", "“{}”", "[{}]!", "<b>{}</b>")


def posts() -> list[Post]:
    """For each of the strings its pieces apart, and it in a title and in a content."""
    texts: list[tuple[str, str]] = []
    for number, typed in enumerate(TYPED):
        pieces = re.findall(r"\w+", typed)
        apart = " apart from ".join(reversed(pieces)) if len(pieces) > 1 else "nothing"
        touching = TOUCHING[number % len(TOUCHING)].format(*[typed] * 2)
        texts += [("Nothing", apart), (f"Of {typed} here", "nothing")]
        texts += [("Nothing", f"was {touching}, which goes on for longer")]
    return [
        Post(UUID(int=100 + number), min(USERS), BEGAN, title=title, content=content)
        for number, (title, content) in enumerate(texts)
    ]


@pytest.fixture(scope="module", params=["posts", "index"])
def db(
    request: pytest.FixtureRequest, create_database: Callable[..., str], migrated_template: str
) -> Iterator[echo.Database[pa.Table]]:
    url = create_database(migrated_template)
    add_users(url)
    replace_posts(url, posts())
    with echo.connect(url, frame="arrow") as database:
        if request.param == "index":
            database.search_index.build()
        yield database


def found(db: echo.Database[pa.Table], query: str, **options: Any) -> list[int]:  # noqa: ANN401
    """The numbers of the posts, best first."""
    ids = echo.search_posts(db, query, **options)["post_id"].to_pylist()
    return [UUID(id_).int - 100 for id_ in ids]


@pytest.mark.parametrize("typed", TYPED)
def test_what_is_typed_is_found(typed: str, db: echo.Database[pa.Table]) -> None:
    here = 3 * TYPED.index(typed)
    assert {here + 1, here + 2} <= set(found(db, typed, limit=100))
    for row in records(echo.explain_search(db, typed)):
        assert row["ignored"] or row["document_frequency"] >= 2, row


@pytest.mark.parametrize("typed", TYPED)
def test_posts_with_pieces_of_it_come_later(typed: str, db: echo.Database[pa.Table]) -> None:
    here = 3 * TYPED.index(typed)
    for query in (typed, typed.upper(), f"was {typed}, and"):
        assert set(found(db, query)[:2]) == {here + 1, here + 2}, query


def test_what_follows_one_another_is_told(db: echo.Database[pa.Table]) -> None:
    here = TYPED.index("left join") * 3
    together, apart = (
        echo.explain_post(db, "left join", UUID(int=100 + number)) for number in (here + 2, here)
    )
    said = "What follows one another in the query does so here, which counts besides: “left join”."
    assert said in together.notes
    assert said not in apart.notes
    points = [row["points"] for row in records(together.terms)]
    assert sum(points) == pytest.approx(together.score)
