"""Top authors, categories, weekdays and hours, key figures, each against a count by hand."""

from __future__ import annotations

import statistics
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import psycopg
from frames_by_hand import assert_same_rows
from histories import CATEGORIES, by_examples, moments, places, posts_at, sign_up
from hypothesis import given
from hypothesis import strategies as st
from sample_posts import (
    USERS,
    Post,
    local_day,
    records,
    replace_posts,
)
from series_by_hand import months_later

import echo_analytics as echo

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    import pyarrow as pa

DAY = timedelta(days=1)


@st.composite
def stories(draw: st.DrawFn) -> dict[str, Any]:
    day, zone = draw(places())
    posts = draw(posts_at(moments(day, 200, 100), most=25))
    kinds = st.sampled_from([None, *list(CATEGORIES)[:3]])
    contents = st.sampled_from(["", "a", "four", "🎉🎉", "x" * 50])
    start = day - DAY * draw(st.integers(0, 3))
    return {
        "posts": [replace(post, category=draw(kinds), content=draw(contents)) for post in posts],
        "sign_ups": {user: draw(moments(day, 200, 100)) for user in USERS},
        "start": start,
        "end": start + DAY * draw(st.integers(0, 4)),
        "zone": zone,
    }


def between(posts: list[Post], start: date | None, end: date | None, zone: ZoneInfo) -> list[Post]:
    days = {post.id: local_day(post.created_at, zone) for post in posts}
    return [p for p in posts if (start or date.min) <= days[p.id] <= (end or date.max)]


def range_before(start: date, end: date) -> tuple[date, date]:
    return start - (end - start) - DAY, start - DAY


@by_examples
@given(
    story=stories(),
    limit=st.integers(1, 8),
    activity=st.sampled_from(["any", "published"]),
    open_sides=st.tuples(st.booleans(), st.booleans()),
)
def test_top_authors_are_those_counted_by_hand(
    story: dict[str, Any],
    limit: int,
    activity: Any,  # noqa: ANN401 - any of two
    open_sides: tuple[bool, bool],
    foreign: echo.Database[pa.Table],
    writer_url: str,
) -> None:
    replace_posts(writer_url, story["posts"])
    start = None if open_sides[0] else story["start"]
    end = None if open_sides[1] else story["end"]
    posts = [
        post
        for post in between(story["posts"], start, end, story["zone"])
        if activity == "any" or post.state == "published"
    ]
    totals = Counter(post.author for post in posts)
    wanted, so_far = [], 0
    for author, total in sorted(totals.items(), key=lambda item: (-item[1], item[0]))[:limit]:
        so_far += total
        wanted.append(
            {
                "rank": 1 + sum(other > total for other in totals.values()),
                "author_id": str(author),
                "author_name": USERS[author],
                "total_posts": total,
                "share": total / len(posts),
                "cumulative_share": so_far / len(posts),
            }
        )
    found = echo.top_authors(
        foreign, start, end, limit=limit, activity=activity, timezone=story["zone"].key
    )
    assert_same_rows(records(found), wanted)


@by_examples
@given(story=stories())
def test_categories_are_summed_up_as_by_hand(
    story: dict[str, Any], foreign: echo.Database[pa.Table], writer_url: str
) -> None:
    replace_posts(writer_url, story["posts"])
    start, end, zone = story["start"], story["end"], story["zone"]
    posts = between(story["posts"], start, end, zone)
    earlier = between(story["posts"], *range_before(start, end), zone)
    rows: list[dict[str, Any]] = []
    for category in [*CATEGORIES, None]:
        own = [post for post in posts if post.category == category]
        before = sum(post.category == category for post in earlier)
        if category is None and not own and not before:
            continue
        rows.append(
            {
                "category_id": category and str(category),
                "category": category and CATEGORIES[category],
                "total_posts": len(own),
                "published_posts": sum(post.state == "published" for post in own),
                "unique_authors": len({post.author for post in own}),
                "share": len(own) / len(posts) if posts else None,
                "first_post": min((post.created_at for post in own), default=None),
                "last_post": max((post.created_at for post in own), default=None),
                "median_length": statistics.median(len(p.content) for p in own) if own else None,
                "total_posts_previous": before,
                "total_posts_relative_change": (len(own) - before) / before if before else None,
            }
        )
    rows.sort(
        key=lambda row: (
            row["category"] is None,
            -row["total_posts"],
            (row["category"] or "").encode(),
        )
    )
    found = echo.category_summary(foreign, start, end, timezone=zone.key)
    assert_same_rows(records(found), rows)


