from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest

from echo_analytics.reports import sentences
from echo_analytics.reports.period import parse_period

MONDAY = date(2026, 6, 15)
WEEK = parse_period("2026-W25", "UTC")


def weeks(*totals: int, complete: bool = True) -> pa.Table:
    """Weeks that end with that of 15 June 2026."""
    first = MONDAY - timedelta(weeks=len(totals) - 1)
    return pa.table(
        {
            "bucket": [first + timedelta(weeks=number) for number in range(len(totals))],
            "total_posts": list(totals),
            "is_complete": [complete or number < len(totals) - 1 for number in range(len(totals))],
        }
    )


def said(rule: Any, table: pa.Table) -> list[str]:  # noqa: ANN401 - a function
    return list(rule(table))


@pytest.mark.parametrize(
    ("totals", "sentence"),
    [
        ((), "There are no posts up to now."),
        ((0, 0), "There are no posts up to now."),
        ((0, 0, 7), "There were 7 posts; it was the first week with posts."),
        ((5, 1), "Posts fell 80 % to 1."),
        ((100, 101), "Posts rose 1 % to 101."),
        ((1000, 1001), "Posts rose by less than 1 % to 1,001."),
        ((200, 1), "Posts fell by more than 99 % to 1."),
        ((5, 5), "There were 5 posts, as many as in the week before."),
        ((5, 0), "There were no posts, after 5 in the week before."),
        ((5, 0, 0), "There were no posts, as in the week before."),
        ((5, 0, 1), "There was 1 post, after none in the week before."),
        ((1, 3), "Posts rose 200 % to 3."),
        # 14 weeks back is 9 March.
        ((9, *[12] * 12, 11, 10), "Posts fell 9 % to 10, the lowest week since March."),
        ((10, *[12] * 12, 11, 10), "Posts fell 9 % to 10, the lowest week since March."),
        ((9, 12, 12, 11, 10), "Posts fell 9 % to 10."),
        ((11, *[12] * 12, 11, 10), "Posts fell 9 % to 10, the lowest of 15 weeks."),
        ((30, *[12] * 6, 20), "Posts rose 67 % to 20, the highest week since April."),
        ((30, *[12] * 50, 20), "Posts rose 67 % to 20, the highest week since June 2025."),
        # Before the first post there is no history.
        ((0, 0, 0, 0, 0, 0, 3, 4), "Posts rose 33 % to 4."),
    ],
)
def test_a_trend_is_put_into_words(totals: tuple[int, ...], sentence: str) -> None:
    assert said(sentences.trend("week"), weeks(*totals)) == [sentence]


def test_a_week_that_is_not_over_is_compared_with_nothing() -> None:
    table = weeks(10, 3, complete=False)
    assert said(sentences.trend("week"), table) == [
        "There were 3 posts so far; the week is not over."
    ]


def overview(**values: tuple[float, float | None]) -> pa.Table:
    return pa.table(
        {
            "metric": list(values),
            "value": [float(value) for value, _ in values.values()],
            "change": pa.array([change for _, change in values.values()], pa.float64()),
        }
    )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (7.0, "12 authors wrote, 7 more than in the period before; 3 of them for the first time."),
        (-1.0, "12 authors wrote, 1 fewer than in the period before; 3 of them"),
        (0.0, "12 authors wrote, as many as in the period before; 3 of them"),
        (None, "12 authors wrote; 3 of them for the first time."),
    ],
)
def test_an_overview_says_who_wrote(change: float | None, words: str) -> None:
    table = overview(
        total_posts=(40, 0),
        published_posts=(30, 0),
        unique_authors=(12, change),
        new_authors=(3, 0),
    )
    first, second = said(sentences.overview, table)
    assert first.startswith(words)
    assert second == "Of 40 posts, 30 (75 %) are published."


@pytest.mark.parametrize(
    ("total", "change", "words"),
    [
        (2_815, 171.0, "There were 2,815 posts, 171 more than in the period before."),
        (1, -1.0, "There was 1 post, 1 fewer than in the period before."),
        (5, 0.0, "There were 5 posts, as many as in the period before."),
        (5, None, "1 author wrote"),
        (0, -3.0, "Nobody wrote."),
    ],
)
def test_an_overview_of_a_range_says_how_many_posts_there_were(
    total: int, change: float | None, words: str
) -> None:
    table = overview(
        total_posts=(total, change),
        published_posts=(total, 0),
        unique_authors=(min(total, 1), 0),
        new_authors=(0, 0),
    )
    assert said(sentences.overview_of_range, table)[0].startswith(words)


@pytest.mark.parametrize(
    ("total", "published", "sentence"),
    [
        (4, 4, "All 4 posts are published."),
        (1, 1, "The one post is published."),
        (4, 0, "Of 4 posts, none are published."),
        (1_200, 1, "Of 1,200 posts, 1 (less than 1 %) is published."),
    ],
)
def test_an_overview_says_what_is_published(total: int, published: int, sentence: str) -> None:
    table = overview(
        total_posts=(total, 0),
        published_posts=(published, 0),
        unique_authors=(1, 0),
        new_authors=(0, 0),
    )
    assert said(sentences.overview, table) == [
        "1 author wrote, as many as in the period before; none of them for the first time.",
        sentence,
    ]


