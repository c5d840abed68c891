"""Demo data go into a database of our own that holds nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import drizzle_database
import pytest
import sqlalchemy as sa

import echo_analytics as echo
from echo_analytics.demo import demo_data
from echo_analytics.schema import posts, users

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from echo_analytics.database import Database


@pytest.fixture
def db(database_url: str) -> Iterator[Database[pa.Table]]:
    with echo.connect(database_url, frame="arrow") as database:
        yield database


def stored_posts(db: Database[pa.Table]) -> list[str]:
    select = sa.select(sa.cast(posts.c.id, sa.Text).label("id")).order_by(posts.c.id)
    found: list[str] = db.arrow(select).column("id").to_pylist()
    return found


def test_the_database_holds_what_was_generated(db: Database[pa.Table]) -> None:
    assert echo.load_demo(db, 300)
    data = demo_data(300)
    assert stored_posts(db) == sorted(data.posts.column("id").to_pylist())
    stats = echo.user_stats(db)
    written = data.posts.group_by("author_id").aggregate([("id", "count")])
    expected = dict(zip(*(column.to_pylist() for column in written.columns), strict=True))
    assert stats.num_rows == data.users.num_rows
    for user in stats.to_pylist():
        assert user["total_posts"] == expected.get(user["user_id"], 0)


def test_what_is_there_already_is_not_loaded_again(db: Database[pa.Table]) -> None:
    assert echo.load_demo(db, 300)
    assert not echo.load_demo(db, 300)


def test_a_demo_of_another_size_is_replaced(db: Database[pa.Table]) -> None:
    echo.load_demo(db, 400)
    assert echo.load_demo(db, 300)
    assert len(stored_posts(db)) == 300


@pytest.mark.parametrize("rows", [0, -1, 1.5, True, "many"])
def test_a_wrong_number_of_rows_is_refused(db: Database[pa.Table], rows: object) -> None:
    with pytest.raises(echo.InvalidInput, match="rows"):
        echo.load_demo(db, rows)  # type: ignore[arg-type]  # on purpose


def test_a_database_with_other_users_is_refused_and_left_alone(db: Database[pa.Table]) -> None:
    with db.transaction() as connection:
        connection.execute(sa.insert(users).values(email="mine@example.org", name="Mine"))
    with pytest.raises(echo.InvalidInput, match="not the demo's"):
        echo.load_demo(db, 300)
    assert echo.user_stats(db).column("user_name").to_pylist() == ["Mine"]


def test_an_applications_database_is_refused_even_when_it_is_empty(empty_url: str) -> None:
    drizzle_database.load(empty_url)
    with echo.connect(empty_url, frame="arrow") as db:
        with pytest.raises(echo.InvalidInput, match="migrate"):
            echo.load_demo(db, 300)
        assert echo.user_stats(db).num_rows == 0
