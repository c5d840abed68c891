from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from frames_for_plots import (
    active,
    daily,
    explained,
    facets,
    found,
    months,
    newest,
    unusual,
    users,
    weeks,
)

from echo_analytics import InvalidInput, plots
from echo_analytics.plots.text import days

if TYPE_CHECKING:
    import plotly.graph_objects as go


@pytest.mark.parametrize(("days", "kind"), [(7, "bar"), (62, "bar"), (63, "scatter")])
def test_a_day_is_a_stack_of_its_posts_by_status(days: int, kind: str) -> None:
    figure = plots.daily_posts(daily(days))
    stacked = figure.data[:3]
    assert [trace.name for trace in stacked] == ["Published", "Draft", "Archived"]
    assert {trace.type for trace in stacked} == {kind}
    assert [sum(parts) for parts in zip(*(trace.y for trace in stacked), strict=True)] == list(
        range(3, days + 3)
    )
    assert figure.layout.yaxis.range[0] == 0
    assert figure.layout.yaxis.range[1] >= days + 2


def test_the_hover_text_has_all_counts_with_separators() -> None:
    figure = plots.daily_posts(daily(7))
    assert figure.layout.hovermode == "x unified"
    assert [trace.hovertemplate.split(":")[0] for trace in figure.data] == [
        "Published",
        "Draft",
        "Archived",
        "All posts",
        "Unique authors",
    ]
    assert all("%{y:,}" in trace.hovertemplate for trace in figure.data)


def test_the_subtitle_has_the_range_the_zone_and_the_total() -> None:
    figure = plots.daily_posts(daily(59), timezone="Europe/Berlin")
    total = sum(range(3, 62))
    assert figure.layout.title.subtitle.text == (
        f"1 January – 28 February 2026 (Europe/Berlin) · {total:,} posts"
    )
    with pytest.raises(InvalidInput, match="timezone"):
        plots.daily_posts(daily(1), timezone="Mars/Olympus")


def test_days_are_drawn_in_order_whatever_the_order_of_rows() -> None:
    table = daily(90)
    upside_down = table.take(list(range(89, -1, -1)))
    assert plots.daily_posts(upside_down).to_json() == plots.daily_posts(table).to_json()


def test_days_that_are_left_out_are_not_painted_over() -> None:
    mondays = daily(364).take(list(range(0, 364, 7)) + list(range(1, 364, 7)))
    assert {trace.type for trace in plots.daily_posts(mondays).data[:3]} == {"bar"}


def test_a_part_can_be_chosen_of_a_long_range_only() -> None:
    assert plots.daily_posts(daily(181)).layout.xaxis.rangeselector.buttons == ()
    assert len(plots.daily_posts(daily(550)).layout.xaxis.rangeselector.buttons) == 4


def test_users_of_the_same_name_have_their_own_bars() -> None:
    figure = plots.user_stats(users("Ada", "Ada", "Bob"))
    assert list(figure.data[0].y) == ["id-0", "id-1", "id-2"]
    assert [text.strip() for text in figure.layout.yaxis.ticktext] == ["Ada", "Ada", "Bob"]


def test_the_users_with_most_posts_are_shown_and_the_others_counted() -> None:
    table = users("Ada", "Bob", "Eve", "Joe").take([3, 2, 1, 0])
    figure = plots.user_stats(table, top=2)
    assert list(figure.data[0].y) == ["id-0", "id-1"]
    assert [list(trace.x) for trace in figure.data[:3]] == [[28, 21], [8, 6], [4, 3]]
    assert figure.layout.title.subtitle.text == "2 users of 4 · 70% of 100 posts"
    with pytest.raises(InvalidInput, match="top"):
        plots.user_stats(table, top=0)


def test_users_without_posts_are_drawn() -> None:
    table = users("Ada")
    zeros = {name: [0] for name in table.column_names if name.endswith("_posts")}
    none = pa.table(
        {**table.to_pydict(), **zeros, "first_post": [None], "last_post": [None]},
        schema=table.schema,
    )
    figure = plots.user_stats(none)
    assert list(figure.data[0].customdata[0]) == ["Ada", 0, 0, 0, 0, "–", "–"]


def test_names_are_drawn_as_they_are_written() -> None:
    figure = plots.user_stats(users("<b>x</b> &amp; $y$"))
    drawn = "&lt;b&gt;x&lt;/b&gt; &amp;amp; &#36;y&#36;"
    assert figure.layout.yaxis.ticktext[0].strip() == drawn
    assert figure.data[0].customdata[0][0] == drawn


def test_a_long_name_is_cut_on_the_axis_and_whole_in_the_hover_text() -> None:
    name = "Ada " * 10
    figure = plots.user_stats(users(name))
    label = figure.layout.yaxis.ticktext[0].strip()
    assert label.endswith("…")
    assert len(label) <= 24
    assert figure.data[0].customdata[0][0].split() == name.split()


def test_the_category_with_most_posts_is_at_the_top_and_none_at_the_bottom() -> None:
    figure = plots.posts_with_authors(
        newest(("A", None), ("B", None), ("C", "News"), ("D", "Tech"), ("E", "Tech"))
    )
    assert [text.strip() for text in figure.layout.yaxis.ticktext] == [
        "Tech (2)",
        "News (1)",
        "No category (2)",
    ]
    assert list(figure.data[0].y) == [2, 2, 1, 0, 0]


