from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from frames_for_plots import categories, found, hours, months, newest, users
from playwright.sync_api import expect

from echo_analytics import tables

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Dialog, Page

ATTACK = "<script>alert(1)</script><img src=x onerror=alert(2)>"


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page of every table that has texts of the database in it, and of the widest one."""
    snippet = pa.array([f"before **hit** {ATTACK} **{ATTACK}**"], pa.string())
    content = pa.array([ATTACK], pa.string())
    shown = [
        tables.search_posts(found(ATTACK).append_column("snippet", snippet), query=ATTACK),
        tables.posts_with_authors(newest((ATTACK, ATTACK)).append_column("content", content)),
        tables.user_stats(users(ATTACK)),
        tables.category_summary(categories(ATTACK)),
        tables.posts_over_time(months(ATTACK)),
        tables.posting_heatmap(hours()),
    ]
    file = tmp_path_factory.mktemp("tables") / "tables.html"
    body = "\n".join(table.as_raw_html() for table in shown)
    file.write_text(f"<!doctype html><meta charset='utf-8'><title>Tables</title>{body}")
    return file


class Visit:
    """A page, and everything that happened while it was looked at."""

    def __init__(self, page: Page, path: Path) -> None:
        self.page = page
        self.complaints: list[str] = []
        self.requests: list[str] = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("dialog", self._refuse)
        page.goto(path.as_uri())

    def _refuse(self, dialog: Dialog) -> None:
        self.complaints.append(f"dialog: {dialog.message}")
        dialog.dismiss()


@pytest.fixture(params=[1400, 800])
def visit(browser: Browser, path: Path, request: pytest.FixtureRequest) -> Iterator[Visit]:
    context = browser.new_context(offline=True, viewport={"width": request.param, "height": 900})
    yield Visit(context.new_page(), path)
    context.close()


def test_a_script_in_a_title_is_shown_and_not_run(visit: Visit, path: Path) -> None:
    search = visit.page.locator("table").nth(0)
    expect(search.locator(".gt_title")).to_have_text(f"Best matches for “{ATTACK}”")
    expect(search.locator("tbody strong")).to_have_text(ATTACK)
    expect(search.locator("mark")).to_have_text(["hit", ATTACK])
    for number in range(1, 4):
        expect(visit.page.locator("table").nth(number)).to_contain_text("<script>alert")
    assert visit.page.locator("script, img, [onerror]").count() == 0
    assert visit.complaints == []
    assert visit.requests == [path.as_uri()]


def test_nothing_hangs_over_the_edge(visit: Visit) -> None:
    for table in visit.page.locator("table").all():
        box = table.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= visit.page.evaluate("window.innerWidth")


def test_a_table_is_named_by_its_title_for_those_who_do_not_see_it(visit: Visit) -> None:
    expect(visit.page.get_by_role("table", name="Posts by weekday and hour")).to_have_count(1)
    expect(visit.page.get_by_role("columnheader", name="All posts")).not_to_have_count(0)
    expect(visit.page.get_by_role("img", name="From 5 to 5, at most 5")).to_have_count(1)
