"""Searches go by the index where they can, and say when they cannot."""

from __future__ import annotations

import threading
import warnings
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import psycopg
import pyarrow.compute as pc
import pytest
from drizzle_database import rows, run

import echo_analytics as echo
from echo_analytics.analytics import searching
from echo_analytics.errors import SearchIndexWarning
from echo_analytics.queries.search import choosing, statistics

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa


@pytest.fixture
def db(url: str) -> Iterator[echo.Database[pa.Table]]:
    with echo.connect(url, frame="arrow") as database:
        yield database


def write(url: str, *titles: str, content: str = "words") -> list[str]:
    ids = [str(uuid4()) for _ in titles]
    with psycopg.connect(url) as connection:
        connection.cursor().executemany(
            "insert into public.posts (id, title, content, author_id, published)"
            " select %s, %s, %s, id, true from public.users where name = 'User 1'",
            [(id_, title, content) for id_, title in zip(ids, titles, strict=True)],
        )
    return ids


def found(db: Any, query: str, **options: Any) -> list[str]:  # noqa: ANN401
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ids: list[str] = echo.search_posts(db, query, **options)["post_id"].to_pylist()
    return ids


def test_a_committed_post_is_found_by_the_next_search(
    db: echo.Database[pa.Table], url: str
) -> None:
    for number in range(5):
        ids = write(url, f"Quokka {number}")
        assert found(db, f"quokka {number}", limit=1) == ids
        run(url, f"update public.posts set title = 'Numbat {number}' where id = '{ids[0]}'")
        assert ids[0] not in found(db, "quokka")
        assert found(db, f"numbat {number}", limit=1) == ids
        run(url, f"delete from public.posts where id = '{ids[0]}'")
        assert found(db, "numbat") == []


def test_a_snapshot_sees_its_moment(db: echo.Database[pa.Table], url: str) -> None:
    with db.snapshot() as source:
        assert found(source, "quokka") == []
        ids = write(url, "Quokka")
        assert found(source, "quokka") == []
        assert found(db, "quokka") == ids