def anomalies(*rows: tuple[int, float | None, bool]) -> pa.Table:
    return pa.table(
        {
            "date": [MONDAY + timedelta(days=number) for number in range(len(rows))],
            "total_posts": [total for total, _, _ in rows],
            "lower": [20.4] * len(rows),
            "upper": [60.5] * len(rows),
            "score": pa.array([score for _, score, _ in rows], pa.float64()),
            "is_anomaly": [marked for *_, marked in rows],
        }
    )


def test_unusual_days_are_explained() -> None:
    table = anomalies((83, 4.1, True), (40, 0.1, False), (0, -5.0, True))
    expected = "the 20 to 61 to be expected of that weekday."
    assert said(sentences.anomalies(WEEK), table) == [
        f"Monday, 15 June, was unusual: 83 posts, more than {expected}",
        f"Wednesday, 17 June, was unusual: no posts, fewer than {expected}",
    ]


def test_days_outside_the_period_and_without_history_are_not_judged() -> None:
    later = anomalies(*[(40, 0.1, False)] * 7, (900, 9.0, True))
    assert said(sentences.anomalies(WEEK), later) == [
        "No day of the week was unusual for its weekday."
    ]
    unknown = anomalies((83, None, False))
    assert said(sentences.anomalies(WEEK), unknown) == [
        "There is too little history to say which days are unusual."
    ]
    month = parse_period("2026-06", "UTC")
    assert said(sentences.anomalies(month), anomalies(*[(99, 5.0, True)] * 8))[-1] == (
        "3 more days were unusual."
    )
    assert said(sentences.anomalies(month), anomalies(*[(99, 5.0, True)] * 6))[-1] == (
        "1 more day was unusual."
    )
    day = parse_period("2026-06-15", "UTC")
    assert said(sentences.anomalies(day), anomalies((40, 0.1, False))) == [
        "The day was not unusual for its weekday."
    ]


def categories(*rows: tuple[str | None, int, int]) -> pa.Table:
    total = sum(now for _, now, _ in rows) or 1
    return pa.table(
        {
            "category": pa.array([name for name, _, _ in rows], pa.string()),
            "total_posts": [now for _, now, _ in rows],
            "total_posts_previous": [before for *_, before in rows],
            "share": [now / total for _, now, _ in rows],
            "total_posts_relative_change": pa.array(
                [(now - before) / before if before else None for _, now, before in rows],
                pa.float64(),
            ),
        }
    )


def test_categories_that_lead_gain_and_lose_are_named() -> None:
    assert said(sentences.categories, categories(("A", 6, 2), ("B", 3, 9), (None, 1, 1))) == [
        "A had the most posts: 6 posts, 60 % of all.",
        "A gained most: from 2 to 6.",
        "B lost most: from 9 to 3.",
    ]
    assert said(sentences.categories, categories(("A", 2, 2), (None, 2, 2))) == [
        "A and those without a category had the most posts: 2 posts each, 50 % of all each."
    ]
    assert said(sentences.categories, categories((None, 4, 9), ("A", 0, 3))) == [
        "All 4 posts are without a category.",
        "Those without a category lost most: from 9 to 4.",
    ]
    assert said(sentences.categories, categories(("A", 1, 1))) == ["The one post is in A."]
    assert said(sentences.categories, categories(("A", 0, 2))) == ["No category had posts."]


def test_authors_who_lead_are_named_and_ties_share() -> None:
    def table(*rows: tuple[str, int]) -> pa.Table:
        return pa.table(
            {
                "author_name": [name for name, _ in rows],
                "total_posts": [total for _, total in rows],
                "share": [total / 20 for _, total in rows],
                "cumulative_share": [0.5] * len(rows),
            }
        )

    assert said(sentences.authors, table(("Ada", 8), ("Bo", 1), ("Cy", 1))) == [
        "Ada wrote most: 8 posts, 40 % of all.",
        "The first 3 wrote 50 % of all posts.",
    ]
    assert said(sentences.authors, table(("Ada", 1), ("Bo", 1))) == [
        "Ada and Bo wrote most: 1 post each, 5 % of all each."
    ]
    all_of_them = table(("Ada", 12), ("Bo", 4), ("Cy", 4))
    all_of_them = all_of_them.set_column(3, "cumulative_share", pa.array([0.6, 0.8, 1.0]))
    assert said(sentences.authors, all_of_them) == ["Ada wrote most: 12 posts, 60 % of all."]
    one = table(("Ada", 20)).set_column(2, "share", pa.array([1.0]))
    assert said(sentences.authors, one) == ["Ada wrote most: 20 posts, all of them."]
    four = table(("Ada", 2), ("Bo", 2), ("Cy", 2), ("Di", 2))
    assert said(sentences.authors, four)[0] == "4 of them wrote most: 2 posts each."
    assert said(sentences.authors, table().slice(0, 0)) == ["Nobody wrote."]


