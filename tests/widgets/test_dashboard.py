from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import drizzle_database
import ipywidgets
import pandas as pd
import pytest
from reading_roles import as_role, new_name, removed

import echo_analytics as echo
from echo_analytics import InvalidInput, widgets

if TYPE_CHECKING:
    from widgets.gated_source import Gated

NOW = datetime(2026, 6, 24, 12, tzinfo=UTC)
JUNE = date(2026, 6, 1), date(2026, 6, 30)
ZONE = "Pacific/Auckland"


def models() -> set[str]:
    return set(ipywidgets.widgets.widget._instances)


def test_the_overview_shows_key_figures_and_categories(
    db: echo.Database[Any], made: list[Any]
) -> None:
    shown: Any = widgets.Overview(db, *JUNE, timezone=ZONE, now=NOW).wait()
    made.append(shown)
    days: dict[str, Any] = {"timezone": ZONE, "now": NOW}
    pd.testing.assert_frame_equal(shown.frame, echo.overview(db, *JUNE, **days))
    pd.testing.assert_frame_equal(shown.categories, echo.category_summary(db, *JUNE, **days))
    shown.compare.value = "previous_year"
    expected = echo.overview(db, *JUNE, compare="previous_year", **days)
    pd.testing.assert_frame_equal(shown.wait().frame, expected)


def test_range_zone_and_category_hold_for_all_tabs(db: echo.Database[Any], made: list[Any]) -> None:
    shown: Any = widgets.Dashboard(db, *JUNE, now=NOW).wait()
    made.append(shown)
    busiest = str(echo.user_stats(db)["user_id"][0])
    key = str(echo.category_summary(db, *JUNE)["category_id"][0])
    shown.scope.start.value = date(2026, 6, 8)
    shown.scope.zone.value = ZONE
    shown.scope.category.value = key
    days: dict[str, Any] = {"timezone": ZONE, "now": NOW}
    range_ = "2026-06-08", "2026-06-30"
    pd.testing.assert_frame_equal(shown.wait().frame, echo.overview(db, *range_, **days))
    assert "of all categories" in shown.overview._status.value
    shown.tab = "Posts"
    groups = echo.posts_over_time(db, *range_, by="category", top=99, **days)
    counted = groups[groups["group_key"] == key]["total_posts"]
    assert list(shown.wait().frame["total_posts"]) == list(counted)
    shown.tab = "Users"
    shown.wait()
    shown.users.user.value = busiest
    newest = echo.posts_with_authors(
        db,
        50,
        author_id=busiest,
        category_id=key,
        start=range_[0],
        end=range_[1],
        timezone=ZONE,
    )
    pd.testing.assert_frame_equal(shown.wait().users.posts, newest)
    assert len(newest) > 0
    shown.tab = "Search"
    shown.search.query.value = "slow database"
    assert len(shown.wait().frame) == 10
    assert shown.figure is shown.search.figure


def test_figures_say_what_they_are_of(db: echo.Database[Any], made: list[Any]) -> None:
    shown: Any = widgets.Dashboard(db, *JUNE, timezone=ZONE, now=NOW).wait()
    made.append(shown)
    user_id = str(echo.user_stats(db)["user_id"][0])
    days: dict[str, Any] = {"start": "2026-06-01", "end": "2026-06-30", "timezone": ZONE}
    sql: Any = echo.sql
    said = {
        "Overview": (sql(echo.overview, db, **days, now=NOW), "overview"),
        "Posts": (sql(echo.posts_over_time, db, **days, now=NOW), "posts_over_time"),
        "Users": (sql(echo.user_stats, db, timezone=ZONE, now=NOW), "user_stats"),
        "Search": (None, "search_posts"),
    }
    shown.search.query.value = "slow database"
    for tab, (asked, name) in said.items():
        shown.tab = tab
        meta = shown.wait().figure.layout.meta
        assert meta["name"] == name
        assert meta["row_count"] == len(shown.frame)
        assert meta["as_of"] == NOW.isoformat()
        assert meta["parameters"]["timezone"] == ZONE
        assert "posts" in meta["sql"]
        if asked is not None:
            assert meta["sql"] == asked.text
            assert len(meta["sql_values"]) == len(asked.values)
    assert "slow" in str(shown.figure.layout.meta["parameters"]["query"])
    shown.tab = "Users"
    shown.users.user.value = user_id
    shown.wait()
    [output] = shown.users._charts[1].outputs
    of_posts = output["data"]["application/vnd.plotly.v1+json"]["layout"]["meta"]
    assert of_posts["name"] == "posts_with_authors"
    assert of_posts["parameters"]["author_id"] == user_id
    assert user_id in of_posts["sql_values"]


