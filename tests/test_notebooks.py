"""The notebooks are tests: a changed number in any output fails."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

NOTEBOOKS = sorted((Path(__file__).parent.parent / "notebooks").glob("*.ipynb"))


def nbval(path: Path, url: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run one notebook strictly, in a process and a folder of its own."""
    environment = {
        **os.environ,
        "ECHO_DATABASE_URL": url,
        "JUPYTER_PREFER_ENV_PATH": "1",
        "IPYTHONDIR": str(folder / "ipython"),
    }
    environment.pop("PLOTLY_RENDERER", None)
    return subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "--nbval", "--nbval-current-env"),
            *("--nbval-cell-timeout", "120", "-p", "no:cacheprovider", "-c", os.devnull),
            *("--rootdir", str(path.parent), str(path)),
        ],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: str(path.stem))
def test_a_notebook_gives_the_outputs_it_was_saved_with(
    path: Path, database_for_once: Callable[..., str], demo_template: str, tmp_path: Path
) -> None:
    shown = nbval(path, database_for_once(demo_template), tmp_path)
    assert shown.returncode == 0, shown.stdout[-4000:]


def test_a_changed_number_in_a_frame_or_a_figure_fails(
    database_for_once: Callable[..., str], demo_template: str, tmp_path: Path
) -> None:
    notebook = nbformat.read(NOTEBOOKS[0], as_version=4)  # type: ignore[no-untyped-call]
    changed = 0
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if figure := data.get("application/vnd.plotly.v1+json"):
                figure["layout"]["title"]["text"] += " "
                changed += 1
            elif "text/html" in data and "<table" in data["text/html"]:
                data["text/html"] = data["text/html"].replace("</td>", "0</td>", 1)
                changed += 1
    assert changed >= 4
    path = tmp_path / "changed.ipynb"
    nbformat.write(notebook, path)  # type: ignore[no-untyped-call]
    shown = nbval(path, database_for_once(demo_template), tmp_path)
    assert shown.returncode == 1
    assert f"{changed} failed" in shown.stdout


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: str(path.stem))
def test_a_notebook_is_saved_with_outputs_and_without_traces_of_a_machine(path: Path) -> None:
    text = path.read_text()
    cells = [cell for cell in json.loads(text)["cells"] if cell["cell_type"] == "code"]
    assert all(cell["execution_count"] for cell in cells)
    assert "NBVAL_IGNORE_OUTPUT" not in text
    assert "widget-view" not in text
    assert "/tmp/" not in text  # noqa: S108 - it is looked for, not used
    assert "/home/" not in text