def test_retention_is_that_of_the_means() -> None:
    table = pa.table(
        {
            "cohort": pa.array([MONDAY, None, None, None], pa.date32()),
            "cohort_size": [5, 40, 40, 0],
            "period": [1, 0, 1, 4],
            "active_authors": [5, 40, 10, 0],
            "rate": pa.array([1.0, 1.0, 0.25, None]),
        }
    )
    assert said(sentences.retention("week"), table) == [
        "Of 40 authors, 10 (25 %) wrote again the week after their first post."
    ]
    nobody = table.set_column(3, "active_authors", pa.array([5, 40, 0, 0]))
    assert said(sentences.retention("week"), nobody) == [
        "Of 40 authors, none wrote again the week after their first post."
    ]
    assert said(sentences.retention("week"), table.slice(0, 1)) == [
        "There is too little history to say how many write again."
    ]


def test_the_life_of_authors_is_told() -> None:
    def table(*numbers: int, complete: bool = True) -> pa.Table:
        names = ("new", "returning", "resurrected", "dormant")
        counts = {f"{name}_authors": [count] for name, count in zip(names, numbers, strict=True)}
        return pa.table({**counts, "is_complete": [complete]})

    first, second = said(sentences.lifecycle("month"), table(3, 5, 2, 1))
    assert first == (
        "Of 10 authors, 3 wrote for the first time, 5 had written in the month before too, and 2 "
        "came back after a pause."
    )
    assert second == "1 author of the month before stayed away."
    assert len(said(sentences.lifecycle("month"), table(3, 5, 2, 1, complete=False))) == 1
    assert said(sentences.lifecycle("month"), table(0, 5, 0, 0)) == [
        (
            "Of 5 authors, none wrote for the first time, 5 had written in the month before too, "
            "and none came back after a pause."
        )
    ]
    assert said(sentences.lifecycle("week"), table(0, 0, 0, 2)) == [
        "Nobody wrote.",
        "2 authors of the week before stayed away.",
    ]
    assert said(sentences.lifecycle("week"), table(0, 0, 0, 0)) == [
        "Nobody wrote, nor in the week before."
    ]


def test_the_busiest_day_and_hour_are_named() -> None:
    rows = [(weekday, hour) for weekday in range(1, 8) for hour in range(24)]
    table = pa.table(
        {
            "weekday": [weekday for weekday, _ in rows],
            "hour": [hour for _, hour in rows],
            "total_posts": [{(2, 14): 4, (7, 23): 5, (2, 15): 3}.get(cell, 0) for cell in rows],
        }
    )
    assert said(sentences.heatmap, table) == [
        "58 % of all was written on Tuesdays.",
        "The busiest hour was 23:00 to 0:00 on Sundays.",
    ]


def test_a_funnel_is_told() -> None:
    table = pa.table({"users": [40, 20, 10, 5]})
    assert said(sentences.funnel, table) == [
        "Of 40 users who signed up, 20 (50 %) wrote, 10 published, and 5 published again."
    ]
    assert said(sentences.funnel, pa.table({"users": [0, 0, 0, 0]})) == ["Nobody signed up."]


def test_new_authors_are_counted_and_the_busiest_named() -> None:
    table = pa.table({"user_name": ["Ada", "Bo"], "total_posts": [3, 9]})
    assert said(sentences.new_authors, table) == [
        "2 authors wrote for the first time.",
        "Bo has written most since: 9 posts.",
    ]
    assert said(sentences.new_authors, table.slice(0, 1)) == ["1 author wrote for the first time."]


@pytest.mark.parametrize(
    ("daily", "words"),
    [
        ((1, 1), "On an average day 1 author wrote;"),
        ((1, 2), "On an average day 1.5 authors wrote;"),
        ((12, 15), "On an average day 14 authors wrote;"),
        ((0, 1), "On an average day 0.5 authors wrote;"),
        ((0, 0), "Nobody wrote;"),
    ],
)
def test_how_often_authors_write_is_told(daily: tuple[int, int], words: str) -> None:
    table = pa.table(
        {
            "date": [MONDAY, MONDAY + timedelta(days=1)],
            "daily_active": list(daily),
            "monthly_active": [30, 31],
            "is_complete": [True, True],
        }
    )
    (sentence,) = said(sentences.stickiness, table)
    assert sentence.startswith(f"{words} in the 30 days to 16 June 2026 it was 31")


@pytest.mark.parametrize(
    ("posts", "days", "sentence"),
    [
        (0, 0, "They have written nothing up to now."),
        (1, 1, "1 post on 1 day since 16 June 2026."),
        (1_200, 30, "1,200 posts on 30 days since 16 June 2026."),
    ],
)
def test_all_that_an_author_wrote_is_told(posts: int, days: int, sentence: str) -> None:
    # It is the next day in Berlin.
    first = datetime(2026, 6, 15, 23, tzinfo=UTC) if posts else None
    instants = pa.array([first], pa.timestamp("us", "UTC"))
    table = pa.table({"total_posts": [posts], "first_post": instants, "days_active": [days]})
    assert said(sentences.totals(ZoneInfo("Europe/Berlin")), table) == [sentence]
