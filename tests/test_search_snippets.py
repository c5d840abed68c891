"""Snippets say where text is left out, and nowhere else."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from sample_posts import USERS, Post, add_users, records, replace_posts

import echo_analytics as echo

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pyarrow as pa

MANY = " ".join(f"{one}{two}{one}o" for one in "bdfgklmnprst" for two in "aeiou")
WHOLE, CUT = "", "…"
FOUND = [
    ("quokka", WHOLE, WHOLE),
    ("((quokka)) jumps ...", WHOLE, WHOLE),
    ("The quokka: (it jumps).", CUT, WHOLE),
    (f"quokka {MANY}", WHOLE, CUT),
    (f"{MANY} quokka!", CUT, WHOLE),
    (f"{MANY} quokka {MANY}", CUT, CUT),
    (f"quokka {MANY} quokka", WHOLE, WHOLE),
    (f"quokka {MANY} quokka {MANY}", WHOLE, CUT),
    (f"<p class='x'>A <b>b</b> quokka {MANY}</p>", CUT, CUT),
    (f"<p>Wild <b>quokka</b> {MANY}</p>", WHOLE, CUT),
    (f"{MANY} quokka <b>\u65e5\u672c</b>\u3002", CUT, WHOLE),
]
IN_TITLES = [
    ("Short.", "Short."),
    (MANY, f"{MANY[:199]} …"),
    ("x" * 300, f"{'x' * 200} …"),
    ("", ""),
]


@pytest.fixture(scope="module", params=["posts", "index"])
def db(
    request: pytest.FixtureRequest, create_database: Callable[..., str], migrated_template: str
) -> Iterator[echo.Database[pa.Table]]:
    url = create_database(migrated_template)
    add_users(url)
    texts = [*(("Title", text) for text, *_ in FOUND), *(("Numbat", text) for text, _ in IN_TITLES)]
    began = datetime(2026, 5, 1, tzinfo=UTC)
    posts = [
        Post(UUID(int=100 + number), min(USERS), began, title=title, content=text)
        for number, (title, text) in enumerate(texts)
    ]
    replace_posts(url, posts)
    with echo.connect(url, frame="arrow") as database:
        if request.param == "index":
            database.search_index.build()
        yield database


def snippets(db: echo.Database[pa.Table], query: str, highlight: Any = True) -> list[str]:  # noqa: ANN401
    """What is shown of each post, in the order of their ids."""
    found = records(echo.search_posts(db, query, highlight=highlight))
    return [row["snippet"] for row in sorted(found, key=lambda row: row["post_id"])]


@pytest.mark.parametrize("highlight", [True, False, "html"])
def test_a_gap_is_marked_where_text_is_left_out(
    highlight: bool | str, db: echo.Database[pa.Table]
) -> None:
    start, stop = {True: ("**", "**"), False: ("", ""), "html": ("<mark>", "</mark>")}[highlight]
    for shown, (text, before, after) in zip(snippets(db, "quokka", highlight), FOUND, strict=True):
        assert (shown.startswith("… "), shown.endswith(" …")) == (bool(before), bool(after)), shown
        assert shown.count(f"{start}quokka{stop}") == text.count("quokka")
        assert ("o … " in shown) is (text.count("quokka") == 2)


def test_where_only_the_title_has_a_hit_the_beginning_is_shown_to_a_whole_word(
    db: echo.Database[pa.Table],
) -> None:
    assert snippets(db, "numbat") == [shown for _, shown in IN_TITLES]
