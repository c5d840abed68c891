"""Retention, lifecycle, stickiness and the funnel, each against a count by hand."""

from __future__ import annotations

import statistics
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import polars as pl
import pytest
from frames_by_hand import NoDatabase, assert_same_rows
from histories import LONG_AFTER, MICROSECOND, moments, places, posts_at, sign_up
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sample_posts import (
    USERS,
    Post,
    contradictory,
    local_day,
    reader_of_a_foreign_database,
    records,
    replace_posts,
)
from series_by_hand import Wanted, first_day, moved

import echo_analytics as echo

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from zoneinfo import ZoneInfo

    import pyarrow as pa

    from echo_analytics.queries.activity import Activity

DAY = timedelta(days=1)
SPREAD = {"day": 100, "week": 800, "month": 2500, "quarter": 8000}
AUTHORS = sorted(USERS)[:5]
by_examples = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture(scope="module")
def writer_url(create_database: Callable[..., str]) -> str:
    return create_database()


@pytest.fixture(scope="module")
def foreign(writer_url: str) -> Iterator[echo.Database[pa.Table]]:
    """A database that knows nothing of us, as somebody sees it who may only read."""
    with (
        reader_of_a_foreign_database(writer_url) as url,
        echo.connect(url, frame="arrow") as database,
    ):
        yield database


class Periods:
    """Whole periods, numbered from 0; days before have numbers below."""

    def __init__(self, start: date, end: date, every: str, zone: ZoneInfo, week_start: str) -> None:
        self.wanted = Wanted(start, end, every, zone, LONG_AFTER, week_start)
        self.labels = [first_day(start, self.wanted)]
        while moved(self.labels[-1], every, 1) <= end:
            self.labels.append(moved(self.labels[-1], every, 1))

    def of(self, instant: datetime) -> int:
        label = first_day(local_day(instant, self.wanted.zone), self.wanted)
        number, at = 0, self.labels[0]
        while at < label:
            number, at = number + 1, moved(at, self.wanted.every, 1)
        while at > label:
            number, at = number - 1, moved(at, self.wanted.every, -1)
        return number

    def complete(self, number: int, now: datetime) -> bool:
        return local_day(now, self.wanted.zone) >= moved(self.labels[number], self.wanted.every, 1)


def kept(posts: list[Post], activity: str) -> list[Post]:
    return [post for post in posts if activity == "any" or post.state == "published"]


def retention_by_hand(
    posts: list[Post],
    sign_ups: dict[UUID, datetime],
    whole: Periods,
    now: datetime,
    **wanted: Any,  # noqa: ANN401 - the arguments of the analysis
) -> list[dict[str, Any]]:
    posts = kept(posts, wanted["activity"])
    began: dict[UUID, datetime] = dict(sign_ups)
    if wanted["cohort_by"] == "first_post":
        began = {}
        for post in posts:
            began[post.author] = min(post.created_at, began.get(post.author, post.created_at))
    cohort = {author: whole.of(at) for author, at in began.items()}
    rows: list[dict[str, Any]] = []
    size = len(whole.labels)
    for number in range(size):
        members = [author for author in cohort if cohort[author] == number]
        for period in range(size - number):
            if wanted["periods"] is not None and period > wanted["periods"]:
                continue
            there = set()
            for post in posts:
                if post.author not in members or post.created_at < began[post.author]:
                    continue
                later = whole.of(post.created_at) - number
                if later == period or (wanted["method"] == "on or after" and later > period):
                    there.add(post.author)
            rows.append(
                {
                    "cohort": whole.labels[number],
                    "cohort_size": len(members),
                    "period": period,
                    "active_authors": len(there),
                    "rate": len(there) / len(members) if members else None,
                    "is_complete": whole.complete(number + period, now),
                }
            )
    means: list[dict[str, Any]] = []
    for period in sorted({row["period"] for row in rows}) if wanted["mean"] else ():
        of_period = [row for row in rows if row["period"] == period and row["is_complete"]]
        total = sum(row["cohort_size"] for row in of_period)
        authors = sum(row["active_authors"] for row in of_period)
        means.append(
            {
                "cohort": None,
                "cohort_size": total,
                "period": period,
                "active_authors": authors,
                "rate": authors / total if total else None,
                "is_complete": bool(of_period),
            }
        )
    return rows + means


