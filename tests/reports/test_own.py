"""A report of one's own, as the documentation has it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import Ended

TEXT = (Path(__file__).parent.parent.parent / "docs" / "reports.md").read_text("utf-8")
OWN, CALLED = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)


def test_the_example_of_the_documentation_is_a_report_in_a_file_of_50_lines(
    command: Callable[..., Ended], url: str, tmp_path: Path
) -> None:
    assert len(OWN.splitlines()) <= 50
    (tmp_path / "pulse.py").write_text(OWN)
    line = (
        "file",
        "pulse.py",
        "--period",
        "2026-06-17",
        "--format",
        "html,csv",
        "-p",
        "limit",
        "3",
    )
    ended = command(*line)
    assert ended.code == 0, ended.err
    folder = tmp_path / "reports" / "pulse" / "latest"
    page, told = (
        (folder / "report.html").read_text(),
        json.loads((folder / "manifest.json").read_text()),
    )
    assert page.count('class="plotly-graph-div"') == 3
    assert page.count("A day in figures, made every morning.") == 1
    assert len((folder / "data" / "authors.csv").read_text().splitlines()) == 4
    with psycopg.connect(url) as connection:
        rows = connection.execute(
            "select c.name, count(*) from posts as p join categories as c on c.id = category_id "
            "where p.created_at::date = '2026-06-17' group by 1 order by 2 desc limit 1"
        ).fetchall()
    said = {section["name"]: section["sentences"] for section in told["sections"]}
    assert said["categories"] == [f"Most was written in {rows[0][0]}: {rows[0][1]}."]
    assert "was there already" in command(*line).out
    at = ("--now", "2026-06-19T12:00:00Z", "--format", "csv")
    due = command("file", "pulse.py", "--due", "--catch-up", "3", *at)
    assert [line.split(" /")[0] for line in due.out.splitlines()] == [
        "pulse 2026-06-16 published in",
        # With another limit it is another report.
        "pulse 2026-06-17 published in",
        "pulse 2026-06-18 published in",
    ]


def test_the_example_in_python_makes_it(url: str, tmp_path: Path) -> None:
    (tmp_path / "pulse.py").write_text(OWN)
    (tmp_path / "call.py").write_text(CALLED)
    ran = subprocess.run(
        [sys.executable, "call.py"],
        cwd=tmp_path,
        env={**os.environ, "ECHO_DATABASE_URL": url},
        capture_output=True,
        text=True,
        check=True,
    )
    folder = tmp_path / "reports" / "pulse" / "latest"
    assert ran.stdout == f"{folder.resolve()} True\n"
    assert (folder / "report.html").exists()


@pytest.mark.parametrize(
    ("source", "words", "problem"),
    [
        (None, "", "is no file of Python"),
        ("x = 1", "", "has no REPORT = Kind(...)"),
        ("x = 1\nraise ValueError('secret')", "", "cannot be run: ValueError, line 2"),
        ("x = (", "", "cannot be run: SyntaxError, line 1"),
        (OWN, "-p top 3", "the report pulse does not take top"),
        (OWN, "-p limit", "-p: needs a name and a value"),
        (OWN, "--frmat x", "is no option of report file"),
        (OWN.replace('limit="5"', "limit"), "", "the report pulse needs limit"),
    ],
)
@pytest.mark.parametrize("scheduled", [False, True])
def test_what_is_no_report_is_refused(
    source: str | None,
    words: str,
    problem: str,
    scheduled: bool,
    command: Callable[..., Ended],
    tmp_path: Path,
) -> None:
    if source is not None:
        (tmp_path / "pulse.py").write_text(source)
    ended = command(*(["schedule"] if scheduled else []), "file", "pulse.py", *words.split())
    assert ended.code == 2
    assert problem in ended.err
    assert "secret" not in ended.err
    assert not (tmp_path / "reports").exists()


def test_it_can_be_scheduled(command: Callable[..., Ended], tmp_path: Path) -> None:
    (tmp_path / "pulse.py").write_text(OWN)
    ended = command("schedule", "file", "pulse.py", "-p", "limit", "3", "--for", "cron")
    assert ended.code == 0
    line = ended.out.splitlines()[-1]
    assert line.startswith("0 ")
    assert f"report file {tmp_path}/pulse.py -p limit 3 --due --catch-up 4" in line
