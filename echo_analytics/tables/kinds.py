"""Columns of one kind of values each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from echo_analytics.tables import cells
from echo_analytics.tables.house import Column

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from echo_analytics.plots.template import Palette

STATUSES = {
    "published_posts": "Published",
    "draft_posts": "Drafts",
    "archived_posts": "Archived",
}
"""The columns of the statuses and their headings, in the order of all figures and tables."""


def words(heading: str, values: Sequence[str | None], longest: int | None = None) -> Column:
    """Return texts of the database, as they are written."""
    return Column(heading, [cells.text(value, longest) for value in values], "left")


def wholes(heading: str, values: Sequence[int | None]) -> Column:
    """Return whole numbers."""
    return Column(heading, [cells.whole(value) for value in values])


def decimals(heading: str, values: Sequence[float | None], digits: int = 1) -> Column:
    """Return numbers with as many digits each; with none where all are whole."""
    whole = all(value is None or value == int(value) for value in values)
    shown = [cells.number(value, 0 if whole else digits) for value in values]
    return Column(heading, shown)


def shares(heading: str, values: Sequence[float | None]) -> Column:
    """Return shares in percent."""
    return Column(heading, [cells.share(value) for value in values])


def changes(heading: str, values: Sequence[float | None]) -> Column:
    """Return relative changes."""
    return Column(heading, [cells.moved(value) for value in values])


def wholes_with_bars(heading: str, values: Sequence[int], colours: Palette) -> Column:
    """Return whole numbers with bars beside them."""
    shown = [cells.whole(value) for value in values]
    return Column(heading, cells.bars(values, shown, colours.published, colours))


def shares_with_bars(heading: str, values: Sequence[float | None], colours: Palette) -> Column:
    """Return shares with bars beside them."""
    shown = [cells.share(value) for value in values]
    return Column(heading, cells.bars(values, shown, colours.accent, colours))


def moments(heading: str, values: Sequence[datetime | None], zone: ZoneInfo) -> Column:
    """Return instants on the clock of a zone, which the heading names."""
    shown = [cells.instant(value, zone) for value in values]
    return Column(f"{heading} ({zone.key})", shown)


def local_days(heading: str, values: Sequence[datetime | None], zone: ZoneInfo) -> Column:
    """Return the days of instants in a zone, which the heading names."""
    return Column(f"{heading} ({zone.key})", [cells.local_day(value, zone) for value in values])
