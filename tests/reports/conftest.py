from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

import echo_analytics as echo
from echo_analytics.cli import main
from echo_analytics.reports.ledger import FileLedger, open_ledger
from echo_analytics.reports.publishing import output_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from echo_analytics.database import Database
    from echo_analytics.reports.ledger import Ledger

NOW = datetime(2026, 6, 24, 6, tzinfo=UTC)


class Ended(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str


@pytest.fixture(scope="module")
def url(create_database: Callable[..., str], migrated_template: str) -> str:
    """A database with a small demo, for the tests of a module."""
    made = create_database(migrated_template)
    with echo.connect(made) as db:
        echo.load_demo(db, 3_000)
    return made


@pytest.fixture
def db(url: str) -> Iterator[Database[Any]]:
    with echo.connect(url, frame="arrow") as opened:
        yield opened


@pytest.fixture(params=["file", "database"])
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Ledger:
    """Each kind of ledger, for the folder that the test has."""
    if request.param == "file":
        return FileLedger(output_folder(tmp_path))
    return open_ledger(request.getfixturevalue("db"), output_folder(tmp_path))


@pytest.fixture
def command(
    url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Callable[..., Ended]:
    """Run ``echo-analytics report ...`` in a folder of the test's own."""

    def run(*arguments: str, database: str = url) -> Ended:
        monkeypatch.chdir(tmp_path)
        words = ["echo-analytics", "--database", database, "report", *arguments]
        monkeypatch.setattr(sys, "argv", words)
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return Ended(int(ended.value.code or 0), said.out, said.err)

    return run
