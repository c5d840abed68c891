"""Daily, weekly and monthly active authors against a count by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from frames_by_hand import assert_same_rows
from histories import LONG_AFTER, by_examples, moments, places, posts_at
from hypothesis import given
from hypothesis import strategies as st
from sample_posts import Post, local_day, records, replace_posts

import echo_analytics as echo
from analyses.periods_by_hand import DAY, kept

if TYPE_CHECKING:
    from datetime import date, datetime
    from zoneinfo import ZoneInfo

    import pyarrow as pa

    from echo_analytics.queries.activity import Activity


def stickiness_by_hand(
    posts: list[Post], start: date, end: date, zone: ZoneInfo, now: datetime
) -> list[dict[str, Any]]:
    days = {post.id: local_day(post.created_at, zone) for post in posts}
    rows, day = [], start
    while day <= end:

        def authors(width: int, day: date = day) -> int:
            return len({p.author for p in posts if day - width * DAY < days[p.id] <= day})

        daily, weekly, monthly = authors(1), authors(7), authors(30)
        rows.append(
            {
                "date": day,
                "daily_active": daily,
                "weekly_active": weekly,
                "monthly_active": monthly,
                "daily_weekly": daily / weekly if weekly else None,
                "daily_monthly": daily / monthly if monthly else None,
                "is_complete": local_day(now, zone) > day,
            }
        )
        day += DAY
    return rows


@by_examples
@given(data=st.data())
def test_stickiness_is_the_one_counted_by_hand(
    data: st.DataObject, foreign: echo.Database[pa.Table], writer_url: str
) -> None:
    day, zone = data.draw(places())
    instants = moments(day, 1000, 300)
    posts = data.draw(posts_at(instants, most=30))
    replace_posts(writer_url, posts)
    start = day - DAY * data.draw(st.integers(0, 8))
    end = start + DAY * data.draw(st.integers(0, 12))
    activity: Activity = data.draw(st.sampled_from(["any", "published"]))
    now = data.draw(st.one_of(st.just(LONG_AFTER), instants))
    found = echo.stickiness(foreign, start, end, timezone=zone.key, activity=activity, now=now)
    wanted = stickiness_by_hand(kept(posts, activity), start, end, zone, now)
    assert_same_rows(records(found), wanted)
