"""Make a report of a notebook: the page, and the notebook as it ran."""

from __future__ import annotations

import base64
import re
from html import unescape
from typing import TYPE_CHECKING, Any

from echo_analytics.notebook_reports.checking import (
    PLOTLY,
    check_outputs,
    count_figures,
    outputs,
)
from echo_analytics.notebook_reports.page import page
from echo_analytics.notebook_reports.parameters import read_notebook
from echo_analytics.notebook_reports.running import run
from echo_analytics.notebook_reports.tools import tool
from echo_analytics.reports import checks
from echo_analytics.reports.formats.pictures import FOLDER, drawn

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import nbformat

    from echo_analytics.reports.progress import Progress

PAGE = "report.html"
NOTEBOOK = "notebook.ipynb"
SUMMARY = "summary"

_KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


def write_report(
    path: Path,
    folder: Path,
    values: Mapping[str, object],
    *,
    show_code: bool = False,
    environment: Mapping[str, str] | None = None,
    notice: str = "",
    pictures: bool = False,
    progress: Progress | None = None,
) -> dict[str, object]:
    """Run a notebook and write ``report.html`` and ``notebook.ipynb`` into a folder.

    Parameters
    ----------
    path
        The notebook, which is left as it is.
    folder
        Where the files go; what is there after an error is what there was until then.
    values
        Its parameters, of :func:`read_values`.
    show_code
        Whether readers see the code.
    environment
        Variables that the kernel gets besides those of this process.
    notice
        What readers have to know first; it begins the summary too.
    pictures
        Whether to write the charts as pictures too, into ``charts``.
    progress
        Is told each cell.

    Returns
    -------
    dict
        What the manifest says: title, summary, cells, figures, and with pictures ``alt``: what
        each shows.

    Raises
    ------
    NotebookFailed
        A cell failed, or the kernel died.
    NotebookUnfit
        A page could not show all of it.
    MissingExtra, NotSupported
        What draws pictures is missing.
    """
    ran = folder / NOTEBOOK
    run(path, ran, values, environment or {}, progress)
    notebook = read_notebook(ran)
    _clean(notebook)
    ran.write_text(tool("nbformat").writes(notebook) + "\n", encoding="utf-8")
    check_outputs(notebook)
    title = title_of(notebook) or path.stem
    html = page(notebook, path.parent, title, show_code=show_code, notice=notice)
    (folder / PAGE).write_text(html, encoding="utf-8")
    return {
        "title": title,
        "summary": [*filter(None, [notice]), *summary_of(notebook)],
        "cells": len(notebook.cells),
        "figures": count_figures(notebook),
        **({"alt": write_pictures(notebook, folder)} if pictures else {}),
    }


def write_pictures(notebook: nbformat.NotebookNode, folder: Path) -> dict[str, str]:
    """Write what readers see of charts as pictures, and return what they show by name of the file.

    Raises
    ------
    MissingExtra, NotSupported
        What draws them is missing.
    ReportIncomplete
        One is blank.
    """
    charts: dict[str, Any] = {}  # Any: figures as JSON
    alt: dict[str, str] = {}
    (folder / FOLDER).mkdir()
    for _, output in outputs(notebook):
        data, name = output.get("data", {}), f"chart-{len(alt) + 1:02}"
        if PLOTLY in data:
            charts[name] = {part: data[PLOTLY].get(part, {}) for part in ("data", "layout")}
            alt[f"{FOLDER}/{name}.png"] = _heading(charts[name]) or f"Chart {len(alt) + 1}"
        elif "image/png" in data:
            (folder / FOLDER / f"{name}.png").write_bytes(base64.b64decode(data["image/png"]))
            alt[f"{FOLDER}/{name}.png"] = f"Picture {len(alt) + 1}"
    checks.check_pictures(drawn(charts, folder / FOLDER))
    return alt


# Any: a figure as JSON.
def _heading(figure: Mapping[str, Any]) -> str:
    title = figure["layout"].get("title") or ""
    text = title if isinstance(title, str) else str(title.get("text") or "")
    return unescape(re.sub(r"<[^>]*>", " ", text)).strip()


def title_of(notebook: nbformat.NotebookNode) -> str | None:
    """Return the first heading of a notebook."""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            found = re.search(r"^#+ +(.+?) *#*$", cell.source, re.MULTILINE)
            if found:
                return str(found[1])
    return None


def summary_of(notebook: nbformat.NotebookNode) -> list[str]:
    """Return the lines that cells tagged ``summary`` print."""
    lines: list[str] = []
    for number, output in outputs(notebook):
        if SUMMARY in notebook.cells[number - 1].metadata.get("tags", ()):
            data = output.get("data", {})
            text = output.get("text") or data.get("text/markdown") or ""
            lines += [line.strip() for line in text.splitlines() if line.strip()]
    return lines


def _clean(notebook: nbformat.NotebookNode) -> None:
    """Leave out what differs from run to run, and names folders of this machine."""
    notebook.metadata = type(notebook.metadata)(
        {"kernelspec": _KERNEL, "language_info": {"name": "python"}}
    )
    for number, cell in enumerate(notebook.cells, start=1):
        cell.id = f"cell-{number}"
        for name in ("papermill", "execution"):
            cell.metadata.pop(name, None)
