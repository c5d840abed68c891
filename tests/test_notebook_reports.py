"""Notebooks as reports: what runs, what is shown, what is refused."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest
from notebooks_by_hand import chart, code, notebook, words, write

from echo_analytics.errors import InvalidInput
from echo_analytics.notebook_reports import (
    NotebookFailed,
    NotebookUnfit,
    declared,
    read_values,
    write_report,
)
from echo_analytics.notebook_reports.checking import check_outputs, check_page
from echo_analytics.notebook_reports.page import page
from echo_analytics.notebook_reports.parameters import read_notebook

if TYPE_CHECKING:
    from pathlib import Path

PARAMETERS = 'start = "2026-01-01"\nlimit: int = 3\nshare = 0.5\nall_of_them = False\nnow = None'
WIDGET = {"application/vnd.jupyter.widget-view+json": {}, "text/plain": "FigureWidget()"}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, dict[str, object]]:
    """A notebook that ran: where it stands, the folder of the report, what the manifest says."""
    home = tmp_path_factory.mktemp("notebook")
    path = write(
        home / "posts.ipynb",
        words("Before the title.\n\n# Posts & <others>"),
        code(PARAMETERS, "parameters"),
        code("import os, plotly.graph_objects as go\ngo.Figure(go.Bar(y=[1, limit]))"),
        code('print(f"From {start}: {limit} posts.")', "summary"),
        code('print(os.environ["ECHO_SECRET_OF_TEST"], os.getcwd())', "remove-cell"),
        code("go.Figure(go.Bar(y=[4]))", "remove-cell"),
        code("go.Figure(go.Bar(y=[5]))"),
        code('"The end"'),
    )
    folder = home / "report"
    folder.mkdir()
    told = write_report(
        path,
        folder,
        {"start": "2026-06-01", "limit": 7},
        environment={"ECHO_SECRET_OF_TEST": "in the kernel"},
    )
    return path, folder, told


def test_a_notebook_runs_with_its_parameters_in_its_folder(
    made: tuple[Path, Path, dict[str, object]],
) -> None:
    path, folder, told = made
    assert told == {
        "title": "Posts & <others>",
        "summary": ["From 2026-06-01: 7 posts."],
        "cells": 9,
        "figures": 2,
    }
    ran = json.loads((folder / "notebook.ipynb").read_text())
    (removed,) = (cell for cell in ran["cells"] if "getcwd" in "".join(cell["source"]))
    assert "".join(removed["outputs"][0]["text"]) == f"in the kernel {path.parent}\n"
    assert "ECHO_SECRET_OF_TEST" not in os.environ
    assert "PLOTLY_RENDERER" not in os.environ


def test_the_page_has_the_charts_and_not_the_code(
    made: tuple[Path, Path, dict[str, object]],
) -> None:
    text = (made[1] / "report.html").read_text()
    assert text.count('class="plotly-graph-div"') == 2
    assert "<title>Posts &amp; &lt;others&gt;</title>" in text
    assert "The end" in text
    assert "in the kernel" not in text
    assert "go.Figure" not in text.replace("plotly.graph_objects", "")


def test_nothing_in_the_report_is_of_this_run_or_machine(
    made: tuple[Path, Path, dict[str, object]],
) -> None:
    ran = json.loads((made[1] / "notebook.ipynb").read_text())
    assert set(ran["metadata"]) == {"kernelspec", "language_info"}
    assert [cell["id"] for cell in ran["cells"]] == [f"cell-{n}" for n in range(1, 10)]
    assert all(set(cell["metadata"]) <= {"tags"} for cell in ran["cells"])
    once = page(read_notebook(made[1] / "notebook.ipynb"), made[1], "x", show_code=False)
    assert once == page(read_notebook(made[1] / "notebook.ipynb"), made[1], "x", show_code=False)


def test_code_is_shown_when_it_is_asked_for(made: tuple[Path, Path, dict[str, object]]) -> None:
    text = page(read_notebook(made[1] / "notebook.ipynb"), made[1], "x", show_code=True)
    assert '<span class="n">limit</span>' in text


@pytest.mark.parametrize("values", [{}, {"x": 2}])
def test_a_failing_cell_is_named_and_the_rest_is_kept(
    values: dict[str, object], tmp_path: Path
) -> None:
    path = write(
        tmp_path / "bad.ipynb",
        code("x = 1", "parameters"),
        code('"this one ran"'),
        code('raise ValueError("a secret value")'),
        code("never"),
    )
    folder = tmp_path / "report"
    folder.mkdir()
    with pytest.raises(NotebookFailed) as raised:
        write_report(path, folder, values)
    # Papermill adds cells of its own, and the number is the author's.
    assert str(raised.value) == "cell 3 of bad.ipynb failed (ValueError)"
    kept = (folder / "notebook.ipynb").read_text()
    assert "this one ran" in kept
    assert "a secret value" in kept
    assert not (folder / "report.html").exists()


def test_a_kernel_that_dies_is_a_failure(tmp_path: Path) -> None:
    path = write(tmp_path / "dies.ipynb", code("import os\nos._exit(1)"))
    (tmp_path / "report").mkdir()
    with pytest.raises(NotebookFailed, match=r"the kernel of dies\.ipynb ended"):
        write_report(path, tmp_path / "report", {})


def test_values_take_the_types_of_the_defaults() -> None:
    known = declared(notebook(code("other = 1"), code(PARAMETERS, "parameters")))
    assert known == {
        "start": "2026-01-01",
        "limit": 3,
        "share": 0.5,
        "all_of_them": False,
        "now": None,
    }
    given = [("start", "7"), ("limit", "7"), ("share", "7"), ("all_of_them", "TRUE")]
    values = read_values([*given, ("now", "2026-06-30")], known)
    assert values == {
        "start": "7",
        "limit": 7,
        "share": 7.0,
        "all_of_them": True,
        "now": "2026-06-30",
    }
    assert [type(value) for value in values.values()] == [str, int, float, bool, str]
    assert read_values([("tags", "['a']")], {"tags": []}) == {"tags": ["a"]}


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ([("begin", "1")], "-p begin: is unknown; the parameters of the notebook are start, limit"),
        ([("limit", "many")], "-p limit: needs a whole number"),
        ([("limit", "1.5")], "-p limit: needs a whole number"),
        ([("share", "half")], "-p share: needs a number"),
        ([("all_of_them", "7")], "-p all_of_them: needs true or false"),
        ([("limit", "1"), ("limit", "2")], "-p limit: was given twice"),
        ([("tags", "a")], "-p tags: needs a list as Python writes it"),
    ],
)
def test_a_parameter_that_cannot_be_is_refused(given: list[tuple[str, str]], problem: str) -> None:
    known = {**declared(notebook(code(PARAMETERS, "parameters"))), "tags": ["x"]}
    with pytest.raises(InvalidInput) as raised:
        read_values(given, known)
    assert str(raised.value).startswith(problem)


def test_a_notebook_without_parameters_takes_none() -> None:
    with pytest.raises(InvalidInput, match="no cell tagged parameters"):
        read_values([("start", "1")], declared(notebook(code("start = 2"))))
    with pytest.raises(InvalidInput, match="is no Python"):
        declared(notebook(code("start = ", "parameters")))
    assert declared(notebook(code("start = f()\nx[0] = 1", "parameters"))) == {"start": None}


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"cells": 3}', "\x00", '{"nbformat": 4}'])
def test_what_is_no_notebook_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "x.ipynb"
    with pytest.raises(InvalidInput, match="cannot be read"):
        read_notebook(path)
    path.write_text(text)
    with pytest.raises(InvalidInput, match=r"is not a notebook|no cells of Python"):
        read_notebook(path)


@pytest.mark.parametrize(
    ("output", "problem"),
    [
        (WIDGET, "cell 2 shows a widget, which needs a kernel"),
        (
            {"application/vnd.vegalite.v5+json": {}, "text/plain": "c"},
            "cell 2 shows application/vn",
        ),
        ({"application/javascript": "1"}, "cell 2 shows application/javascript"),
        (chart(), "the figure of cell 2 shows nothing"),
    ],
)
def test_what_a_page_cannot_show_is_refused(output: dict[str, object], problem: str) -> None:
    with pytest.raises(NotebookUnfit) as raised:
        check_outputs(notebook(words("x"), code("y", outputs=(chart(1), output))))
    assert str(raised.value).startswith(problem)
    check_outputs(notebook(words("x"), code("y", "remove-cell", outputs=(output,))))


def test_what_a_page_can_show_is_let_through() -> None:
    check_outputs(
        notebook(
            code("x", outputs=(chart(1), {"image/png": "eA=="}, {"text/plain": "1"})),
            code("y", outputs=({"text/html": "<b>", **WIDGET}, {"text/markdown": "_x_"})),
        )
    )


@pytest.mark.parametrize(
    "output",
    [
        '<script src="https://cdn.example.org/x.js"></script>',
        "<img alt='x' src='//example.org/x.png'>",
        "<LINK rel=stylesheet\nhref=http://example.org/x.css>",
        '<iframe width="1" src="https://example.org/"></iframe>',
    ],
)
def test_a_page_that_would_fetch_something_is_refused(output: str, tmp_path: Path) -> None:
    fetching = notebook(code("x", outputs=({"text/html": output},)))
    with pytest.raises(NotebookUnfit, match=r"the page would fetch an? \w+ from .*example\.org"):
        page(fetching, tmp_path, "x", show_code=False)
    check_page('<a href="https://example.org">a link is fine</a>', 0)


def test_a_chart_that_is_lost_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import plotly.io as pio

    monkeypatch.setattr(pio, "to_html", lambda *_, **__: "<p>nothing")
    with pytest.raises(NotebookUnfit, match="the page has 0 charts instead of 2"):
        page(notebook(code("x", outputs=(chart(1), chart(2)))), tmp_path, "x", show_code=False)
