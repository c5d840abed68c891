from __future__ import annotations

import itertools
import random
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import psycopg
import pytest
from drizzle_database import application, public, role, rows, run
from polars.testing import assert_frame_equal
from rollups_recounted import (
    FIRST,
    LAST,
    add,
    assert_exact,
    covers,
    differences,
    from_the_tables,
    goes_by_rollups,
)
from sample_posts import CATEGORY, USERS, Post, add_users, contradictory, replace_posts

import echo_analytics as echo
from echo_analytics.migrate import downgrade, migrate
from echo_analytics.rollups.folding import MOST_NOTED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import polars as pl

    from echo_analytics.source import Source

NOON = datetime(2026, 3, 28, 12, tzinfo=UTC)
ZONES = ("UTC", "Europe/Berlin", "America/Havana", "Pacific/Apia")
ADA, BOB = UUID(int=1), UUID(int=2)


def scattered(count: int) -> list[Post]:
    """Posts over two months, some of which share authors, days and instants."""
    draws = random.Random(3)  # noqa: S311 - not for secrets
    return [
        Post(
            UUID(int=5000 + number),
            draws.choice(sorted(USERS)),
            NOON + timedelta(hours=draws.randrange(-600, 800), minutes=draws.randrange(60)),
            draws.choice([True, False, None]),
            draws.choice(["draft", "published", "archived"]),
            category=draws.choice([None, CATEGORY]),
        )
        for number in range(count)
    ]


@pytest.fixture(scope="module")
def filled(create_database: Callable[..., str], migrated_template: str) -> str:
    """A database with posts, whose days in UTC are stored; to be copied."""
    url = create_database(migrated_template)
    add_users(url)
    replace_posts(url, [*contradictory(), *scattered(200)])
    run(url, "update public.users set role = 'admin' where name in ('User 2', 'User 5')")
    with echo.connect(url) as db:
        assert db.rollups.enable().usable
    return url


@pytest.fixture
def url(database_for_once: Callable[..., str], filled: str) -> str:
    return database_for_once(filled)


@pytest.fixture
def db(url: str) -> Iterator[echo.Database[pl.DataFrame]]:
    with echo.connect(url, frame="polars") as database:
        yield database


