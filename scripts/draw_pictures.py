"""Draw the pictures of the documentation, from the demo data.

    python scripts/draw_pictures.py docs/images

The same data give the same figures; a browser of another version may draw other pixels.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playwright.sync_api import sync_playwright

import echo_analytics as echo
from echo_analytics import embedded, plots, tables
from echo_analytics.demo import load_demo
from echo_analytics.migrate import migrate

if TYPE_CHECKING:
    from collections.abc import Iterator

    import plotly.graph_objects as go
    from great_tables import GT
    from playwright.sync_api import Browser

ZONE = "Europe/Berlin"
# Within the demo's eighteen months, so that the last days are not over.
NOW = datetime(2026, 6, 24, 12, tzinfo=UTC)
DAYS: dict[str, Any] = {"start": "2026-01-01", "end": "2026-06-30", "timezone": ZONE}
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
WIDTH = 860
PAGES = (
    ("dashboard", "Posts", 1400, 900),
    ("dashboard_overview", "Overview", 1400, 900),
    ("dashboard_search", "Search", 1400, 900),
    ("dashboard_narrow", "Users", 800, 900),
)


def figures(db: echo.Database[Any]) -> Iterator[tuple[str, go.Figure]]:
    """Give the name of each page and its figure."""
    until = {**DAYS, "now": NOW}
    yield "user_stats", plots.user_stats(echo.user_stats(db, now=NOW))
    yield (
        "posts_over_time",
        plots.posts_over_time(
            echo.posts_over_time(db, **until, every="week", by="category", top=4, rolling=4),
            timezone=ZONE,
        ),
    )
    yield (
        "daily_posts",
        plots.daily_posts(
            echo.daily_posts(db, **{**until, "start": "2026-05-01"}, rolling=7), timezone=ZONE
        ),
    )
    yield "posts_with_authors", plots.posts_with_authors(echo.posts_with_authors(db, limit=120))
    yield (
        "search_posts",
        plots.search_posts(echo.search_posts(db, "slow database", limit=8), query="slow database"),
    )
    quarter = {**DAYS, "start": "2026-04-01"}
    query = 'the slwo "lock timeout" migrations -holiday'
    yield "explain_search", plots.explain_search(echo.explain_search(db, query), query=query)
    yield (
        "search_facets",
        plots.search_facets(
            echo.search_facets(db, "slow database", limit=5), query="slow database", months=6
        ),
    )
    rising = echo.search_terms(db, **quarter, by="rising", limit=12)
    yield "search_terms", plots.search_terms(rising, **quarter)
    yield "top_authors", plots.top_authors(echo.top_authors(db, **DAYS), **DAYS)
    yield "category_summary", plots.category_summary(echo.category_summary(db, **DAYS), **DAYS)
    yield "posting_heatmap", plots.posting_heatmap(echo.posting_heatmap(db, **DAYS), **DAYS)
    yield (
        "author_retention",
        plots.author_retention(
            echo.author_retention(
                db, "2025-07-01", "2026-06-30", timezone=ZONE, mean=True, now=NOW
            ),
            timezone=ZONE,
        ),
    )
    yield (
        "author_lifecycle",
        plots.author_lifecycle(echo.author_lifecycle(db, **until), timezone=ZONE),
    )
    yield "stickiness", plots.stickiness(echo.stickiness(db, **until), timezone=ZONE)
    span = {**DAYS, "end": "2026-05-31"}
    yield "publishing_funnel", plots.publishing_funnel(echo.publishing_funnel(db, **span), **span)
    yield "post_anomalies", plots.post_anomalies(echo.post_anomalies(db, **until), timezone=ZONE)
    june = {**DAYS, "start": "2026-05-01", "end": "2026-05-31"}
    yield "overview", plots.overview(echo.overview(db, **june), **june)


def shown(db: echo.Database[Any]) -> Iterator[tuple[str, GT]]:
    """Give the name of each table and the table."""
    until = {**DAYS, "now": NOW}
    found = echo.search_posts(db, "slow database", limit=5)
    yield "search_posts", tables.search_posts(found, query="slow database", timezone=ZONE)
    weeks = echo.posts_over_time(
        db, **until, every="week", by="category", compare="previous_period"
    )
    yield "posts_over_time", tables.posts_over_time(weeks, timezone=ZONE)
    cohorts = echo.author_retention(
        db, "2025-07-01", "2026-06-30", timezone=ZONE, mean=True, now=NOW
    )
    yield "author_retention", tables.author_retention(cohorts, timezone=ZONE, theme="dark")


def draw_figures(
    browser: Browser, drawn: list[tuple[str, go.Figure]], folder: Path, work: Path
) -> None:
    """Save a picture of each figure."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, figure in drawn:
        height = int(figure.layout.height)
        page = browser.new_page(viewport={"width": WIDTH, "height": height})
        file = work / f"{name}.html"
        config = {**plots.CONFIG, "displayModeBar": False}
        text = figure.to_html(config=config, default_height=f"{height}px")
        file.write_text(text.replace("<body>", '<body style="margin:0">'))
        page.goto(file.as_uri())
        page.wait_for_selector(".main-svg")
        page.screenshot(path=str(folder / f"{name}.png"))
        page.close()
        sys.stdout.write(f"{folder / name}.png\n")


