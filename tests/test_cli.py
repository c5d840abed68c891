"""The command line, as a process and as a function."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import pyarrow.parquet as pq
import pytest

from echo_analytics.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

COMMANDS = (
    "status",
    "migrate",
    "demo",
    "import",
    "users",
    "daily",
    "search",
    "backfill-preferences",
    "reader-role",
    "rollups enable",
    "rollups disable",
    "rollups refresh",
    "rollups status",
    "search-index build",
    "search-index status",
    "search-index drop",
)


class Run(Protocol):
    """Runs the command with some arguments."""

    def __call__(self, *arguments: str) -> Shown: ...


@dataclass(frozen=True)
class Shown:
    """What a command left behind."""

    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command in this process, which saves a second a time."""

    def called(*arguments: str) -> Shown:
        monkeypatch.setattr(sys, "argv", ["echo-analytics", *arguments])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        code = ended.value.code
        assert isinstance(code, int)
        return Shown(code, *capsys.readouterr())

    return called


def run_apart(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "echo_analytics", *arguments],
        capture_output=True,
        text=True,
        cwd=cwd,
        check=False,
    )


@pytest.fixture(scope="module")
def demo_url(create_database: Callable[..., str], demo_template: str) -> str:
    return create_database(demo_template)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(run: Run, command: str) -> None:
    shown = run(*command.split(), "--help")
    assert shown.returncode == 0
    assert "--database" in shown.stdout


def test_status_says_what_the_database_holds(run: Run, demo_url: str) -> None:
    shown = run("status", "--database", demo_url, "--format", "json")
    facts = {row["name"]: row["value"] for row in json.loads(shown.stdout)}
    assert shown.returncode == 0
    assert facts["status"] == "healthy"
    assert facts["posts"] == "40,000"


def test_rollups_are_enabled_refreshed_and_removed(
    run: Run, database_for_once: Callable[..., str], demo_template: str
) -> None:
    there = ("--database", database_for_once(demo_template))
    zone = ("--timezone", "Europe/Berlin")
    days = ("daily", "2026-01-01", "2026-06-30", *zone, *there)
    before = run(*days)
    assert run("rollups", "status", *there).stdout == "rollups are not enabled\n"
    shown = run("rollups", "enable", *zone, *there)
    assert (shown.returncode, shown.stdout.splitlines()[0]) == (0, "zones: Europe/Berlin")
    assert run(*days).stdout == before.stdout
    shown = run("rollups", "refresh", "--full", *there)
    assert "analyses go by them: yes" in shown.stdout
    assert "posts counted: 40,000 of 40,000" in run("rollups", "status", *there).stdout
    assert run("rollups", "disable", *zone, *there).stdout == "rollups are not enabled\n"
    assert run("rollups", "refresh", *there).returncode == 1


def test_the_database_can_be_named_before_the_command(run: Run, demo_url: str) -> None:
    assert run("--database", demo_url, "status").returncode == 0


def test_daily_writes_every_format_with_the_same_rows(
    run: Run, demo_url: str, tmp_path: Path
) -> None:
    days = ("daily", "2026-01-01", "2026-01-31", "--database", demo_url)
    as_csv = list(csv.DictReader(io.StringIO(run(*days, "--format", "csv").stdout)))
    as_json = json.loads(run(*days, "--format", "json").stdout)
    assert run(*days, "--output", str(tmp_path / "d.parquet")).returncode == 0
    as_parquet = pq.read_table(tmp_path / "d.parquet").to_pylist()
    assert len(as_csv) == len(as_json) == len(as_parquet) == 31
    for text, plain, typed in zip(as_csv, as_json, as_parquet, strict=True):
        assert text["date"] == plain["date"] == typed["date"].isoformat()
        assert int(text["total_posts"]) == plain["total_posts"] == typed["total_posts"]


def test_a_table_on_the_terminal_has_headings_and_numbers(run: Run, demo_url: str) -> None:
    shown = run("users", "--limit", "3", "--database", demo_url)
    assert shown.returncode == 0
    assert "user_name" in shown.stdout
    assert shown.stdout.count("\n") == 7


def test_search_joins_its_words_into_one_query(run: Run, demo_url: str) -> None:
    shown = run("search", "database", "migration", "--database", demo_url, "--format", "json")
    rows = json.loads(shown.stdout)
    assert [row["rank"] for row in rows] == list(range(1, 21))
    assert set(rows[0]["matched_terms"]) <= {"database", "migration"}


