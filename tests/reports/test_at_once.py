"""Two processes that are asked for the same report make one."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from reading_roles import reader

import echo_analytics as echo
from echo_analytics.reports.ledger import open_ledger

if TYPE_CHECKING:
    from pathlib import Path


def told_at_once(url: str, folder: Path, number: int) -> list[tuple[int, str]]:
    """The exit codes and what is said of as many processes, which start together."""
    words = [sys.executable, "-m", "echo_analytics", "--database", url, "report", "weekly"]
    words += ["--period", "2026-W25", "--format", "csv", "--output", "out"]
    children = [
        subprocess.Popen(
            words, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        for _ in range(number)
    ]
    said = [child.communicate()[0] for child in children]
    return [(child.returncode, text) for child, text in zip(children, said, strict=True)]


@pytest.mark.parametrize("may_write", [True, False])
def test_several_commands_at_once_make_one_report(
    url: str, tmp_path: Path, may_write: bool
) -> None:
    with reader(url) as reading:
        ended = told_at_once(url if may_write else reading, tmp_path, 3)
    assert [code for code, _ in ended] == [0, 0, 0]
    words = Counter("published in" in said for _, said in ended)
    assert words == {True: 1, False: 2}
    assert all("was there already" in said for _, said in ended if "published" not in said)
    (folder,) = (tmp_path / "out" / "weekly").glob("2026-W25_*")
    assert (tmp_path / "out" / "weekly" / "latest").resolve() == folder
    assert (tmp_path / "out" / "report_runs.json").exists() is not may_write
    assert not list((tmp_path / "out" / ".making").glob("*"))
    if may_write:
        with echo.connect(url) as db:
            runs = [run for run in open_ledger(db, tmp_path).runs() if run.folder == str(folder)]
        assert [run.status for run in runs] == ["published"]
