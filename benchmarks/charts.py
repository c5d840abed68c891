"""Charts of results as SVG: how times grow with the posts, and how many times as long others take.

They are drawn here so that the page needs neither a browser nor a network; a white ground and the
colours of the package's figures make them readable on light and dark pages.
"""

from __future__ import annotations

import math
from html import escape
from typing import TYPE_CHECKING

from benchmarks.result import number
from echo_analytics.plots.template import FONTS, THEMES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PALETTE = THEMES["light"]
COLOURS = (PALETTE.published, PALETTE.draft, PALETTE.accent, *PALETTE.others)
WIDTH, LEFT, RIGHT, TOP = 760, 90, 250, 56


class Drawing:
    """An SVG that is put together piece by piece."""

    def __init__(self, title: str, height: int) -> None:
        self._height = height
        self._title = title
        self._parts: list[str] = []
        self.text(16, 26, title, size=15, weight="600")

    def add(self, tag: str, **values: object) -> None:
        """Add an element; ``_`` in names stands for ``-``."""
        told = " ".join(f'{name.replace("_", "-")}="{value}"' for name, value in values.items())
        self._parts.append(f"<{tag} {told}/>")

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: int = 12,
        anchor: str = "start",
        weight: str = "400",
        colour: str = PALETTE.text,
    ) -> None:
        """Add a text."""
        self._parts.append(
            f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}"'
            f' font-weight="{weight}" fill="{colour}">{escape(text)}</text>'
        )

    def svg(self) -> str:
        """Return the whole."""
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {self._height}"'
            f' width="{WIDTH}" height="{self._height}" role="img"'
            f" font-family='{FONTS}'><title>{escape(self._title)}</title>"
        )
        ground = f'<rect width="100%" height="100%" fill="{PALETTE.background}"/>'
        return "\n".join([head, ground, *self._parts, "</svg>\n"])


def growth(title: str, lines: Mapping[str, Mapping[int, float]]) -> str:
    """Draw milliseconds over posts, both in steps of ten; a line for each name."""
    height, bottom = 420, 372
    drawing = Drawing(title, height)
    sizes = sorted({size for line in lines.values() for size in line})
    values = [value for line in lines.values() for value in line.values() if value > 0]
    low, high = _decades(values)

    def across(size: int) -> float:
        first, last = math.log10(sizes[0]), math.log10(sizes[-1])
        share = (math.log10(size) - first) / (last - first) if last > first else 0.5
        return LEFT + share * (WIDTH - LEFT - RIGHT)

    def down(value: float) -> float:
        return bottom - (math.log10(value) - low) / (high - low) * (bottom - TOP)

    for power in range(low, high + 1):
        y = down(10.0**power)
        drawing.add("line", x1=LEFT, x2=WIDTH - RIGHT, y1=y, y2=y, stroke=PALETTE.grid)
        drawing.text(LEFT - 8, y + 4, _duration(10.0**power), anchor="end", colour=PALETTE.quiet)
    for size in sizes:
        drawing.text(across(size), bottom + 20, f"{size:,}", anchor="middle", colour=PALETTE.quiet)
    middle = (LEFT + WIDTH - RIGHT) / 2
    drawing.text(middle, bottom + 38, "posts", anchor="middle", colour=PALETTE.quiet)
    ends = _apart({name: down(line[max(line)]) for name, line in lines.items()})
    for (name, line), colour in zip(lines.items(), COLOURS, strict=False):
        points = " ".join(f"{across(size):.1f},{down(line[size]):.1f}" for size in sorted(line))
        drawing.add("polyline", points=points, fill="none", stroke=colour, stroke_width=2)
        for size, value in line.items():
            drawing.add("circle", cx=across(size), cy=down(value), r=3.5, fill=colour)
        told = f"{name}: {_duration(line[max(line)])}"
        drawing.text(WIDTH - RIGHT + 14, ends[name] + 4, told, colour=colour)
    return drawing.svg()


def ratios(title: str, bars: Sequence[tuple[str, str, float]]) -> str:
    """Draw how many times as long something takes as ours; each bar has a name and a way.

    The scale is one of steps of ten, since ratios are; what is faster than ours goes to the left.
    """
    step, bottom = 30, TOP + 30 * len(bars)
    left, right = 250, 110
    drawing = Drawing(title, bottom + 44)
    low, high = _decades([ratio for *_, ratio in bars] + [1.0])

    def across(ratio: float) -> float:
        return left + (math.log10(ratio) - low) / (high - low) * (WIDTH - left - right)

    for power in range(low, high + 1):
        x = across(10.0**power)
        drawing.add("line", x1=x, x2=x, y1=TOP - 8, y2=bottom, stroke=PALETTE.grid)
        label = f"{number(10.0**power)} ×"
        drawing.text(x, bottom + 18, label, anchor="middle", colour=PALETTE.quiet)
    for place, (name, way, ratio) in enumerate(bars):
        y = TOP + step * place
        start, end = sorted((across(1.0), across(ratio)))
        colour = PALETTE.published if ratio >= 1 else PALETTE.draft
        drawing.add("rect", x=start, y=y + 2, width=max(1.0, end - start), height=16, fill=colour)
        drawing.text(left - 10, y + 9, name, anchor="end")
        drawing.text(left - 10, y + 21, way, anchor="end", size=10, colour=PALETTE.quiet)
        drawing.text(max(end, across(1.0)) + 6, y + 15, f"{number(ratio)} ×")
    drawing.add("line", x1=across(1), x2=across(1), y1=TOP - 8, y2=bottom, stroke=PALETTE.axis)
    return drawing.svg()


def _decades(values: Sequence[float]) -> tuple[int, int]:
    low = math.floor(math.log10(min(values)))
    return low, max(low + 1, math.ceil(math.log10(max(values))))


def _apart(places: Mapping[str, float], least: float = 16) -> dict[str, float]:
    """Move labels down that would lie on another one."""
    moved: dict[str, float] = {}
    last = -math.inf
    for name in sorted(places, key=lambda each: places[each]):
        last = moved[name] = max(places[name], last + least)
    return moved


def _duration(milliseconds: float) -> str:
    if milliseconds >= 1000:
        return f"{number(milliseconds / 1000)} s"
    return f"{number(milliseconds)} ms"
