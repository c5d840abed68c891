"""A notebook from the command line to the published page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from notebooks_by_hand import code, words, write

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .conftest import Ended


def test_a_notebook_is_published_with_its_parameters_once_a_period(
    command: Callable[..., Ended], tmp_path: Path
) -> None:
    write(
        tmp_path / "posts.ipynb",
        words("# Posts"),
        code('start = end = ""\nlimit = 1', "parameters"),
        code("import plotly.graph_objects as go\ngo.Figure(go.Bar(y=[limit]))"),
        code('print(start, end, limit)\nif limit == 9:\n    raise ValueError("x")', "summary"),
    )
    line = ("run", "posts.ipynb", "--period", "2026-06", "--output", "out", "-p", "limit")
    first = command(*line, "7")
    assert first.code == 0, first.err
    (page,) = (tmp_path / "out" / "posts").glob("2026-06_*/report.html")
    assert page.read_text().count('class="plotly-graph-div"') == 1
    assert "2026-06-01 2026-06-30 7" in (page.parent / "manifest.json").read_text()
    assert "was there already" in command(*line, "7").out
    failed = command(*line, "9")
    assert failed.code == 1
    assert "cell 4 of posts.ipynb failed (ValueError)" in failed.err
    assert list((tmp_path / "out" / "failed").glob("*/notebook.ipynb"))
    assert (tmp_path / "out" / "posts" / "latest" / "report.html").samefile(page)


@pytest.mark.parametrize("wrong", ["-p begin 1", "-p limit", "--frmat x", "--due", "--format pdf"])
def test_what_the_notebook_does_not_know_is_refused(
    wrong: str, command: Callable[..., Ended], tmp_path: Path
) -> None:
    write(tmp_path / "posts.ipynb", code("limit = 1", "parameters"))
    assert command("run", "posts.ipynb", "--output", "out", *wrong.split()).code == 2
    assert not (tmp_path / "out").exists()
