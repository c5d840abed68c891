"""Folding piece by piece, in any order, while what is noted is not all there yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

import psycopg
import pytest
from drizzle_database import run
from rollups_recounted import add, assert_exact, covers, differences
from sample_posts import CATEGORY, add_users

import echo_analytics as echo
from echo_analytics.rollups import building

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import sqlalchemy as sa

    Connection = psycopg.Connection[Any]

ADA, BOB = UUID(int=1), UUID(int=2)
DAY = "2026-04-02"
FOLD = "SELECT analytics.fold_rollups(%s)"


@pytest.fixture(scope="module")
def filled(create_database: Callable[..., str], migrated_template: str) -> str:
    """A database with users, whose days in UTC are stored; to be copied."""
    url = create_database(migrated_template)
    add_users(url)
    with echo.connect(url) as db:
        db.rollups.enable()
    return url


@pytest.fixture
def url(database_for_once: Callable[..., str], filled: str) -> str:
    return database_for_once(filled)


@pytest.fixture
def writer(url: str) -> Iterator[Connection]:
    with psycopg.connect(url, autocommit=True) as connection:
        yield connection


def folded(connection: Connection, most: int = 100_000) -> int:
    return int(connection.execute(FOLD, (most,)).fetchall()[0][0])


def bounds(connection: Connection) -> tuple[int, int]:
    """Where the log begins, and how many numbers in what is stored are negative."""
    found = connection.execute(
        "SELECT below::text::bigint, negative FROM analytics.rollup_folded"
    ).fetchall()
    return found[0][0], found[0][1]


def negative(connection: Connection) -> int:
    query = "SELECT count(*) FROM analytics.rollup_author WHERE n < 0"
    return int(connection.execute(query).fetchall()[0][0])


@pytest.mark.parametrize("order", ["ctid", "ctid DESC"])
def test_rows_may_be_folded_one_by_one_and_in_any_order(
    url: str, writer: Connection, order: str
) -> None:
    for author in (ADA, BOB, ADA):
        add(writer, author, DAY)
    writer.execute("UPDATE public.posts SET category_id = %s", (CATEGORY,))
    writer.execute("UPDATE public.posts SET status = 'archived' WHERE author_id = %s", (ADA,))
    writer.execute("DELETE FROM public.posts WHERE author_id = %s", (BOB,))
    # What was taken away comes before what was added, and the numbers of transactions mislead.
    writer.execute(
        "UPDATE analytics.rollup_log AS l SET x = o.x::text::xid8 FROM ("
        f" SELECT ctid AS at, 3 + row_number() OVER (ORDER BY {order}) AS x"
        " FROM analytics.rollup_log) AS o WHERE l.ctid = o.at"
    )
    writer.execute("UPDATE analytics.rollup_folded SET below = '0'")
    seen = set()
    while folded(writer, 1):
        assert differences(writer) == {}
        assert bounds(writer)[1] == negative(writer)
        seen.add(negative(writer))
    assert max(seen) > 0 or order == "ctid"
    assert negative(writer) == 0
    assert_exact(url)


def test_a_fold_takes_what_there_is_and_begins_there_the_next_time(writer: Connection) -> None:
    for number in range(5):
        add(writer, ADA, DAY, title=str(number))
    before = bounds(writer)[0]
    assert [folded(writer, 2), folded(writer, 2), folded(writer, 2), folded(writer)] == [2, 2, 1, 0]
    assert bounds(writer)[0] > before
    assert differences(writer) == {}


def test_who_was_open_while_others_folded_is_seen_after_its_commit(url: str) -> None:
    with (
        psycopg.connect(url) as late,
        psycopg.connect(url) as later,
        psycopg.connect(url, autocommit=True) as other,
    ):
        add(late, ADA, DAY)
        later.execute("SAVEPOINT one")
        add(later, BOB, DAY)
        for _ in range(3):
            add(other, BOB, DAY)
            assert folded(other) == 1
        add(late, BOB, DAY)
        late.commit()
        assert_exact(url)
        assert folded(other) == 2
        add(later, ADA, DAY)
        later.execute("ROLLBACK TO SAVEPOINT one")
        add(later, ADA, DAY)
        later.commit()
        assert_exact(url)
        assert folded(other) == 1
    assert_exact(url)


def test_an_older_snapshot_sees_its_own_log_after_folds(url: str, writer: Connection) -> None:
    add(writer, ADA, DAY)
    with psycopg.connect(url) as old:
        old.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        assert differences(old) == {}
        for author in (ADA, BOB):
            add(writer, author, DAY)
            folded(writer)
        writer.execute("VACUUM analytics.rollup_log, analytics.rollup_folded")
        assert differences(old) == {}
    assert_exact(url)


NESTED = """
CREATE FUNCTION public.moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE public.posts SET category_id = %s WHERE id = NEW.id AND title = 'moves';
    PERFORM analytics.fold_rollups(100);
    INSERT INTO public.posts (title, content, author_id, created_at)
        SELECT 'stays', 'c', NEW.author_id, NEW.created_at WHERE NEW.title = 'moves';
    PERFORM analytics.fold_rollups(100);
    RETURN NULL;
