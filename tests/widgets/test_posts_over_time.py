from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

import echo_analytics as echo
from echo_analytics import widgets
from echo_analytics.models import NewCategory

if TYPE_CHECKING:
    from collections.abc import Callable

NOW = datetime(2026, 6, 24, 12, tzinfo=UTC)
JUNE = date(2026, 6, 1), date(2026, 6, 30)
ZONE = "Pacific/Auckland"
ATTACK = "<script>alert(1)</script>"


def first_category(db: echo.Database[Any]) -> tuple[str, str]:
    summary = echo.category_summary(db, *JUNE)
    return str(summary["category_id"][0]), str(summary["category"][0])


@pytest.mark.parametrize("frame", ["pandas", "polars", "arrow"])
def test_posts_over_time_shows_what_the_analysis_returns(
    db: echo.Database[Any],
    frame: Any,  # noqa: ANN401 - a literal
    made: list[Any],
) -> None:
    source = db.using(frame)
    asked: dict[str, Any] = {"every": "week", "timezone": ZONE, "by": "status", "now": NOW}
    shown: Any = widgets.PostsOverTime(source, *JUNE, rolling=5, **asked)
    made.append(shown)
    expected = echo.posts_over_time(source, *JUNE, rolling=5, **asked)
    assert type(shown.wait().frame) is type(expected)
    assert shown.frame.equals(expected)
    assert shown.error is None
    assert shown.figure is not None
    assert shown.figure.layout.meta["parameters"]["timezone"] == ZONE


def test_every_control_of_posts_over_time_changes_what_is_asked(
    db: echo.Database[Any], made: list[Any]
) -> None:
    shown: Any = widgets.PostsOverTime(db, *JUNE, now=NOW).wait()
    made.append(shown)
    shown.scope.start.value = date(2026, 3, 1)
    shown.scope.zone.value = ZONE
    shown.every.value = "month"
    shown.by.value = "role"
    shown.compare.value = "previous_year"
    shown.rolling.value = 3
    expected = echo.posts_over_time(
        db,
        "2026-03-01",
        JUNE[1],
        timezone=ZONE,
        every="month",
        by="role",
        compare="previous_year",
        rolling=3,
        now=NOW,
    )
    pd.testing.assert_frame_equal(shown.wait().frame, expected)


@pytest.mark.parametrize("frame", ["pandas", "polars", "arrow"])
def test_a_category_shows_its_group_of_the_breakdown(
    db: echo.Database[Any],
    frame: Any,  # noqa: ANN401 - a literal
    made: list[Any],
) -> None:
    source = db.using(frame)
    key, name = first_category(db)
    shown: Any = widgets.PostsOverTime(source, *JUNE, category_id=key, now=NOW, by="role").wait()
    made.append(shown)
    groups = echo.posts_over_time(db, *JUNE, by="category", top=99, now=NOW)
    expected = groups[groups["group_key"] == key].drop(columns=groups.columns[1:4])
    found = shown.frame if frame == "pandas" else shown.frame.to_pandas()
    assert list(found.columns) == list(expected.columns)
    assert found["total_posts"].to_list() == expected["total_posts"].to_list()
    assert found["unique_authors"].to_list() == expected["unique_authors"].to_list()
    assert name in shown.figure.layout.title.text
    assert shown.by.disabled
    kept = echo.posts_over_time(source, *JUNE, now=NOW)
    if frame == "pandas":
        assert found.dtypes.to_dict() == kept.dtypes.to_dict()
    else:
        assert shown.frame.schema == kept.schema


def test_a_category_without_posts_is_all_zeros(
    create_database: Callable[..., str], demo_template: str, made: list[Any]
) -> None:
    with echo.connect(create_database(demo_template)) as db:
        quiet = db.categories.create(NewCategory(name=ATTACK, slug="quiet"))
        shown: Any = widgets.PostsOverTime(
            db, *JUNE, category_id=str(quiet.id), compare="previous_period", rolling=7, now=NOW
        ).wait()
        made.append(shown)
        assert len(shown.frame) == 30
        counts = [name for name in shown.frame.columns if name.startswith("total_posts")]
        assert not shown.frame[counts].fillna(0).any().any()
        assert shown.frame["total_posts_relative_change"].isna().all()
        assert list(shown.frame["is_complete"]) == [True] * 23 + [False] * 7
        assert ATTACK not in shown._tables[0].value
        assert ATTACK in shown.scope.category.label


def test_without_days_the_range_ends_with_the_newest_post(
    db: echo.Database[Any], made: list[Any]
) -> None:
    shown: Any = widgets.PostsOverTime(db, now=datetime(2030, 1, 1, tzinfo=UTC)).wait()
    earlier: Any = widgets.PostsOverTime(db, now=NOW).wait()
    made += [shown, earlier]
    assert shown.scope.end.value == date(2026, 6, 30)
    assert shown.scope.start.value == date(2026, 4, 2)
    assert shown.scope.length.value == "90 days"
    assert earlier.scope.end.value == NOW.date()


def test_a_length_moves_the_first_day(db: echo.Database[Any], made: list[Any]) -> None:
    shown: Any = widgets.PostsOverTime(db, *JUNE, now=NOW).wait()
    made.append(shown)
    assert shown.scope.length.value == "30 days"
    shown.scope.length.value = "7 days"
    assert len(shown.wait().frame) == 7
    shown.scope.length.value = "All posts"
    assert len(shown.wait().frame) == 546
    shown.scope.start.value = date(2026, 6, 2)
    assert shown.scope.length.value == "As chosen"


def test_one_bucket_alone_is_called_what_it_is(db: echo.Database[Any], made: list[Any]) -> None:
    shown: Any = widgets.PostsOverTime(db, *JUNE, every="month", now=NOW).wait()
    made.append(shown)
    assert len(shown.frame) == 1
    assert shown.figure.layout.title.text == "Posts per month"
    assert "June 2026" in shown._tables[0].value
    assert "Mon, 1 June 2026" not in shown._tables[0].value
    shown.by.value = "status"
    assert "By month" in shown.wait()._tables[0].value
    assert shown.figure.layout.title.text == "Posts per month"
