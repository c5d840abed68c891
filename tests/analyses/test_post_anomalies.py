from __future__ import annotations

import math
import statistics
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from frames_by_hand import assert_same_rows
from histories import LONG_AFTER, by_examples, noon, places
from hypothesis import given
from hypothesis import strategies as st
from sample_posts import (
    USERS,
    Post,
    local_day,
    records,
    replace_posts,
)

import echo_analytics as echo

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    import pyarrow as pa

DAY = timedelta(days=1)
AUTHOR = min(USERS)


def expected(
    posts: list[Post],
    start: date,
    end: date,
    zone: ZoneInfo,
    now: datetime,
    *,
    weeks: int = 8,
    minimum: int = 4,
    threshold: float = 3.5,
) -> list[dict[str, Any]]:
    days = [local_day(post.created_at, zone) for post in posts]
    began = min(days, default=date.max)
    today = local_day(now, zone)
    rows, day = [], start
    while day <= end:
        past = [day - 7 * number * DAY for number in range(1, weeks + 1)]
        history = [days.count(other) for other in past if began <= other < today]
        total, row = days.count(day), dict[str, Any]()
        row |= {"date": day, "total_posts": total}
        if len(history) >= minimum:
            middle = statistics.median(history)
            deviation = 1.4826 * statistics.median(abs(count - middle) for count in history)
            spread = max(deviation, math.sqrt(max(middle, 1.0)))
            score = (total - middle) / spread if day < today else None
            row["expected"] = middle
            row["lower"] = max(middle - threshold * spread, 0.0)
            row["upper"] = middle + threshold * spread
            row["score"] = score
            row["is_anomaly"] = score is not None and abs(score) > threshold
        else:
            row |= dict.fromkeys(("expected", "lower", "upper", "score"))
            row["is_anomaly"] = False
        row["is_complete"] = day < today
        rows.append(row)
        day += DAY
    return rows


def written(counts: dict[date, int]) -> list[Post]:
    moments = [noon(day) for day, count in counts.items() for _ in range(count)]
    return [Post(UUID(int=9000 + n), AUTHOR, moment) for n, moment in enumerate(moments)]


@by_examples
@given(data=st.data())
def test_bands_and_scores_are_those_computed_by_hand(
    data: st.DataObject, foreign: echo.Database[pa.Table], writer_url: str
) -> None:
    day, zone = data.draw(places())
    counts = {
        day + number * DAY: count
        for number, count in enumerate(
            data.draw(st.lists(st.sampled_from([0, 0, 1, 2, 3, 9]), max_size=50)), -40
        )
    }
    posts = written(counts)
    replace_posts(writer_url, posts)
    start = day + DAY * data.draw(st.integers(-15, 0))
    end = start + DAY * data.draw(st.integers(0, 15))
    weeks = data.draw(st.integers(1, 6))
    options: dict[str, Any] = {
        "weeks": weeks,
        "minimum": data.draw(st.integers(1, weeks)),
        "threshold": data.draw(st.sampled_from([1.0, 2.5, 3.5])),
    }
    now = data.draw(st.sampled_from([LONG_AFTER, noon(day), noon(day) + 5 * DAY]))
    found = echo.post_anomalies(foreign, start, end, timezone=zone.key, now=now, **options)
    assert_same_rows(records(found), expected(posts, start, end, zone, now, **options))


def test_the_newest_complete_day_is_marked_and_an_incomplete_one_is_not(
    foreign: echo.Database[pa.Table], writer_url: str
) -> None:
    first = date(2026, 3, 2)
    counts = {first + number * DAY: 5 for number in range(9 * 7)}
    peak = first + 9 * 7 * DAY
    replace_posts(writer_url, written({**counts, peak: 40}))
    after = datetime(peak.year, peak.month, peak.day, tzinfo=UTC) + DAY
    (row,) = records(echo.post_anomalies(foreign, peak, peak, now=after))
    assert row["is_complete"]
    assert row["is_anomaly"]
    assert row["expected"] == 5.0
    assert row["score"] > 3.5
    (row,) = records(
        echo.post_anomalies(foreign, peak, peak, now=after - timedelta(microseconds=1))
    )
    assert not row["is_complete"]
    assert not row["is_anomaly"]
    assert row["score"] is None
    assert row["upper"] < 40


def test_days_before_the_first_post_are_no_history(
    foreign: echo.Database[pa.Table], writer_url: str
) -> None:
    first = date(2026, 3, 2)
    replace_posts(writer_url, written({first + number * DAY: 5 for number in range(60)}))
    rows = records(
        echo.post_anomalies(foreign, first, first + 34 * DAY, timezone="UTC", now=LONG_AFTER)
    )
    assert [row["expected"] is None for row in rows] == [True] * 28 + [False] * 7
    assert not any(row["is_anomaly"] for row in rows)
