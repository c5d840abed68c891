from __future__ import annotations

import re
import subprocess
import sys
from html import escape
from typing import TYPE_CHECKING, Any

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
from table_cells import headings, html, notes, rows, with_content, with_snippets

from echo_analytics import InvalidInput, plots, tables
from echo_analytics.frames import FrameName, to_frame

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from great_tables import GT


CASES = [
    pytest.param(tables.daily_posts, daily(40), id="daily_posts"),
    pytest.param(tables.posts_over_time, months(), id="posts_over_time"),
    pytest.param(tables.posts_over_time, months("A", "B"), id="posts_over_time by group"),
    pytest.param(tables.user_stats, users("Ada", "Bob"), id="user_stats"),
    pytest.param(
        tables.posts_with_authors,
        with_content(newest(("A", "Tech"), ("B", None)), "one", "two"),
        id="posts_with_authors",
    ),
    pytest.param(
        tables.search_posts, with_snippets(found("A", "B"), "a **hit**", "b"), id="search_posts"
    ),
    pytest.param(tables.top_authors, authors(9, 3), id="top_authors"),
    pytest.param(tables.category_summary, categories("A", None), id="category_summary"),
    pytest.param(tables.posting_heatmap, hours(), id="posting_heatmap"),
    pytest.param(tables.author_retention, cohorts(), id="author_retention"),
    pytest.param(tables.author_lifecycle, weeks(), id="author_lifecycle"),
    pytest.param(tables.stickiness, active(9), id="stickiness"),
    pytest.param(tables.publishing_funnel, steps(9, 6, 3, 2), id="publishing_funnel"),
    pytest.param(tables.post_anomalies, unusual(0.0, 4.0, None), id="post_anomalies"),
    pytest.param(tables.explain_search, explained("the", "data"), id="explain_search"),
    pytest.param(tables.search_facets, facets(None), id="search_facets"),
    pytest.param(tables.search_terms, terms("data", "c++"), id="search_terms"),
    pytest.param(tables.overview, key_figures("total_posts", "new_users"), id="overview"),
]
# Short enough to be shown whole.
NASTY = "<b>x</b><script>1</script>&amp; $y$ **z"


def test_there_is_a_table_for_every_figure() -> None:
    drawn = {getattr(param.values[0], "__name__", "") for param in CASES}
    figures = {name for name in plots.__all__ if name in tables.__all__}
    assert drawn == set(tables.__all__) == figures
    others = {"CONFIG", "THEMES", "Origin", "Palette", "Theme", "house_template", "palette"}
    assert set(plots.__all__) - others == figures


@pytest.mark.parametrize(("show", "table"), CASES)
@pytest.mark.parametrize("name", ["pandas", "polars"])
@pytest.mark.parametrize("number", [0, None])
def test_every_kind_of_frame_gives_the_same_table(
    show: Callable[..., GT], table: pa.Table, name: FrameName, number: int | None
) -> None:
    part = table.slice(0, number)
    assert html(show(to_frame(part, name))) == html(show(part))


@pytest.mark.parametrize(("show", "table"), CASES)
def test_the_same_frame_gives_the_same_table_twice_and_stays_as_it_is(
    show: Callable[..., GT], table: pa.Table
) -> None:
    frame = to_frame(table, "pandas")
    before = frame.copy(deep=True)
    assert html(show(frame)) == html(show(frame))
    assert repr(show(frame)) == repr(show(frame))
    assert "0x" not in repr(show(frame))
    assert frame.equals(before)


@pytest.mark.parametrize(("show", "table"), CASES)
def test_no_rows_are_shown_as_no_data(show: Callable[..., GT], table: pa.Table) -> None:
    made = show(table.slice(0, 0))
    assert rows(made) == []
    assert "No data" in notes(made)


@pytest.mark.parametrize(("show", "table"), CASES)
def test_headings_are_words(show: Callable[..., GT], table: pa.Table) -> None:
    for heading in headings(show(table)):
        assert "_" not in heading


@pytest.mark.parametrize(("show", "table"), CASES)
def test_missing_columns_are_named(show: Callable[..., GT], table: pa.Table) -> None:
    needed = {
        "title",
        "total_posts",
        "rate",
        "users",
        "value",
        "new_authors",
        "daily_active",
        "term",
    }
    missing = sorted(needed & set(table.column_names))
    with pytest.raises(InvalidInput, match=missing[0]):
        show(table.drop_columns(missing[:1]))


@pytest.mark.parametrize(("show", "table"), CASES)
def test_the_themes_have_their_own_ground_and_their_own_id(
    show: Callable[..., GT], table: pa.Table
) -> None:
    shown = {theme: show(table, theme=theme) for theme in plots.THEMES}
    for theme, colours in plots.THEMES.items():
        assert f"background-color: {colours.background}" in html(shown[theme])
    assert repr(shown["light"]) != repr(shown["dark"])
    with pytest.raises(InvalidInput, match="theme"):
        show(table, theme="pink")