def draw_tables(browser: Browser, drawn: list[tuple[str, GT]], folder: Path) -> None:
    """Save a picture of each table."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in drawn:
        page = browser.new_page(viewport={"width": WIDTH, "height": 400})
        page.set_content(f'<body style="margin:0">{table.as_raw_html()}</body>')
        page.locator("table").screenshot(path=str(folder / f"{name}.png"))
        page.close()
        sys.stdout.write(f"{folder / name}.png\n")


def draw_dashboard(browser: Browser, url: str, folder: Path) -> None:
    """Save pictures of the dashboard's page, as wide as a screen and as half of one."""
    command = [sys.executable, "-m", "echo_analytics", "dashboard", "--port=0", "--timezone", ZONE]
    environment = {**os.environ, "ECHO_DATABASE_URL": url}
    with subprocess.Popen(  # noqa: S603 - made above
        command, env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            address = re.search(r"http://\S+", process.stdout.readline())
            for name, tab, width, height in PAGES:
                page = browser.new_page(viewport={"width": width, "height": height})
                page.goto(address[0])
                page.get_by_role("tab", name=tab).click()
                if tab == "Search":
                    page.get_by_label("Search").last.fill("slow database")
                page.locator("table:visible").first.wait_for()
                page.locator("[role=status]:visible", has_not_text="Loading").wait_for()
                page.wait_for_timeout(1000)  # for the last chart to be drawn
                page.screenshot(path=str(folder / f"{name}.png"))
                page.close()
                sys.stdout.write(f"{folder / name}.png\n")
        finally:
            process.terminate()


def main(folder: Path) -> None:
    """Draw all pictures into a folder."""
    with tempfile.TemporaryDirectory(prefix="echo-pictures-") as home:
        # The server of a superuser runs as another user, who has to get in.
        Path(home).chmod(0o711)
        with embedded.start(Path(home), durable=False) as server:
            server.ensure_database("pictures")
            migrate(server.url("pictures"))
            with echo.connect(server.url("pictures")) as db:
                load_demo(db)
                pictures, written = list(figures(db)), list(shown(db))
            found = next(filter(None, map(shutil.which, BROWSERS)))
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(
                    executable_path=found, args=["--no-sandbox", "--disable-gpu"]
                )
                draw_figures(browser, pictures, folder / "analyses", Path(home))
                draw_tables(browser, written, folder / "tables")
                draw_dashboard(browser, server.url("pictures"), folder)
                browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
