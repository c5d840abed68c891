"""What stands in the cells, as HTML: numbers, days, bars, curves, and texts as they are written."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING

from echo_analytics.plots.marks import change, percent
from echo_analytics.plots.text import ABSENT, ELLIPSIS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from echo_analytics.plots.template import Palette

# Notebooks typeset what stands between dollar signs, except in elements of these classes.
_TEXT = '<span class="mathjax_ignore tex2jax_ignore"{}>{}</span>'
_BROKEN = ' style="overflow-wrap:anywhere"'
_LONGEST_WORD = 24
_HIT = re.compile(r"\*\*(.+?)\*\*", re.DOTALL)
_BAR = (
    '<span style="display:flex;align-items:center;justify-content:flex-end;gap:8px">'
    "<span>{number}</span>"
    '<span aria-hidden="true" style="flex:none;width:90px;height:10px;background:{ground}">'
    '<span style="display:block;width:{width:.1f}%;height:100%;background:{colour}"></span>'
    "</span></span>"
)
_CURVE_WIDTH, _CURVE_HEIGHT, _EDGE = 120, 26, 3


def text(value: str | None, longest: int | None = None) -> str:
    """Return a text on one line, as it is written; ``longest`` cuts it.

    >>> "&lt;b&gt;" in text("<b>")
    True
    """
    if value is None:
        return ABSENT
    line = " ".join(value.split())
    if longest is not None and len(line) > longest:
        line = line[: longest - 1].rstrip() + ELLIPSIS
    return _as_written(line, escape(line))


def marked(snippet: str | None, colours: Palette) -> str:
    """Return a snippet with what stands between ``**`` highlighted.

    >>> from echo_analytics.plots import palette
    >>> "<mark" in marked("a **hit** <b>", palette("light"))
    True
    """
    if snippet is None:
        return ABSENT
    style = f"background:none;color:inherit;font-weight:600;border-bottom:2px solid {colours.draft}"
    line = " ".join(snippet.split())
    return _as_written(line, _HIT.sub(rf'<mark style="{style}">\1</mark>', escape(line)))


def _as_written(line: str, html: str) -> str:
    """A text that is not typeset; long words may be broken, lest a table grow too wide."""
    long = any(len(word) > _LONGEST_WORD for word in line.split())
    return _TEXT.format(_BROKEN if long else "", html)


def quiet(html: str, colours: Palette) -> str:
    """Return HTML in small grey letters."""
    return f'<span style="color:{colours.quiet};font-size:90%">{html}</span>'


def whole(value: int | None) -> str:
    """Return a whole number with thousands separators."""
    return ABSENT if value is None else f"{value:,}".replace("-", "−")


def number(value: float | None, digits: int) -> str:
    """Return a number with so many digits.

    >>> number(-1200.0, 1)
    '−1,200.0'
    """
    return ABSENT if value is None else f"{value:,.{digits}f}".replace("-", "−")


def decimal(value: float | None, digits: int = 1) -> str:
    """Return a number; without digits where it is whole.

    >>> decimal(1200.0), decimal(2.25), decimal(None)
    ('1,200', '2.2', '–')
    """
    return number(value, 0 if value is None or value == int(value) else digits)


def share(value: float | None) -> str:
    """Return a share in percent."""
    return percent(value)


def moved(value: float | None) -> str:
    """Return a relative change with an arrow; its sign is told twice, and not by colour.

    >>> [moved(value).split() for value in (0.25, -0.5, 0.0)]
    [['▲', '+25%'], ['▼', '−50%'], ['=', '0%']]
    """
    if value is None:
        return ABSENT
    sign = "=" if value == 0 else "▲" if value > 0 else "▼"
    return f"{sign}\N{NO-BREAK SPACE}{change(value) if value else '0%'}"


def local_day(value: datetime | None, zone: ZoneInfo) -> str:
    """Return the day of a moment in a zone, which the heading names."""
    return ABSENT if value is None else _day_of(value.astimezone(zone))


def instant(value: datetime | None, zone: ZoneInfo) -> str:
    """Return a moment on the clock of a zone, which the heading names."""
    if value is None:
        return ABSENT
    local = value.astimezone(zone)
    return f'<span style="white-space:nowrap">{_day_of(local)}, {local:%H:%M}</span>'


def _day_of(local: datetime) -> str:
    return f"{local.day} {local:%b} {local.year}"


def hours(value: float | None) -> str:
    """Return a time span of hours, from two days on in days.

    >>> hours(5.0), hours(47.9), hours(96.0), hours(1.0), hours(None)
    ('5 hours', '47.9 hours', '4 days', '1 hour', '–')
    """
    if value is None:
        return ABSENT
    size, unit = (value / 24, "day") if value >= 48 else (value, "hour")
    return f"{decimal(size)} {unit}{'' if size == 1 else 's'}"


def bars(
    values: Sequence[float | None], shown: Sequence[str], colour: str, colours: Palette
) -> list[str]:
    """Return numbers with bars from zero, the longest for the greatest."""
    most = max((value for value in values if value is not None), default=0)
    return [
        _BAR.format(
            number=told,
            ground=colours.grid,
            colour=colour,
            width=100 * (value or 0) / most if most > 0 else 0,
        )
        for value, told in zip(values, shown, strict=True)
    ]


def curve(values: Sequence[float], over: Sequence[bool], colours: Palette, unit: str = "") -> str:
    """Return a curve of values from zero, with a dot for the last one.

    The part to a value that is not ``over`` yet is dashed.
    """
    if not values:
        return ABSENT
    points = _points(values)
    first = next((place for place, done in enumerate(over) if not done), len(points))
    solid, dashed = points[:first], points[max(0, first - 1) :] if first < len(points) else []
    x, y = points[-1]
    start, end, top = (f"{decimal(each)}{unit}" for each in (values[0], values[-1], max(values)))
    said = f"From {start} to {end}, at most {top}"
    return (
        f'<svg role="img" aria-label="{said}" width="{_CURVE_WIDTH}" height="{_CURVE_HEIGHT}"'
        f' style="display:inline-block;vertical-align:middle"><title>{said}</title>'
        f'<path d="M0 {_CURVE_HEIGHT - _EDGE}H{_CURVE_WIDTH}" stroke="{colours.grid}"/>'
        + _line(solid, colours.published)
        + _line(dashed, colours.published, ' stroke-dasharray="3 2"')
        + f'<circle cx="{x:g}" cy="{y:g}" r="2.5" fill="{colours.published}"/></svg>'
    )


def _points(values: Sequence[float]) -> list[tuple[float, float]]:
    most, last = max(*values, 0.0, 1e-9), max(1, len(values) - 1)
    wide, high = _CURVE_WIDTH - 2 * _EDGE, _CURVE_HEIGHT - 2 * _EDGE
    return [
        (
            round(_EDGE + wide * (place / last if len(values) > 1 else 1), 1),
            round(_EDGE + high * (1 - value / most), 1),
        )
        for place, value in enumerate(values)
    ]


def _line(points: Sequence[tuple[float, float]], colour: str, more: str = "") -> str:
    if len(points) < 2:
        return ""
    path = " ".join(f"{x:g},{y:g}" for x, y in points)
    return f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.5"{more}/>'


def shaded(value: float, shown: str, colours: Palette, *, over: bool = True) -> str:
    """Return a number on a ground that is the stronger, the nearer ``value`` is to 1."""
    ground = _between(colours.background, colours.published, 0.85 * min(max(value, 0), 1))
    ink = max((colours.text, colours.background), key=lambda colour: _contrast(colour, ground))
    edge = "1px solid transparent" if over else f"1px dashed {colours.text}"
    return (
        f'<span style="display:block;padding:3px 2px;text-align:center;background:{ground};'
        f'color:{ink};border:{edge}">{shown}</span>'
    )


def _parts(colour: str) -> list[int]:
    return [int(colour[at : at + 2], 16) for at in (1, 3, 5)]


def _between(one: str, other: str, part: float) -> str:
    mixed = (round(a + (b - a) * part) for a, b in zip(_parts(one), _parts(other), strict=True))
    return "#" + "".join(f"{value:02x}" for value in mixed)


def _contrast(one: str, other: str) -> float:
    """The contrast ratio of WCAG 2.2."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (value / 255 for value in _parts(colour))
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
