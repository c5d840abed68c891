"""What plotly's toolbar may do: nothing that leaves the machine.

plotly's own default shows a button that uploads the chart with its data to a public service.
Loading this module switches it off for every figure that notebooks show, those of other
libraries included; other settings of plotly's renderers stay as they are. Where plotly is called
by hand the settings are passed on: ``figure.to_html(config=plots.CONFIG)``. Figures of this
package name the button in their layout too, so that it is missing without any setting.
"""

from __future__ import annotations

import plotly.io as pio

CONFIG: dict[str, bool] = {"showSendToCloud": False, "displaylogo": False}
"""Settings for plotly.js: no upload button, no logo."""

UPLOAD_BUTTON = "sendChartToCloud"

_SHOWN_IN_NOTEBOOKS = ("plotly_mimetype", "notebook")


def keep_charts_private() -> None:
    """Switch the upload button and the logo off in the renderers that notebooks use."""
    for name in _SHOWN_IN_NOTEBOOKS:
        renderer = pio.renderers[name]
        renderer.config = {**(renderer.config or {}), **CONFIG}


keep_charts_private()
