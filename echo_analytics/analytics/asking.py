"""What is asked of a series: its arguments, checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from echo_analytics.arguments import choice, day_range, flag, moment, positive, time_zone
from echo_analytics.buckets import EVERY, WEEKDAYS, buckets, starts_before
from echo_analytics.errors import InvalidInput
from echo_analytics.periods import COMPARISONS, counterparts
from echo_analytics.queries.activity import BREAKDOWNS
from echo_analytics.queries.counts import Series

if TYPE_CHECKING:
    from datetime import date, datetime
    from zoneinfo import ZoneInfo

    from echo_analytics.buckets import Every
    from echo_analytics.periods import Comparison
    from echo_analytics.queries.activity import Breakdown

_MOST_BUCKETS = 100_000


@dataclass(frozen=True, slots=True)
class Asked:
    """The arguments of ``posts_over_time``; those of other functions are among them."""

    first: date
    last: date
    zone: ZoneInfo
    now: datetime
    every: Every = "day"
    by: Breakdown | None = None
    top: int = 10
    week_start: str = "monday"
    rolling: int | None = None
    compare: Comparison | None = None
    cumulative: bool = False

    def series(self) -> Series:
        """Return the buckets, and the rest as it is."""
        first, last, every, zone, week_start = (
            self.first,
            self.last,
            self.every,
            self.zone,
            self.week_start,
        )
        width = self.rolling
        return Series(
            buckets=buckets(first, last, every, zone, week_start),
            now=self.now,
            by=self.by,
            top=self.top,
            rolling=width,
            earlier=starts_before(first, width - 1, every, zone, week_start) if width else (),
            cumulative=self.cumulative,
            counterparts=counterparts(first, last, every, zone, week_start, self.compare)
            if self.compare
            else None,
        )


# Any: the arguments are checked here, whatever their types say.
def checked(
    start: object,
    end: object,
    *,
    timezone: str,
    now: datetime | None,
    every: Any = "day",  # noqa: ANN401
    by: Any = None,  # noqa: ANN401
    top: int = 10,
    week_start: str = "monday",
    rolling: int | None = None,
    compare: Any = None,  # noqa: ANN401
    cumulative: bool = False,
) -> Asked:
    """Return the arguments, checked."""
    first, last = day_range(start, end)
    zone, until = time_zone(timezone), moment("now", now)
    step = cast("Every", choice("every", every, EVERY))
    choice("week_start", week_start, WEEKDAYS)
    if by is not None:
        choice("by", by, BREAKDOWNS)
    if compare is not None:
        choice("compare", compare, COMPARISONS)
    width = None if rolling is None else positive("rolling", rolling, _MOST_BUCKETS)
    if step == "hour" and (last - first).days * 24 > _MOST_BUCKETS:
        raise InvalidInput("start", f"is more than {_MOST_BUCKETS:,} hours before end")
    return Asked(
        first=first,
        last=last,
        zone=zone,
        now=until,
        every=step,
        by=by,
        top=positive("top", top, 1_000),
        week_start=week_start,
        rolling=width,
        compare=compare,
        cumulative=flag("cumulative", cumulative),
    )