@pytest.fixture
def writer(url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(url, autocommit=True) as connection:
        yield connection


@pytest.mark.parametrize("zone", ZONES)
def test_days_are_the_same_as_from_the_tables(
    db: echo.Database[pl.DataFrame], writer: psycopg.Connection[Any], zone: str
) -> None:
    db.rollups.enable(zone)
    moments = (NOON - timedelta(days=400), NOON, NOON + timedelta(hours=11), NOON.replace(2030))
    for noted in (False, True):
        if noted:
            add(writer, ADA, "2026-03-29 04:30", category_id=CATEGORY)
            writer.execute("DELETE FROM public.posts WHERE author_id = %s", (BOB,))
        assert goes_by_rollups(db, timezone=zone)
        for now in moments:
            found = echo.daily_posts(db, FIRST, LAST, timezone=zone, now=now)
            wanted = echo.daily_posts(from_the_tables(db), FIRST, LAST, timezone=zone, now=now)
            assert_frame_equal(found, wanted)
    found = echo.posts_over_time(db, FIRST, LAST, timezone=zone)
    assert_frame_equal(found, echo.posts_over_time(from_the_tables(db), FIRST, LAST, timezone=zone))
    assert found["total_posts"].sum() > 150


@pytest.mark.parametrize("first", ["2026-03-01", "2028-02-20"])
def test_breakdowns_and_comparisons_are_the_same_as_from_the_tables(
    db: echo.Database[pl.DataFrame], writer: psycopg.Connection[Any], first: str
) -> None:
    for number, name in enumerate(("Zebra", "äpfel", "Apples, 'odd'")):
        kind = UUID(int=900 + number)
        named = "INSERT INTO public.categories (id, name, slug) VALUES (%s, %s, %s)"
        writer.execute(named, (kind, name, str(number)))
        for day in ("2025-03-07", "2026-03-07", "2027-02-28", "2028-02-29", "2028-03-01"):
            for author in (ADA, BOB)[: number + 1]:
                add(writer, author, day, category_id=kind)
    last = (date.fromisoformat(first) + timedelta(days=60)).isoformat()
    by_rollups = []
    for by, compare, top in itertools.product(
        (None, "category", "status", "role"),
        (None, "previous_period", "previous_year"),
        (1, 2, 3, 10),
    ):
        options: Any = {"by": by, "compare": compare, "top": top, "now": NOON.replace(2028, 3, 1)}
        wanted = echo.daily_posts(from_the_tables(db.using("arrow")), first, last, **options)
        # Twice: what is compiled once is used again, with other values.
        for end in (first, last):
            echo.daily_posts(db, first, end, **options)
        found = echo.daily_posts(db.using("arrow"), first, last, **options)
        assert found.schema.equals(wanted.schema), options
        assert found.equals(wanted), options
        if goes_by_rollups(db, **options):
            by_rollups.append((by, top))
    # A group of several has authors that cannot be added up.
    assert ("category", 2) not in by_rollups
    assert by_rollups.count(("category", 3)) == by_rollups.count((None, 1)) == 3


@pytest.mark.parametrize("zone", ZONES)
def test_unusual_days_are_the_same_as_from_the_tables(
    db: echo.Database[pl.DataFrame], writer: psycopg.Connection[Any], zone: str
) -> None:
    db.rollups.enable(zone)
    writer.execute(WRITES["insert"])

    def unusual(source: Source[Any]) -> Any:  # noqa: ANN401 - whatever the frame
        return echo.post_anomalies(source, "2026-03-01", LAST, weeks=4, minimum=2, timezone=zone)

    assert "rollup_counts" in echo.sql(unusual, db).text
    assert_frame_equal(unusual(db), unusual(from_the_tables(db)))
    assert unusual(db)["is_anomaly"].sum() > 0


def test_unusual_days_know_of_a_first_post_that_is_not_stored(
    db: echo.Database[pl.DataFrame], writer: psycopg.Connection[Any]
) -> None:
    def unusual(source: Source[Any]) -> Any:  # noqa: ANN401 - whatever the frame
        return echo.post_anomalies(source, "2026-03-01", "2026-03-03", weeks=8)

    assert unusual(db)["expected"].to_list() == [None] * 3
    add(writer, ADA, "1850-01-01 12:00")
    assert_frame_equal(unusual(db), unusual(from_the_tables(db)))
    assert unusual(db)["expected"].to_list() == [0.0] * 3


def test_a_day_that_a_zone_skipped_is_a_row_of_zeros(
    db: echo.Database[pl.DataFrame], writer: psycopg.Connection[Any]
) -> None:
    zone = "Pacific/Apia"
    db.rollups.enable(zone)
    for at in ("2011-12-30 09:59:59.999999", "2011-12-30 10:00", "2011-12-30 10:00"):
        add(writer, ADA, at)
    found = echo.daily_posts(db, "2011-12-29", "2011-12-31", timezone=zone)
    assert found["total_posts"].to_list() == [1, 0, 2]
    assert found["unique_authors"].to_list() == [1, 0, 1]


WRITES = {
    "insert": "INSERT INTO public.posts (title, content, author_id, created_at, status)"
    " SELECT 'n', 'c', id, '2026-04-02', 'draft' FROM public.users",
    "later": "UPDATE public.posts SET created_at = created_at + interval '1 day'",
    "another author": f"UPDATE public.posts SET author_id = '{ADA}' WHERE author_id = '{BOB}'",
    "another category": f"UPDATE public.posts SET category_id = '{CATEGORY}'",
    "no category": "UPDATE public.posts SET category_id = NULL",
    "status": "UPDATE public.posts SET status = 'archived' WHERE status = 'draft'",
    "published": "UPDATE public.posts SET published = NOT published",
    "title": "UPDATE public.posts SET title = 'another'",
    "delete": f"DELETE FROM public.posts WHERE author_id = '{ADA}'",
    "delete all": "DELETE FROM public.posts",
    "upsert": "INSERT INTO public.posts (id, title, content, author_id, created_at)"
    " SELECT id, 't', 'c', author_id, created_at FROM public.posts LIMIT 5"
    " ON CONFLICT (id) DO UPDATE SET created_at = '2026-05-05'",
    "twice at once": "WITH gone AS (DELETE FROM public.posts WHERE status = 'draft' RETURNING *)"
    " INSERT INTO public.posts (title, content, author_id, created_at)"
    " SELECT title, content, author_id, created_at + interval '3 days' FROM gone",
    "there and back": "UPDATE public.posts SET created_at = created_at + interval '1 day';"
    " UPDATE public.posts SET created_at = created_at - interval '1 day'",
    "long ago": "UPDATE public.posts SET created_at = '0044-03-15 BC' WHERE status = 'draft';"
    " UPDATE public.posts SET created_at = 'infinity' WHERE status = 'archived'",
}


@pytest.mark.parametrize("statement", WRITES.values(), ids=WRITES)
def test_every_write_is_seen_before_a_refresh_and_after(
    url: str, db: echo.Database[pl.DataFrame], statement: str
) -> None:
    run(url, statement)
    assert_exact(url)
    status = db.rollups.refresh()
    assert (status.noted, status.usable, status.counted) == (0, True, status.posts)
    assert_exact(url)


def test_a_write_that_was_rolled_back_leaves_nothing(url: str) -> None:
    with psycopg.connect(url) as connection:
        add(connection, ADA, "2026-04-02")
        connection.execute("SAVEPOINT before")
        connection.execute("UPDATE public.posts SET created_at = '2026-05-01'")
        assert differences(connection) == {}
        connection.execute("ROLLBACK TO SAVEPOINT before")
        assert differences(connection) == {}
        connection.rollback()
    assert_exact(url)


def test_copy_is_seen(url: str, writer: psycopg.Connection[Any]) -> None:
    with (
        writer.cursor() as cursor,
        cursor.copy("COPY public.posts (title, content, author_id, created_at) FROM STDIN") as copy,
    ):
        for hour in range(50):
            copy.write_row(("t", "c", ADA, NOON.replace(tzinfo=None) + timedelta(hours=hour)))
    assert_exact(url)


@pytest.mark.parametrize("kind", ["a changed role", "a deleted user"])
def test_roles_are_counted_from_the_tables_until_the_refresh_after(
    url: str, db: echo.Database[pl.DataFrame], kind: str
) -> None:
    statement = "UPDATE public.users SET role = 'moderator' WHERE id = '{}'"
    run(
        url,
        (statement if "role" in kind else "DELETE FROM public.users WHERE id = '{}'").format(ADA),
    )
    assert_exact(url, ("all", "category", "status"))
    assert not covers(url, "role")
    assert db.rollups.refresh().usable
    assert_exact(url)


def test_other_changes_of_users_change_nothing(url: str) -> None:
    run(url, "UPDATE public.users SET name = 'somebody'")
    assert_exact(url)


def test_after_a_truncate_the_tables_answer_until_the_refresh(
    url: str, db: echo.Database[pl.DataFrame]
) -> None:
    run(url, "TRUNCATE public.posts")
    assert not covers(url)
    assert echo.daily_posts(db, FIRST, LAST)["total_posts"].sum() == 0
    assert db.rollups.refresh().usable
    assert_exact(url)


def test_a_snapshot_older_than_a_truncate_sees_what_the_tables_have(
    url: str, db: echo.Database[pl.DataFrame]
) -> None:
    with db.snapshot() as source:
        source.status_in_step()  # any question: the snapshot begins with it
        run(url, "TRUNCATE public.posts")
        assert echo.daily_posts(source, FIRST, LAST)["total_posts"].sum() == 0


def test_a_trigger_that_was_disabled_for_a_moment_is_noticed(
    url: str, db: echo.Database[pl.DataFrame]
) -> None:
    run(
        url,
        "ALTER TABLE public.posts DISABLE TRIGGER ALL",
        "DELETE FROM public.posts WHERE status = 'draft'",
        "ALTER TABLE public.posts ENABLE TRIGGER ALL",
    )
    assert not covers(url)
    assert not goes_by_rollups(db)
    assert any("trigger" in problem for problem in db.rollups.status().problems)
    assert db.rollups.refresh().usable
    assert_exact(url)


def test_a_load_past_the_triggers_is_said_and_counted_by_a_full_refresh(
    url: str, db: echo.Database[pl.DataFrame]
) -> None:
    run(
        url,
        "SET session_replication_role = replica; DELETE FROM public.posts WHERE title = 't'"
        " OR status = 'draft'",
    )
    status = db.rollups.status()
    assert not status.usable
    assert "refresh --full" in status.text()
    assert db.rollups.refresh(full=True).usable
    assert_exact(url)


LEFT = """
SELECT relname FROM pg_class WHERE relname LIKE '%rollup%'
UNION ALL SELECT proname FROM pg_proc WHERE proname ~ 'rollup|note_posts'
UNION ALL SELECT tgname FROM pg_trigger WHERE tgname LIKE '%rollup%'
"""


def test_nothing_but_triggers_is_added_to_public_and_all_of_it_goes(empty_url: str) -> None:
    url = application(empty_url)
    migrate(url)
    before = public(url)
    with echo.connect(url) as db:
        db.rollups.enable()
        assert public(url) == before
        db.rollups.disable()
        assert rows(url, LEFT) == []
        db.rollups.enable()
    downgrade(url)
    assert rows(url, LEFT) == []
    assert len(rows(url, "SELECT FROM public.posts")) == 9


def test_a_database_with_many_rows_noted_is_counted_from_the_tables(
    url: str, db: echo.Database[pl.DataFrame]
) -> None:
    run(
        url,
        "INSERT INTO public.posts (title, content, author_id, created_at)"
        f" SELECT 't', 'c', '{ADA}', '2026-03-05'::timestamp + n * interval '1 minute'"
        f" FROM generate_series(0, {MOST_NOTED}) AS n",
    )
    assert not goes_by_rollups(db)
    found = echo.daily_posts(db, FIRST, LAST)
    assert_frame_equal(found, echo.daily_posts(from_the_tables(db), FIRST, LAST))
    assert db.rollups.refresh().usable
    assert goes_by_rollups(db)
    assert_exact(url)


def test_single_inserts_are_folded_in_passing(url: str, writer: psycopg.Connection[Any]) -> None:
    for number in range(4000):
        add(writer, ADA, f"2026-04-{1 + number % 30} 12:00")
    noted = writer.execute("SELECT count(*) FROM analytics.rollup_log").fetchall()[0][0]
    assert noted < 4000
    assert_exact(url)


def test_a_role_that_may_only_read_is_answered_by_rollups(url: str) -> None:
    with role(url) as reader:
        name = psycopg.conninfo.conninfo_to_dict(reader)["user"]
        grants = [f"GRANT USAGE ON SCHEMA {each} TO {name}" for each in ("public", "analytics")]
        grants += [
            f"GRANT SELECT ON ALL TABLES IN SCHEMA {each} TO {name}"
            for each in ("public", "analytics")
        ]
        run(url, *grants)
        with echo.connect(reader, frame="polars") as db:
            assert goes_by_rollups(db)
            found = echo.daily_posts(db, FIRST, LAST)
            assert_frame_equal(found, echo.daily_posts(from_the_tables(db), FIRST, LAST))
        run(url, f"REVOKE SELECT ON analytics.rollup_day FROM {name}")
        with echo.connect(reader, frame="polars") as db:
            assert_frame_equal(echo.daily_posts(db, FIRST, LAST), found)
            assert not goes_by_rollups(db)


def test_a_reader_goes_on_when_rollups_are_removed_and_made_again(
    db: echo.Database[pl.DataFrame],
) -> None:
    before = echo.daily_posts(db, FIRST, LAST)
    db.rollups.disable()
    assert_frame_equal(echo.daily_posts(db, FIRST, LAST), before)
    assert not goes_by_rollups(db)
    db.rollups.enable()
    assert goes_by_rollups(db)
    assert_frame_equal(echo.daily_posts(db, FIRST, LAST), before)


def test_zones_come_and_go_one_by_one(url: str, db: echo.Database[pl.DataFrame]) -> None:
    run(url, f"DELETE FROM public.posts WHERE author_id = '{ADA}'")
    assert db.rollups.enable("Europe/Berlin").zones == ("UTC", "Europe/Berlin")
    assert_exact(url)
    wanted = echo.daily_posts(from_the_tables(db), FIRST, LAST, timezone="Europe/Berlin")
    assert_frame_equal(echo.daily_posts(db, FIRST, LAST, timezone="Europe/Berlin"), wanted)
    with pytest.raises(echo.InvalidInput, match=r"^timezone: "):
        db.rollups.disable("Asia/Tokyo")
    assert db.rollups.disable("UTC").zones == ("Europe/Berlin",)
    assert goes_by_rollups(db, timezone="Europe/Berlin")
    assert not goes_by_rollups(db)
    assert db.rollups.disable("Europe/Berlin").zones == ()


def test_what_is_not_stored_is_counted_from_the_tables(db: echo.Database[pl.DataFrame]) -> None:
    for options in ({"timezone": "Asia/Tokyo"}, {"rolling": 7}, {"cumulative": True}):
        assert not goes_by_rollups(db, **options)
    asked = echo.sql(echo.posts_over_time, db, FIRST, LAST, every="week")
    assert "rollup_counts" not in asked.text
    asked = echo.sql(echo.daily_posts, db, "1899-12-01", "1900-02-01")
    assert "rollup_counts" not in asked.text


def test_wrong_arguments_are_refused(db: echo.Database[pl.DataFrame]) -> None:
    with pytest.raises(echo.InvalidInput, match=r"^timezone: "):
        db.rollups.enable("Mars/Base")
    with pytest.raises(echo.InvalidInput, match=r"^full: "):
        db.rollups.refresh(full="yes")  # type: ignore[arg-type]  # the check is the test


def test_without_the_schema_nothing_can_be_enabled(empty_url: str) -> None:
    with echo.connect(application(empty_url)) as db:
        with pytest.raises(echo.NotSupported, match="migrate"):
            db.rollups.enable()
        with pytest.raises(echo.NotSupported, match="enable"):
            db.rollups.refresh()
        assert db.rollups.status().zones == ()
        assert db.rollups.disable().zones == ()
