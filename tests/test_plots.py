from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import plotly.io as pio
import pyarrow as pa
import pytest
from frames_for_plots import (
    active,
    authors,
    categories,
    cohorts,
    daily,
    explained,
    facets,
    found,
    hours,
    key_figures,
    months,
    newest,
    steps,
    terms,
    unusual,
    users,
    weeks,
)

from echo_analytics import InvalidInput, plots
from echo_analytics.frames import FrameName, to_frame

if TYPE_CHECKING:
    from collections.abc import Callable

    import plotly.graph_objects as go


CASES = [
    pytest.param(plots.daily_posts, daily(40), id="daily_posts"),
    pytest.param(plots.user_stats, users("Ada", "Bob"), id="user_stats"),
    pytest.param(plots.posts_with_authors, newest(("A", "Tech"), ("B", None)), id="newest"),
    pytest.param(plots.search_posts, found("A", "B"), id="search_posts"),
    pytest.param(plots.posts_over_time, months(), id="posts_over_time"),
    pytest.param(plots.posts_over_time, months("A", "B"), id="posts_over_time by group"),
    pytest.param(plots.top_authors, authors(9, 3), id="top_authors"),
    pytest.param(plots.category_summary, categories("A", None), id="category_summary"),
    pytest.param(plots.posting_heatmap, hours(), id="posting_heatmap"),
    pytest.param(plots.author_retention, cohorts(), id="author_retention"),
    pytest.param(plots.author_lifecycle, weeks(), id="author_lifecycle"),
    pytest.param(plots.stickiness, active(9), id="stickiness"),
    pytest.param(plots.publishing_funnel, steps(9, 6, 3, 2), id="publishing_funnel"),
    pytest.param(plots.post_anomalies, unusual(0.0, 4.0, None), id="post_anomalies"),
    pytest.param(plots.explain_search, explained("the", "data"), id="explain_search"),
    pytest.param(plots.search_facets, facets(None), id="search_facets"),
    pytest.param(plots.search_terms, terms("data", "c++"), id="search_terms"),
    pytest.param(plots.overview, key_figures("total_posts", "new_users"), id="overview"),
]
NASTY = "<b>x</b> <script>alert(1)</script> &amp; $y$ %{x} \n end"
DRAWN = (
    "&lt;b&gt;x&lt;/b&gt; &lt;script&gt;alert(1)&lt;/script&gt; &amp;amp; &#36;y&#36; &#37;{x} end"
)


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
    needed = set(table.column_names[:1]) if "title" not in table.column_names else {"title"}
    with pytest.raises(InvalidInput) as refused:
        plot(table.drop_columns(list(needed)))
    assert needed <= set(refused.value.problem.replace(",", " ").split())


@pytest.mark.parametrize(("plot", "table"), CASES)
def test_columns_that_are_not_needed_may_be_there(
    plot: Callable[..., go.Figure], table: pa.Table
) -> None:
    more = table.append_column("noticed", pa.array([True] * table.num_rows))
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


@pytest.mark.parametrize(
    "figure",
    [
        plots.posts_with_authors(newest((NASTY, NASTY))),
        plots.search_posts(found(NASTY), query=NASTY),
        plots.user_stats(users(NASTY)),
        plots.category_summary(categories(NASTY)),
        plots.posts_over_time(months(NASTY)),
        plots.search_terms(terms(NASTY)),
        plots.search_facets(facets(NASTY, NASTY), query=NASTY),
        plots.explain_search(explained(NASTY), query=NASTY),
    ],
    ids=[
        "posts_with_authors",
        "search_posts",
        "users",
        "categories",
        "series",
        "terms",
        "facets",
        "explained",
    ],
)
def test_no_text_of_the_database_is_read_as_html(figure: go.Figure) -> None:
    drawn = texts(figure)
    assert "<script" not in drawn
    assert "$y" not in drawn
    assert "<b>x" not in drawn
    assert any(DRAWN in str(row).replace("<br>", " ") for row in figure.data[0].customdata)


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


@pytest.mark.parametrize(("plot", "table"), CASES)
def test_a_figure_says_what_it_shows(plot: Callable[..., go.Figure], table: pa.Table) -> None:
    origin: plots.Origin = {
        "parameters": {"start": date(2026, 1, 1), "by": None, "ids": ("a", 1)},
        "as_of": datetime(2026, 6, 1, tzinfo=UTC),
        "sql": "SELECT 1",
    }
    meta = plot(table, meta=origin).layout.meta
    assert meta == {
        "name": plot.__name__,
        "row_count": table.num_rows,
        "parameters": {"start": "2026-01-01", "by": None, "ids": ["a", 1]},
        "as_of": "2026-06-01T00:00:00+00:00",
        "sql": "SELECT 1",
    }
    assert plot(table).layout.meta == {"name": plot.__name__, "row_count": table.num_rows}
    with pytest.raises(InvalidInput, match="meta"):
        plot(table, meta={"rows": 5})
