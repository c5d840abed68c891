"""The dashboard as Voila serves it: the numbers of the API, and nobody else is asked."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

import echo_analytics as echo

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser

ZONE = "Pacific/Auckland"


@pytest.fixture(scope="module")
def url(create_database: Callable[..., str], demo_template: str) -> str:
    return create_database(demo_template)


@pytest.fixture(scope="module")
def address(url: str) -> Iterator[str]:
    """A dashboard that is served, with its token."""
    process = subprocess.Popen(
        [sys.executable, "-m", "echo_analytics", "dashboard", "--port", "0"],
        env={**os.environ, "ECHO_DATABASE_URL": url},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    found = re.search(r"http://\S+", process.stdout.readline())
    assert found is not None
    yield found[0]
    process.terminate()
    process.wait(30)
    process.stdout.close()


def test_the_page_shows_what_the_api_gives_and_asks_nobody_else(
    browser: Browser, address: str, url: str
) -> None:
    page = browser.new_page(viewport={"width": 1400, "height": 900})
    page.set_default_timeout(60_000)
    expect.set_options(timeout=60_000)
    asked, complaints = list[str](), list[str]()
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        lambda said: complaints.append(said.text) if said.type == "error" else None,
    )
    with echo.connect(url) as db:
        page.goto(address)
        page.get_by_role("tab", name="Posts").click()
        page.get_by_label("From").fill("2026-06-01")
        page.get_by_label("To", exact=True).fill("2026-06-30")
        page.get_by_label("Every").select_option("Week")
        page.get_by_label("Time zone").select_option(ZONE)
        # Any: the frames of pandas.
        days: dict[str, Any] = {"start": "2026-06-01", "end": "2026-06-30", "timezone": ZONE}
        weeks = echo.posts_over_time(db, every="week", **days)
        every = f"{weeks['total_posts'].sum():,} posts"
        expect(page.locator("table:visible")).to_contain_text(f"({ZONE}) · {every}")
        expect(page.locator(".js-plotly-plot:visible").first).to_contain_text(every)
        for number in weeks["total_posts"]:
            expect(page.locator("table:visible tbody")).to_contain_text(f"{number:,}")
        groups = echo.posts_over_time(db, every="week", by="category", **days)
        data = groups[groups["group_label"] == "Data"]
        page.get_by_label("Category").first.select_option("Data")
        narrowed = f"{data['total_posts'].sum():,} posts"
        expect(page.locator("table:visible")).to_contain_text(narrowed)
        chart = page.locator(".js-plotly-plot:visible").first
        expect(chart).to_contain_text("Posts per week in Data")
        expect(chart).to_contain_text(narrowed)
        page.get_by_role("tab", name="Search").click()
        page.get_by_label("Search").last.fill("slow database")
        expect(page.locator("table:visible")).to_contain_text("Best matches for “slow database”")
        best = str(echo.search_posts(db, "slow database", limit=1)["title"][0])
        expect(page.locator("table:visible tbody tr").first).to_contain_text(best)
    page.set_viewport_size({"width": 800, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth") <= 800
    here = address.split("/?")[0]
    elsewhere = [each for each in asked if not each.startswith((here, "data:", "blob:"))]
    assert elsewhere == []
    assert complaints == []
    page.close()


def test_without_the_token_nothing_is_shown(browser: Browser, address: str) -> None:
    page = browser.new_context().new_page()
    page.goto(address.split("?")[0])
    expect(page.get_by_role("tab")).to_have_count(0)
    assert "login" in page.url
    page.close()
