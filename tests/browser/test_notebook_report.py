"""A notebook's page in a browser without network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from notebooks_by_hand import chart, code, notebook, words

from echo_analytics.notebook_reports.page import page

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser


def test_all_charts_are_drawn_without_network(browser: Browser, tmp_path: Path) -> None:
    made = notebook(
        words("# Title\n\nWith $a^2$."),
        code(
            "hidden()", outputs=(chart(1, 2), {"text/html": "<table><tr><td>7</td></tr></table>"})
        ),
        code("hidden()", outputs=(chart(3),)),
    )
    path = tmp_path / "report.html"
    path.write_text(page(made, tmp_path, "Posts", show_code=False), encoding="utf-8")
    context = browser.new_context(offline=True)
    shown = context.new_page()
    asked: list[str] = []
    problems: list[str] = []
    shown.on("request", lambda request: asked.append(request.url))
    shown.on("pageerror", lambda error: problems.append(str(error)))
    shown.on("console", lambda said: problems.append(said.text) if said.type == "error" else None)
    shown.goto(path.as_uri())
    for number, bars in ((1, 2), (2, 1)):
        drawn = shown.locator(f"#chart-{number} .bars .point path")
        drawn.first.wait_for()
        assert drawn.count() == bars
    assert shown.locator("td").inner_text() == "7"
    assert "hidden" not in shown.locator("body").inner_text()
    assert asked == [path.as_uri()]
    assert problems == []
    context.close()
