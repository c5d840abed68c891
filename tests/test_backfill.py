"""What a backfill changes, and what it leaves."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, cast

import pytest
from sqlalchemy import make_url
from users_to_fill import DEFAULT, add, connect, filled, record_changes, rows, run, stored

import echo_analytics as echo
from echo_analytics.backfill import DEFAULT_PREFERENCES, work
from echo_analytics.models import NewUser

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from echo_analytics.database import Database

ABSENT = [None, "null", " null ", "\n\tnull\r\n"]
PRESENT = [
    "42",
    "false",
    '"null"',
    "[null]",
    "{}",
    '{"a" :1,  "a":2}',
    '{"number": 1e400, "nul": "\\u0000"}',
    '{"theme":"dark","notifications":{"email":false,"push":true}}',
]

# Any: a run is refused before it looks at the database.
NO_DATABASE = cast("Database[Any]", None)


@pytest.fixture
def db(database_url: str) -> Iterator[Database[pd.DataFrame]]:
    with echo.connect(database_url) as database:
        yield database


def whole_table(url: str, table: str = "users") -> list[tuple[object, ...]]:
    return rows(url, f"SELECT ctid::text, xmin::text, t::text FROM public.{table} t ORDER BY 3")


def test_null_and_json_null_become_the_default_however_they_are_written(
    db: Database[pd.DataFrame], database_url: str
) -> None:
    add(database_url, list(ABSENT))
    report = echo.backfill_preferences(db)
    assert (report.examined, report.matched, report.updated, report.skipped) == (4, 4, 4, 0)
    assert stored(database_url) == [DEFAULT] * 4


def test_the_default_is_that_of_the_application(
    db: Database[pd.DataFrame], database_url: str
) -> None:
    add(database_url, [None])
    written = db.users.create(
        NewUser(email="ada@example.org", name="Ada", preferences=DEFAULT_PREFERENCES)
    )
    echo.backfill_preferences(db)
    texts = stored(database_url)
    assert texts == [DEFAULT, DEFAULT]
    assert written.preferences == DEFAULT_PREFERENCES


def test_whatever_else_is_there_stays_to_the_letter(
    db: Database[pd.DataFrame], database_url: str
) -> None:
    add(database_url, [*PRESENT])
    before = whole_table(database_url)
    report = echo.backfill_preferences(db)
    assert (report.examined, report.matched, report.updated, report.batches) == (8, 0, 0, 0)
    assert whole_table(database_url) == before


def test_a_dry_run_counts_and_writes_nothing(db: Database[pd.DataFrame], database_url: str) -> None:
    add(database_url, [*ABSENT, *PRESENT])
    before = whole_table(database_url)
    report = echo.backfill_preferences(db, dry_run=True)
    assert (report.examined, report.matched, report.updated, report.batches) == (12, 4, 0, 0)
    assert report.dry_run
    assert "4 would be updated" in report.text()
    assert whole_table(database_url) == before


@pytest.mark.parametrize(("batch_size", "concurrency"), [(1, 3), (7, 1), (100, 10), (10_000, 2)])
def test_any_size_and_concurrency_changes_each_row_once(
    db: Database[pd.DataFrame],
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
    batch_size: int,
    concurrency: int,
) -> None:
    monkeypatch.setattr(work, "WINDOW", 20)
    add(database_url, [None, *PRESENT] * 20)
    record_changes(database_url)
    report = echo.backfill_preferences(db, batch_size, concurrency)
    assert (report.examined, report.matched, report.updated) == (180, 20, 20)
    counts = rows(database_url, "SELECT count(*), count(DISTINCT id) FROM public.changed")
    assert counts == [(20, 20)]
    assert echo.backfill_preferences(db, batch_size, concurrency).matched == 0


def test_ten_thousand_users_take_a_hundred_batches(
    db: Database[pd.DataFrame], database_url: str
) -> None:
    add(database_url, [None] * 10_000)
    report = echo.backfill_preferences(db)
    assert (report.examined, report.updated, report.batches) == (10_000, 10_000, 100)
    assert filled(database_url) == 10_000


def test_an_empty_table_is_nothing_to_do(db: Database[pd.DataFrame]) -> None:
    report = echo.backfill_preferences(db, progress=True)
    assert (report.examined, report.matched, report.updated, report.batches) == (0, 0, 0, 0)


def test_updated_at_moves_on_and_is_never_before_created_at(
    db: Database[pd.DataFrame], database_url: str
) -> None:
    add(database_url, [None, None, None, "42"])
    run(
        database_url,
        "UPDATE public.users SET created_at = '2020-01-01', updated_at = '2020-01-02'",
        "UPDATE public.users SET created_at = '2100-01-01' WHERE email = 'user2@example.org'",
        "UPDATE public.users SET updated_at = '2100-01-02' WHERE email = 'user3@example.org'",
    )
    echo.backfill_preferences(db)
    query = """
        SELECT abs(extract(epoch FROM updated_at - (now() AT TIME ZONE 'UTC'))) < 600,
               updated_at::text
        FROM public.users ORDER BY id
    """
    now, created, updated, untouched = rows(database_url, query)
    assert now[0]
    assert created[1] == "2100-01-01 00:00:00"
    assert updated[1] == "2100-01-02 00:00:00.000001"
    assert untouched[1] == "2020-01-02 00:00:00"


@pytest.mark.parametrize("size", [0, -1, 10_001, 1.5, True, "10", None])
def test_a_wrong_batch_size_is_refused_before_any_query(size: int) -> None:
    with pytest.raises(echo.InvalidInput, match="batch_size"):
        echo.backfill_preferences(NO_DATABASE, size)


@pytest.mark.parametrize("concurrency", [0, -1, 2.0, False, "10", None])
def test_a_wrong_concurrency_is_refused_before_any_query(concurrency: int) -> None:
    with pytest.raises(echo.InvalidInput, match="concurrency"):
        echo.backfill_preferences(NO_DATABASE, concurrency=concurrency)


@pytest.fixture
def role(database_url: str) -> Iterator[str]:
    """A role without any right, which new sessions of the database take on."""
    with connect(database_url) as owner:
        database = owner.info.dbname
        name = f"{database}_filler"
        owner.execute(f"CREATE ROLE {name}; GRANT {name} TO CURRENT_USER".encode())
        setting = f"ALTER ROLE CURRENT_USER IN DATABASE {database}"
        owner.execute(f"{setting} SET role = {name}".encode())
        yield name
        owner.execute(f"{setting} RESET role; DROP OWNED BY {name}; DROP ROLE {name}".encode())


def as_owner(url: str) -> str:
    """Sessions of this one keep their own role."""
    wanted = make_url(url).update_query_dict({"options": "-crole=none"})
    return wanted.render_as_string(hide_password=False)


def test_it_needs_no_rights_but_those_it_names(database_url: str, role: str) -> None:
    owner = as_owner(database_url)
    add(owner, [*ABSENT, "42"])
    run(
        owner,
        f"GRANT SELECT (id, preferences, created_at, updated_at),"
        f" UPDATE (preferences, updated_at) ON public.users TO {role}",
    )
    with echo.connect(database_url) as db:
        assert echo.backfill_preferences(db).updated == 4
    assert filled(owner) == 4


def test_a_dry_run_needs_only_to_read(database_url: str, role: str) -> None:
    owner = as_owner(database_url)
    add(owner, [*ABSENT, "42"])
    run(owner, f"GRANT SELECT ON public.users TO {role}")
    with echo.connect(database_url) as db:
        assert echo.backfill_preferences(db, dry_run=True).matched == 4
        with pytest.raises(echo.DatabaseError, match="42501") as raised:
            echo.backfill_preferences(db)
    assert raised.value.__notes__ == [
        "user preferences: 5 rows examined, 0 updated, which stay; run it again"
    ]


def test_what_a_trigger_says_about_a_row_is_in_no_message(
    db: Database[pd.DataFrame], database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    add(database_url, [None])
    run(
        database_url,
        """
        CREATE FUNCTION public.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'planted %', NEW.email; END $$;
        CREATE TRIGGER refuse BEFORE UPDATE ON public.users
            FOR EACH ROW EXECUTE FUNCTION public.refuse()
        """,
    )
    caplog.set_level(logging.DEBUG, "echo_analytics")
    with pytest.raises(echo.DatabaseError, match="P0001") as raised:
        echo.backfill_preferences(db)
    said = f"{raised.value!r} {raised.value.__notes__} {caplog.text}"
    assert "planted" not in said
    assert "example.org" not in said


def test_the_log_has_taking_off_and_landing(
    db: Database[pd.DataFrame], database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    add(database_url, [None])
    caplog.set_level(logging.INFO, "echo_analytics.backfill")
    echo.backfill_preferences(db)
    first, last = caplog.messages
    assert first == "🛫 Taking off: backfill of user preferences"
    assert last.startswith("🛬 Landing: backfill of user preferences: 1 rows examined")
