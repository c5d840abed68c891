"""The dashboard as Voila serves it, to somebody who may only read: right, safe, and patient."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from cutting_proxy import Cutter, cutting
from people import ada
from playwright.sync_api import expect
from reading_roles import reader

import echo_analytics as echo
from browser.visits import Served, Visit, serving
from echo_analytics.models import NewCategory, NewPost

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Locator

ZONE = "Pacific/Auckland"
ATTACK = "<script>alert(1)</script><img src=x onerror=alert(2)><a href='javascript:alert(3)'>a</a>"
SHOWN = "<script>alert(1)</script><img"
DAYS = {"start": "2026-06-01", "end": "2026-06-30"}


@pytest.fixture(scope="module")
def url(create_database: Callable[..., str], demo_template: str) -> str:
    """The demo data, and three posts that would run if they could."""
    made = create_database(demo_template)
    with echo.connect(made) as db:
        author = db.users.create(ada(name=ATTACK))
        category = db.categories.create(NewCategory(name=ATTACK, slug="attack"))
        for day in (10, 11, 12):
            post = NewPost(
                title=f"zyzzyva {ATTACK}",
                content=f"zyzzyva {ATTACK}",
                author_id=author.id,
                category_id=category.id,
                status="published",
                created_at=f"2026-06-{day}T12:00:00Z",  # type: ignore[arg-type]  # it is read
            )
            db.posts.create(post)
    return made


@pytest.fixture(scope="module")
def cutter(url: str) -> Iterator[Cutter]:
    """What stands between the dashboard, as a role that may only read, and the database."""
    with reader(url) as as_reader, cutting(as_reader) as between:
        yield between


@pytest.fixture(scope="module")
def served(cutter: Cutter) -> Iterator[Served]:
    with serving("dashboard", "--port", "0", url=cutter.url) as command:
        yield command


@pytest.fixture(scope="module")
def visit(browser: Browser, served: Served) -> Iterator[Visit]:
    """A page of the dashboard; each test chooses what it looks at."""
    opened = Visit(browser, served)
    opened.page.goto(served.address)
    expect(opened.page.locator("table:visible")).to_have_count(2)
    yield opened
    opened.page.close()


def table(visit: Visit, number: int = 0) -> Locator:
    return visit.page.locator("table:visible").nth(number)


def chart(visit: Visit, number: int = 0) -> Locator:
    return visit.page.locator(".js-plotly-plot:visible").nth(number)


def opened(visit: Visit, tab: str) -> None:
    visit.page.get_by_role("tab", name=tab).click()


def june(visit: Visit) -> None:
    visit.page.get_by_label("From").fill(DAYS["start"])
    visit.page.get_by_label("To", exact=True).fill(DAYS["end"])


def test_the_page_shows_what_the_api_gives_and_asks_nobody_else(visit: Visit, url: str) -> None:
    page = visit.page
    with echo.connect(url) as db:
        opened(visit, "Posts")
        june(visit)
        page.get_by_label("Every").select_option("Week")
        page.get_by_label("Time zone").select_option(ZONE)
        # Any: the frames of pandas.
        days: dict[str, Any] = {**DAYS, "timezone": ZONE}
        weeks = echo.posts_over_time(db, every="week", **days)
        every = f"{weeks['total_posts'].sum():,} posts"
        expect(table(visit)).to_contain_text(f"({ZONE}) · {every}")
        expect(chart(visit)).to_contain_text(every)
        for number in weeks["total_posts"]:
            expect(table(visit).locator("tbody")).to_contain_text(f"{number:,}")
        groups = echo.posts_over_time(db, every="week", by="category", **days)
        data = groups[groups["group_label"] == "Data"]
        page.get_by_label("Category").first.select_option("Data")
        narrowed = f"{data['total_posts'].sum():,} posts"
        expect(table(visit)).to_contain_text(narrowed)
        expect(chart(visit)).to_contain_text("Posts per week in Data")
        expect(chart(visit)).to_contain_text(narrowed)
        opened(visit, "Search")
        page.get_by_label("Search").last.fill("slow database")
        expect(table(visit)).to_contain_text("Best matches for “slow database”")
        days["category"] = str(data["group_key"].iloc[0])
        best = str(echo.search_posts(db, "slow database", limit=1, **days)["title"][0])
        expect(table(visit).locator("tbody tr").first).to_contain_text(best)
        number = echo.search_count(db, "slow database", **days)
        expect(page.locator("[role=status]:visible")).to_have_text(f"Posts 1 to 10 of {number:,}")
        page.get_by_role("button", name="Next page").click()
        expect(page.locator("[role=status]:visible")).to_contain_text(f"Posts 11 to 20 of {number}")
        facets = echo.search_facets(db, "slow database", **days)
        author = facets[facets["facet"] == "author"].iloc[0]
        page.get_by_label("By author").select_option(index=1)
        expect(page.locator("[role=status]:visible")).to_contain_text(f"of {author['total_posts']}")
        expect(table(visit).locator("tbody tr").first).to_contain_text(author["label"])
        page.get_by_label("By author").select_option("Any")
    page.get_by_label("Category").first.select_option("All categories")
    assert visit.elsewhere == []
    assert visit.complaints == []


def test_charts_are_as_wide_as_their_place_whatever_the_window(visit: Visit) -> None:
    page = visit.page
    opened(visit, "Users")
    expect(chart(visit)).to_contain_text("Most active users")
    for width in (800, 1400):
        page.set_viewport_size({"width": width, "height": 900})
        for tab in ("Users", "Posts", "Overview"):
            opened(visit, tab)
            expect(chart(visit).locator(".main-svg").first).to_be_visible()
            page.wait_for_function(
                """() => [...document.querySelectorAll('.js-plotly-plot')]
                    .filter((chart) => chart.getBoundingClientRect().width)
                    .every((chart) => Math.abs(chart.querySelector('.main-svg')
                        .getBoundingClientRect().width
                        - chart.parentElement.getBoundingClientRect().width) < 2
                        && chart.getBoundingClientRect().height > 200)"""
            )
            assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert visit.complaints == []


def test_controls_charts_and_tables_have_names_for_those_who_do_not_see_them(
    visit: Visit,
) -> None:
    titles = {"Overview": "Key figures", "Posts": "Posts per", "Users": "Most active users"}
    for tab, title in titles.items():
        opened(visit, tab)
        expect(visit.page.get_by_role("table", name=title)).to_be_visible()
        expect(chart(visit)).to_contain_text(title)
        known = visit.page.locator("body").aria_snapshot()
        assert re.search(f"- img: .*{title}", known)
        assert re.search(r"- combobox \"Category\"", known)
        assert re.findall(r"- (?:combobox|textbox|button|tab|table)(?::| \[|\n).*", known) == []
    # Colour alone says nothing: what it stands for is written beside it.
    opened(visit, "Users")
    for status in ("Published", "Draft", "Archived"):
        expect(chart(visit)).to_contain_text(status)
        expect(table(visit)).to_contain_text(status)


def test_texts_of_the_database_are_shown_and_never_run(visit: Visit) -> None:
    page = visit.page
    june(visit)
    opened(visit, "Overview")
    expect(table(visit, 1)).to_contain_text(SHOWN)
    expect(chart(visit, 1)).to_contain_text("<script>alert(1)")
    opened(visit, "Posts")
    page.get_by_label("Category").first.select_option(ATTACK)
    expect(chart(visit)).to_contain_text("in <script>alert(1)")
    expect(table(visit)).to_contain_text("Only posts in <script>alert(1)")
    opened(visit, "Users")
    page.get_by_label("Name").fill("<script>")
    expect(table(visit)).to_contain_text(SHOWN)
    expect(chart(visit)).to_contain_text("<script>alert(1)")
    page.get_by_label("Posts of").select_option(label=f"{ATTACK[:60]} (3 posts)")
    expect(table(visit, 1)).to_contain_text(f"zyzzyva {SHOWN}")
    chart(visit, 1).locator(".point").first.hover(force=True)
    opened(visit, "Search")
    page.get_by_label("Search").last.fill("zyzzyva")
    expect(table(visit).locator("mark").first).to_have_text("zyzzyva")
    expect(table(visit)).to_contain_text(SHOWN)
    expect(chart(visit)).to_contain_text("zyzzyva <script>")
    page.get_by_label("Search").last.fill(ATTACK)
    expect(table(visit)).to_contain_text(f"Best matches for “{SHOWN}")
    assert page.locator("[onerror], [href^='javascript']").count() == 0
    page.get_by_label("Category").first.select_option("All categories")
    assert visit.elsewhere == []
    assert visit.complaints == []


def test_a_lost_database_is_said_on_every_tab_and_can_be_tried_again(
    visit: Visit, cutter: Cutter, served: Served
) -> None:
    page = visit.page
    june(visit)
    opened(visit, "Posts")
    page.get_by_label("Every").select_option("Month")
    expect(table(visit)).to_contain_text("Posts per month")
    cutter.refuse()
    page.get_by_label("Every").select_option("Week")
    alert, again = page.locator("[role=alert]:visible"), page.get_by_role("button", name="again")
    expect(alert).to_contain_text("The database cannot be reached")
    expect(alert).to_contain_text("What is shown is from before.")
    expect(table(visit)).to_contain_text("Posts per month")
    again.click()
    expect(alert).to_contain_text("The database cannot be reached")
    opened(visit, "Overview")
    page.get_by_label("Compared with").locator("visible=true").select_option("Year before")
    expect(alert).to_contain_text("The database cannot be reached")
    cutter.accept()
    again.locator("visible=true").click()
    expect(alert).to_have_count(0)
    expect(chart(visit)).to_contain_text("Key figures")
    opened(visit, "Posts")
    expect(alert).to_contain_text("The database cannot be reached")
    again.locator("visible=true").click()
    expect(alert).to_have_count(0)
    expect(table(visit)).to_contain_text("Posts per week")
    assert visit.complaints == []
    assert "Traceback" not in "".join(served.lines)


def test_without_the_token_nothing_is_shown(browser: Browser, served: Served) -> None:
    page = browser.new_context().new_page()
    page.goto(served.address.split("?")[0])
    expect(page.get_by_role("tab")).to_have_count(0)
    assert "login" in page.url
    page.close()
