"""Signs that several figures share: hatching for what is not over, axes of names or from zero."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import plotly.graph_objects as go

from echo_analytics.plots.text import short

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from echo_analytics.plots.template import Palette

UNFINISHED = "Not over yet"
"""What legends and hover texts say of a period that is not complete."""

_STEPS = (1, 2, 5)
_LONGEST_NAME = 24


def hatched(colour: str, complete: Sequence[bool]) -> dict[str, object]:
    """Return the filling of bars, hatched where a period is not over."""
    if all(complete):
        return {"color": colour, "line": {"width": 0}}
    return {
        "color": colour,
        "line": {"width": [0 if over else 1 for over in complete], "color": colour},
        "pattern": {
            "shape": ["" if over else "/" for over in complete],
            "fillmode": "replace",
            "size": 6,
            "solidity": 0.35,
        },
    }


def hatching_explained(colours: Palette) -> go.Bar:
    """Return a trace that draws nothing but an entry of the legend."""
    return go.Bar(
        name=UNFINISHED,
        x=[None],
        y=[None],
        marker={
            "color": colours.quiet,
            "line": {"width": 1, "color": colours.quiet},
            "pattern": {"shape": "/", "fillmode": "replace", "size": 6, "solidity": 0.35},
        },
        hoverinfo="skip",
        legendrank=2_000,
    )


def unfinished_region(first: date, last: date, colours: Palette) -> dict[str, object]:
    """Return the shapes and annotations of a layout that mark the days from ``first`` on."""
    middle = timedelta(hours=12)
    start = datetime(first.year, first.month, first.day, tzinfo=UTC) - middle
    end = datetime(last.year, last.month, last.day, tzinfo=UTC) + middle
    return {
        "shapes": [
            {
                "type": "rect",
                "xref": "x",
                "yref": "paper",
                "x0": f"{start:%Y-%m-%d %H:%M}",
                "x1": f"{end:%Y-%m-%d %H:%M}",
                "y0": 0,
                "y1": 1,
                "fillcolor": colours.quiet,
                "opacity": 0.18,
                "line": {"width": 1, "dash": "dot", "color": colours.quiet},
            }
        ],
        "annotations": [
            {
                "text": UNFINISHED,
                "showarrow": False,
                "x": f"{end:%Y-%m-%d %H:%M}",
                "xref": "x",
                "xanchor": "right",
                "y": 1,
                "yref": "paper",
                "yanchor": "top",
                "font": {"size": 11, "color": colours.quiet},
            }
        ],
    }


def faded(colour: str, opacity: float) -> str:
    """Return a colour that lets through what lies behind it.

    >>> faded("#0072b2", 0.5)
    'rgba(0,114,178,0.5)'
    """
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity:g})"


def round_steps(most: float, number: int = 5) -> list[int]:
    """Return round whole numbers from zero to ``most``, about ``number`` of them.

    >>> round_steps(43)
    [0, 10, 20, 30, 40]
    """
    rough = max(most, 1) / number
    power = 10 ** max(0, math.floor(math.log10(rough)))
    step = next((n * power for n in _STEPS if n * power >= rough), 10 * power)
    return list(range(0, int(max(most, 1)) + 1, step))


def signed_axis(up: float, down: float) -> dict[str, object]:
    """Return an axis of counts on both sides of zero, whose labels have no sign."""
    steps = round_steps(max(up, down))
    below = [-step for step in reversed(steps[1:]) if step <= max(down, 1)]
    ticks = [*below, *(step for step in steps if step <= max(up, 1))]
    return {
        "range": [-max(down, 0.1 * up) * 1.08, max(up, 0.1 * down, 1) * 1.08],
        "tickmode": "array",
        "tickvals": ticks,
        "ticktext": [f"{abs(tick):,}" for tick in ticks],
        "fixedrange": True,
        "zeroline": True,
        "zerolinewidth": 1.5,
    }


def percent(value: float | None) -> str:
    """Return a share for reading; a dash where there is none.

    >>> percent(0.1234), percent(None)
    ('12.3%', '–')
    """
    return "–" if value is None else f"{value:.1%}"


def change(value: float | None) -> str:
    """Return a relative change for reading, with its sign.

    >>> change(0.5), change(-0.041), change(12.0)
    ('+50%', '−4.1%', '+1,200%')
    """
    if value is None:
        return "–"
    digits = 0 if abs(value) >= 0.1 or value == 0 else 1
    return f"{value:+,.{digits}%}".replace("-", "−")


def names_axis(
    places: list[str] | list[int], names: list[str], colours: Palette
) -> dict[str, object]:
    """Return the axis of names: placed by id or number, for names need not be unique."""
    by_id = {"type": "category", "categoryorder": "array", "categoryarray": places}
    return {
        **(by_id if isinstance(places[0], str) else {}),
        "range": [len(places) - 0.5, -0.5],
        "tickmode": "array",
        "tickvals": places,
        "ticktext": [f"{short(name, _LONGEST_NAME)}  " for name in names],
        "tickfont": {"color": colours.text, "size": 13},
        "showgrid": False,
        "fixedrange": True,
    }
