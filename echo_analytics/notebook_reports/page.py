"""An executed notebook as one page, with its charts, for readers without a network."""

from __future__ import annotations

import copy
import re
from html import escape
from typing import TYPE_CHECKING

from echo_analytics.notebook_reports.checking import (
    PLOTLY,
    REMOVED,
    check_page,
    count_figures,
    outputs,
)
from echo_analytics.notebook_reports.tools import tool
from echo_analytics.plots.config import CONFIG

if TYPE_CHECKING:
    from pathlib import Path

    import nbformat

_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
    "img-src data: blob:; font-src data:"
)
_NOTICE = (
    "margin:1em 0;padding:.6em 1em;border-left:4px solid #d55e00;background:#f4f6f8;color:#1b2330;"
    "font-weight:600;font-family:sans-serif"
)
# What nbconvert would load from elsewhere.
_NOWHERE = (
    *("mathjax_url", "require_js_url", "jquery_url", "mermaid_js_url", "widget_renderer_url"),
    "html_manager_semver_range",
)


def page(
    notebook: nbformat.NotebookNode,
    folder: Path,
    title: str,
    *,
    show_code: bool,
    notice: str = "",
) -> str:
    """Return an executed notebook as HTML.

    Parameters
    ----------
    notebook
        With its outputs.
    folder
        Where pictures that its text names are looked for.
    title
        Of the page.
    show_code
        Whether readers see the code.
    notice
        What readers have to know first.

    Raises
    ------
    NotebookUnfit
        Charts are missing, or something would be fetched.
    """
    import plotly.io as pio
    from plotly.offline import get_plotlyjs

    figures = count_figures(notebook)
    shown = copy.deepcopy(notebook)
    number = 0
    for _, output in outputs(shown):
        if figure := output.get("data", {}).get(PLOTLY):
            number += 1
            drawn = pio.to_html(
                {name: figure[name] for name in ("data", "layout", "frames") if name in figure},
                config=CONFIG,
                full_html=False,
                include_plotlyjs=False,
                include_mathjax=False,
                div_id=f"chart-{number}",
                validate=False,
            )
            output.data = type(output.data)({"text/html": drawn})
    body = _converted(shown, folder, title, show_code=show_code)
    check_page(body, figures)
    head = (
        f'<head><meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="referrer" content="no-referrer"><link rel="icon" href="data:,">'
    )
    if figures:
        head += f"<script>{get_plotlyjs()}</script>"
    whole = body.replace("<head>", head, 1)
    if not notice:
        return whole
    note = f'<p role="note" style="{_NOTICE}">{escape(notice)}</p>'
    return re.sub(r"<main\b[^>]*>", lambda found: found[0] + note, whole, count=1)


def _converted(
    notebook: nbformat.NotebookNode, folder: Path, title: str, *, show_code: bool
) -> str:
    exporter = tool("nbconvert").HTMLExporter(
        **dict.fromkeys(_NOWHERE[:-1], ""),
        embed_images=True,
        exclude_input=not show_code,
        exclude_input_prompt=True,
        exclude_output_prompt=True,
    )
    exporter.register_preprocessor(
        tool("nbconvert.preprocessors").TagRemovePreprocessor(
            enabled=True, remove_cell_tags={REMOVED}
        ),
        enabled=True,
    )
    body: str = exporter.from_notebook_node(
        notebook, {"metadata": {"name": title, "path": str(folder)}}
    )[0]
    return body