@pytest.mark.parametrize(
    "arguments",
    [
        ("daily", "2026-02-30", "2026-03-01"),
        ("daily", "2026-03-02", "2026-03-01"),
        ("daily", "2026-03-01", "2026-03-02", "--timezone", "Mars/Olympus"),
        ("users", "no-uuid"),
        ("users", "--limit", "0"),
        ("search", "x", "--limit", "-1"),
        ("demo", "--rows", "-1"),
        ("import", "no-such-file.csv"),
    ],
)
def test_wrong_input_is_one_line_and_exit_code_2(
    run: Run, demo_url: str, arguments: tuple[str, ...]
) -> None:
    shown = run(*arguments, "--database", demo_url)
    assert shown.returncode == 2
    assert shown.stderr.startswith("echo-analytics: ")
    assert shown.stderr.count("\n") == 1


@pytest.mark.parametrize("arguments", [("no-such-command",), ("daily", "--no-such-option")])
def test_wrong_usage_is_exit_code_2(run: Run, arguments: tuple[str, ...]) -> None:
    assert run(*arguments).returncode == 2


def test_a_server_that_cannot_be_reached_is_exit_code_3_and_shows_no_password(run: Run) -> None:
    shown = run("status", "--database", "postgresql://me:planted-secret@127.0.0.1:1/app")
    assert shown.returncode == 3
    assert "127.0.0.1 port 1" in shown.stderr
    assert shown.stderr.count("\n") == 1
    assert "planted-secret" not in shown.stderr + shown.stdout


def test_debug_shows_the_trace_without_the_password(run: Run) -> None:
    url = "postgresql://me:planted-secret@127.0.0.1:1/app"
    for arguments in (("status", "--debug"), ("--debug", "status")):
        shown = run(*arguments, "--database", url)
        assert shown.returncode == 3
        assert "Traceback" in shown.stderr
        assert "planted-secret" not in shown.stderr + shown.stdout


def test_a_database_without_tables_is_exit_code_1(run: Run, empty_url: str) -> None:
    shown = run("users", "--database", empty_url)
    assert shown.returncode == 1
    assert "migrate" in shown.stderr


def test_an_output_that_cannot_be_written_is_exit_code_2(
    run: Run, demo_url: str, tmp_path: Path
) -> None:
    target = tmp_path / "missing" / "days.csv"
    shown = run(
        "daily", "2026-01-01", "2026-01-02", "--database", demo_url, "--output", str(target)
    )
    assert shown.returncode == 2
    assert str(target) in shown.stderr.replace("\n", "")


def test_migrate_says_what_it_would_do_and_then_does_it(run: Run, empty_url: str) -> None:
    checked = run("migrate", "--check", "--database", empty_url)
    assert checked.returncode == 0
    assert run("users", "--database", empty_url).returncode == 1
    assert run("migrate", "--database", empty_url).returncode == 0
    assert run("users", "--database", empty_url).returncode == 0


def test_demo_shows_four_tables_and_writes_a_page(database_url: str, tmp_path: Path) -> None:
    shown = run_apart("demo", "--rows", "300", "--database", database_url, cwd=tmp_path)
    assert shown.returncode == 0, shown.stderr
    for title in ("user_stats", "daily_posts", "search_posts", "posts_with_authors"):
        assert title in shown.stdout
    page = (tmp_path / "echo-analytics-demo.html").read_text()
    assert page.count('class="plotly-graph-div"') == 4


def test_demo_refuses_a_database_that_holds_something_else(
    run: Run, database_for_once: Callable[..., str], demo_template: str, tmp_path: Path
) -> None:
    demo_url = database_for_once(demo_template)
    source = tmp_path / "posts.csv"
    source.write_text(
        "author_email,author_name,title,content,created_at\n"
        "someone@example.org,Someone,Mine,,2026-01-01T00:00:00Z\n"
    )
    own = run("import", str(source), "--database", demo_url)
    assert own.returncode == 0, own.stderr
    shown = run("demo", "--rows", "10", "--database", demo_url)
    assert shown.returncode == 2
    facts = json.loads(run("status", "--database", demo_url, "--format", "json").stdout)
    assert {"name": "posts", "value": "40,001"} in facts
