"""A made report in a browser without a network: all charts, no request, no complaint."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

import echo_analytics as echo
from echo_analytics.reports.making import make_report

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

NOW = datetime(2026, 6, 24, 6, tzinfo=UTC)
STATE = """() => [...document.querySelectorAll('.plotly-graph-div')].map(chart => {
    const box = chart.getBoundingClientRect(), drawn = chart.querySelector('.main-svg');
    const marks = chart.querySelectorAll('.main-svg path, .main-svg text, .main-svg rect').length;
    return {
        wide: box.width, high: box.height, marks: marks, svg: drawn !== null,
        within: box.left >= 0 && box.right <= document.documentElement.clientWidth,
    };
})"""


@pytest.fixture(scope="module")
def made(
    create_database: Callable[..., str],
    migrated_template: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """The folder of a report."""
    url = create_database(migrated_template)
    with echo.connect(url) as db:
        echo.load_demo(db, 3_000)
        folder = tmp_path_factory.mktemp("report")
        formats = ["html"]
        return make_report(db, "monthly", "2026-05", output=folder, formats=formats, now=NOW).folder


@pytest.fixture
def told() -> list[str]:
    """What the page asked for and complained about."""
    return []


@pytest.fixture
def opened(browser: Browser, made: Path, told: list[str]) -> Iterator[Page]:
    context = browser.new_context(offline=True, viewport={"width": 1_100, "height": 800})
    page = context.new_page()
    page.on("request", lambda request: told.append(request.url))
    page.on("console", lambda message: told.append(message.text))
    page.on("pageerror", lambda error: told.append(str(error)))
    page.goto((made / "report.html").as_uri())
    yield page
    context.close()


def test_a_report_opens_offline_with_all_its_charts(
    opened: Page, made: Path, told: list[str]
) -> None:
    sections = json.loads((made / "manifest.json").read_text())["sections"]
    expected = sum(bool(section.get("figure")) for section in sections)
    expect(opened.locator(".plotly-graph-div:has(.main-svg)")).to_have_count(expected)
    charts = opened.evaluate(STATE)
    assert len(charts) == expected == 11
    for chart in charts:
        assert chart["wide"] > 600
        assert chart["high"] > 100
        assert chart["marks"] > 10
        assert chart["within"]
    assert told == [(made / "report.html").as_uri()]
    # Every sentence can be read, every section is reached from the top.
    text = opened.inner_text("body")
    for section in sections:
        assert all(sentence in text for sentence in section["sentences"])
    assert opened.locator("nav a").count() == len(sections)
    for link in opened.locator("nav a").all():
        assert opened.locator(str(link.get_attribute("href"))).count() == 1
    # The numbers are folded away, and unfold.
    opened.locator("summary").first.click()
    assert opened.locator("details[open] table").first.is_visible()


def test_a_report_is_fit_for_a_phone_and_for_paper(opened: Page, told: list[str]) -> None:
    opened.set_viewport_size({"width": 390, "height": 800})
    opened.wait_for_function(
        "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    )
    assert opened.pdf(format="A4").startswith(b"%PDF-")
    assert [text for text in told if not text.startswith("file:")] == []
