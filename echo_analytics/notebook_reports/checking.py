"""What a page cannot show is found before it is missing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from echo_analytics.errors import EchoError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import nbformat

PLOTLY = "application/vnd.plotly.v1+json"
WIDGET = "application/vnd.jupyter.widget-view+json"
REMOVED = "remove-cell"

_SHOWN = ("text/html", "text/markdown", "text/latex")
_CHART = re.compile(r'class="plotly-graph-div"')
_FETCHED = re.compile(
    r"""<(script|link|img|iframe|source|video|audio|embed)\b[^>]*?
    \b(?:src|href)\s*=\s*["']?\s*(?:https?:)?//([^/"'>\s]+)""",
    re.VERBOSE | re.IGNORECASE,
)


class NotebookUnfit(EchoError):  # noqa: N818 - it is the notebook that is
    """A notebook ran, but a page without network could not show all of it."""


# Any: a part of a notebook comes without types.
def outputs(notebook: nbformat.NotebookNode) -> Iterator[tuple[int, Any]]:
    """Give the outputs that readers are to see, with the numbers of their cells."""
    for number, cell in enumerate(notebook.cells, start=1):
        if cell.cell_type == "code" and REMOVED not in cell.metadata.get("tags", ()):
            for output in cell.outputs:
                yield number, output


def count_figures(notebook: nbformat.NotebookNode) -> int:
    """Return how many charts of plotly a notebook shows."""
    return sum(PLOTLY in output.get("data", {}) for _, output in outputs(notebook))


def check_outputs(notebook: nbformat.NotebookNode) -> None:
    """Refuse what would be missing on a page, and figures that show nothing.

    Raises
    ------
    NotebookUnfit
        The message names the cell.
    """
    for number, output in outputs(notebook):
        data = output.get("data", {})
        if PLOTLY in data:
            if not data[PLOTLY].get("data"):
                raise NotebookUnfit(f"the figure of cell {number} shows nothing")
        elif not any(kind in _SHOWN or kind.startswith("image/") for kind in data):
            _check_kind(number, data)


def _check_kind(number: int, data: dict[str, object]) -> None:
    if WIDGET in data:
        raise NotebookUnfit(
            f"cell {number} shows a widget, which needs a kernel: show a figure or a table, or tag "
            f"the cell {REMOVED}"
        )
    for kind in data:
        if kind not in ("text/plain", "application/json"):
            raise NotebookUnfit(f"cell {number} shows {kind}, which a page cannot")


def check_page(page: str, figures: int) -> None:
    """Check that a page has all charts, and would fetch nothing.

    Raises
    ------
    NotebookUnfit
        The message says what is missing, or from where something would be fetched.
    """
    found = len(_CHART.findall(page))
    if found != figures:
        raise NotebookUnfit(f"the page has {found} charts instead of {figures}")
    if fetched := _FETCHED.search(page):
        raise NotebookUnfit(
            f"the page would fetch a {fetched[1].lower()} from {fetched[2]}: an output of the "
            "notebook is not complete in itself"
        )
