from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING

import drizzle_database
import psycopg
import pytest
from reading_roles import reader

from echo_analytics.reports import checks

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .conftest import Ended

AT = ("--now", "2026-06-24T06:00:00Z", "--format", "html")


def test_a_report_that_is_due_is_made_once(command: Callable[..., Ended], tmp_path: Path) -> None:
    first = command("weekly", "--due", *AT)
    assert first.code == 0
    assert "weekly 2026-W25 published in" in first.out
    page = (tmp_path / "reports" / "weekly" / "latest" / "report.html").read_text()
    assert "Week 25 of 2026 (15 – 21 june 2026), days of utc".lower() in page.lower()
    assert "is not over" not in page
    again = command("weekly", "--due", *AT)
    assert (again.code, "was there already" in again.out) == (0, True)
    assert command("weekly", "--due", "--force", *AT).out.count("published") == 1


def test_catching_up_makes_what_was_missed(command: Callable[..., Ended]) -> None:
    command("weekly", "--period", "2026-W24", *AT)
    caught = command("weekly", "--due", "--catch-up", "3", *AT)
    assert [line.split(" /")[0] for line in caught.out.splitlines()] == [
        "weekly 2026-W23 published in",
        "weekly 2026-W24 was there already:",
        "weekly 2026-W25 published in",
    ]


def test_a_report_of_a_period_that_is_not_over_says_so(
    command: Callable[..., Ended], tmp_path: Path
) -> None:
    assert command("weekly", "--period", "2026-W26", *AT).code == 0
    page = (tmp_path / "reports" / "weekly" / "latest" / "report.html").read_text()
    assert "This period is not over: it ends on 28 June 2026" in page
    # And so do e-mails.
    told = json.loads((tmp_path / "reports" / "weekly" / "latest" / "manifest.json").read_text())
    assert told["summary"][0].startswith("This period is not over: it ends on 28 June 2026")


def test_the_manifest_says_what_was_asked(command: Callable[..., Ended], tmp_path: Path) -> None:
    command("weekly", "--period", "2026-W25", "--timezone", "Europe/Berlin", *AT)
    told = json.loads((tmp_path / "reports" / "weekly" / "latest" / "manifest.json").read_text())
    assert told["days"] == {"first": "2026-06-15", "last": "2026-06-21"}
    assert told["zone"] == "Europe/Berlin"
    assert told["as_of"] == "2026-06-24T06:00:00+00:00"
    assert told["schema_revision"] == "0006"
    overview = told["sections"][1]
    assert (overview["analysis"], overview["rows"]) == ("overview", 8)
    assert overview["sql"][0]["text"].startswith(("SELECT", "WITH"))


