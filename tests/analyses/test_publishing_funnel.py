"""The way from sign-up to a second published post, against a count by hand."""

from __future__ import annotations

import statistics
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from frames_by_hand import assert_same_rows
from histories import MICROSECOND, by_examples, moments, places, posts_at, sign_up
from hypothesis import given
from hypothesis import strategies as st
from sample_posts import USERS, Post, local_day, records, replace_posts

import echo_analytics as echo
from analyses.periods_by_hand import DAY

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    import pyarrow as pa

AUTHORS = sorted(USERS)[:5]


def funnel_by_hand(
    posts: list[Post],
    sign_ups: dict[UUID, datetime],
    start: date,
    end: date,
    zone: ZoneInfo,
    days: int,
) -> list[dict[str, Any]]:
    reached: list[list[float]] = [[], [], [], []]
    for user, at in sign_ups.items():
        if not start <= local_day(at, zone) <= end:
            continue
        own = sorted(
            (p for p in posts if p.author == user and at <= p.created_at <= at + days * DAY),
            key=lambda post: (post.created_at, post.id),
        )
        published = [post for post in own if post.state == "published"]
        steps = [at, *(p.created_at for p in own[:1]), *(p.created_at for p in published[:2])]
        for number, when in enumerate(steps):
            reached[number].append((when - at) / timedelta(hours=1))
        if own and not published:
            assert len(steps) == 2
    names = ("signed up", "first post", "first published", "second published")
    rows = []
    for number, name in enumerate(names):
        count, before = len(reached[number]), len(reached[number - 1]) if number else 0
        rows.append(
            {
                "step": number + 1,
                "step_name": name,
                "users": count,
                "conversion_from_first": count / len(reached[0]) if reached[0] else None,
                "conversion_from_previous": count / before if before else None,
                "median_hours": statistics.median(reached[number]) if count else None,
            }
        )
    return rows


@by_examples
@given(data=st.data())
def test_the_funnel_is_the_one_counted_by_hand(
    data: st.DataObject, foreign: echo.Database[pa.Table], writer_url: str
) -> None:
    day, zone = data.draw(places())
    instants = moments(day, 60, 60)
    posts = data.draw(posts_at(instants, most=25))
    sign_ups = {user: data.draw(instants) for user in USERS}
    replace_posts(writer_url, posts)
    sign_up(writer_url, sign_ups)
    start = day - DAY * data.draw(st.integers(0, 2))
    end = start + DAY * data.draw(st.integers(0, 3))
    days = data.draw(st.integers(1, 3))
    found = echo.publishing_funnel(foreign, start, end, days=days, timezone=zone.key)
    wanted = funnel_by_hand(posts, sign_ups, start, end, zone, days)
    assert_same_rows(records(found), wanted)


def test_the_last_moment_of_the_funnel_counts(
    foreign: echo.Database[pa.Table], writer_url: str
) -> None:
    signed_up = datetime(2026, 5, 4, 12, 0, 0, 1, tzinfo=UTC)
    sign_up(writer_url, dict.fromkeys(USERS, signed_up))
    moments = [signed_up - MICROSECOND, signed_up, signed_up + 7 * DAY]
    moments += [signed_up + 7 * DAY + MICROSECOND]
    posts = [
        Post(UUID(int=50 + number), author, at)
        for number, (author, at) in enumerate(zip(AUTHORS, moments, strict=False))
    ]
    replace_posts(writer_url, posts)
    found = records(echo.publishing_funnel(foreign, "2026-05-04", "2026-05-04", days=7))
    assert [row["users"] for row in found] == [7, 2, 2, 0]
    assert found[1]["median_hours"] == pytest.approx(84.0)
