"""What buckets of time are called in tables, and which of them are shown."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from echo_analytics.plots.marks import UNFINISHED
from echo_analytics.plots.text import count, day
from echo_analytics.plots.times import step_of
from echo_analytics.tables.cells import quiet
from echo_analytics.tables.house import Column

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from zoneinfo import ZoneInfo

    from echo_analytics.plots.template import Palette
    from echo_analytics.plots.times import Step


def bucket_name(bucket: date, step: Step, zone: ZoneInfo) -> str:
    """Return what a bucket is called.

    >>> from datetime import date
    >>> from zoneinfo import ZoneInfo
    >>> bucket_name(date(2026, 4, 1), "quarter", ZoneInfo("UTC"))
    'Q2 2026'
    """
    if isinstance(bucket, datetime):
        local = bucket.astimezone(zone)
        return f"{local.day} {local:%b} {local.year}, {local:%H:%M %Z}"
    if step == "week":
        return f"Week of {day(bucket)}"
    if step == "month":
        return f"{bucket:%B} {bucket.year}"
    if step == "quarter":
        return f"Q{(bucket.month + 2) // 3} {bucket.year}"
    return str(bucket.year) if step == "year" else f"{bucket:%a}, {day(bucket)}"


def bucket_column(
    buckets: Sequence[date], over: Sequence[bool], step: Step, zone: ZoneInfo, colours: Palette
) -> Column:
    """Return the names of buckets, with a remark where one is not over yet."""
    remark = f" {quiet(UNFINISHED.lower(), colours)}"
    shown = [
        bucket_name(bucket, step, zone) + ("" if done else remark)
        for bucket, done in zip(buckets, over, strict=True)
    ]
    return Column(step.capitalize(), shown, "left")


def span(buckets: Sequence[date], zone: ZoneInfo, every: Step | None = None) -> str:
    """Return the first and the last bucket and the zone, for a subtitle."""
    if not buckets:
        return zone.key
    step = step_of(buckets, every)
    first, last = (bucket_name(bucket, step, zone) for bucket in (min(buckets), max(buckets)))
    return f"{first if first == last else f'{first} – {last}'} ({zone.key})"


def left_out(number: int, shown: int, step: str) -> list[str]:
    """Return the note that says that only the last buckets are shown."""
    return [] if number <= shown else [f"The last {shown:,} of {count(number, step)}."]