def test_small_categories_share_a_lane_when_there_are_many() -> None:
    figure = plots.posts_with_authors(newest(*((f"T{n}", f"C{n:02}") for n in range(30))))
    labels = [text.strip() for text in figure.layout.yaxis.ticktext]
    assert len(labels) == 12
    assert labels[-1] == "19 other categories (19)"


@pytest.mark.parametrize("apart", [timedelta(0), timedelta(microseconds=1)])
def test_posts_of_the_same_time_do_not_hide_each_other(apart: timedelta) -> None:
    close = newest(("A", "T"), ("B", "T"), ("C", "T"), apart=apart)
    far = newest(("D", "T"), ("E", "T"), apart=timedelta(days=9))
    figure = plots.posts_with_authors(pa.concat_tables([close, far.slice(1)]))
    assert len(set(figure.data[0].y[:3])) == 3
    assert all(abs(height) < 0.5 for height in figure.data[0].y)


def test_results_are_bars_in_the_order_of_their_ranks() -> None:
    figure = plots.search_posts(found("A", "B", "C").slice(1), query="data & loss")
    bars, titles = figure.data
    assert list(bars.x) == [9.0, 8.0]
    assert [text.strip() for text in figure.layout.yaxis.ticktext] == ["2", "3"]
    assert list(titles.text) == ["B", "C"]
    assert list(bars.customdata[0]) == ["B", "Ada", "–", "30 June 2026, 12:00 UTC", "data, loss"]
    assert figure.layout.title.text == "Best matches for “data &amp; loss”"


def test_more_results_than_shown_are_counted() -> None:
    figure = plots.search_posts(found(*"ABCDE"), top=3)
    assert len(figure.data[0].x) == 3
    assert figure.layout.title.subtitle.text.startswith("3 of 5 posts")


def test_ranges_are_written_without_repeating_month_or_year() -> None:
    assert days(date(2026, 6, 1), date(2026, 6, 1)) == "1 June 2026"
    assert days(date(2026, 6, 1), date(2026, 6, 30)) == "1 – 30 June 2026"
    assert days(date(2025, 12, 31), date(2026, 1, 1)) == "31 December 2025 – 1 January 2026"


def subtitle(figure: go.Figure) -> str:
    return str(figure.layout.title.subtitle.text)


def test_the_range_ends_with_the_last_day_of_the_last_bucket() -> None:
    assert subtitle(plots.posts_over_time(months())).startswith("1 January – 31 March 2026 (UTC)")
    lifecycle = subtitle(plots.author_lifecycle(weeks(), timezone="Asia/Tokyo"))
    assert lifecycle == "By week, 1 – 21 June 2026 (Asia/Tokyo)"


def test_the_range_is_the_one_asked_for_where_the_caller_says_it() -> None:
    asked: plots.Origin = {"parameters": {"start": "2026-01-15", "end": date(2026, 3, 2)}}
    shown = subtitle(plots.posts_over_time(months(), meta=asked))
    assert shown.startswith("15 January – 2 March 2026 (UTC)")
    wrong: plots.Origin = {"parameters": {"start": "2026-03-15", "end": "2026-03-02"}}
    with pytest.raises(InvalidInput, match="start"):
        plots.posts_over_time(months(), meta=wrong)


@pytest.mark.parametrize(("days", "sliders"), [(200, 0), (201, 1)])
def test_long_ranges_have_a_slider(days: int, sliders: int) -> None:
    for figure in (
        plots.daily_posts(daily(days)),
        plots.stickiness(active(days)),
        plots.post_anomalies(unusual(*[0.0] * days)),
    ):
        assert figure.layout.to_plotly_json()["xaxis"].get("rangeslider", {}) == (
            {"visible": True, "thickness": 0.07} if sliders else {}
        )


def test_facets_stand_under_headings_and_estimates_are_said_to_be() -> None:
    figure = plots.search_facets(facets(None, approximate=True), query="a <b>", months=1)
    assert figure.layout.title.text == "Kinds of matches for “a &lt;b&gt;”"
    assert subtitle(figure) == "1 category · 1 author · 1 of 2 months · estimates"
    (bars,) = figure.data
    assert list(bars.x) == [2, 2, 1]
    assert list(bars.text) == ["about 2", "about 2", "about 1"]
    assert set(bars.marker.pattern.shape) == {"/"}
    assert [text.strip() for text in figure.layout.yaxis.ticktext] == [
        "<b>Categories</b>",
        "No category",
        "<b>Authors</b>",
        "Ada",
        "<b>Months</b>",
        "June 2026",
    ]
    exact = plots.search_facets(facets("A"))
    assert set(exact.data[0].marker.pattern.shape) == {""}
    assert list(exact.data[0].text) == ["2", "2", "1", "1"]


def test_each_term_of_a_query_says_what_it_stands_for() -> None:
    figure = plots.explain_search(explained("a stop word", "data", "dta"))
    (bars,) = figure.data
    assert list(bars.x) == [0, 2.5, 2.5]
    assert [text.strip() for text in bars.text] == [
        "ignored: a stop word",
        "3 posts",
        "3 posts, read as “dta”, must occur",
    ]
