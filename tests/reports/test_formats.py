"""One report in every format, looked at from outside."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import zipfile
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import psycopg
import pytest
from pyarrow import parquet

import echo_analytics as echo
from echo_analytics import EchoError, models
from echo_analytics.reports import checks
from echo_analytics.reports.formats import workbook, writing
from echo_analytics.reports.making import make_report

from .conftest import NOW

if TYPE_CHECKING:
    from pathlib import Path

    from echo_analytics.reports.fetching import Fetched
    from echo_analytics.reports.publishing import PublishedRun

FORMULA = '=HYPERLINK("http://example.org")'
ATTACK = "<script>alert(1)</script>"
PAGES = {"main": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}


@pytest.fixture(scope="module")
def run(url: str, tmp_path_factory: pytest.TempPathFactory) -> PublishedRun:
    try:
        writing.check_tools(writing.FORMATS)
    except EchoError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(error))
    with echo.connect(url) as db:
        author = echo.top_authors(db, "2026-06-15", "2026-06-21", limit=1)["author_id"][0]
        db.users.update(author, models.UserChanges(name=FORMULA))
        category = echo.category_summary(db, "2026-06-15", "2026-06-21")["category_id"][0]
        db.categories.update(category, models.CategoryChanges(name=ATTACK))
        folder = tmp_path_factory.mktemp("formats")
        return make_report(
            db, "weekly", "2026-W25", output=folder, formats=writing.FORMATS, now=NOW
        )


def posts_by_hand(url: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(
            "select p.created_at, u.id::text, u.name, c.name, p.status::text from posts as p "
            "join users as u on u.id = p.author_id "
            "left join categories as c on c.id = p.category_id"
        ).fetchall()


def in_week(posts: list[tuple[Any, ...]], first: date) -> list[tuple[Any, ...]]:
    return [post for post in posts if first <= post[0].date() < first + timedelta(days=7)]


def table(run: PublishedRun, name: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = parquet.read_table(
        run.folder / "data" / f"{name}.parquet"
    ).to_pylist()
    return rows


def test_the_numbers_are_those_of_an_independent_count(run: PublishedRun, url: str) -> None:
    posts, monday = posts_by_hand(url), date(2026, 6, 15)
    week, before = in_week(posts, monday), in_week(posts, monday - timedelta(days=7))
    figures = {row["metric"]: row for row in table(run, "overview")}
    assert (figures["total_posts"]["value"], figures["total_posts"]["value_previous"]) == (
        len(week),
        len(before),
    )
    assert figures["published_posts"]["value"] == sum(post[4] == "published" for post in week)
    assert figures["unique_authors"]["value"] == len({post[1] for post in week})
    by_day = Counter(post[0].date() for post in posts)
    assert all(row["total_posts"] == by_day[row["date"]] for row in table(run, "days"))
    assert len(table(run, "days")) == 56
    for row in table(run, "history"):
        assert row["total_posts"] == len(in_week(posts, row["bucket"]))
    by_category = Counter(post[3] for post in week)
    assert {r["category"]: r["total_posts"] for r in table(run, "categories")} == {
        **dict.fromkeys((r["category"] for r in table(run, "categories")), 0),
        **by_category,
    }
    by_author = Counter(post[1] for post in week)
    authors = table(run, "authors")
    assert [row["total_posts"] for row in authors] == sorted(by_author.values(), reverse=True)[:10]
    first = {who: min(post[0] for post in posts if post[1] == who) for who in by_author}
    new = {who for who, when in first.items() if when.date() >= monday}
    assert {row["user_id"] for row in table(run, "new_authors")} == new
    assert figures["new_authors"]["value"] == len(new) > 0


def test_the_sentences_say_the_numbers(run: PublishedRun, url: str) -> None:
    posts, monday = posts_by_hand(url), date(2026, 6, 15)
    now = len(in_week(posts, monday))
    before = len(in_week(posts, monday - timedelta(days=7)))
    said = run.manifest["sections"][0]["sentences"][0]
    share = abs(now - before) / before
    assert f"{'rose' if now > before else 'fell'} {int(share * 100 + 0.5)} % to {now:,}" in said
    assert said in (run.folder / "report.html").read_text()
    assert run.manifest["summary"][0] == said


def test_the_data_are_all_there_with_their_types(run: PublishedRun) -> None:
    sections = [each for each in run.manifest["sections"] if "rows" in each]
    assert len(sections) == 10
    for section in sections:
        read = parquet.read_table(run.folder / "data" / f"{section['name']}.parquet")
        assert {f.name: str(f.type) for f in read.schema} == section["columns"]
        assert read.num_rows == section["rows"]
        text = (run.folder / "data" / f"{section['name']}.csv").read_text()
        lines = list(csv.reader(io.StringIO(text)))
        assert (lines[0], len(lines) - 1) == (read.column_names, read.num_rows)
        assert section["sql"]


def test_texts_of_the_database_are_texts_in_the_workbook(run: PublishedRun) -> None:
    with zipfile.ZipFile(run.folder / "report.xlsx") as book:
        shared = ET.fromstring(book.read("xl/sharedStrings.xml"))  # noqa: S314 - our own
        texts = ["".join(each.itertext()) for each in shared.findall("main:si", PAGES)]
        sheets = [n for n in book.namelist() if n.startswith("xl/worksheets/sheet")]
        cells = [book.read(name).decode() for name in sheets]
        drawn = [n for n in book.namelist() if n.startswith("xl/charts/chart")]
        styles = book.read("xl/styles.xml").decode()
    assert FORMULA in texts
    assert ATTACK in texts
    assert not any("<f>" in each or "<hyperlink r:id" in each for each in cells)
    assert (len(sheets), len(drawn)) == (11, 7)
    assert '"0.0%"' in styles
    assert all('<pageSetUpPr fitToPage="1"/>' in each for each in cells)
    assert "yyyy-mm-dd hh:mm:ss" in styles


def test_texts_of_the_database_are_texts_in_the_page(run: PublishedRun) -> None:
    page = (run.folder / "report.html").read_text()
    assert ATTACK not in page
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt;") >= 2
    assert page.count('class="plotly-graph-div"') == 8


def test_the_pdf_has_its_pages_and_a_picture_for_each_chart(run: PublishedRun) -> None:
    content = (run.folder / "report.pdf").read_bytes()
    checks.check_document(content, 8)
    with pytest.raises(checks.ReportIncomplete, match="8 charts instead of 9"):
        checks.check_document(content, 9)
    with pytest.raises(checks.ReportIncomplete, match="no pages"):
        checks.check_document(b"%PDF-1.7\n", 0)


def test_pictures_say_what_they_show(run: PublishedRun) -> None:
    alt = {file["name"]: file.get("alt") for file in run.manifest["files"]}
    assert alt["charts/authors.png"] == "Top authors"
    assert sum(name.startswith("charts/") for name in alt) == 8


def test_the_same_moment_gives_the_same_bytes(run: PublishedRun, url: str, tmp_path: Path) -> None:
    formats = ("html", "xlsx", "csv", "parquet")
    with echo.connect(url, frame="polars") as db:
        again = make_report(db, "weekly", "2026-W25", output=tmp_path, formats=formats, now=NOW)
    names = [f["name"] for f in again.manifest["files"]]
    assert len(names) == 2 + 2 * 10
    for name in names:
        assert (again.folder / name).read_bytes() == (run.folder / name).read_bytes(), name


def test_a_blank_or_missing_picture_is_noticed(tmp_path: Path) -> None:
    image = pytest.importorskip("PIL.Image")
    image.new("RGB", (200, 100), "white").save(tmp_path / "blank.png")
    with pytest.raises(checks.ReportIncomplete, match="blank"):
        checks.check_pictures({"days": tmp_path / "blank.png"})
    with pytest.raises(checks.ReportIncomplete, match="missing"):
        checks.check_pictures({"days": tmp_path / "none.png"})


def test_a_page_that_lost_a_chart_is_noticed(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from echo_analytics.reports.formats.html import report_page

    def lost(report: Fetched) -> str:
        return report_page(report).replace('class="plotly-graph-div"', "", 1)

    monkeypatch.setattr(writing, "report_page", lost)
    with (
        echo.connect(url) as db,
        pytest.raises(checks.ReportIncomplete, match="7 charts instead of 8"),
    ):
        make_report(db, "weekly", "2026-W24", output=tmp_path, formats=["html"], now=NOW)
    assert [path.name for path in tmp_path.iterdir() if path.name == "weekly"] == []


def test_a_figure_that_lost_its_data_is_noticed(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import plotly.graph_objects as go

    def top_authors(frame: object) -> go.Figure:
        del frame
        return go.Figure(go.Bar(x=[], y=[]))

    monkeypatch.setattr(echo.plots, "top_authors", top_authors)
    with echo.connect(url) as db, pytest.raises(checks.ReportIncomplete, match="authors shows"):
        make_report(db, "weekly", "2026-W24", output=tmp_path, formats=["html"], now=NOW)


def test_a_workbook_with_another_number_of_charts_is_noticed(run: PublishedRun) -> None:
    content = (run.folder / "report.xlsx").read_bytes()
    checks.check_workbook(content, 11, 7)
    for sheets, charts in ((10, 7), (11, 6)):
        with pytest.raises(checks.ReportIncomplete, match="sheets"):
            checks.check_workbook(content, sheets, charts)


def test_data_that_lost_rows_are_noticed(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from echo_analytics.output import rendered
    from echo_analytics.reports.formats import data

    monkeypatch.setattr(data, "rendered", lambda rows, kind: rendered(rows.slice(1), kind))
    with echo.connect(url) as db, pytest.raises(checks.ReportIncomplete, match="rows"):
        make_report(db, "weekly", "2026-W24", output=tmp_path, formats=["parquet"], now=NOW)


@pytest.mark.parametrize("browser", ["/nowhere/chromium"])
def test_what_pictures_need_is_missed_before_anything_is_made(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, browser: str
) -> None:
    monkeypatch.setenv("BROWSER_PATH", browser)
    with echo.connect(url) as db, pytest.raises(echo.NotSupported, match="Chromium"):
        make_report(db, "weekly", "2026-W24", output=tmp_path, formats=["pdf"], now=NOW)
    assert list(tmp_path.iterdir()) == []


def test_long_and_odd_texts_fit_into_cells() -> None:
    assert workbook.cell_of("x" * 40_000) == "x" * 32_766 + "…"
    assert workbook.cell_of("a\ufffeb") == "a\ufffdb"
    instant = datetime(2026, 6, 15, 12, tzinfo=UTC)
    assert workbook.cell_of(instant) == datetime(2026, 6, 15, 12)  # noqa: DTZ001 - as Excel has it
    assert workbook.cell_of(["a", "b"]) == "a, b"


def test_a_report_of_an_empty_database_is_made(database_url: str, tmp_path: Path) -> None:
    with echo.connect(database_url) as db:
        run = make_report(
            db, "monthly", "2026-05", output=tmp_path, formats=["html", "xlsx", "csv"], now=NOW
        )
    said = json.dumps(run.manifest["sections"])
    assert "There are no posts up to now." in said
    assert re.search(r"Nobody wrote\.", said)