@st.composite
def stories(draw: st.DrawFn) -> dict[str, Any]:
    day, zone = draw(places())
    every = draw(st.sampled_from(list(SPREAD)))
    spread = SPREAD[every]
    instants = moments(day, spread, spread)
    start = day - DAY * draw(st.integers(0, spread // 48))
    return {
        "posts": draw(posts_at(instants)),
        "sign_ups": {author: draw(instants) for author in USERS},
        "start": start,
        "end": start + DAY * draw(st.integers(0, spread // 30)),
        "every": every,
        "zone": zone,
        "week_start": draw(st.sampled_from(["monday", "sunday"])),
        "activity": draw(st.sampled_from(["any", "published"])),
        "now": draw(st.one_of(st.just(LONG_AFTER), instants)),
    }


def options(story: dict[str, Any]) -> dict[str, Any]:
    names = ("every", "week_start", "activity", "now")
    return {"timezone": story["zone"].key, **{name: story[name] for name in names}}


def periods_of(story: dict[str, Any]) -> Periods:
    return Periods(story["start"], story["end"], story["every"], story["zone"], story["week_start"])


@by_examples
@given(
    story=stories(),
    cohort_by=st.sampled_from(["first_post", "sign_up"]),
    method=st.sampled_from(["on", "on or after"]),
    periods=st.sampled_from([None, 0, 2]),
    mean=st.booleans(),
)
def test_retention_is_the_one_counted_by_hand(
    story: dict[str, Any],
    cohort_by: Any,  # noqa: ANN401 - any of two
    method: Any,  # noqa: ANN401 - any of two
    periods: int | None,
    mean: bool,
    foreign: echo.Database[pa.Table],
    writer_url: str,
) -> None:
    replace_posts(writer_url, story["posts"])
    sign_up(writer_url, story["sign_ups"])
    more = {"cohort_by": cohort_by, "method": method, "periods": periods, "mean": mean}
    found = echo.author_retention(foreign, story["start"], story["end"], **options(story), **more)
    wanted = retention_by_hand(
        story["posts"],
        story["sign_ups"],
        periods_of(story),
        story["now"],
        activity=story["activity"],
        **more,
    )
    assert_same_rows(records(found), wanted)


def lifecycle_by_hand(posts: list[Post], periods: Periods, now: datetime) -> list[dict[str, Any]]:
    active: dict[UUID, set[int]] = {}
    for post in posts:
        active.setdefault(post.author, set()).add(periods.of(post.created_at))
    rows = []
    for number, label in enumerate(periods.labels):
        kinds = dict.fromkeys(("new", "returning", "resurrected", "dormant"), 0)
        for numbers in active.values():
            before = number - 1 in numbers
            if number in numbers:
                first = min(numbers) == number
                kinds["new" if first else "returning" if before else "resurrected"] += 1
            elif before:
                kinds["dormant"] += 1
        rows.append(
            {
                "bucket": label,
                **{f"{kind}_authors": count for kind, count in kinds.items()},
                "is_complete": periods.complete(number, now),
            }
        )
    return rows


@by_examples
@given(story=stories())
def test_the_lifecycle_is_the_one_counted_by_hand_and_adds_up(
    story: dict[str, Any], foreign: echo.Database[pa.Table], writer_url: str
) -> None:
    replace_posts(writer_url, story["posts"])
    periods = periods_of(story)
    posts = kept(story["posts"], story["activity"])
    found = records(echo.author_lifecycle(foreign, story["start"], story["end"], **options(story)))
    assert_same_rows(found, lifecycle_by_hand(posts, periods, story["now"]))
    active: dict[int, set[UUID]] = {}
    for post in posts:
        active.setdefault(periods.of(post.created_at), set()).add(post.author)
    for number, row in enumerate(found):
        here = row["new_authors"] + row["returning_authors"] + row["resurrected_authors"]
        assert here == len(active.get(number, ()))
        before = row["returning_authors"] + row["dormant_authors"]
        assert before == len(active.get(number - 1, ()))


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


INSTANT = pl.Datetime("us", "UTC")
SHAPES: list[tuple[Any, dict[str, Any]]] = [
    (
        echo.author_retention,
        {
            "cohort": pl.Date,
            "cohort_size": pl.Int64,
            "period": pl.Int64,
            "active_authors": pl.Int64,
            "rate": pl.Float64,
            "is_complete": pl.Boolean,
        },
    ),
    (
        echo.author_lifecycle,
        {
            "bucket": pl.Date,
            "new_authors": pl.Int64,
            "returning_authors": pl.Int64,
            "resurrected_authors": pl.Int64,
            "dormant_authors": pl.Int64,
            "is_complete": pl.Boolean,
        },
    ),
    (
        echo.stickiness,
        {
            "date": pl.Date,
            "daily_active": pl.Int64,
            "weekly_active": pl.Int64,
            "monthly_active": pl.Int64,
            "daily_weekly": pl.Float64,
            "daily_monthly": pl.Float64,
            "is_complete": pl.Boolean,
        },
    ),
    (
        echo.publishing_funnel,
        {
            "step": pl.Int64,
            "step_name": pl.String,
            "users": pl.Int64,
            "conversion_from_first": pl.Float64,
            "conversion_from_previous": pl.Float64,
            "median_hours": pl.Float64,
        },
    ),
]


@pytest.mark.parametrize(("analysis", "shape"), SHAPES)
def test_types_are_the_declared_ones_with_posts_and_without(
    analysis: Any,  # noqa: ANN401 - any of the analyses
    shape: dict[str, Any],
    foreign: echo.Database[pa.Table],
    writer_url: str,
) -> None:
    for posts in (contradictory(), []):
        replace_posts(writer_url, posts)
        polars = analysis(foreign.using("polars"), "2026-03-01", "2026-04-30")
        assert dict(polars.schema) == shape
        pandas = analysis(foreign.using("pandas"), "2026-03-01", "2026-04-30")
        assert list(pandas.columns) == list(shape)
        assert_same_rows(records(pandas), records(polars))


@pytest.mark.parametrize(
    ("analysis", "argument", "value"),
    [
        (echo.author_retention, "every", "hour"),
        (echo.author_retention, "cohort_by", "birth"),
        (echo.author_retention, "method", "off"),
        (echo.author_retention, "periods", -1),
        (echo.author_retention, "mean", "yes"),
        (echo.author_retention, "activity", "draft"),
        (echo.author_retention, "start", "1900-01-01"),
        (echo.author_lifecycle, "every", "hour"),
        (echo.author_lifecycle, "week_start", "Sunday"),
        (echo.author_lifecycle, "now", "today"),
        (echo.stickiness, "start", "2026-07-01"),
        (echo.stickiness, "timezone", "Mars/Base"),
        (echo.publishing_funnel, "days", 0),
        (echo.publishing_funnel, "end", "soon"),
    ],
)
def test_a_wrong_argument_is_refused_by_name_before_any_query(
    analysis: Any,  # noqa: ANN401 - any of the analyses
    argument: str,
    value: object,
) -> None:
    arguments: dict[str, Any] = {"start": "2026-06-01", "end": "2026-06-30"}
    if value == "1900-01-01":
        arguments["every"] = "day"
    arguments[argument] = value
    with pytest.raises(echo.InvalidInput, match=f"^{argument}: "):
        analysis(NoDatabase(), **arguments)