@pytest.mark.filterwarnings("ignore::echo_analytics.errors.SearchIndexWarning")
def test_all_tabs_work_for_a_role_that_may_only_select_from_the_tables(
    database_url: str, made: list[Any]
) -> None:
    name = new_name()
    with echo.connect(database_url) as owner:
        echo.load_demo(owner, 300)
    with removed(database_url, name):
        drizzle_database.run(
            database_url,
            f"create role {name} login password 'anything'",
            f"grant select on users, posts, categories to {name}",
        )
        with echo.connect(as_role(database_url, name)) as reader:
            shown: Any = widgets.Dashboard(reader, now=NOW)
            made.append(shown)
            shown.search.query.value = "slow"
            for tab in shown.tabs:
                shown.tab = tab
                assert len(shown.wait().frame) > 0, tab
                assert shown.error is None
            assert shown.search.total > 0


def test_only_the_tab_that_is_open_asks(gated: Gated, made: list[Any]) -> None:
    shown: Any = widgets.Dashboard(gated, *JUNE, now=NOW).wait()
    made.append(shown)
    assert shown.tab == "Overview"
    begun = gated.queries
    shown.scope.zone.value = ZONE
    shown.wait()
    each = gated.queries - begun
    assert not shown.posts.figure
    shown.tab = "Posts"
    shown.wait()
    before = gated.queries
    # Nothing has changed since.
    shown.tab = "Overview"
    shown.tab = "Posts"
    shown.wait()
    assert gated.queries == before
    shown.scope.zone.value = "UTC"
    shown.wait()
    one = gated.queries
    shown.tab = "Overview"
    shown.wait()
    assert gated.queries == one + each


def test_a_dashboard_can_be_asked_anew(gated: Gated, made: list[Any]) -> None:
    shown: Any = widgets.Dashboard(gated, *JUNE, now=NOW).wait()
    made.append(shown)
    before = gated.queries
    shown.refresh()
    shown.wait()
    # Both analyses, and what there is to choose from.
    assert gated.queries == before + 4


def test_closing_a_dashboard_frees_everything(gated: Gated) -> None:
    before = models()
    shown: Any = widgets.Dashboard(gated, *JUNE, now=NOW).wait()
    for tab in shown.tabs:
        shown.tab = tab
        shown.wait()
    assert repr(shown) == "<Dashboard, open>"
    assert "application/vnd.jupyter.widget-view+json" in shown._repr_mimebundle_()
    shown.close()
    shown.close()
    assert models() == before
    assert shown._repr_mimebundle_() == {"text/plain": "<Dashboard, closed>"}
    asked = gated.queries
    shown.scope.zone.value = "UTC"
    shown.refresh()
    assert gated.queries == asked


@pytest.mark.parametrize("arguments", [{"timezone": "x"}, {"start": "x"}, {"theme": "x"}])
def test_wrong_arguments_leave_nothing_behind(gated: Gated, arguments: dict[str, str]) -> None:
    before = models()
    with pytest.raises(InvalidInput, match=next(iter(arguments))):
        widgets.Dashboard(gated, **arguments)  # type: ignore[arg-type]  # wrong on purpose
    assert models() == before
    assert gated.queries == 0