def test_a_failure_is_seen_in_the_exit_code_and_in_the_list(
    command: Callable[..., Ended], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(*_: object) -> None:
        raise checks.ReportIncomplete("the page has 0 charts instead of 7")

    monkeypatch.setattr(checks, "check_html", lost)
    failed = command("weekly", "--period", "2026-W20", *AT)
    assert failed.code == 1
    assert "the page has 0 charts instead of 7" in failed.err
    assert list((tmp_path / "reports" / "failed").iterdir())
    assert not (tmp_path / "reports" / "weekly").exists()
    rows = json.loads(command("list", "--format", "json").out)
    assert (rows[0]["period"], rows[0]["status"]) == ("2026-W20", "failed")
    assert rows[0]["error"] == "the page has 0 charts instead of 7"


def test_a_list_without_the_database_shows_the_folder_and_ends_with_3(
    command: Callable[..., Ended],
) -> None:
    command("weekly", "--period", "2026-W19", *AT)
    shown = command("list", "--format", "csv", database="postgresql://nobody@127.0.0.1:1/none")
    assert shown.code == 3
    assert '"2026-W19"' in shown.out


def test_a_database_that_cannot_be_reached_is_seen_in_the_list(
    command: Callable[..., Ended], tmp_path: Path
) -> None:
    nowhere = "postgresql://nobody@127.0.0.1:1/none"
    failed = command("weekly", "--due", *AT, database=nowhere)
    assert failed.code == 3
    [kept] = (tmp_path / "reports" / "failed").iterdir()
    assert str(kept) in failed.err
    [row] = [
        row
        for row in json.loads(command("list", "--format", "json").out)
        if row["folder"] == str(kept)
    ]
    assert (row["report"], row["period"], row["status"]) == ("weekly", "due", "failed")
    assert "127.0.0.1" in row["error"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("--period", "soon"),
        ("--period", "2026-W25", "--due"),
        ("--catch-up", "2"),
        ("--due", "--catch-up", "0"),
        ("--format", "docx"),
        ("--now", "yesterday"),
        ("--now", "2026-06-24"),
        ("--timezone", "Mars"),
    ],
)
def test_wrong_options_are_refused(
    command: Callable[..., Ended], tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    ended = command("weekly", *arguments)
    assert ended.code == 2
    assert len(ended.err.splitlines()) == 1
    assert not (tmp_path / "reports").exists()


def test_steps_are_lines_where_there_is_no_terminal(command: Callable[..., Ended]) -> None:
    said = command("weekly", "--period", "2026-W18", *AT).err
    assert "echo-analytics: 1/11 Posts by week" in said
    assert "echo-analytics: 11/11 HTML" in said


def test_a_role_that_only_reads_has_its_ledger_in_the_folder(
    command: Callable[..., Ended], url: str, tmp_path: Path
) -> None:
    with reader(url) as reading:
        assert command("weekly", "--period", "2026-W25", *AT, database=reading).code == 0
        again = command("weekly", "--period", "2026-W25", *AT, database=reading)
        assert "was there already" in again.out
        [entry] = json.loads((tmp_path / "reports" / "report_runs.json").read_text())
        assert entry["status"] == "published"
        assert '"published"' in command("list", "--format", "csv", database=reading).out


def test_a_role_that_may_read_three_tables_reports_on_a_database_that_was_never_migrated(
    command: Callable[..., Ended], empty_url: str, tmp_path: Path
) -> None:
    drizzle_database.load(empty_url)
    drizzle_database.add_posts(empty_url, copies=3)
    with drizzle_database.role(empty_url) as reading:
        name = reading.split("//")[1].split(":")[0]
        tables = "public.users, public.posts, public.categories"
        drizzle_database.run(empty_url, f"grant select on {tables} to {name}")
        day = drizzle_database.WRITTEN[:10]
        for report in (["weekly"], ["monthly"], ["author", "a@b.c"]):
            ended = command(*report, "--period", day, "--format", "html,csv", database=reading)
            assert ended.code == 0, ended.err
    folder = tmp_path / "reports" / "weekly" / "latest"
    told = json.loads((folder / "manifest.json").read_text())
    assert told["schema_revision"] is None
    terms = (folder / "data" / "terms.csv").read_text().splitlines()
    assert len(terms) > 1
    assert (tmp_path / "reports" / "report_runs.json").exists()


def test_a_report_about_one_author_is_found_by_name_and_has_its_own_folder(
    command: Callable[..., Ended], url: str, tmp_path: Path
) -> None:
    with psycopg.connect(url) as connection:
        [(who, name, address)] = connection.execute(
            "select id::text, name, email from users where id = (select author_id from posts "
            "where created_at >= '2026-05-01' and created_at < '2026-06-01' "
            "group by 1 order by count(*) desc, 1 limit 1)"
        ).fetchall()
        [(count,)] = connection.execute(
            "select count(*) from posts where author_id = %s and created_at >= '2026-05-01' "
            "and created_at < '2026-06-01'",
            [who],
        ).fetchall()
        [(namesakes,)] = connection.execute(
            "select count(*) from users where name = %s", [name]
        ).fetchall()
    assert command("author", address, "--period", "2026-05", *AT).code == 0
    folder = tmp_path / "reports" / "author" / who / "latest"
    told = json.loads((folder / "manifest.json").read_text())
    assert told["title"] == f"Author report: {name}"
    assert told["parameters"]["author"] == who
    assert address not in (folder / "manifest.json").read_text()
    assert address not in (folder / "report.html").read_text()
    sections = {section["name"]: section for section in told["sections"]}
    assert f"to {count}" in sections["history"]["sentences"][0].replace(",", "")
    assert f"{count} post" in sections["rank"]["sentences"][0]
    by_name = command("author", name, "--period", "2026-05", *AT)
    assert by_name.code == (0 if namesakes == 1 else 2)


def test_a_report_about_one_category_counts_only_that(
    command: Callable[..., Ended], url: str, tmp_path: Path
) -> None:
    assert command("category", "tech", "--period", "2026-05", *AT, "--format", "csv").code == 0
    [folder] = (tmp_path / "reports" / "category").glob("*/latest")
    with psycopg.connect(url) as connection:
        months: dict[str, int] = dict(
            connection.execute(
                "select date_trunc('month', created_at)::date::text, count(*) from posts "
                "where category_id = (select id from categories where slug = 'tech') group by 1"
            ).fetchall()
        )
        authors = connection.execute(
            "select author_id::text, count(*) from posts where created_at >= '2026-05-01' and "
            "created_at < '2026-06-01' and "
            "category_id = (select id from categories where slug = 'tech') "
            "group by 1 order by 2 desc, author_id limit 10"
        ).fetchall()
    with (folder / "data" / "history.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 25
    assert all(int(row["total_posts"]) == months.get(row["bucket"], 0) for row in rows)
    with (folder / "data" / "authors.csv").open() as file:
        found = [(row["author_id"], int(row["total_posts"])) for row in csv.DictReader(file)]
    assert found == authors


@pytest.mark.parametrize("who", ["nobody", "00000000-0000-0000-0000-000000000000"])
def test_an_author_who_is_not_there_is_refused(command: Callable[..., Ended], who: str) -> None:
    ended = command("author", who, *AT)
    assert ended.code == 2
    assert "author: there is none" in ended.err
