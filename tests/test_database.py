"""Opening, using and closing a database."""

from __future__ import annotations

import contextlib
import gc
import os
import subprocess
import sys
import tempfile
import weakref
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import polars as pl
import psycopg
import pyarrow as pa
import pytest
import sqlalchemy as sa

import echo_analytics as echo
from echo_analytics import migrate
from echo_analytics.database import migrate_at
from echo_analytics.schema import HEAD, users

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from echo_analytics.database import Database


@pytest.fixture
def db(database_url: str) -> Iterator[Database[pd.DataFrame]]:
    with echo.connect(database_url) as database:
        yield database


def add_user(db: Database[pd.DataFrame], email: str) -> None:
    with db.transaction() as connection:
        connection.execute(sa.insert(users).values(email=email, name="Someone"))


def test_the_frame_is_the_one_asked_for(database_url: str) -> None:
    with echo.connect(database_url) as as_pandas:
        assert isinstance(echo.user_stats(as_pandas), pd.DataFrame)
        assert isinstance(echo.user_stats(as_pandas.using("polars")), pl.DataFrame)
        assert isinstance(echo.user_stats(as_pandas.using("arrow")), pa.Table)
    with echo.connect(database_url, frame="polars") as as_polars:
        assert isinstance(echo.user_stats(as_polars), pl.DataFrame)


def test_an_unknown_frame_is_refused_before_anything_is_opened() -> None:
    with pytest.raises(echo.InvalidInput, match="frame"):
        echo.connect("postgresql://127.0.0.1:1/none", frame="spark")  # type: ignore[call-overload]  # on purpose


def test_the_url_of_the_environment_is_used(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ECHO_DATABASE_URL", database_url)
    with echo.connect() as db:
        assert db.health().status == "healthy"


def test_neither_representation_shows_the_password(database_url: str) -> None:
    url = sa.make_url(database_url).set(password="planted<secret>")
    with echo.connect(url.render_as_string(hide_password=False)) as db:
        for text in (repr(db), str(db), db._repr_html_(), db.where):
            assert "planted" not in text
            assert "database echo_test_" in text


def test_the_html_representation_is_escaped(database_url: str) -> None:
    with echo.connect(database_url) as db:
        object.__setattr__(db, "_where", type("Where", (), {"where": "<script>"})())
        assert "<script>" not in db._repr_html_()


def test_a_closed_database_says_so(database_url: str) -> None:
    db = echo.connect(database_url)
    db.close()
    db.close()
    assert "closed" in repr(db)
    with pytest.raises(echo.NotSupported, match="closed"):
        echo.user_stats(db)
    with pytest.raises(echo.NotSupported, match="closed"):
        db.transaction().__enter__()


def test_a_transaction_commits_at_its_end(db: Database[pd.DataFrame]) -> None:
    add_user(db, "someone@example.org")
    assert len(echo.user_stats(db)) == 1


def test_a_transaction_rolls_back_on_any_error(db: Database[pd.DataFrame]) -> None:
    def failing() -> None:
        with db.transaction() as connection:
            connection.execute(sa.insert(users).values(email="a@example.org", name="A"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        failing()
    assert len(echo.user_stats(db)) == 0


def test_a_snapshot_does_not_see_what_is_committed_meanwhile(db: Database[pd.DataFrame]) -> None:
    with db.snapshot() as moment:
        assert len(echo.user_stats(moment)) == 0
        add_user(db, "later@example.org")
        assert len(echo.user_stats(moment)) == 0
        assert len(echo.user_stats(moment.using("polars"))) == 0
    assert len(echo.user_stats(db)) == 1


def test_nothing_is_idle_in_transaction_after_an_analysis_or_an_error(
    db: Database[pd.DataFrame], database_url: str
) -> None:
    calls: list[Callable[[], object]] = [
        lambda: echo.user_stats(db),
        lambda: echo.user_stats(db, "no uuid"),
        lambda: echo.daily_posts(db, "2026-01-01", "2026-01-02"),
        lambda: echo.daily_posts(db, "2026-01-03", "2026-01-02"),
        lambda: echo.search_posts(db, "anything"),
        lambda: echo.posts_with_authors(db),
        lambda: db.arrow(sa.select(sa.literal_column("1 / 0", sa.BigInteger).label("x"))),
        lambda: db.arrow(sa.select(sa.cast(sa.literal("x"), sa.BigInteger).label("x"))),
        db.health,
    ]
    with psycopg.connect(database_url, autocommit=True) as other:
        for call in calls:
            with contextlib.suppress(echo.EchoError):
                call()
            states = other.execute(
                "select state from pg_stat_activity where datname = current_database()"
                " and application_name = 'echo_analytics'"
            ).fetchall()
            assert states
            assert {state for (state,) in states} == {"idle"}


def test_health_of_a_database_that_was_never_migrated(empty_url: str) -> None:
    with echo.connect(empty_url) as db:
        health = db.health()
    assert (health.status, health.revision, health.can_write) == ("degraded", None, False)


def test_health_never_raises(database_url: str) -> None:
    db = echo.connect(database_url)
    db.close()
    health = db.health()
    assert health.status == "unhealthy"
    assert health.problem


def test_the_newest_revision_is_the_one_that_the_schema_names() -> None:
    assert migrate.head() == HEAD


def test_migrating_by_url_only_reports_when_asked_to_check(empty_url: str) -> None:
    assert migrate_at(empty_url, check=True).changed
    assert migrate.current(empty_url) is None
    assert migrate_at(empty_url).to_revision == HEAD


@pytest.fixture
def home() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="echo-home-") as folder:
        # The server of a superuser runs as another user, who has to get in.
        Path(folder).chmod(0o711)
        yield Path(folder)


def python(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if name != "ECHO_DATABASE_URL"}
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        env={**kept, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_without_a_url_there_is_a_migrated_embedded_database_that_keeps_its_rows(
    home: Path,
) -> None:
    write = (
        "import echo_analytics as echo, sqlalchemy as sa; db = echo.connect();"
        "c = db.engine.connect();"
        "c.exec_driver_sql(\"insert into users (email, name) values ('a@example.org', 'A')\");"
        "c.commit(); c.close()"
    )
    read = "import echo_analytics as echo; print(len(echo.user_stats(echo.connect())))"
    first = python(write, ECHO_HOME=str(home))
    assert (first.returncode, first.stderr) == (0, "")
    second = python(read, ECHO_HOME=str(home))
    assert (second.stdout, second.stderr) == ("1\n", "")


def test_a_database_that_is_never_closed_ends_quietly_with_its_server(home: Path) -> None:
    code = "import echo_analytics as echo; db = echo.connect(); echo.user_stats(db)"
    shown = python(code, ECHO_HOME=str(home))
    assert (shown.returncode, shown.stdout, shown.stderr) == (0, "", "")
    assert not (home / "postgres" / "data" / "postmaster.pid").exists()


def test_a_view_keeps_its_database_open(database_url: str) -> None:
    view = echo.connect(database_url).using("polars")
    gc.collect()
    assert echo.user_stats(view).height == 0


def test_a_database_that_nobody_refers_to_is_closed(database_url: str) -> None:
    db = echo.connect(database_url)
    pool = db.engine
    closed = weakref.ref(db)
    del db
    gc.collect()
    assert closed() is None
    with pytest.raises(echo.NotSupported, match="closed"):
        pool.connect()
