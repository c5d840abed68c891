from __future__ import annotations

import json
import subprocess
import sys
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import plotly.io as pio
import pyarrow as pa
import pytest
from frames_for_plots import daily, found, newest, users

from echo_analytics import InvalidInput, plots
from echo_analytics.frames import FrameName, to_frame

if TYPE_CHECKING:
    from collections.abc import Callable

    import plotly.graph_objects as go

# Any: the figures' properties are untyped.
Plot = "Callable[..., Any]"

CASES = [
    pytest.param(plots.daily_posts, daily(40), id="daily_posts"),
    pytest.param(plots.user_stats, users("Ada", "Bob"), id="user_stats"),
    pytest.param(plots.posts_with_authors, newest(("A", "Tech"), ("B", None)), id="newest"),
    pytest.param(plots.search_posts, found("A", "B"), id="search_posts"),
]
NASTY = "<b>x</b> <script>alert(1)</script> &amp; $y$ %{x} \n end"
DRAWN = "&lt;b&gt;x&lt;/b&gt; &lt;script&gt;alert(1)&lt;/script&gt; &amp;amp; &#36;y&#36; %{x} end"


def texts(figure: go.Figure) -> str:
    return json.dumps(json.loads(figure.to_json()), ensure_ascii=False)


@pytest.mark.parametrize(("plot", "table"), CASES)
@pytest.mark.parametrize("name", ["pandas", "polars"])
@pytest.mark.parametrize("rows", [0, None])
def test_every_kind_of_frame_gives_the_same_figure(
    plot: Callable[..., go.Figure], table: pa.Table, name: FrameName, rows: int | None
) -> None:
    part = table.slice(0, rows)
    assert plot(to_frame(part, name)).to_json() == plot(part).to_json()


@pytest.mark.parametrize(("plot", "table"), CASES)
def test_the_same_frame_gives_the_same_figure_twice_and_stays_as_it_is(
    plot: Callable[..., go.Figure], table: pa.Table
) -> None:
    frame = to_frame(table, "pandas")
    before = frame.copy(deep=True)
    assert plot(frame).to_json() == plot(frame).to_json()
    assert frame.equals(before)


@pytest.mark.parametrize(("plot", "table"), CASES)
def test_an_empty_frame_is_drawn_as_no_data(
    plot: Callable[..., go.Figure], table: pa.Table
) -> None:
    figure = plot(table.slice(0, 0))
    assert len(figure.data) == 0
    assert [note.text for note in figure.layout.annotations] == ["No data"]
    assert figure.layout.title.text


@pytest.mark.parametrize(("plot", "table"), CASES)
def test_missing_columns_are_named(plot: Callable[..., go.Figure], table: pa.Table) -> None:
    needed = {"created_at", "total_posts", "title", "unique_authors"} & set(table.column_names)
    with pytest.raises(InvalidInput) as refused:
        plot(table.drop_columns(list(needed)))
    assert needed <= set(refused.value.problem.replace(",", " ").split())


@pytest.mark.parametrize(("plot", "table"), CASES)
def test_columns_that_are_not_needed_may_be_there(
    plot: Callable[..., go.Figure], table: pa.Table
) -> None:
    more = table.append_column("is_complete", pa.array([True] * table.num_rows))
    assert plot(more).to_json() == plot(table).to_json()


@pytest.mark.parametrize("frame", [None, 5, {"date": []}, [1]])
def test_what_is_no_frame_is_refused(frame: Any) -> None:  # noqa: ANN401 - wrong on purpose
    with pytest.raises(InvalidInput, match="frame: needs"):
        plots.daily_posts(frame)


def test_a_column_of_another_type_is_named() -> None:
    table = daily(3)
    place = table.column_names.index("total_posts")
    with pytest.raises(InvalidInput, match="total_posts"):
        plots.daily_posts(table.set_column(place, "total_posts", pa.array(["a", "b", "c"])))


@pytest.mark.parametrize(("plot", "table"), CASES)
def test_the_themes_have_their_own_background(
    plot: Callable[..., go.Figure], table: pa.Table
) -> None:
    for theme, colours in plots.THEMES.items():
        look = plot(table, theme=theme).layout.template.layout
        assert look.paper_bgcolor == colours.background
    with pytest.raises(InvalidInput, match="theme"):
        plot(table, theme="pink")


@pytest.mark.parametrize(("plot", "table"), CASES)
def test_the_upload_button_is_off_in_the_figure_itself(
    plot: Callable[..., go.Figure], table: pa.Table
) -> None:
    assert "sendChartToCloud" in plot(table).layout.template.layout.modebar.remove


def contrast(one: str, other: str) -> float:
    """The contrast ratio of WCAG 2.2."""

    def luminance(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        red, green, blue = (
            part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
        )
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("colours", plots.THEMES.values(), ids=list(plots.THEMES))
def test_texts_can_be_read_and_lines_seen(colours: plots.Palette) -> None:
    assert contrast(colours.text, colours.background) >= 7
    assert contrast(colours.quiet, colours.background) >= 4.5
    assert contrast(colours.accent, colours.background) >= 4.5
    for first, second in (("published", "draft"), ("published", "archived")):
        assert contrast(colours.status(first), colours.status(second)) >= 1.5


# daily_posts


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


# user_stats


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


# posts_with_authors


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


# search_posts


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


@pytest.mark.parametrize(
    "figure",
    [
        plots.posts_with_authors(newest((NASTY, NASTY))),
        plots.search_posts(found(NASTY), query=NASTY),
        plots.user_stats(users(NASTY)),
    ],
    ids=["posts_with_authors", "search_posts", "user_stats"],
)
def test_no_text_of_the_database_is_read_as_html(figure: go.Figure) -> None:
    drawn = texts(figure)
    assert "<script" not in drawn
    assert "$y" not in drawn
    assert "<b>x" not in drawn
    assert any(DRAWN in str(row).replace("<br>", " ") for row in figure.data[0].customdata)


# the package


def test_renderers_lose_the_upload_button_and_keep_other_settings() -> None:
    script = """
import json, plotly.io as pio
pio.renderers["notebook"].config = {"scrollZoom": True}
import echo_analytics.plots
print(json.dumps([pio.renderers[n].config for n in ("notebook", "plotly_mimetype")]))
"""
    shown = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    off = {"showSendToCloud": False, "displaylogo": False}
    assert json.loads(shown.stdout) == [{"scrollZoom": True, **off}, off]


def test_a_figure_shown_in_a_notebook_carries_the_settings() -> None:
    figure = plots.daily_posts(daily(3))
    bundle = pio.renderers["plotly_mimetype"].to_mimebundle(figure.to_dict())
    config = bundle["application/vnd.plotly.v1+json"]["config"]
    assert config["showSendToCloud"] is False


def test_ranges_are_written_without_repeating_month_or_year() -> None:
    from echo_analytics.plots.text import days

    assert days(date(2026, 6, 1), date(2026, 6, 1)) == "1 June 2026"
    assert days(date(2026, 6, 1), date(2026, 6, 30)) == "1 – 30 June 2026"
    assert days(date(2025, 12, 31), date(2026, 1, 1)) == "31 December 2025 – 1 January 2026"
