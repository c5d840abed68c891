"""Sentences about posts over time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from echo_analytics.buckets import WEEKDAYS
from echo_analytics.plots.text import count, day
from echo_analytics.reports.sentences.words import (
    Row,
    percent,
    posts,
    round_half_up,
    were,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date

    import pyarrow as pa

    from echo_analytics.reports.period import Period, Step


_LONG_AGO = {"day": 14, "week": 5, "month": 3}
"""From how many buckets back on it is worth saying that nothing was so high or low since."""

_WEEKDAYS = tuple(name.capitalize() for name in WEEKDAYS)
_MOST_DAYS = 5


def trend(step: Step) -> Callable[[pa.Table], Iterator[str]]:
    """Say how the last bucket of ``posts_over_time`` stands to those before it.

    Parameters
    ----------
    step
        "day", "week" or "month": what its buckets are.
    """

    def says(table: pa.Table) -> Iterator[str]:
        rows = _since_the_first_post(table.to_pylist())
        if not rows:
            yield "There are no posts up to now."
        elif not rows[-1]["is_complete"]:
            yield f"There {were(rows[-1])} so far; the {step} is not over."
        else:
            yield _compared(rows, step)

    return says


def _compared(rows: list[Row], step: Step) -> str:
    now, before = rows[-1], rows[-2] if len(rows) > 1 else None
    number = now["total_posts"]
    if before is None:
        return f"There {were(now)}; it was the first {step} with posts."
    earlier = before["total_posts"]
    if earlier and not number:
        return f"There were no posts, after {earlier:,} in the {step} before."
    if number == earlier:
        same = "as" if not number else "as many as"
        return f"There {were(now)}, {same} in the {step} before."
    if not earlier:
        return f"There {were(now)}, after none in the {step} before."
    change = abs(number - earlier) / earlier
    verb = "rose" if number > earlier else "fell"
    return f"Posts {verb} {_by(change)} to {number:,}{_record(rows, step)}."


def _by(change: float) -> str:
    said = percent(change)
    return f"by {said}" if said.startswith(("less", "more")) else said


def _record(rows: list[Row], step: Step) -> str:
    """Return since when no bucket was so high or so low, if that is long enough ago."""
    number, earlier = rows[-1]["total_posts"], rows[:-1]
    rose = number > earlier[-1]["total_posts"]
    word = "highest" if rose else "lowest"
    for back, row in enumerate(reversed(earlier), 1):
        if (row["total_posts"] >= number) if rose else (row["total_posts"] <= number):
            if back < _LONG_AGO[step]:
                return ""
            return f", the {word} {step} since {_when(row['bucket'], rows[-1]['bucket'], step)}"
    if len(earlier) < _LONG_AGO[step]:
        return ""
    return f", the {word} of {len(rows)} {step}s"


def _when(then: date, now: date, step: Step) -> str:
    if step == "day":
        return day(then) if then.year != now.year else f"{then.day} {then:%B}"
    return f"{then:%B %Y}" if step == "month" or (now - then).days > 330 else f"{then:%B}"


def _since_the_first_post(rows: list[Row]) -> list[Row]:
    for number, row in enumerate(rows):
        if row["total_posts"]:
            return rows[number:]
    return []


def anomalies(period: Period) -> Callable[[pa.Table], Iterator[str]]:
    """Say which days of a period are unusual, by ``post_anomalies``."""

    def says(table: pa.Table) -> Iterator[str]:
        days = [row for row in table.to_pylist() if period.first <= row["date"] <= period.last]
        unusual = [row for row in days if row["is_anomaly"]]
        known = [row for row in days if row["score"] is not None]
        if not known:
            yield "There is too little history to say which days are unusual."
        elif not unusual:
            yield _usual(period)
        strongest = sorted(unusual, key=lambda row: (-abs(row["score"]), row["date"]))
        for row in sorted(strongest[:_MOST_DAYS], key=lambda row: row["date"]):
            yield _unusual(row)
        if len(unusual) > _MOST_DAYS:
            more = len(unusual) - _MOST_DAYS
            yield f"{count(more, 'more day')} {'was' if more == 1 else 'were'} unusual."

    return says


def _usual(period: Period) -> str:
    if period.kind == "range":
        return "No day of the period was unusual for its weekday."
    if period.kind == "day":
        return "The day was not unusual for its weekday."
    return f"No day of the {period.kind} was unusual for its weekday."


def _unusual(row: Row) -> str:
    side = "more" if row["score"] > 0 else "fewer"
    low, high = round_half_up(row["lower"]), round_half_up(row["upper"])
    there = row["date"]
    return (
        f"{there:%A}, {there.day} {there:%B}, was unusual: {posts(row)}, {side} than the "
        f"{low:,} to {high:,} to be expected of that weekday."
    )


def of_days(table: pa.Table) -> Iterator[str]:
    """Say on how many days something was written, by ``daily_posts``."""
    rows = table.to_pylist()
    active = sum(bool(row["total_posts"]) for row in rows)
    total = sum(row["total_posts"] for row in rows)
    yield f"{count(total, 'post')} on {active:,} of {count(len(rows), 'day')}."
    if total:
        most = max(rows, key=lambda row: row["total_posts"])
        yield f"The most were written on {day(most['date'])}: {most['total_posts']:,}."


def heatmap(table: pa.Table) -> Iterator[str]:
    """Say when most is written, by ``posting_heatmap``."""
    rows = table.to_pylist()
    total = sum(row["total_posts"] for row in rows)
    if not total:
        yield "Nothing was written."
        return
    by_day = [sum(row["total_posts"] for row in rows if row["weekday"] == n) for n in range(1, 8)]
    busiest = max(range(7), key=lambda number: (by_day[number], -number))
    yield f"{percent(by_day[busiest] / total)} of all was written on {_WEEKDAYS[busiest]}s."
    most = max(rows, key=lambda row: (row["total_posts"], -row["weekday"], -row["hour"]))
    hour = most["hour"]
    yield (
        f"The busiest hour was {hour}:00 to {(hour + 1) % 24}:00 on "
        f"{_WEEKDAYS[most['weekday'] - 1]}s."
    )


def stickiness(table: pa.Table) -> Iterator[str]:
    """Say how many authors are active on a day, and in the 30 days up to it, by ``stickiness``."""
    rows = [row for row in table.to_pylist() if row["is_complete"]]
    if not rows or not rows[-1]["monthly_active"]:
        yield "Nobody wrote in the 30 days before."
        return
    last = rows[-1]
    daily = sum(row["daily_active"] for row in rows) / len(rows)
    if not daily:
        yield (
            f"Nobody wrote; in the 30 days to {day(last['date'])} it was "
            f"{count(last['monthly_active'], 'author')}."
        )
        return
    average = f"{round_half_up(daily):,}" if daily >= 10 else f"{daily:.1f}".removesuffix(".0")
    yield (
        f"On an average day {average} author{'' if average == '1' else 's'} wrote; in the 30 days "
        f"to {day(last['date'])} it was {last['monthly_active']:,}."
    )
