"""What is read for a search is bounded, and each post comes once, whichever way it was found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from drizzle_database import run
from hypothesis import given, settings
from hypothesis import strategies as st

import echo_analytics as echo
from echo_analytics.queries.search import choosing, statistics
from echo_analytics.queries.search.words import is_plain, normalised

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pyarrow as pa

_POSTS = """
insert into public.posts (id, title, content, author_id, published, created_at,
    category_id)
select gen_random_uuid(),
    case when n % 3 = 0 then 'A rail' else 'A track' end || repeat(' station', n % 5),
    'rail and ' || repeat('track ', n % 7) || repeat('steel ', n % 11)
        || case when n < 120 then 'museum' else '' end,
    u.id, n % 5 > 0, '2026-01-01'::timestamp + n * interval '1 hour', c.id
from generate_series(1, 200) as n join public.users as u on u.name = 'User ' || (1 + n % 2)
left join public.categories as c on c.slug = 'depot' and n % 4 = 0
"""
_CATEGORY = (
    "insert into public.categories (id, name, slug) values (gen_random_uuid(), 'D', 'depot')"
)


@pytest.fixture(scope="module")
def db(
    create_database: Callable[..., str], indexed_template: str
) -> Iterator[echo.Database[pa.Table]]:
    url = create_database(indexed_template)
    run(url, _CATEGORY)
    run(url, _POSTS)
    run(url, "analyze")
    with echo.connect(url, frame="arrow") as database:
        yield database


def ids(db: echo.Database[pa.Table], query: str, **options: Any) -> list[str]:  # noqa: ANN401
    found: list[str] = echo.search_posts(db, query, budget=40, **options)["post_id"].to_pylist()
    return found


@pytest.mark.parametrize("sort", ["relevance", "newest"])
@pytest.mark.parametrize(
    "query",
    ["rail track", "rail", '"rail and track" steel', '"and track" "track steel"', "title:rail"],
)
def test_a_post_that_is_chosen_for_several_reasons_comes_once(
    query: str, sort: str, db: echo.Database[pa.Table]
) -> None:
    answer = echo.search_posts(db, query, budget=40, limit=100, sort=sort)  # type: ignore[arg-type]
    whole = ids(db, query, limit=100, sort=sort)
    assert len(whole) > 15
    assert len(set(whole)) == len(whole)
    pages = [ids(db, query, limit=7, offset=skipped, sort=sort) for skipped in range(0, 99, 7)]
    assert [id_ for page in pages for id_ in page] == whole
    order = answer["score"] if sort == "relevance" else answer["created_at"]
    assert order.to_pylist() == sorted(order.to_pylist(), reverse=True)


def _filters(db: echo.Database[pa.Table]) -> list[dict[str, Any]]:
    found = echo.search_posts(db, "rail", sort="newest", limit=8)
    facets = echo.search_facets(db, "rail").to_pylist()
    [category] = [row["value"] for row in facets if row["facet"] == "category" and row["value"]]
    return [
        {},
        {"author": found["author_id"][0].as_py()},
        {"category": category},
        {"start": "2026-01-05", "end": "2026-01-07"},
        {"category": category, "start": "2026-01-02"},
        {"status": "draft"},
        {"status": None},
    ]


@pytest.mark.parametrize("sort", ["relevance", "newest"])
@pytest.mark.parametrize("query", ["rail", "rail track", '"rail and"', "rail -track"])
def test_filters_hold_whatever_is_looked_through(
    query: str,
    sort: Any,  # noqa: ANN401
    db: echo.Database[pa.Table],
) -> None:
    for filters in _filters(db):
        whole = echo.search_posts(db, query, limit=300, sort=sort, **filters).to_pylist()
        scores = {row["post_id"]: row["score"] for row in whole}
        answer = echo.search_posts(db, query, budget=40, limit=300, sort=sort, **filters)
        assert 0 < len(answer) <= len(whole)
        assert all(scores[row["post_id"]] == row["score"] for row in answer.to_pylist())


@pytest.mark.parametrize("query", ["rail track", "title:rail", "rail -museum"])
def test_the_newest_are_found_however_few_posts_are_looked_at(
    query: str, db: echo.Database[pa.Table], monkeypatch: pytest.MonkeyPatch
) -> None:
    # The newest posts that are looked at first have no museum.
    monkeypatch.setattr(choosing, "_TIED", 0)
    for filters in _filters(db):
        exact = echo.search_posts(db, query, limit=5, sort="newest", **filters)
        assert len(exact) == 5
        found = echo.search_posts(db, query, limit=5, sort="newest", budget=160, **filters)
        assert found["post_id"] == exact["post_id"]


# Any text of plain characters: more than words, for what is between them.
@settings(max_examples=25)
@given(typed=st.text(st.sampled_from("aeT's-/<0 \n'\"\\(:!|,é"), max_size=20))
def test_plain_texts_are_read_as_others_are(typed: str, db: echo.Database[pa.Table]) -> None:
    ways = [normalised("'english'::regconfig", plain=plain) for plain in (True, False)]
    one, other = (db.look_up(way, ([typed, "the rails"],)).to_pylist() for way in ways)
    assert not is_plain(typed) or one == other


@pytest.mark.parametrize("typed", ["é", "a_b", "C++", "v1.2", "a@b.c", "AT&T", "c#", "x" * 1_001])
def test_what_is_not_plain(typed: str) -> None:
    assert not is_plain(typed)
    assert is_plain("full text, and 'quoted' words: all")


@pytest.mark.parametrize("known", [True, False])
def test_how_long_posts_are_is_known_from_the_servers_statistics_or_a_sample(
    known: bool, db: echo.Database[pa.Table]
) -> None:
    with db.engine.begin() as connection:
        if not known:
            connection.exec_driver_sql("delete from pg_statistic where staattnum in (7, 8)")
        text = statistics.ESTIMATED.replace("%", "%%")
        said = connection.exec_driver_sql(text).mappings().one()
        means = connection.exec_driver_sql(
            "select avg(length)::float8, avg(title_length)::float8 from analytics.post_search"
        ).one()
        plan = connection.exec_driver_sql(f"explain analyze {text}").scalars().all()
        connection.rollback()
    assert (said["mean_length"], said["mean_title_length"]) == pytest.approx(means, rel=0.02)
    sampled = [line for line in plan if "Sample Scan" in line]
    assert len(sampled) == 2
    assert all(("never executed" in line) is known for line in sampled)
