from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest

import echo_analytics as echo

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa


@pytest.fixture(scope="module")
def db(demo_template: str) -> Iterator[echo.Database[pa.Table]]:
    with echo.connect(demo_template, frame="arrow") as database:
        yield database


def test_the_statement_is_the_one_that_runs(db: echo.Database[pa.Table]) -> None:
    asked = echo.sql(echo.posts_over_time, db, "2026-01-01", "2026-03-31", every="month", by="role")
    prepared = "PREPARE asked AS " + asked.text
    with db.transaction() as connection:
        driver = connection.connection.driver_connection
        assert isinstance(driver, psycopg.Connection)
        driver.execute(prepared.encode())
        values = ", ".join(["%s"] * len(asked.values))
        statement = psycopg.ClientCursor(driver).mogrify(f"EXECUTE asked ({values})", asked.values)
        rows = driver.execute(statement.encode()).fetchall()
    found = echo.posts_over_time(db, "2026-01-01", "2026-03-31", every="month", by="role")
    assert len(rows) == found.num_rows > 3
    assert [row[4] for row in rows] == found["total_posts"].to_pylist()


def test_values_stay_apart_from_the_text(db: echo.Database[pa.Table]) -> None:
    asked = echo.sql(echo.search_posts, db, "Robert'); DROP TABLE users")
    assert "DROP" not in asked.text
    assert any("DROP" in str(value) for value in asked.values)


def test_every_analysis_can_be_asked_for_its_sql(db: echo.Database[pa.Table]) -> None:
    for asked in (
        echo.sql(echo.user_stats, db),
        echo.sql(echo.daily_posts, db, "2026-01-01", "2026-01-31"),
        echo.sql(echo.posts_with_authors, db, limit=3),
    ):
        assert asked.text.startswith(("SELECT", "WITH", "\nWITH", "\nSELECT"))


def test_a_wrong_argument_is_refused_as_it_is_by_the_analysis(
    db: echo.Database[pa.Table],
) -> None:
    with pytest.raises(echo.InvalidInput, match=r"^start: "):
        echo.sql(echo.daily_posts, db, "soon", "2026-01-31")


def test_a_function_that_asks_no_database_is_refused(db: echo.Database[pa.Table]) -> None:
    with pytest.raises(echo.InvalidInput, match=r"^analysis: "):
        echo.sql(str, db)
