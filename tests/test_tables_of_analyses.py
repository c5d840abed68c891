from __future__ import annotations

import pyarrow as pa
import pytest
from frames_for_plots import (
    cohorts,
    daily,
    hours,
    months,
    newest,
    steps,
    unusual,
    users,
    weeks,
)
from table_cells import headings, html, notes, rows, with_content

from echo_analytics import InvalidInput, tables
from echo_analytics.frames import FrameName, to_frame


def test_groups_are_summed_up_in_the_order_of_the_frame() -> None:
    table = months("B", "A")
    shown = rows(tables.posts_over_time(table))
    assert shown == [
        ["B", "~", "15", "50.0%", "6", "6", "3"],
        ["A", "~", "15", "50.0%", "6", "6", "3"],
    ]


def test_the_change_of_a_group_goes_by_the_buckets_that_are_over() -> None:
    before = pa.array([4, 4, 9], pa.int64())
    shown = rows(tables.posts_over_time(months("A").append_column("total_posts_previous", before)))
    assert shown[0][-1] == "▲ +25%"
    missing = pa.array([0, None, 9], pa.int64())
    shown = rows(tables.posts_over_time(months("A").append_column("total_posts_previous", missing)))
    assert shown[0][-1] == "–"


def test_derived_columns_are_shown_where_the_frame_has_them() -> None:
    table = months()
    for name, kind, values in (
        ("total_posts_rolling", pa.float64(), [5.0, 5.5, 5.0]),
        ("total_posts_cumulative", pa.int64(), [5, 10, 1500]),
        ("total_posts_relative_change", pa.float64(), [-0.5, None, 0.0]),
    ):
        table = table.append_column(name, pa.array(values, kind))
    made = tables.posts_over_time(table)
    assert headings(made)[-3:] == ["Rolling mean", "Running total", "Change"]
    assert [row[-3:] for row in rows(made)] == [
        ["5.0", "5", "▼ −50%"],
        ["5.5", "10", "–"],
        ["5.0", "1,500", "= 0%"],
    ]


def test_the_last_buckets_are_shown_and_the_others_counted() -> None:
    table = daily(40)
    upside_down = table.take(list(range(39, -1, -1)))
    made = tables.daily_posts(upside_down, last=2)
    assert [row[0] for row in rows(made)] == ["Sun, 8 February 2026", "Mon, 9 February 2026"]
    assert notes(made) == ["The last 2 of 40 days."]
    assert "Thu, 1 January 2026 – Mon, 9 February 2026 (UTC)" in html(made)
    assert f"{sum(range(3, 43)):,} posts" in html(made)
    with pytest.raises(InvalidInput, match="last"):
        tables.daily_posts(table, last=0)


def test_a_bucket_that_is_not_over_says_so() -> None:
    shown = rows(tables.posts_over_time(months()))
    assert [row[0] for row in shown] == [
        "January 2026",
        "February 2026",
        "March 2026 not over yet",
    ]


@pytest.mark.parametrize("name", ["pandas", "polars", "arrow"])
def test_hours_are_told_on_the_clock_of_the_zone(name: FrameName) -> None:
    instants = pa.array([1792886400_000_000, 1792890000_000_000], pa.timestamp("us", "UTC"))
    table = months().slice(0, 2).set_column(0, "bucket", instants)
    made = tables.posts_over_time(to_frame(table, name), timezone="Europe/Berlin")
    assert [row[0] for row in rows(made)] == [
        "25 Oct 2026, 02:00 CEST",
        "25 Oct 2026, 02:00 CET",
    ]


def test_moments_are_told_in_the_zone_that_the_heading_names() -> None:
    made = tables.user_stats(users("Ada"), timezone="Asia/Kolkata")
    assert headings(made)[-1] == "Last post (Asia/Kolkata)"
    assert rows(made)[0][-1] == "30 Jun 2026, 17:30"
    with pytest.raises(InvalidInput, match="timezone"):
        tables.user_stats(users("Ada"), timezone="Mars/Olympus")


def test_the_users_with_most_posts_come_first_and_the_others_are_counted() -> None:
    table = users("Ada", "Bob", "Eve").take([2, 0, 1])
    made = tables.user_stats(table, top=2)
    assert [row[:2] for row in rows(made)] == [["Ada", "30"], ["Bob", "20"]]
    assert "2 of 3 users · 60 posts" in html(made)


def test_mail_addresses_are_not_shown() -> None:
    table = with_content(newest(("A", None)), "x")
    mails = table.append_column("author_email", pa.array(["ada@example.org"], pa.string()))
    assert "ada@example.org" not in html(tables.posts_with_authors(mails))


def test_cohorts_have_a_row_each_and_a_dashed_edge_where_a_period_is_not_over() -> None:
    made = tables.author_retention(cohorts())
    assert rows(made) == [
        ["January 2026", "10", "~", "100%", "50%"],
        ["February 2026", "4", "~", "100%", ""],
        ["All cohorts", "10", "~", "100%", ""],
    ]
    assert html(made).count("1px dashed") == 2
    assert notes(made) == ["Dashed: not over yet."]


def test_periods_beyond_the_last_are_counted() -> None:
    long = pa.concat_tables(
        [
            cohorts().slice(0, 1).set_column(2, "period", pa.array([period], pa.int64()))
            for period in range(20)
        ]
    )
    made = tables.author_retention(long, periods=3)
    assert headings(made)[3:] == ["0", "1", "2", "3"]
    assert notes(made) == ["Periods 0 to 3 of 19."]


def test_the_hours_of_a_week_have_a_column_each_and_their_sum() -> None:
    shown = rows(tables.posting_heatmap(hours()))
    assert [row[0] for row in shown][::6] == ["Mon", "Sun"]
    assert shown[1][1:] == [*map(str, range(24, 48)), "852"]


def test_unusual_days_come_newest_first_and_others_on_request() -> None:
    table = unusual(4.0, 0.0, -5.0)
    shown = rows(tables.post_anomalies(table))
    assert [row[:2] for row in shown] == [
        ["Sat, 3 January 2026", "▼ fewer than usual"],
        ["Thu, 1 January 2026", "▲ more than usual"],
    ]
    assert len(rows(tables.post_anomalies(table, all_days=True))) == 3


def test_the_active_authors_of_a_week_are_those_who_are_not_dormant() -> None:
    assert [row[1:] for row in rows(tables.author_lifecycle(weeks()))] == [
        ["12", "1", "4", "7", "0"],
        ["15", "2", "5", "8", "2"],
        ["18", "3", "6", "9", "30"],
    ]


def test_the_steps_of_a_funnel_say_how_long_they_took() -> None:
    shown = rows(tables.publishing_funnel(steps(8, 4, 2, 1)))
    assert [row[0] for row in shown] == [
        "Signed up",
        "First post",
        "First published",
        "Second published",
    ]
    assert [row[-1] for row in shown] == ["0 hours", "5 hours", "47.9 hours", "4 days"]
