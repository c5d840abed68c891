from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pandas as pd
from people import ada

import echo_analytics as echo
from echo_analytics import widgets
from echo_analytics.models import NewPost

NOW = datetime(2026, 6, 24, 12, tzinfo=UTC)
JUNE = date(2026, 6, 1), date(2026, 6, 30)
ZONE = "Pacific/Auckland"
ATTACK = "<script>alert(1)</script>"


def test_users_are_found_by_a_part_of_their_name(db: echo.Database[Any], made: list[Any]) -> None:
    shown: Any = widgets.UserExplorer(db, timezone=ZONE, now=NOW).wait()
    made.append(shown)
    everybody = echo.user_stats(db, timezone=ZONE, now=NOW)
    pd.testing.assert_frame_equal(shown.frame, everybody)
    shown.name.value = "AN"
    expected = everybody[everybody["user_name"].str.lower().str.contains("an")]
    pd.testing.assert_frame_equal(shown.wait().frame, expected.reset_index(drop=True))
    assert 0 < len(expected) < len(everybody)
    shown.name.value = "no such name"
    assert len(shown.wait().frame) == 0
    assert "No data" in shown._tables[0].value
    assert shown.posts is None


def test_the_posts_of_a_user_are_those_of_the_range_and_the_category(
    db: echo.Database[Any], made: list[Any]
) -> None:
    busiest = str(echo.user_stats(db)["user_id"][0])
    key = str(echo.category_summary(db, *JUNE)["category_id"][0])
    shown: Any = widgets.UserExplorer(db, *JUNE, user_id=busiest, timezone=ZONE, now=NOW).wait()
    made.append(shown)
    days: dict[str, Any] = {"start": JUNE[0], "end": JUNE[1], "timezone": ZONE}
    expected = echo.posts_with_authors(db, 50, author_id=busiest, **days)
    pd.testing.assert_frame_equal(shown.posts, expected)
    shown.scope.category.value = key
    narrowed = echo.posts_with_authors(db, 50, author_id=busiest, category_id=key, **days)
    pd.testing.assert_frame_equal(shown.wait().posts, narrowed)
    assert 0 < len(narrowed) < len(expected)
    # The one who is chosen stays, whoever else is looked for.
    shown.name.value = "no such name"
    assert shown.wait().user.value == busiest
    shown.user.value = ""
    assert shown.wait().posts is None


def test_names_of_the_database_are_text_wherever_they_are_shown(
    database_url: str, made: list[Any]
) -> None:
    with echo.connect(database_url) as db:
        user = db.users.create(ada(name=ATTACK))
        db.posts.create(
            NewPost(title=ATTACK, content=ATTACK, author_id=user.id, status="published")
        )
        shown: Any = widgets.UserExplorer(db, user_id=str(user.id)).wait()
        made.append(shown)
        assert shown.error is None
        assert len(shown.posts) == 1
        for table in shown._tables:
            assert ATTACK not in table.value
            assert "&lt;script&gt;" in table.value
