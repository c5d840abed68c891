"""Points in lanes, moved apart where they would hide each other."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from echo_analytics.plots.text import short

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

_MOST_LANES = 12
_LONGEST_LABEL = 24
_PLACES = 70
"""How many dots fit side by side on a narrow page."""
_OFFSETS = (0.0, -0.2, 0.2, -0.4, 0.4)
"""Where dots go within a lane, in heights of a lane: the middle while there is room."""


class Lanes:
    """One lane for each category, the one with most points at the top.

    Parameters
    ----------
    categories
        The category of each point; None has a lane of its own, the last one.

    Attributes
    ----------
    labels
        What to write beside each lane, ready to be drawn.
    """

    def __init__(self, categories: Sequence[str | None]) -> None:
        sizes = Counter(name for name in categories if name is not None)
        names = sorted(sizes, key=lambda name: (-sizes[name], name))
        kept = names if len(names) <= _MOST_LANES else names[: _MOST_LANES - 1]
        labels = [_label(short(name, _LONGEST_LABEL), sizes[name]) for name in kept]
        lane_of: dict[str | None, int] = {name: lane for lane, name in enumerate(kept)}
        if len(kept) < len(names):
            rest = names[len(kept) :]
            lane_of |= dict.fromkeys(rest, len(labels))
            labels.append(
                _label(f"{len(rest)} other categories", sum(sizes[name] for name in rest))
            )
        if None in categories:
            lane_of[None] = len(labels)
            labels.append(_label("No category", list(categories).count(None)))
        self.labels = labels
        self._lanes = [lane_of[name] for name in categories]

    def heights(self, moments: Sequence[datetime]) -> list[float]:
        """Return the vertical place of each point: its lane, and a step away from its company."""
        width = (max(moments) - min(moments)) / _PLACES
        latest: dict[tuple[int, int], datetime] = {}
        heights = [0.0] * len(moments)
        for row in sorted(range(len(moments)), key=lambda row: (moments[row], row)):
            lane, now = self._lanes[row], moments[row]
            taken = [latest.get((lane, place)) for place in range(len(_OFFSETS))]
            free = (place for place, at in enumerate(taken) if at is None or now - at > width)
            place = next(free, None)
            if place is None:
                place = min(range(len(taken)), key=lambda place: (latest[lane, place], place))
            latest[lane, place] = now
            heights[row] = lane + _OFFSETS[place]
        return heights


def _label(name: str, size: int) -> str:
    return f"{name} ({size:,})  "
