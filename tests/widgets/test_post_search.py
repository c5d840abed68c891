from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest
from people import ada

import echo_analytics as echo
from echo_analytics import widgets
from echo_analytics.models import NewPost
from echo_analytics.widgets.post_search import HINT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from widgets.gated_source import Gated

NOW = datetime(2026, 6, 24, 12, tzinfo=UTC)
ATTACK = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def db(create_database: Callable[..., str], migrated_template: str) -> Iterator[echo.Database[Any]]:
    """Few posts, for searches without an index read them all."""
    with echo.connect(create_database(migrated_template)) as opened:
        echo.load_demo(opened, 1500)
        yield opened


@pytest.mark.parametrize("frame", ["pandas", "polars", "arrow"])
def test_a_search_shows_what_the_analysis_returns_page_by_page(
    db: echo.Database[Any],
    frame: Any,  # noqa: ANN401 - a literal
    made: list[Any],
) -> None:
    source = db.using(frame)
    shown: Any = widgets.PostSearch(source, "slow database", page_size=7, now=NOW).wait()
    made.append(shown)
    found = echo.search_posts(db, "slow database", limit=14)
    for turn in (0, 7):
        page = shown.frame if frame == "pandas" else shown.frame.to_pandas()
        expected = found.iloc[turn : turn + 7]
        assert list(page["rank"]) == list(range(turn + 1, turn + 8))
        assert list(page["post_id"]) == list(expected["post_id"])
        assert f"Posts {turn + 1} to {turn + 7}" in shown._status.value
        assert shown.previous.disabled is (turn == 0)
        shown.next.click()
        shown.wait()
    assert shown.page == 3
    shown.query.value = "migration"
    shown.wait()
    assert shown.page == 1


def test_nothing_is_asked_while_somebody_is_still_writing(gated: Gated, made: list[Any]) -> None:
    shown: Any = widgets.PostSearch(gated, now=NOW).wait()
    made.append(shown)
    assert HINT.split(":")[0] in shown._status.value
    assert not shown.figure
    before = gated.queries
    for end in range(1, 10):
        shown.query.value = "migration"[:end]
    assert gated.queries == before
    assert "Loading" in shown._status.value
    shown.wait()
    asked = gated.queries - before
    assert shown.figure.layout.title.text == "Best matches for “migration”"
    shown.query.value = "postgres"
    shown.wait()
    assert gated.queries - before == 2 * asked


def test_an_answer_to_what_was_written_before_is_dropped(gated: Gated, made: list[Any]) -> None:
    shown: Any = widgets.PostSearch(gated, "migration", now=NOW).wait()
    made.append(shown)
    titles: list[str] = []
    shown._charts[0].observe(
        lambda change: titles.append(change.new[0]["data"]["text/plain"]), names="outputs"
    )
    gated.gate.clear()
    shown.query.value = "slow"
    shown._pause.end()
    shown.query.value = "slow database"
    gated.gate.set()
    shown.wait()
    assert titles == ["Best matches for “slow database”"]


@pytest.mark.parametrize("query", ["-the", "-slow", '"', "%%", "zzzzzz", "a" * 5000])
def test_any_text_can_be_written(db: echo.Database[Any], query: str, made: list[Any]) -> None:
    shown: Any = widgets.PostSearch(db, query, now=NOW).wait()
    made.append(shown)
    assert shown.error is None
    assert not len(shown.frame)
    assert "Nothing was found" in shown._status.value
    assert shown.next.disabled


def test_titles_and_snippets_are_text(database_url: str, made: list[Any]) -> None:
    with echo.connect(database_url) as db:
        user = db.users.create(ada(name=ATTACK))
        slow = f"slow {ATTACK}"
        db.posts.create(NewPost(title=slow, content=slow, author_id=user.id, status="published"))
        shown: Any = widgets.PostSearch(db, "slow").wait()
        made.append(shown)
        assert len(shown.frame) == 1
        assert ATTACK not in shown._tables[0].value
        assert "<mark" in shown._tables[0].value
        shown.query.value = ATTACK
        assert shown.wait().error is None
        assert ATTACK not in shown._tables[0].value


def test_a_search_begins_with_all_days(db: echo.Database[Any], made: list[Any]) -> None:
    shown: Any = widgets.PostSearch(db, now=NOW).wait()
    made.append(shown)
    assert shown.scope.start.value == echo.posts(db)["created_at"].min().date()
    assert shown.scope.end.value == NOW.date()


def test_categories_authors_and_months_narrow_what_was_found(
    db: echo.Database[Any], made: list[Any]
) -> None:
    shown: Any = widgets.PostSearch(db, "slow database", now=NOW).wait()
    made.append(shown)
    range_ = {"start": str(shown.scope.start.value), "end": str(shown.scope.end.value)}
    # Any: the filters of a search.
    filters: dict[str, Any] = dict(range_)
    for facet in ("category", "author", "month"):
        found = echo.search_facets(db, "slow database", **filters)
        values = found[(found["facet"] == facet) & found["value"].notna()]
        options = shown.facets[facet].options
        assert [value for _, value in options] == ["", *values["value"]]
        chosen = values.iloc[0]
        assert f"({chosen['total_posts']} post" in options[1][0]
        shown.facets[facet].value = chosen["value"]
        shown.wait()
        if facet == "month":
            assert set(shown.frame["created_at"].dt.strftime("%Y-%m")) == {chosen["value"]}
        else:
            filters[facet] = chosen["value"]
            expected = echo.search_posts(db, "slow database", limit=10, **filters)
            assert list(shown.frame["post_id"]) == list(expected["post_id"])
        assert shown.total == chosen["total_posts"]
        assert f"of {chosen['total_posts']:,}" in shown._status.value
    shown.query.value = "zzzzzz"
    assert "Nothing was found" in shown.wait()._status.value
    assert shown.facets["author"].value == filters["author"]
    shown.query.value = "slow database"
    shown.wait()
    assert shown.facets["month"].value
    shown.scope.start.value = date(2024, 1, 1)
    shown.scope.end.value = date(2024, 1, 31)
    shown.wait()
    # A month outside of the range would find what is not in it.
    assert shown.facets["month"].value == ""
    assert len(shown.frame) == 0


def test_the_category_that_is_shared_goes_before(db: echo.Database[Any], made: list[Any]) -> None:
    shown: Any = widgets.PostSearch(db, "slow database", now=NOW).wait()
    made.append(shown)
    names = dict(shown.scope.category.options)
    shown.facets["category"].value = names["Tech"]
    shown.scope.category.value = names["Data"]
    assert set(shown.wait().frame["category"]) == {"Data"}
    assert shown.facets["category"].disabled


def test_a_correction_is_said(db: echo.Database[Any], made: list[Any]) -> None:
    shown: Any = widgets.PostSearch(db, "databse", now=NOW).wait()
    made.append(shown)
    assert "for “database” instead of “databse”" in shown._status.value
    assert shown.figure.layout.meta["parameters"]["query"] == "databse"
