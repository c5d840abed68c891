"""Small notebooks, made cell by cell, as they are written and as they are after they ran."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import nbformat
import plotly.graph_objects as go

if TYPE_CHECKING:
    from pathlib import Path

# Any: nbformat comes without types.
Cell = Any
PLOTLY = "application/vnd.plotly.v1+json"


def code(source: str, *tags: str, outputs: tuple[dict[str, object], ...] = ()) -> Cell:
    cell: Cell = nbformat.v4.new_code_cell(source)  # type: ignore[no-untyped-call]
    cell.metadata["tags"] = list(tags)
    cell.outputs = [
        nbformat.v4.new_output("display_data", data=data)  # type: ignore[no-untyped-call]
        for data in outputs
    ]
    return cell


def words(source: str) -> Cell:
    return nbformat.v4.new_markdown_cell(source)  # type: ignore[no-untyped-call]


def notebook(*cells: Cell) -> Any:  # noqa: ANN401 - nbformat comes without types
    return nbformat.v4.new_notebook(cells=list(cells))  # type: ignore[no-untyped-call]


def write(path: Path, *cells: Cell) -> Path:
    nbformat.write(notebook(*cells), path)  # type: ignore[no-untyped-call]
    return path


def chart(*heights: int) -> dict[str, object]:
    """A chart as a kernel sends it."""
    figure = go.Figure(go.Bar(y=list(heights)) if heights else None)
    return {PLOTLY: figure.to_plotly_json(), "text/plain": "Figure"}
