"""A bulk load that is cut off leaves nothing, and can be run again."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pandas as pd
import psycopg
import pytest

from echo_analytics.errors import ConnectionFailed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from echo_analytics.bulk.create import OnConflict
    from echo_analytics.database import Database

_LOADING = """
SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity
WHERE datname = current_database() AND query LIKE 'COPY %' AND pid <> pg_backend_pid()
"""


def parts(url: str, *, cut: bool) -> Iterator[pd.DataFrame]:
    for number in range(10):
        if cut and number == 5:
            with psycopg.connect(url, autocommit=True) as connection:
                assert connection.execute(_LOADING).fetchall() == [(1,)]
        names = [f"person{number}.{place}" for place in range(1_000)]
        yield pd.DataFrame({"email": [f"{n}@example.org" for n in names], "name": names})


@pytest.mark.parametrize("on_conflict", ["error", "skip", "update"])
def test_a_server_process_that_is_ended_leaves_nothing(
    db: Database[Any], database_url: str, on_conflict: OnConflict
) -> None:
    tags = pd.DataFrame({"name": ["Cats"], "slug": ["cats"]})
    before = db.categories.count()
    with pytest.raises(ConnectionFailed):
        db.bulk_create(
            users=parts(database_url, cut=True), categories=tags, on_conflict=on_conflict
        )
    assert (db.users.count(), db.categories.count()) == (0, before)
    report = db.bulk_create(
        users=parts(database_url, cut=False), categories=tags, on_conflict=on_conflict
    )
    assert report.users.created == db.users.count() == 10_000


def test_what_the_rows_raise_comes_out_and_leaves_nothing(db: Database[Any]) -> None:
    def broken() -> Iterator[pd.DataFrame]:
        yield pd.DataFrame({"email": ["a@example.org"], "name": ["A"]})
        raise RuntimeError("no more")

    with pytest.raises(RuntimeError, match="no more"):
        db.bulk_create(users=broken())
    assert db.users.count() == 0


def test_one_event_is_logged_for_a_load(
    db: Database[Any], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "echo_analytics"):
        db.bulk_create(users=pd.DataFrame({"email": ["secret@example.org"], "name": ["A"]}))
    said = [record.getMessage() for record in caplog.records]
    assert len(said) == 1
    assert said[0].startswith("1 x user in bulk in ")


def test_a_progress_bar_is_shown_on_terminals_only(
    db: Database[Any], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = pd.DataFrame({"email": ["a@example.org"], "name": ["A"]})
    db.bulk_create(users=rows, progress=True)
    assert capsys.readouterr().err == ""
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    db.bulk_create(users=rows, progress=True, on_conflict="skip")
    assert "bulk_create: 100%" in capsys.readouterr().err
