"""What widgets show, and how they are taken apart again."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import ipywidgets as ipw
import plotly.io as pio

from echo_analytics.plots import CONFIG

if TYPE_CHECKING:
    import plotly.graph_objects as go

_MIMETYPE = "application/vnd.plotly.v1+json"
# A chart is as wide as its place, also when the window becomes another size.
_CONFIG = {**CONFIG, "responsive": True}
_USUAL_HEIGHT = 450
_CHART = "echo-chart"
# Such a chart is as high as its place as well, through all that Jupyter puts between them.
_AS_HIGH = f"""<style>
.{_CHART} .jp-OutputArea, .{_CHART} .jp-OutputArea-child, .{_CHART} .jp-OutputArea-output {{
  height: 100%;
}}
</style>"""


def chart_place() -> ipw.Output:
    """Return an output for ``show_figure``; ``chart_style`` has to be on the page."""
    output = ipw.Output(layout=ipw.Layout(flex="1 1 560px", min_width="0", overflow="hidden"))
    output.add_class(_CHART)
    return output


def chart_style() -> ipw.HTML:
    """Return what makes charts fill their places."""
    return ipw.HTML(_AS_HIGH, layout=ipw.Layout(display="none"))


def show_figure(output: ipw.Output, figure: go.Figure | None) -> None:
    """Put a figure into an output, in the place of what was there.

    It is assigned as a whole: that works from any thread, and cannot land in another cell, as what
    is printed or displayed there can.
    """
    if figure is not None:
        output.layout.height = f"{figure.layout.height or _USUAL_HEIGHT}px"
    output.outputs = () if figure is None else (figure_output(figure),)


def figure_output(figure: go.Figure) -> dict[str, Any]:
    """Return a figure as notebooks keep it."""
    bundle = pio.renderers["plotly_mimetype"].to_mimebundle(figure.to_dict())
    data = {**bundle[_MIMETYPE], "config": {**bundle[_MIMETYPE].get("config", {}), **_CONFIG}}
    title = figure.layout.title.text or "Chart"
    return {
        "output_type": "display_data",
        "data": {_MIMETYPE: data, "text/plain": title},
        "metadata": {},
    }


def status_line(text: str) -> str:
    """Return a line that says how things stand; screen readers read it when it changes."""
    return f'<div role="status" style="min-height:20px;color:#5c6675">{escape(text)}</div>'


def alert(text: str) -> str:
    """Return a line that says what went wrong."""
    style = "padding:8px 12px;border-left:4px solid #c44e00;background:#fdf1ea;color:#1b2330"
    return f'<div role="alert" style="{style};line-height:1.5">{escape(text)}</div>'


def shown(widget: ipw.DOMWidget, visible: bool) -> None:
    """Show a widget, or hide it."""
    widget.layout.display = None if visible else "none"


# Any: what Jupyter hands on.
def shown_in_a_cell(
    thing: object, view: ipw.Widget | None, options: dict[str, Any]
) -> dict[str, Any]:
    """Return what a cell shows of a thing: its view, where it is open, and its name."""
    bundle = {} if view is None else view._repr_mimebundle_(**options)
    return {**bundle, "text/plain": repr(thing)}


def close_all(widget: ipw.Widget) -> None:
    """Close a widget with all that it is made of."""
    for child in getattr(widget, "children", ()):
        close_all(child)
    widget.unobserve_all()
    for name in ("layout", "style"):
        if name in widget.trait_names():
            getattr(widget, name).close()
    widget.close()