@pytest.mark.parametrize(
    "made",
    [
        tables.user_stats(users(NASTY)),
        tables.top_authors(authors(3).set_column(2, "author_name", pa.array([NASTY], pa.string()))),
        tables.category_summary(categories(NASTY)),
        tables.posts_over_time(months(NASTY)),
        tables.posts_with_authors(with_content(newest((NASTY, NASTY)), NASTY)),
        tables.search_posts(with_snippets(found(NASTY), NASTY), query=NASTY),
        tables.search_terms(terms(NASTY)),
        tables.search_facets(facets(NASTY, NASTY), query=NASTY),
        tables.explain_search(explained(NASTY), query=NASTY),
    ],
    ids=[
        "users",
        "authors",
        "categories",
        "by group",
        "newest",
        "search_posts",
        "terms",
        "facets",
        "explained",
    ],
)
def test_texts_of_the_database_are_escaped_once_and_never_typeset(made: GT) -> None:
    text = html(made)
    assert "<script" not in text
    assert "<b>x" not in text
    assert "&amp;lt;" not in text
    safe = re.findall(rf'tex2jax_ignore"[^>]*>[^<]*{re.escape(escape(NASTY))}[^<]*<', text)
    assert text.count(escape(NASTY)) == len(safe) > 0


def test_only_what_stands_between_marks_is_highlighted() -> None:
    made = tables.search_posts(with_snippets(found("A"), "**one** <i>two</i> **three** four**"))
    assert re.findall(r"<mark[^>]*>(.*?)</mark>", html(made)) == ["one", "three"]
    assert "&lt;i&gt;two&lt;/i&gt;" in html(made)
    assert "four**" in html(made)


def test_numbers_stand_to_the_right_with_separators() -> None:
    text = html(tables.overview(key_figures("total_posts")))
    assert re.search(r'class="gt_row gt_right">1,250</td>', text)
    assert re.search(r'class="gt_row gt_left">.*Total posts', text)


def widths(made: GT) -> list[float]:
    return [float(width) for width in re.findall(r"display:block;width:([\d.]+)%", html(made))]


def test_bars_begin_at_zero_and_the_greatest_number_has_the_longest() -> None:
    assert widths(tables.top_authors(authors(8, 4, 1))) == [100, 50, 12.5]
    none = authors(1).set_column(3, "total_posts", pa.array([0], pa.int64()))
    assert widths(tables.top_authors(none)) == [0]


def test_a_curve_begins_at_zero_and_is_dashed_where_a_bucket_is_not_over() -> None:
    table = months("A")
    counts = table.set_column(1, "total_posts", pa.array([0, 10, 5], pa.int64()))
    shown = html(tables.posts_over_time(counts))
    lines = re.findall(r'<polyline points="([^"]*)"(?:[^>]*?(dasharray))?[^>]*/>', shown)
    (solid, not_dashed), (dashed, is_dashed) = lines
    assert (not_dashed, is_dashed) == ("", "dasharray")
    heights = [float(point.split(",")[1]) for point in (solid + " " + dashed).split()]
    assert heights == [23, 3, 3, 13]
    assert "From 0 to 5, at most 10" in shown


@pytest.mark.parametrize("colours", plots.THEMES.values(), ids=list(plots.THEMES))
def test_numbers_can_be_read_on_every_ground(colours: plots.Palette) -> None:
    from echo_analytics.tables.cells import _contrast, shaded

    for step in range(101):
        ground, ink = re.findall(r"#[0-9a-f]{6}", shaded(step / 100, "1", colours))[:2]
        assert _contrast(ground, ink) >= 4.5 or step > 40, step
        assert _contrast(ground, ink) >= 3, step


def test_without_great_tables_its_extra_is_named() -> None:
    script = """
import sys
sys.modules["great_tables"] = None
import echo_analytics as echo
import pyarrow as pa
kinds = {"rank": pa.int64(), "author_name": pa.string(), "total_posts": pa.int64(),
         "share": pa.float64(), "cumulative_share": pa.float64()}
empty = pa.table({name: pa.array([], kind) for name, kind in kinds.items()})
try:
    echo.tables.top_authors(empty)
except echo.MissingExtra as error:
    print(error)
"""
    shown = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, check=True, text=True
    )
    assert shown.stdout.strip() == (
        "great_tables is not installed. Install it with: pip install 'echo-analytics[tables]'"
    )


@pytest.mark.parametrize("frame", [None, 5, {"date": []}, [1]])
def test_what_is_no_frame_is_refused(frame: Any) -> None:  # noqa: ANN401 - wrong on purpose
    shows: Sequence[Callable[..., GT]] = [tables.daily_posts, tables.top_authors]
    for show in shows:
        with pytest.raises(InvalidInput, match="frame: needs"):
            show(frame)