def test_beside_writers_each_finds_what_it_wrote(url: str) -> None:
    problems: list[BaseException] = []

    def work(name: str) -> None:
        try:
            with echo.connect(url, frame="arrow") as database:
                for number in range(8):
                    ids = write(url, f"{name} {number}")
                    assert found(database, name, limit=100)[-1:] != []
                    assert ids[0] in found(database, name, limit=100)
        except BaseException as problem:
            problems.append(problem)

    threads = [threading.Thread(target=work, args=(name,)) for name in ("quokka", "numbat")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []


@pytest.mark.parametrize(
    "statement",
    [
        "alter table public.posts disable trigger echo_search_insert",
        "insert into analytics.post_search_todo values (null)",
        "update analytics.post_search_state set phase = 'filling'",
        "drop table analytics.post_search_todo",
    ],
)
@pytest.mark.parametrize("known", [True, False])
def test_an_index_that_cannot_be_gone_by_is_left_and_said_once(
    statement: str, known: bool, db: echo.Database[pa.Table], url: str
) -> None:
    if known:
        assert found(db, "quokka") == []
    run(url, statement)
    ids = write(url, "Quokka")
    with pytest.warns(SearchIndexWarning, match="search-index build"):
        assert echo.search_posts(db, "quokka")["post_id"].to_pylist() == ids
    assert found(db, "quokka") == ids  # not said again
    with db.snapshot() as source:
        assert found(source, "quokka") == ids


def test_too_many_posts_are_not_searched_without_an_index(
    db: echo.Database[pa.Table], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "MOST_POSTS", 10)
    monkeypatch.setattr(searching, "_POSTS", searching._POSTS.replace("200001", "11"))
    assert found(db, "quokka") == []
    db.search_index.drop()
    with pytest.raises(echo.NotSupported, match="search-index build"):
        echo.search_posts(db, "quokka")


def test_with_many_posts_the_frequencies_come_from_the_servers_statistics(
    db: echo.Database[pa.Table], url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(url, *(f"Post {number} about the rail" for number in range(40)), "Quokka")
    run(url, "analyze analytics.post_search")
    exact = echo.search_posts(db, "rail quokka", limit=50)
    monkeypatch.setattr(statistics, "FEW_POSTS", 20)
    monkeypatch.setattr(statistics, "ESTIMATED", statistics.ESTIMATED.replace("5001", "20"))
    estimated = echo.search_posts(db, "rail quokka", limit=50)
    assert estimated["post_id"] == exact["post_id"]
    assert estimated["score"].to_pylist() == pytest.approx(exact["score"].to_pylist(), rel=0.05)
    known = searching._statistics(db)
    assert known.shares is not None
    assert known.shares["rail"] == pytest.approx(40 / known.posts, rel=0.05)
    assert searching._statistics(db) is known


@pytest.mark.parametrize(
    ("query", "answers"),
    [
        ("title:rail", 5),
        ("title:rai* steel", 5),
        ('title:"rail track"', 3),
        ("title:rail title:track", 3),
        ('title:rail "steel rail"', 5),
        ("title:rail OR title:quokka", 6),
        ("title:railway", 0),
        ("title:rail OR title:track OR steel", 66),
    ],
)
def test_what_must_be_in_titles_costs_what_titles_have(
    query: str,
    answers: int,
    db: echo.Database[pa.Table],
    url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write(url, *(f"Post {number}" for number in range(60)), content="a steel rail, a track")
    titles = ("Rail tracks", "The rail track", "Rail track", "Rail", "Rail 2")
    write(url, *titles, content="steel rail")
    write(url, "Quokka", content="steel")
    run(url, "analyze analytics.post_search")
    monkeypatch.setattr(statistics, "FEW_POSTS", 20)
    monkeypatch.setattr(statistics, "ESTIMATED", statistics.ESTIMATED.replace("5001", "20"))
    monkeypatch.setattr(statistics, "MOST_COUNTED", 20)
    for name in ("COUNT", "COUNT_WITH_TITLES"):
        monkeypatch.setattr(statistics, name, getattr(statistics, name).replace("8001", "21"))
    for budget in (8_000, 20):
        table = echo.search_posts(db, query, budget=budget, fuzzy=False, limit=100)
        approximate = db.using("pandas").as_frame(table).attrs["approximate"]
        assert approximate is (answers > budget)
        assert len(table) == answers or approximate


@pytest.fixture
def many(url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Sixty posts, which are so many that frequencies are estimated."""
    titles = (f"The rail and the track {number}" for number in range(60))
    write(url, *titles, content="a steel rail of the track")
    run(url, "analyze analytics.post_search")
    monkeypatch.setattr(statistics, "FEW_POSTS", 20)
    monkeypatch.setattr(statistics, "ESTIMATED", statistics.ESTIMATED.replace("5001", "20"))
    return url


@pytest.mark.parametrize("sort", ["relevance", "newest"])
def test_of_stop_words_alone_a_bounded_number_of_titles_is_looked_at(
    sort: Any,  # noqa: ANN401
    many: str,
    db: echo.Database[pa.Table],
) -> None:
    [short] = write(many, "The", content="track")
    run(many, "analyze analytics.post_search")
    whole = echo.search_posts(db, "the and", sort=sort, limit=100)
    assert db.using("pandas").as_frame(whole).attrs["approximate"] is False
    assert len(whole) == 60
    few = echo.search_posts(db, "the and", sort=sort, limit=100, budget=20)
    assert db.using("pandas").as_frame(few).attrs["approximate"] is True
    assert 10 <= len(few) <= 30
    assert short not in few["post_id"].to_pylist()
    assert set(few["post_id"].to_pylist()) <= set(whole["post_id"].to_pylist())
    scores = dict(zip(whole["post_id"].to_pylist(), whole["score"].to_pylist(), strict=True))
    assert all(scores[row["post_id"]] == row["score"] for row in few.to_pylist())
    assert len(echo.search_posts(db, "the and -steel", sort=sort, budget=20)) == 0
    assert len(echo.search_posts(db, "the and", sort=sort, budget=20, status="draft")) == 0
    answer = echo.search_posts(db, "the", sort=sort, limit=100, start="2020-01-01", budget=1_000)
    assert short in answer["post_id"].to_pylist()


@pytest.mark.parametrize("query", ["rail", '"steel rail"', "title:rail", "the", "rail -quokka"])
def test_the_newest_are_the_newest_where_more_match_than_are_scored(
    query: str, many: str, db: echo.Database[pa.Table]
) -> None:
    run(many, "update public.posts set title = replace(title, 'the track', 'track')")
    run(many, "update public.posts set created_at = created_at + random() * interval '1 hour'")
    run(many, "analyze analytics.post_search")
    whole = echo.search_posts(db, query, sort="newest", limit=15)
    few = echo.search_posts(db, query, sort="newest", limit=15, budget=20)
    assert db.using("pandas").as_frame(whole).attrs["approximate"] is False
    assert db.using("pandas").as_frame(few).attrs["approximate"] is True
    assert few["post_id"] == whole["post_id"]
    assert len(few) == 15


def test_a_common_word_is_looked_for_in_titles(
    many: str, db: echo.Database[pa.Table], monkeypatch: pytest.MonkeyPatch
) -> None:
    write(many, *(f"Plain {number}" for number in range(40)), content="rail " * 30)
    run(many, "update public.posts set created_at = '2020-01-01' where title like 'The rail%'")
    run(many, "analyze analytics.post_search")
    monkeypatch.setattr(choosing, "ENOUGH_TITLES", 30)
    whole = echo.search_posts(db, "rail", limit=100)
    few = echo.search_posts(db, "rail", limit=100, budget=40)
    assert db.using("pandas").as_frame(few).attrs["approximate"] is True
    titles = few["title"].to_pylist()
    assert sum(title.startswith("The rail") for title in titles) == 20  # half the budget
    assert sum(title.startswith("Plain") for title in titles) == 5  # the newest
    scores = dict(zip(whole["post_id"].to_pylist(), whole["score"].to_pylist(), strict=True))
    assert all(scores[row["post_id"]] == row["score"] for row in few.to_pylist())
    drafts = echo.search_posts(db, "rail", limit=100, budget=40, status="draft")
    assert len(drafts) == 0
    filtered = echo.search_posts(db, "rail", limit=100, budget=40, end="2020-01-02")
    assert len(filtered) >= 20


@pytest.mark.parametrize("query", ["rail -quokka", "rail -steel", "rail -st*", 'rail -"the track"'])
def test_what_is_excluded_is_not_among_the_posts_with_common_words(
    query: str, many: str, db: echo.Database[pa.Table]
) -> None:
    ids = write(many, *(f"Rail quokka {number}" for number in range(10)), content="a rail")
    answer = echo.search_posts(db, query, limit=100, budget=40)
    assert db.using("pandas").as_frame(answer).attrs["approximate"] is True
    if query == "rail -quokka":
        assert len(answer) >= 20
        assert not set(ids) & set(answer["post_id"].to_pylist())
    else:
        assert set(answer["post_id"].to_pylist()) <= set(ids)
        assert len(answer) > 0


@pytest.mark.parametrize("query", ["rail", '"rail track"', "rail track", "title:rail", "ra*"])
@pytest.mark.parametrize("sort", ["relevance", "newest"])
def test_where_more_match_than_may_be_scored_the_result_says_so(
    query: str,
    sort: Any,  # noqa: ANN401
    db: echo.Database[pa.Table],
    url: str,
) -> None:
    write(url, *(f"Rail {number}" for number in range(60)), content="a rail track of steel")
    whole = echo.search_posts(db, query, sort=sort)
    few = echo.search_posts(db, query, sort=sort, budget=20)
    assert db.using("pandas").as_frame(whole).attrs["approximate"] is False
    assert db.using("pandas").as_frame(few).attrs["approximate"] is True
    assert 0 < len(few) <= len(whole)
    assert set(few["post_id"].to_pylist()) <= {
        str(id_) for (id_,) in rows(url, "select id from public.posts")
    }


def test_rare_words_come_first_within_the_budget(db: echo.Database[pa.Table], url: str) -> None:
    write(url, *(f"Rail {number}" for number in range(60)))
    [rare] = write(url, "Quokka rail")
    answer = echo.search_posts(db, "rail quokka", limit=1, budget=20)
    assert answer["post_id"].to_pylist() == [rare]
    # What was not scored has one word of two, and less than this.
    assert db.using("pandas").as_frame(answer).attrs["approximate"] is False
    filtered = echo.search_posts(db, "rail quokka", budget=20, start="2020-01-01", limit=30)
    assert len(filtered) > 5


def test_a_version_is_found_with_its_v_and_without(db: echo.Database[pa.Table], url: str) -> None:
    with_v, without, _, _ = write(url, "Release v1.2.3", "Release 1.2.3", "v1.2.4", "v1.3 2.3")
    for indexed in (True, False):
        if not indexed:
            db.search_index.drop()
            warnings.simplefilter("ignore", SearchIndexWarning)
        for query in ("v1.2.3", "V1.2.3", "title:v1.2.3"):
            answer = echo.search_posts(db, query)
            assert answer["post_id"].to_pylist() == [with_v, without]
            assert answer["matched_terms"].to_pylist() == [[query.removeprefix("title:")]] * 2
        assert set(echo.search_posts(db, "1.2.3")["post_id"].to_pylist()) == {with_v, without}
        for query in ('"release v1.2.3"', '"release 1.2.3"', 'title:"release v1.2.3"'):
            assert set(echo.search_posts(db, query)["post_id"].to_pylist()) == {with_v, without}
        for query in ("release -v1.2.3", "release -1.2.3", 'release -"release v1.2.3"'):
            assert echo.search_posts(db, query)["post_id"].to_pylist() == []
        for query, posts in (("1.2.3", [2]), ("v1.2.3", [1, 2]), ("release -v1.2.3", [2, 2])):
            assert echo.explain_search(db, query)["document_frequency"].to_pylist() == posts


def test_a_version_is_found_with_more_behind_it_and_without(
    db: echo.Database[pa.Table], url: str
) -> None:
    titles = ("v10.0.1-beta", "10.0.1-beta", "v10.0.1", "10.0.1", "v10.0.2-beta", "10.1 10.0")
    beta, bare_beta, with_v, bare, *_ = write(url, *titles)
    for indexed in (True, False):
        if not indexed:
            db.search_index.drop()
            warnings.simplefilter("ignore", SearchIndexWarning)
        for query, first in (
            ("10.0.1", {beta, bare_beta, with_v, bare}),
            ("v10.0.1", {beta, with_v}),
            ("v10.0.1-beta", {beta}),
            ("10.0.1-beta", {beta, bare_beta}),
        ):
            answer = echo.search_posts(db, query)["post_id"].to_pylist()
            assert set(answer) == {beta, bare_beta, with_v, bare}, query
            assert set(answer[: len(first)]) == first, query


@pytest.mark.parametrize(
    ("query", "corrected"),
    [
        ("databse", {"databse": "database"}),
        ("DATABSE migratoins", {"databse": "database", "migratoins": "migrations"}),
        ('"databse migrations"', {"databse": "database"}),
        ("databses -quokka", {"databses": "databases"}),
        ("title:databse", {"databse": "database"}),
        ("café databse", {"databse": "database"}),
        ("zzzzyyyyxxxx", {}),
        ("database", {}),
        ("databs*", {}),
    ],
)
def test_words_that_are_nowhere_are_corrected(
    query: str, corrected: dict[str, str], db: echo.Database[pa.Table], url: str
) -> None:
    [id_] = write(url, "Database migrations", content="databases of the cafe")
    table = echo.search_posts(db, query)
    assert db.using("pandas").as_frame(table).attrs["corrected"] == corrected
    assert (id_ in table["post_id"].to_pylist()) is (query != "zzzzyyyyxxxx")
    if corrected:
        words = table.filter(pc.equal(table["post_id"], id_))["matched_terms"][0].as_py()
        assert set(" ".join(words).split()) & set(corrected.values())
        assert found(db, query, fuzzy=False) == ([] if "café" not in query else [id_])