@by_examples
@given(story=stories(), activity=st.sampled_from(["any", "published"]))
def test_the_heatmap_is_the_one_counted_by_hand(
    story: dict[str, Any],
    activity: Any,  # noqa: ANN401 - any of two
    foreign: echo.Database[pa.Table],
    writer_url: str,
) -> None:
    replace_posts(writer_url, story["posts"])
    start, end, zone = story["start"], story["end"], story["zone"]
    cells: Counter[tuple[int, int]] = Counter()
    for post in between(story["posts"], start, end, zone):
        if activity == "any" or post.state == "published":
            local = post.created_at.astimezone(zone)
            cells[local.isoweekday(), local.hour] += 1
    wanted = [
        {"weekday": weekday, "hour": hour, "total_posts": cells[weekday, hour]}
        for weekday in range(1, 8)
        for hour in range(24)
    ]
    found = echo.posting_heatmap(foreign, start, end, activity=activity, timezone=zone.key)
    assert_same_rows(records(found), wanted)


def figures(
    posts: list[Post], sign_ups: dict[UUID, datetime], start: date, end: date, zone: ZoneInfo
) -> dict[str, float | None]:
    own = between(posts, start, end, zone)
    states = Counter(post.state for post in own)
    authors = {post.author for post in own}
    first: dict[UUID, datetime] = {}
    for post in posts:
        first[post.author] = min(post.created_at, first.get(post.author, post.created_at))
    return {
        "total_posts": len(own),
        **{f"{state}_posts": states[state] for state in ("published", "draft", "archived")},
        "unique_authors": len(authors),
        "posts_per_author": len(own) / len(authors) if authors else None,
        "new_authors": sum(start <= local_day(at, zone) <= end for at in first.values()),
        "new_users": sum(start <= local_day(at, zone) <= end for at in sign_ups.values()),
    }


@by_examples
@given(story=stories(), compare=st.sampled_from(["previous_period", "previous_year"]))
def test_the_key_figures_are_those_counted_by_hand(
    story: dict[str, Any],
    compare: Any,  # noqa: ANN401 - any of two
    foreign: echo.Database[pa.Table],
    writer_url: str,
) -> None:
    start, end, zone = story["start"], story["end"], story["zone"]
    posts = list(story["posts"])
    if compare == "previous_year":
        posts += [
            replace(post, id=UUID(int=post.id.int + 500), created_at=post.created_at - 365 * DAY)
            for post in posts[::2]
        ]
    replace_posts(writer_url, posts)
    sign_up(writer_url, story["sign_ups"])
    before = range_before(start, end)
    if compare == "previous_year":
        before = months_later(start, -12), months_later(end, -12)
    here = figures(posts, story["sign_ups"], start, end, zone)
    there = figures(posts, story["sign_ups"], *before, zone)
    wanted = []
    for metric, value in here.items():
        previous = there[metric]
        change = None if value is None or previous is None else value - previous
        wanted.append(
            {
                "metric": metric,
                "value": value,
                "value_previous": previous,
                "change": change,
                "relative_change": change / previous if previous and change is not None else None,
            }
        )
    found = echo.overview(foreign, start, end, compare=compare, timezone=zone.key)
    assert_same_rows(records(found), wanted)


def test_a_post_in_both_of_two_ranges_that_overlap_counts_in_both(
    foreign: echo.Database[pa.Table], writer_url: str
) -> None:
    author, noons = UUID(int=1), [datetime(year, 6, 1, 12, tzinfo=UTC) for year in (2023, 2024)]
    replace_posts(writer_url, [Post(UUID(int=50 + n), author, at) for n, at in enumerate(noons)])
    found = echo.overview(foreign, "2023-01-01", "2024-12-31", compare="previous_year")
    total, authors, new = (
        next(row for row in records(found) if row["metric"] == metric)
        for metric in ("total_posts", "unique_authors", "new_authors")
    )
    assert (total["value"], total["value_previous"]) == (2.0, 1.0)
    assert (authors["value"], authors["value_previous"]) == (1.0, 1.0)
    assert (new["value"], new["value_previous"]) == (1.0, 1.0)


def test_names_come_as_they_are_and_ties_share_a_rank(
    foreign: echo.Database[pa.Table], writer_url: str
) -> None:
    noon = datetime(2026, 5, 4, 12, tzinfo=UTC)
    authors = [UUID(int=number) for number in (3, 1, 1, 2, 2, 4)]
    replace_posts(
        writer_url, [Post(UUID(int=50 + n), author, noon) for n, author in enumerate(authors)]
    )
    with psycopg.connect(writer_url) as connection:
        connection.execute(
            "UPDATE users SET name = 'Ada 🎉 \"O''Hara\"' WHERE id = %s", (authors[1],)
        )
    found = records(echo.top_authors(foreign, "2026-05-04", "2026-05-04"))
    assert [row["rank"] for row in found] == [1, 1, 3, 3]
    assert found[0]["author_name"] == 'Ada 🎉 "O\'Hara"'
    assert found[-1]["cumulative_share"] == 1.0
    with psycopg.connect(writer_url) as connection:
        connection.execute(
            "UPDATE users SET name = %s WHERE id = %s", (USERS[authors[1]], authors[1])
        )
