"""The table of unusual days."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from echo_analytics.arguments import flag, time_zone
from echo_analytics.plots.columns import in_order, read
from echo_analytics.plots.template import palette
from echo_analytics.plots.text import ABSENT, count
from echo_analytics.tables.buckets import bucket_column, span
from echo_analytics.tables.house import Column, table
from echo_analytics.tables.kinds import decimals, wholes_with_bars

if TYPE_CHECKING:
    from great_tables import GT

    from echo_analytics.plots.columns import Frame
    from echo_analytics.plots.template import Theme

_COLUMNS = {
    "date": pa.date32(),
    "total_posts": pa.int64(),
    "expected": pa.float64(),
    "lower": pa.float64(),
    "upper": pa.float64(),
    "score": pa.float64(),
    "is_anomaly": pa.bool_(),
    "is_complete": pa.bool_(),
}


def post_anomalies(
    frame: Frame, *, all_days: bool = False, timezone: str = "UTC", theme: Theme = "light"
) -> GT:
    """Show the days on which unusually many or few posts were created.

    Parameters
    ----------
    frame
        What the analysis of the same name returns.
    all_days
        Whether days that are not unusual are shown as well.
    timezone
        The IANA name of the zone whose days were counted, for the subtitle.
    theme
        "light" or "dark".

    Returns
    -------
    great_tables.GT
        A row a day, the newest first.

    Raises
    ------
    InvalidInput
        A column is missing or of another type, or another argument is wrong.
    MissingExtra
        great_tables is not installed.

    Examples
    --------
    >>> len(post_anomalies(unusual)._tbl_data) == sum(unusual["is_anomaly"])
    True
    """
    everything, zone, colours = flag("all_days", all_days), time_zone(timezone), palette(theme)
    columns = read(frame, _COLUMNS)
    days, marked = columns["date"], columns["is_anomaly"]
    rows = [row for row in range(len(days)) if everything or marked[row]]
    shown = in_order(columns, sorted(rows, key=days.__getitem__, reverse=True))
    bands = [
        ABSENT if low is None or high is None else f"{low:,.1f} – {high:,.1f}"
        for low, high in zip(shown["lower"], shown["upper"], strict=True)
    ]
    return table(
        "post_anomalies",
        "Days with their expected posts" if everything else "Unusual days",
        f"{span(days, zone)} · {sum(marked):,} of {count(len(days), 'day')} unusual",
        {
            "date": bucket_column(shown["date"], shown["is_complete"], "day", zone, colours),
            "sign": Column("", [_sign(*row) for row in _judged(shown)], "left"),
            "total_posts": wholes_with_bars("Posts", shown["total_posts"], colours),
            "expected": decimals("Expected", shown["expected"]),
            "band": Column("Usual range", bands),
            "score": decimals("Score", shown["score"]),
        },
        theme=theme,
    )


def _judged(shown: dict[str, list[object]]) -> list[tuple[bool, float | None]]:
    return list(zip(shown["is_anomaly"], shown["score"], strict=True))  # type: ignore[arg-type]  # as declared


def _sign(unusual: bool, score: float | None) -> str:
    if not unusual or score is None:
        return ""
    return "▲ more than usual" if score > 0 else "▼ fewer than usual"