END $$;
CREATE TRIGGER moves AFTER INSERT ON public.posts FOR EACH ROW EXECUTE FUNCTION public.moves()
"""


def test_a_trigger_of_the_application_that_writes_posts_itself(
    url: str, writer: Connection
) -> None:
    """Its statements are noted before the one that it belongs to: less than nothing is stored."""
    add(writer, ADA, DAY, title="stays")
    writer.execute(NESTED.replace("%s", f"'{CATEGORY}'").encode())
    for author in (ADA, BOB, ADA, BOB):
        add(writer, author, DAY, title="moves")
        assert bounds(writer)[1] == negative(writer)
        assert_exact(url)
    folded(writer)
    assert (bounds(writer)[1], negative(writer)) == (0, 0)
    assert_exact(url)


@pytest.mark.parametrize("table", ["rollup_log", "rollup_day", "rollup_author", "rollup_folded"])
def test_a_table_that_was_dropped_and_made_again_is_noticed(
    url: str, writer: Connection, table: str
) -> None:
    add(writer, ADA, DAY)
    run(url, f"DROP TABLE analytics.{table}")
    add(writer, BOB, DAY)
    with echo.connect(url) as db:
        assert echo.daily_posts(db, DAY, DAY)["total_posts"].to_list() == [2]
        assert db.rollups.enable().usable
    assert covers(url)
    assert_exact(url)


def test_an_author_who_goes_during_a_refresh_may_come_back(
    url: str, writer: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Noted posts of nobody count for no role, and would count for that of their next author."""
    for author in (ADA, BOB, BOB):
        add(writer, author, DAY)
    assert folded(writer) == 3
    run(url, f"UPDATE public.users SET role = 'admin' WHERE id = '{BOB}'")
    fold, gone = building.fold, list[bool]()

    def fold_and_go(connection: sa.Connection, most: int) -> int:
        found = fold(connection, most)
        if not gone:
            gone.append(True)
            run(url, f"DELETE FROM public.users WHERE id = '{ADA}'")
        return found

    monkeypatch.setattr(building, "fold", fold_and_go)
    with echo.connect(url) as db:
        db.rollups.refresh()
    run(url, f"INSERT INTO public.users (id, email, name) VALUES ('{ADA}', 'back', 'back')")
    assert_exact(url)
    add(writer, ADA, DAY)
    assert_exact(url)


def test_a_turn_that_nobody_counts_any_more_stops_no_writer(url: str, writer: Connection) -> None:
    run(url, "DROP SEQUENCE analytics.rollup_turn")
    add(writer, ADA, DAY)
    assert not covers(url)
    with echo.connect(url) as db:
        db.rollups.enable()
        assert db.rollups.refresh().usable
    assert_exact(url)
