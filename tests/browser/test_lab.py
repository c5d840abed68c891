"""The notebooks in JupyterLab: they run from beginning to end, and their widgets are alive."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from browser.visits import Served, Visit, serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

CHART = "application/vnd.plotly.v1+json"
LONG = 240_000
"""Milliseconds that a notebook may take where others need the machine too."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("lab")


@pytest.fixture(scope="module")
def served(
    create_database: Callable[..., str], demo_template: str, folder: Path
) -> Iterator[Served]:
    """JupyterLab as the command opens it, with nothing of the person who runs the tests."""
    own = {
        name: str(folder / name.lower())
        for name in (
            "IPYTHONDIR",
            "JUPYTER_CONFIG_DIR",
            "JUPYTERLAB_SETTINGS_DIR",
            "JUPYTERLAB_WORKSPACES_DIR",
        )
    }
    command = ("lab", str(folder / "tour"), "--no-browser", "--port", "0")
    own["JUPYTER_PREFER_ENV_PATH"] = "1"
    with serving(*command, url=create_database(demo_template), **own) as running:
        assert running.address
        yield running


# What only a page adds: the model that a view is of, and a picture of each chart.
ADDED = {"application/vnd.jupyter.widget-view+json", "image/png"}


def outputs(path: Path) -> list[tuple[str, ...]]:
    """What kinds of outputs a saved notebook has."""
    return [
        (output["output_type"], *sorted(set(output.get("data", {})) - ADDED))
        for cell in json.loads(path.read_text())["cells"]
        for output in cell.get("outputs", [])
    ]


def ran(browser: Browser, served: Served, path: Path) -> Visit:
    """Open a notebook, run all of its cells, and save it."""
    before = outputs(path)
    visit = Visit(browser, served)
    page = visit.page
    page.goto(f"{served.home}/lab/tree/{path.name}?reset&{served.address.split('?')[1]}")
    for command in ("Clear Outputs of All Cells", "Run All Cells"):
        menu = "Edit" if command.startswith("Clear") else "Run"
        expect(page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]")).to_be_visible()
        page.get_by_role("menuitem", name=menu, exact=True).click()
        page.get_by_role("menuitem", name=command, exact=True).click()
    cells = [cell for cell in json.loads(path.read_text())["cells"] if cell["cell_type"] == "code"]
    last = page.locator(".jp-CodeCell .jp-InputPrompt").last
    expect(last).to_have_text(f"[{len(cells)}]:", use_inner_text=False, timeout=LONG)
    expect(page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]")).to_be_visible()
    page.keyboard.press("Control+s")
    expect(page.locator(".jp-DirtyIndicator, .jp-mod-dirty")).to_have_count(0)
    assert outputs(path) == before
    return visit


def all_charts_are_drawn(visit: Visit, number: int) -> None:
    charts = visit.page.locator(".jp-Notebook .js-plotly-plot")
    expect(charts).to_have_count(number)
    for chart in charts.all():
        chart.scroll_into_view_if_needed()
        expect(chart.locator(".main-svg").first).to_be_visible()
        assert chart.locator(".gtitle").first.text_content()
        assert chart.locator(".point, .js-line, .js-fill").count() > 0


def test_the_first_notebook_runs_from_beginning_to_end(
    browser: Browser, served: Served, folder: Path
) -> None:
    path = folder / "tour" / "01_quickstart.ipynb"
    visit = ran(browser, served, path)
    all_charts_are_drawn(visit, sum(CHART in each for each in outputs(path)))
    assert visit.elsewhere == []
    assert visit.complaints == []
    visit.page.close()


def test_the_notebook_of_the_dashboard_runs_and_its_widgets_are_alive(
    browser: Browser, served: Served, folder: Path
) -> None:
    path = folder / "tour" / "07_dashboard.ipynb"
    visit = ran(browser, served, path)
    page = visit.page
    page.locator(".jp-WindowedPanel-outer").evaluate("panel => panel.scrollTo(0, 0)")
    cell = page.locator(".jp-CodeCell").first
    dashboard = cell.locator(".jp-OutputArea")
    chart = dashboard.locator(".js-plotly-plot:visible").first
    expect(chart).to_contain_text("Posts per week in Data")
    dashboard.get_by_label("Every").select_option("Month")
    expect(chart).to_contain_text("Posts per month in Data")
    expect(dashboard.locator("table:visible").first).to_contain_text("Posts per month")
    dashboard.get_by_label("Category").first.select_option("All categories")
    expect(chart).not_to_contain_text("in Data")
    dashboard.get_by_role("tab", name="Overview").click()
    expect(chart).to_contain_text("Key figures")
    assert visit.elsewhere == []
    assert visit.complaints == []
    assert "Traceback" not in "".join(served.lines)
    page.close()
