"""Figures of authors, cohorts, categories and key figures: what is drawn, and how it is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest
from frames_for_plots import (
    active,
    authors,
    categories,
    cohorts,
    daily,
    hours,
    key_figures,
    months,
    steps,
    unusual,
    weeks,
)

from echo_analytics import InvalidInput, plots

COUNTS = ("total_posts", "published_posts", "draft_posts", "archived_posts")


def names(figure: object) -> list[str]:
    return [trace.name for trace in figure.data if trace.name and trace.showlegend is not False]  # type: ignore[attr-defined]  # a figure


def test_the_cumulative_share_goes_with_the_bars() -> None:
    bars, line = plots.top_authors(authors(9, 3), start="2026-01-01", end="2026-01-31").data
    assert list(bars.x) == [9, 3]
    assert list(line.x) == [9 / 24, 0.5]
    assert list(line.y) == list(bars.y)


def test_the_subtitle_tells_the_share_of_those_shown() -> None:
    figure = plots.top_authors(authors(9, 3), timezone="Europe/Berlin")
    assert figure.layout.title.subtitle.text == "Europe/Berlin · 2 authors wrote 50.0% of all posts"


def test_categories_are_cut_and_counted() -> None:
    figure = plots.category_summary(categories("A", "B", None), top=2)
    assert figure.layout.title.subtitle.text.endswith("30 posts · 2 of 3 categories")
    assert list(figure.data[0].x) == [7, 7]
    assert list(figure.data[2].x) == [8, 8]
    with pytest.raises(InvalidInput, match="top"):
        plots.category_summary(categories("A"), top=0)


def test_every_hour_of_the_week_has_its_cell() -> None:
    (heat,) = plots.posting_heatmap(hours()).data
    assert [len(row) for row in heat.z] == [24] * 7
    assert heat.z[0][0] == 0
    assert heat.z[6][23] == 167
    assert heat.text[6][23] == "167"
    assert heat.y[0] == "Monday"
    assert heat.zmax is None
    # Without posts nothing has the colour of the middle.
    nothing = hours().set_column(2, hours().schema.field(2), [[0] * 168])
    (empty,) = plots.posting_heatmap(nothing).data
    assert (empty.zmin, empty.zmax) == (0, 1)


def test_cohorts_have_their_values_and_what_is_not_over_a_star() -> None:
    figure = plots.author_retention(cohorts())
    (heat,) = figure.data
    assert [list(row) for row in heat.text] == [["100%", "50%*"], ["100%*", ""], ["100%", ""]]
    labels = [label.strip() for label in figure.layout.yaxis.ticktext]
    assert labels == ["1 January 2026 · 10 authors", "1 February 2026 · 4 authors", "<b>Mean</b>"]
    assert "* not over yet" in figure.layout.title.subtitle.text


def test_the_dormant_are_below_zero_and_told_without_a_sign() -> None:
    figure = plots.author_lifecycle(weeks())
    assert names(figure) == ["New", "Returning", "Resurrected", "Dormant"]
    assert list(figure.data[3].y) == [0, -2, -30]
    assert list(figure.data[3].customdata) == [0, 2, 30]
    assert not any(text.startswith(("-", "−")) for text in figure.layout.yaxis.ticktext)
    low, high = figure.layout.yaxis.range
    assert low < -30
    assert high > 18


def test_a_week_that_is_not_over_is_hatched_and_explained() -> None:
    figure = plots.author_lifecycle(weeks(over=False))
    assert list(figure.data[0].marker.pattern.shape) == ["", "", "/"]
    assert names(figure)[-1] == "Not over yet"


def test_the_ratios_have_an_axis_of_their_own_from_zero() -> None:
    figure = plots.stickiness(active(40))
    assert names(figure) == ["In 30 days", "In 7 days", "On the day"]
    assert figure.layout.yaxis.range[0] == 0
    assert figure.layout.yaxis2.range[0] == 0
    assert len({trace.line.dash for trace in figure.data[:3]}) == 3


def test_a_funnel_has_users_and_shares() -> None:
    (funnel,) = plots.publishing_funnel(steps(1200, 600, 300, 30)).data
    assert list(funnel.text) == ["1,200 (100.0%)", "600 (50.0%)", "300 (25.0%)", "30 (2.5%)"]
    assert [row[2] for row in funnel.customdata] == [
        "0.0 hours",
        "5.0 hours",
        "47.9 hours",
        "4.0 days",
    ]
    (nobody,) = plots.publishing_funnel(steps(0, 0, 0, 0)).data
    assert nobody.text[0] == "0 (–)"


def test_unusual_days_point_up_or_down_and_the_unfinished_are_marked() -> None:
    figure = plots.post_anomalies(unusual(0.0, 4.0, -9.0, None))
    marks = figure.data[-1]
    assert list(marks.marker.symbol) == ["triangle-up", "triangle-down"]
    assert len(figure.layout.shapes) == 1
    assert figure.layout.title.subtitle.text.endswith("2 unusual days of 4")
    assert len(plots.post_anomalies(unusual(0.0)).layout.shapes) == 0


def test_key_figures_are_told_with_their_change() -> None:
    figure = plots.overview(key_figures("total_posts", "unique_authors"))
    told = [note.text for note in figure.layout.annotations]
    assert told == [
        "Total posts",
        "<b>1,250</b>",
        "▲ +25% · before: 1,000",
        "Active authors",
        "<b>1,250</b>",
        "▲ +25% · before: 1,000",
    ]


def test_a_group_has_its_own_panel_on_the_scale_of_all() -> None:
    figure = plots.posts_over_time(months("A", "B", "C"))
    scales = {tuple(figure.layout[axis].range) for axis in ("yaxis", "yaxis2", "yaxis3")}
    assert len(scales) == 1
    assert [note.text for note in figure.layout.annotations] == [
        f"<b>{name}</b> · 15 posts" for name in "ABC"
    ]
    assert figure.layout.title.text == "Posts per month"


def test_statuses_keep_their_colours_in_a_breakdown() -> None:
    figure = plots.posts_over_time(months("draft", "archived"))
    colours = plots.palette("light")
    assert [trace.marker.color for trace in figure.data[:2]] == [colours.draft, colours.archived]
    assert figure.layout.annotations[0].text.startswith("<b>Draft</b>")


def test_hours_are_told_to_be_utc_under_the_days_of_the_zone() -> None:
    starts = [datetime(2026, 10, 24, 22, tzinfo=UTC) + timedelta(hours=n) for n in range(25)]
    counts = {name: pa.array([1] * 25) for name in (*COUNTS, "unique_authors")}
    table = pa.table({"bucket": pa.array(starts, pa.timestamp("us", "UTC")), **counts})
    figure = plots.posts_over_time(table, timezone="Europe/Berlin")
    assert figure.layout.title.text == "Posts per hour"
    assert figure.layout.title.subtitle.text == (
        "25 October 2026 (Europe/Berlin) · 25 posts · hours in UTC"
    )
    assert figure.layout.xaxis.hoverformat.endswith("UTC")


def test_a_large_rest_does_not_flatten_the_others() -> None:
    table = months("A", "rest")
    kinds = pa.array(["value"] * 3 + ["other"] * 3)
    table = table.set_column(table.column_names.index("group_kind"), "group_kind", kinds)
    many = pa.array([5] * 3 + [5000] * 3)
    table = table.set_column(table.column_names.index("total_posts"), "total_posts", many)
    layout = plots.posts_over_time(table).layout
    assert layout.yaxis.range[1] < 10
    assert layout.yaxis2.range[1] > 5000


def test_a_running_total_has_a_panel_of_its_own() -> None:
    plain = plots.daily_posts(daily(3))
    table = daily(3).append_column("total_posts_cumulative", pa.array([3, 7, 12], pa.int64()))
    figure = plots.daily_posts(
        table.append_column("unique_authors_cumulative", pa.array([2, 3, 4], pa.int64()))
    )
    [running] = [trace for trace in figure.data if trace.name == "Running total"]
    assert list(running.y) == [3, 7, 12]
    assert list(running.customdata) == [2, 3, 4]
    assert running.yaxis == figure.layout.xaxis.anchor == "y3"
    assert figure.layout.yaxis3.range[0] == 0
    assert figure.layout.yaxis3.range[1] > 12
    assert "Running total" in [note.text for note in figure.layout.annotations]
    assert figure.layout.height > plain.layout.height
    assert "yaxis3" not in plain.layout


def test_rolling_means_and_counterparts_are_lines() -> None:
    table = months()
    table = table.append_column("total_posts_rolling", pa.array([5.0, 5.0, 5.0]))
    table = table.append_column("total_posts_previous", pa.array([4, None, 4]))
    assert names(plots.posts_over_time(table)) == [
        "Published",
        "Draft",
        "Archived",
        "Rolling mean",
        "Compared with",
        "Not over yet",
    ]
