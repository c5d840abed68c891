"""The look of all figures: fonts, colours and the furniture around the data.

The colours of the three statuses are fixed and can be told apart with the usual colour vision
deficiencies (blue and orange as in Okabe and Ito, Color Universal Design, 2008, and grey); that of
published posts differs from the others in lightness too. What is no status has other colours of
that set. Colour is never the only sign: legends and hover texts name what is meant, in one order,
and what is not over yet is hatched or dashed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import plotly.graph_objects as go

from echo_analytics.errors import InvalidInput
from echo_analytics.plots.config import UPLOAD_BUTTON

Theme = Literal["light", "dark"]

FONTS = (
    '-apple-system, BlinkMacSystemFont, "Segoe UI", Roboto, "Helvetica Neue", '
    '"Noto Sans", "Liberation Sans", Arial, sans-serif'
)

STATUSES = ("published", "draft", "archived")
"""The statuses in the order of legends, stacks and hover texts."""

HEAD = 84
"""Pixels above the plot for the title and the subtitle."""

HEAD_WITH_LEGEND = 108

_DAY = 86_400_000

DATES = [
    {"dtickrange": [None, 14 * _DAY], "value": "%-d %b\n%Y"},
    {"dtickrange": ["M1", "M6"], "value": "%b\n%Y"},
    {"dtickrange": ["M12", None], "value": "%Y"},
]
"""How dates stand under an axis: the year where it changes. Distances are in milliseconds."""

HOURS = [
    {"dtickrange": [None, 60_000], "value": "%H:%M:%S\n%-d %b %Y"},
    {"dtickrange": [60_000, _DAY], "value": "%H:%M\n%-d %b %Y"},
    {"dtickrange": [_DAY, 14 * _DAY], "value": "%-d %b\n%Y"},
    *DATES[1:],
]
"""The same for instants."""


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of a theme, as ``#rrggbb``; ``others`` are for what is no status."""

    published: str
    draft: str
    archived: str
    accent: str
    background: str
    text: str
    quiet: str
    grid: str
    axis: str
    others: tuple[str, str, str, str]

    def status(self, name: str) -> str:
        """Return the colour of a status."""
        return {"published": self.published, "draft": self.draft, "archived": self.archived}[name]


THEMES: dict[Theme, Palette] = {
    "light": Palette(
        published="#0072b2",
        draft="#e69f00",
        archived="#9aa1ab",
        accent="#b3477d",
        background="#ffffff",
        text="#1b2330",
        quiet="#5c6675",
        grid="#e8ebef",
        axis="#aab2bd",
        others=("#009e73", "#56b4e9", "#cc79a7", "#c44e00"),
    ),
    "dark": Palette(
        published="#3b9ae1",
        draft="#f5bd3d",
        archived="#667080",
        accent="#e08fb9",
        background="#12171f",
        text="#e8ecf2",
        quiet="#9ba6b5",
        grid="#262e3a",
        axis="#4b5666",
        others=("#1fb58a", "#8fd0f5", "#e39cc3", "#f07f3c"),
    ),
}


def palette(theme: Theme) -> Palette:
    """Return the colours of a theme.

    Raises
    ------
    InvalidInput
        There is no such theme.
    """
    if theme not in THEMES:
        raise InvalidInput("theme", "needs 'light' or 'dark'")
    return THEMES[theme]


def house_template(theme: Theme = "light") -> go.layout.Template:
    """Return the look of the package's figures, for figures of your own.

    >>> figure.update_layout(template=house_template("dark")).layout.template.layout.font.size
    13
    """
    colours = palette(theme)
    axis = {
        "automargin": True,
        "gridcolor": colours.grid,
        "linecolor": colours.axis,
        "tickcolor": colours.axis,
        "tickfont": {"color": colours.quiet, "size": 12},
        "zeroline": False,
    }
    return go.layout.Template(
        layout={
            "colorway": [colours.published, colours.draft, colours.accent, colours.archived],
            "font": {"family": FONTS, "size": 13, "color": colours.text},
            "hoverlabel": {
                "align": "left",
                "bgcolor": colours.background,
                "bordercolor": colours.axis,
                "font": {"family": FONTS, "size": 13, "color": colours.text},
            },
            "legend": _legend(colours),
            "margin": {"l": 16, "r": 24, "t": HEAD, "b": 44},
            "modebar": _modebar(colours),
            "paper_bgcolor": colours.background,
            "plot_bgcolor": colours.background,
            "separators": ".,",
            "title": _title(colours),
            "xaxis": axis,
            "yaxis": axis,
        }
    )


def _title(colours: Palette) -> dict[str, object]:
    return {
        "font": {"size": 18, "weight": 600, "color": colours.text},
        "subtitle": {"font": {"size": 13, "color": colours.quiet}},
        "x": 0,
        "xanchor": "left",
        "xref": "container",
        "y": 1,
        "yanchor": "top",
        "yref": "container",
        "pad": {"l": 16, "t": 16},
    }


def _legend(colours: Palette) -> dict[str, object]:
    return {
        "orientation": "h",
        "traceorder": "normal",
        "x": 0,
        "xanchor": "left",
        "y": 1,
        "yanchor": "bottom",
        "font": {"color": colours.text, "size": 13},
        "bgcolor": "rgba(0,0,0,0)",
    }


def _modebar(colours: Palette) -> dict[str, object]:
    return {
        "remove": [UPLOAD_BUTTON, "select2d", "lasso2d", "autoScale2d"],
        "bgcolor": "rgba(0,0,0,0)",
        "color": colours.axis,
        "activecolor": colours.text,
    }


def blank(theme: Theme, title: str, subtitle: str, height: int) -> go.Figure:
    """Return a figure with a title and nothing in it.

    Parameters
    ----------
    theme
        The theme.
    title, subtitle
        Ready to be drawn: what comes from a database has been escaped.
    height
        In pixels; the width follows the page.
    """
    return go.Figure(
        layout={
            "template": house_template(theme),
            "title": {"text": title, "subtitle": {"text": subtitle}},
            "height": height,
        }
    )


def no_data(theme: Theme, title: str) -> go.Figure:
    """Return the figure for a frame without rows: a title, and the words "No data"."""
    figure = blank(theme, title, "", 240)
    hidden = {"visible": False, "fixedrange": True, "range": [0, 1]}
    return figure.update_layout(
        xaxis=hidden,
        yaxis=hidden,
        annotations=[
            {
                "text": "No data",
                "showarrow": False,
                "x": 0.5,
                "y": 0.5,
                "xref": "paper",
                "yref": "paper",
                "font": {"size": 16, "color": palette(theme).quiet},
            }
        ],
    )
