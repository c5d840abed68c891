"""Series by day on a database with rollups: those counted by hand, and never from the tables."""

from __future__ import annotations

import dataclasses
import random
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from frames_by_hand import assert_same_rows
from histories import CATEGORIES
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rollups_recounted import from_the_tables
from sample_posts import USERS, add_users, replace_posts

import echo_analytics as echo

from .conftest import ROLES
from .test_posts_over_time import CHANGES, asked, by_hand, histories

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pyarrow as pa
    from sample_posts import Post
    from series_by_hand import Wanted

    from echo_analytics.periods import Comparison
    from echo_analytics.queries.activity import Breakdown
    from echo_analytics.source import Source


@pytest.fixture(scope="module")
def url(create_database: Callable[..., str], migrated_template: str) -> str:
    """With users of every role, four categories and no posts; days of all zones are stored."""
    url = create_database(migrated_template)
    add_users(url)
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO public.categories (id, name, slug) VALUES (%s, %s, %s)"
            " ON CONFLICT DO NOTHING",
            [(id_, name, f"c{id_.int}") for id_, name in CATEGORIES.items()],
        )
        cursor.executemany(
            "UPDATE public.users SET role = %s WHERE id = %s",
            [(ROLES[id_.int % 3], id_) for id_ in USERS],
        )
    return url


@pytest.fixture(scope="module")
def db(url: str) -> Iterator[echo.Database[pa.Table]]:
    with echo.connect(url, frame="arrow") as database:
        for zone in sorted({name for name, _ in CHANGES}):
            assert database.rollups.enable(zone).usable
        yield database


def by_day(history: tuple[list[Post], Wanted]) -> tuple[list[Post], Wanted]:
    posts, wanted = history
    return posts, dataclasses.replace(wanted, every="day", rolling=None, cumulative=False)


@settings(
    max_examples=80,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(history=histories().map(by_day), refreshed=st.sampled_from([False, False, True]))
def test_any_series_by_day_is_the_one_counted_by_hand(
    history: tuple[list[Post], Wanted], refreshed: bool, db: echo.Database[pa.Table], url: str
) -> None:
    posts, wanted = history
    replace_posts(url, posts)
    if refreshed:
        db.rollups.refresh()
    assert_same_rows(asked(db, wanted), by_hand(posts, wanted))


@pytest.mark.parametrize("by", [None, "category", "status", "role"])
@pytest.mark.parametrize("compare", [None, "previous_period", "previous_year"])
def test_breakdowns_and_comparisons_are_answered_by_rollups(
    db: echo.Database[pa.Table], url: str, by: Breakdown | None, compare: Comparison | None
) -> None:
    draws = random.Random(7)  # noqa: S311 - not for secrets
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DELETE FROM public.posts")
        for _ in range(300):
            connection.execute(
                "INSERT INTO public.posts (title, content, author_id, category_id, status,"
                " created_at) VALUES ('t', 'c', %s, %s, %s, '2024-01-01'::date + %s::int)",
                (
                    draws.choice(sorted(USERS)),
                    draws.choice([None, *CATEGORIES]),
                    draws.choice(["draft", "published", "archived"]),
                    draws.randrange(700),
                ),
            )
    options: dict[str, Any] = {"by": by, "compare": compare, "top": 3}

    # 29 February is among the days, and among those compared with.
    for start, end in (("2024-02-20", "2024-03-20"), ("2025-02-01", "2025-03-31")):

        def series(source: Source[Any], days: tuple[str, str] = (start, end)) -> Any:  # noqa: ANN401
            return echo.daily_posts(source, *days, **options)

        assert "rollup_counts" in echo.sql(series, db).text
        assert series(db).equals(series(from_the_tables(db)))
