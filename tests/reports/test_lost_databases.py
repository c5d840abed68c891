"""The database goes away while a report is made."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from cutting_proxy import Cutter, cutting

import echo_analytics as echo
from echo_analytics import ConnectionFailed, OutcomeUnknown
from echo_analytics.reports import folders
from echo_analytics.reports.history import history
from echo_analytics.reports.ledger import open_ledger
from echo_analytics.reports.making import make_report
from echo_analytics.reports.progress import Silent

from .conftest import NOW

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from echo_analytics.reports.publishing import PublishedRun


class CutsAt(Silent):
    """Takes the database away when a step begins."""

    def __init__(self, cutter: Cutter, what: str) -> None:
        self._cutter, self._what = cutter, what

    def step(self, what: str) -> None:
        """Cut everything, if this is the step."""
        if what == self._what:
            self._cutter.refuse()


@pytest.fixture
def cutter(url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cutter]:
    monkeypatch.setenv("ECHO_ACQUIRE_TIMEOUT", "1")
    with cutting(url) as made:
        yield made


def make(url: str, output: Path, **options: Any) -> PublishedRun:  # noqa: ANN401
    with echo.connect(url) as db:
        return make_report(
            db, "weekly", "2026-W25", output=output, formats=["html"], now=NOW, **options
        )


@pytest.mark.parametrize("step", ["By category", "HTML"])
def test_a_database_that_dies_halfway_fails_the_report_and_leaves_the_last_one(
    cutter: Cutter, url: str, tmp_path: Path, step: str
) -> None:
    good = make(url, tmp_path)
    with pytest.raises(ConnectionFailed) as failed:
        make(cutter.url, tmp_path, force=True, progress=CutsAt(cutter, step))
    assert any("failed" in note for note in failed.value.__notes__)
    assert (tmp_path / "weekly" / "latest").resolve() == good.folder
    [kept] = (tmp_path / "failed").iterdir()
    assert json.loads((kept / "error.json").read_text())["type"] == "ConnectionFailed"
    # Where the database cannot be asked, the folder knows.
    assert {row["status"] for row in history(tmp_path, None).to_pylist()} == {
        "published",
        "failed",
    }
    # And when it is back, the ledger is told.
    assert not make(url, tmp_path).made
    with echo.connect(url) as db:
        runs = [r for r in open_ledger(db, tmp_path).runs() if str(tmp_path) in r.folder]
    assert [run.status for run in runs] == ["failed", "published"]
    # With the reason that the process left, not that it went.
    assert "lost" in str(runs[0].error) or "reached" in str(runs[0].error)
    assert runs[0].folder == str(kept)
    assert json.loads((kept / "error.json").read_text())["type"] == "ConnectionFailed"


def test_a_commit_that_is_lost_leaves_a_report_that_the_next_run_finds(
    cutter: Cutter, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_in_place = folders.put_in_place

    def put_and_cut(made: Path, place: Path) -> None:
        put_in_place(made, place)
        cutter.cut("before it is passed on")

    with monkeypatch.context() as patch:
        patch.setattr(folders, "put_in_place", put_and_cut)
        with pytest.raises((ConnectionFailed, OutcomeUnknown)) as lost:
            make(cutter.url, tmp_path)
    assert any("will tell the ledger" in note for note in lost.value.__notes__)
    place = (tmp_path / "weekly" / "latest").resolve(strict=True)
    found = make(url, tmp_path)
    assert (found.made, found.folder) == (False, place)
    assert not (tmp_path / "failed").exists()


def test_the_transaction_is_over_before_anything_is_drawn(url: str, tmp_path: Path) -> None:
    seen: list[int] = []

    class Looks(Silent):
        def step(self, what: str) -> None:
            with echo.connect(url, frame="arrow") as other, other.autocommit() as connection:
                seen.append(
                    connection.exec_driver_sql(
                        "select count(*) from pg_stat_activity where datname = current_database() "
                        "and pid <> pg_backend_pid() and starts_with(state, 'idle in transaction')"
                    ).scalar_one()
                )
            if what == "By category":
                assert seen[-1] == 1

    make(url, tmp_path, progress=Looks())
    assert seen[-1] == 0
