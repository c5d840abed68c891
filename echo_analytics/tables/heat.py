"""Tables whose grounds tell how much: the hours of the week, and the retention of cohorts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from echo_analytics.arguments import positive, time_zone
from echo_analytics.plots.columns import read
from echo_analytics.plots.origin import scope
from echo_analytics.plots.template import palette
from echo_analytics.plots.text import ABSENT, count
from echo_analytics.plots.times import step_of
from echo_analytics.tables import cells
from echo_analytics.tables.buckets import bucket_name, span
from echo_analytics.tables.house import Column, table
from echo_analytics.tables.kinds import wholes, words

if TYPE_CHECKING:
    from datetime import date

    from great_tables import GT

    from echo_analytics.plots.columns import Columns, Frame
    from echo_analytics.plots.template import Palette, Theme

_HOURS = {"weekday": pa.int64(), "hour": pa.int64(), "total_posts": pa.int64()}
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_RETENTION = {
    "cohort": pa.date32(),
    "cohort_size": pa.int64(),
    "period": pa.int64(),
    "active_authors": pa.int64(),
    "rate": pa.float64(),
    "is_complete": pa.bool_(),
}


def posting_heatmap(
    frame: Frame,
    *,
    start: date | str | None = None,
    end: date | str | None = None,
    timezone: str = "UTC",
    theme: Theme = "light",
) -> GT:
    """Show posts by weekday and hour; the more, the stronger the ground.

    Parameters
    ----------
    frame
        What the analysis of the same name returns.
    start, end, timezone
        The range and the zone that the analysis was asked for, for the subtitle.
    theme
        "light" or "dark".

    Returns
    -------
    great_tables.GT
        A row a weekday from Monday, a column an hour, and the sum of the day.

    Raises
    ------
    InvalidInput
        A column is missing or of another type, or the range or the zone is wrong.
    MissingExtra
        great_tables is not installed.

    Examples
    --------
    >>> posting_heatmap(hours)
    <table echo-posting-heatmap-..., 7 rows>
    """
    where, colours = scope(start, end, timezone), palette(theme)
    columns = read(frame, _HOURS)
    posts = {
        (weekday, hour): number for weekday, hour, number in zip(*columns.values(), strict=True)
    }
    most = max(posts.values(), default=0) or 1
    weekdays = sorted({weekday for weekday, _ in posts})
    made = {"weekday": words("Day", [_WEEKDAYS[number - 1] for number in weekdays])}
    for hour in range(24):
        numbers = [posts.get((weekday, hour), 0) for weekday in weekdays]
        shown = [cells.shaded(n / most, cells.whole(n), colours) for n in numbers]
        made[f"hour_{hour}"] = Column(f"{hour:02}", shown, "center")
    sums = [sum(posts.get((weekday, hour), 0) for hour in range(24)) for weekday in weekdays]
    made["total_posts"] = wholes("All", sums)
    return table(
        "posting_heatmap",
        "Posts by weekday and hour",
        f"{where} · {count(sum(posts.values()), 'post')}",
        made,
        theme=theme,
        close=True,
    )


def author_retention(
    frame: Frame, *, periods: int = 12, timezone: str = "UTC", theme: Theme = "light"
) -> GT:
    """Show how many of each cohort were active in each period after they began.

    Parameters
    ----------
    frame
        What the analysis of the same name returns.
    periods
        The last period to show; a note says how many there are. Curves have all of them.
    timezone
        The IANA name of the zone whose periods were counted, for the subtitle.
    theme
        "light" or "dark".

    Returns
    -------
    great_tables.GT
        A row a cohort with its size, a curve and its rates, the higher, the stronger the ground;
        those of a period that is not over have a dashed edge. The means come last.

    Raises
    ------
    InvalidInput
        A column is missing or of another type, or another argument is wrong.
    MissingExtra
        great_tables is not installed.

    Examples
    --------
    >>> author_retention(cohorts)
    <table echo-author-retention-..., 6 rows>
    """
    last, zone, colours = positive("periods", periods), time_zone(timezone), palette(theme)
    columns = read(frame, _RETENTION)
    rows = _by_cohort(columns)
    known = [cohort for cohort in rows if cohort is not None]
    step = step_of(known)
    names = ["All cohorts" if key is None else bucket_name(key, step, zone) for key in rows]
    longest = max(columns["period"], default=0)
    made = {
        "cohort": words("Began in", names),
        "cohort_size": wholes(
            "Authors", [row[0][1] if 0 in row else None for row in rows.values()]
        ),
        "curve": Column("Rate", [_curve(row, colours) for row in rows.values()], "left"),
    }
    for period in range(min(longest, last) + 1):
        shown = [_rate(row.get(period), colours) for row in rows.values()]
        made[f"period_{period}"] = Column(str(period), shown, "center")
    notes = ["Dashed: not over yet."] if not all(columns["is_complete"]) else []
    if longest > last:
        notes.append(f"Periods 0 to {last} of {longest:,}.")
    return table(
        "author_retention",
        f"Retention of authors by {step}",
        span(known, zone),
        made,
        theme=theme,
        notes=notes,
    )


# A cohort's periods: rate, size, whether it is over.
_Row = dict[int, tuple[float | None, int, bool]]


def _by_cohort(columns: Columns) -> dict[date | None, _Row]:
    rows: dict[date | None, _Row] = {}
    for cohort, size, period, _, rate, over in zip(*columns.values(), strict=True):
        rows.setdefault(cohort, {})[period] = (rate, size, over)
    return rows


def _curve(row: _Row, colours: Palette) -> str:
    told = [(rate, over) for _, (rate, _, over) in sorted(row.items()) if rate is not None]
    shown = [100 * rate for rate, _ in told]
    return cells.curve(shown, [over for _, over in told], colours, unit="%")


def _rate(found: tuple[float | None, int, bool] | None, colours: Palette) -> str:
    if found is None:
        return ""
    rate, _, over = found
    return ABSENT if rate is None else cells.shaded(rate, f"{rate:.0%}", colours, over=over)
