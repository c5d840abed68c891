from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from frames_for_plots import daily, found, months, newest, users
from playwright.sync_api import expect

from echo_analytics import plots
from echo_analytics.reports.page import Section, write_page

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Dialog, Page

ATTACK = "</script><script>alert(1)</script><img src=x onerror=alert(2)>"


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    days, people = daily(181), users(ATTACK, "Ada", "Ada")
    posts, matches = newest((ATTACK, ATTACK), ("B", None)), found(ATTACK, "B")
    return write_page(
        tmp_path_factory.mktemp("page") / "page.html",
        [
            Section("Days", ATTACK, plots.daily_posts(days), days),
            Section(ATTACK, "Who.", plots.user_stats(people), people),
            Section("Matches", "Best.", plots.search_posts(matches, query=ATTACK), matches),
            Section("Newest", "Last.", plots.posts_with_authors(posts), posts),
            Section("None", "Nothing.", plots.daily_posts(days.slice(0, 0)), days.slice(0, 0)),
        ],
        title=ATTACK,
        subtitle=ATTACK,
    )


class Visit:
    """A page, and everything that happened while it was looked at."""

    def __init__(self, page: Page, path: Path) -> None:
        self.page = page
        self.requests: list[str] = []
        self.complaints: list[str] = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("requestfailed", lambda request: self.complaints.append(request.url))
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("dialog", self._refuse)
        page.goto(path.as_uri())
        expect(page.locator(".js-plotly-plot:has(.main-svg)")).to_have_count(5)

    def _refuse(self, dialog: Dialog) -> None:
        self.complaints.append(f"dialog: {dialog.message}")
        dialog.dismiss()


@pytest.fixture(scope="module", params=[1400, 800])
def visit(browser: Browser, path: Path, request: pytest.FixtureRequest) -> Iterator[Visit]:
    context = browser.new_context(offline=True, viewport={"width": request.param, "height": 900})
    yield Visit(context.new_page(), path)
    context.close()


def test_a_page_draws_its_charts_offline_without_a_request_or_a_complaint(
    visit: Visit, path: Path
) -> None:
    visit.page.mouse.move(400, 400)
    for chart in visit.page.locator(".js-plotly-plot").all():
        chart.hover()
    for details in visit.page.locator("summary").all():
        details.click()
    assert visit.requests == [path.as_uri()]
    assert visit.complaints == []


def test_nothing_hangs_over_the_edge_of_a_page(visit: Visit) -> None:
    width = visit.page.evaluate("window.innerWidth")
    assert visit.page.evaluate("document.documentElement.scrollWidth") <= width
    outside = visit.page.evaluate(
        """() => [...document.querySelectorAll('.js-plotly-plot')].flatMap((chart) => {
            const box = chart.getBoundingClientRect();
            return [...chart.querySelectorAll('.main-svg text')]
                .filter((text) => text.textContent.trim())
                .filter((text) => {
                    const place = text.getBoundingClientRect();
                    return place.left < box.left - 1 || place.right > box.right + 1
                        || place.top < box.top - 1 || place.bottom > box.bottom + 1;
                })
                .map((text) => text.textContent);
        })"""
    )
    assert outside == []


def test_texts_of_the_database_are_drawn_as_they_are_written(visit: Visit) -> None:
    page = visit.page
    expect(page.locator("h1")).to_have_text(ATTACK)
    expect(page.locator("#chart-2 .ytick").first).to_contain_text("</script><script>alert")
    dot = page.locator("#chart-4 .point").first
    dot.scroll_into_view_if_needed()
    box = dot.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.locator("#chart-4 .hoverlayer")).to_contain_text(
        "</script><script>alert(1)</script><img"
    )
    assert page.locator("main img").count() == 0
    assert visit.complaints == []


def test_the_toolbar_offers_no_upload(visit: Visit) -> None:
    titles = [
        button.get_attribute("data-title") or ""
        for button in visit.page.locator(".modebar-btn").all()
    ]
    assert any("Download" in title for title in titles)
    assert not any("Share" in title or "loud" in title for title in titles)


def test_a_figure_written_without_settings_offers_no_upload(
    browser: Browser, tmp_path: Path
) -> None:
    file = tmp_path / "figure.html"
    plots.daily_posts(daily(7)).write_html(file)
    page = browser.new_page()
    page.goto(file.as_uri())
    expect(page.locator(".modebar-btn").first).to_be_attached()
    assert page.locator("[data-title*='Share']").count() == 0
    page.close()


def test_no_text_of_the_database_reaches_for_what_the_figure_knows(
    browser: Browser, tmp_path: Path
) -> None:
    text = "a %{meta.sql} %{meta.name} %{y}"
    known: plots.Origin = {"sql": "secret"}
    shown = {
        "groups": plots.posts_over_time(months(text), meta=known),
        "search": plots.search_posts(found(text), query=text, meta=known),
    }
    page = browser.new_page()
    for name, figure in shown.items():
        figure.write_html(tmp_path / f"{name}.html", include_mathjax=False)
        page.goto((tmp_path / f"{name}.html").as_uri())
        chart = page.locator(".js-plotly-plot")
        expect(chart).to_contain_text(text)
        expect(chart).not_to_contain_text("secret")
    page.close()
