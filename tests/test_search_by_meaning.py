"""With ``semantic`` the best of what the words find is put in order by what it means."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from frames_by_hand import NoDatabase
from judged_posts import DOCUMENTS, fill, lines
from sample_posts import records

import echo_analytics as echo
from echo_analytics import semantic

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pandas as pd

TEXTS = {str(DOCUMENTS[row["id"]]): row for row in lines("docs.jsonl")}
QUERY = "waiting for a lock at night or the water of day"


@pytest.fixture(scope="module")
def url(create_database: Callable[..., str], migrated_template: str) -> str:
    url = create_database(migrated_template)
    fill(url)
    return url


@pytest.fixture(scope="module")
def db(url: str) -> Iterator[echo.Database[pd.DataFrame]]:
    with echo.connect(url) as database:
        yield database


def by_hand(plain: list[dict[str, Any]], query: str) -> list[tuple[float, str]]:
    """The order of mixed scores; words and vectors are tested elsewhere."""
    texts = [TEXTS[row["post_id"]] for row in plain]
    meaning = semantic.cosines(query, [semantic.Text(t["title"], t["text"]) for t in texts])
    parts = zip(plain, meaning, strict=True)
    best, closest = plain[0]["score"], max(meaning)
    scored = [(0.7 * r["score"] / best + 0.3 * m / closest, r["post_id"]) for r, m in parts]
    return sorted(scored, key=lambda pair: -pair[0])


def test_the_rows_are_those_of_the_words_in_the_order_of_the_mix(
    db: echo.Database[pd.DataFrame],
) -> None:
    plain = records(echo.search_posts(db, QUERY, limit=100))
    found = records(echo.search_posts(db, QUERY, limit=100, semantic=True))
    wanted = by_hand(plain, QUERY)
    assert len(found) > 5
    assert [row["post_id"] for row in found] == [post for _, post in wanted]
    assert [row["score"] for row in found] == pytest.approx([score for score, _ in wanted])
    assert [row["rank"] for row in found] == list(range(1, len(found) + 1))
    rest = {row["post_id"]: {**row, "rank": 0, "score": 0} for row in plain}
    for row in found:
        assert {**row, "rank": 0, "score": 0} == rest[row["post_id"]]
    assert [row["post_id"] for row in found] != [row["post_id"] for row in plain]


def test_a_page_is_the_beginning_of_all(db: echo.Database[pd.DataFrame]) -> None:
    everything = records(echo.search_posts(db, QUERY, limit=100, semantic=True))
    assert records(echo.search_posts(db, QUERY, limit=3, semantic=True)) == everything[:3]


def test_operators_are_no_part_of_what_is_meant(db: echo.Database[pd.DataFrame]) -> None:
    plain = records(echo.search_posts(db, 'water OR "lock timeout" -leaves', semantic=False))
    found = records(echo.search_posts(db, 'water OR "lock timeout" -leaves', semantic=True))
    assert [row["post_id"] for row in found] == [
        post for _, post in by_hand(plain, "water lock timeout")
    ]


def test_nothing_found_stays_nothing(db: echo.Database[pd.DataFrame]) -> None:
    found = echo.search_posts(db.using("polars"), "zeppelin", semantic=True)
    assert found.schema == echo.search_posts(db.using("polars"), "zeppelin").schema
    assert len(found) == 0


def test_the_rest_follows_below_what_was_put_in_order(
    db: echo.Database[pd.DataFrame], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("echo_analytics.analytics.meaning.CANDIDATES", 3)
    plain = [row["post_id"] for row in records(echo.search_posts(db, QUERY))]
    found = records(echo.search_posts(db, QUERY, semantic=True))
    posts, scores = zip(*((row["post_id"], row["score"]) for row in found), strict=True)
    assert {*posts[:3]} == {*plain[:3]}
    assert list(posts[3:]) == plain[3:]
    assert list(scores) == sorted(scores, reverse=True)
    assert scores[3] < scores[2] or scores[3] == pytest.approx(scores[2])


def test_equal_posts_are_in_the_order_of_their_ids(
    create_database: Callable[..., str], migrated_template: str
) -> None:
    copy = create_database(migrated_template)
    fill(copy)
    with psycopg.connect(copy) as connection:
        connection.execute("UPDATE posts SET title = 'Locks', content = 'A lock.'")
    with echo.connect(copy) as db:
        found = records(echo.search_posts(db, "lock", limit=100, semantic=True))
    assert [row["post_id"] for row in found] == sorted(TEXTS)


def test_what_is_meant_comes_before_what_only_has_the_word(
    create_database: Callable[..., str], migrated_template: str
) -> None:
    copy = create_database(migrated_template)
    steel, season = list(TEXTS)[:2]
    fill(copy)
    with psycopg.connect(copy) as connection, connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE posts SET title = 'Spring', content = %s WHERE id = %s",
            [("steel coil suspension", steel), ("garden blossom tulips", season)],
        )
    queries, judged = {"q": "spring flowers"}, {"q": {season: 1.0}}
    with echo.connect(copy) as db:
        assert echo.search.evaluate(db, queries, judged)["mrr_at_10"][0] == 0.5
        assert echo.search.evaluate(db, queries, judged, semantic=True)["mrr_at_10"][0] == 1


def test_a_missing_extra_and_a_wrong_flag_are_said_before_any_query(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(echo.InvalidInput) as refused:
        echo.search_posts(NoDatabase(), "x", semantic="yes")  # type: ignore[arg-type]
    assert refused.value.argument == "semantic"
    semantic.load.cache_clear()
    monkeypatch.setitem(sys.modules, "tokenizers", None)
    with pytest.raises(echo.MissingExtra, match="semantic"):
        echo.search_posts(NoDatabase(), "x", semantic=True)
