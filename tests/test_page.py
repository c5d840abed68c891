from __future__ import annotations

import re
import stat
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from frames_for_plots import daily, found, users
from plotly.offline import get_plotlyjs

from echo_analytics import InvalidInput, plots
from echo_analytics.frames import to_frame
from echo_analytics.reports.page import Section, page, write_page
from echo_analytics.reports.table import html_table

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ATTACK = "</script><script>alert(1)</script>"


def sections(rows: int = 30) -> list[Section]:
    table = daily(rows)
    return [
        Section("Days", "What was posted.", plots.daily_posts(table), table),
        Section(
            f"About {ATTACK}",
            ATTACK,
            plots.search_posts(found(ATTACK), query=ATTACK),
            found(ATTACK),
        ),
    ]


class Reader(HTMLParser):
    """Collects what a browser would load, and the text outside of scripts."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.loads: list[str] = []
        self.text = ""
        self._in_code = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self._in_code = tag in {"script", "style"}
        names = {"src", "srcset", "data", "poster", "action", "background"}
        names |= {"href"} if tag in {"link", "base", "use", "image"} else set()
        self.loads += [value or "" for name, value in attrs if name in names]

    def handle_endtag(self, tag: str) -> None:
        self._in_code = self._in_code and tag not in {"script", "style"}

    def handle_data(self, data: str) -> None:
        if not self._in_code:
            self.text += data


def test_a_page_loads_nothing() -> None:
    html = page(sections(), title="Title")
    reader = Reader(html)
    assert all(address.startswith("data:") for address in reader.loads)
    style = html[html.index("<style>") : html.index("</style>")]
    assert "url(" not in style
    assert "@import" not in style
    assert "default-src 'none'" in html


def test_plotly_is_in_the_page_once() -> None:
    html = page(sections(), title="Title")
    assert html.count(get_plotlyjs()) == 1
    rest = html.replace(get_plotlyjs(), "")
    assert rest.count("Plotly.newPlot(") == 2
    assert "://" not in rest


def test_every_text_is_shown_as_it_is_written() -> None:
    html = page(sections(), title=ATTACK, subtitle=ATTACK)
    reader = Reader(html)
    assert "<script>alert" not in html
    # title, h1, subtitle, link, heading, sentence, cell
    assert reader.text.count(ATTACK) == 7
    assert reader.tags.count("section") == 2


def test_headings_and_charts_are_named_for_screen_readers() -> None:
    html = page(sections(), title="Title")
    assert [tag for tag in Reader(html).tags if re.fullmatch(r"h\d", tag)] == ["h1", "h2", "h2"]
    for number in (1, 2):
        assert html.count(f'id="heading-{number}"') == html.count(f'id="sentence-{number}"') == 1
        assert f'role="img" aria-labelledby="heading-{number}"' in html


def test_the_same_sections_give_the_same_bytes_from_every_frame() -> None:
    def built(convert: Callable[[pa.Table], object]) -> str:
        table = daily(30)
        frame = convert(table)
        part = Section("Days", "All.", plots.daily_posts(frame), frame)
        return page([part], title="Title")

    assert built(lambda table: table) == built(lambda table: to_frame(table, "pandas"))
    assert built(lambda table: table) == built(lambda table: to_frame(table, "polars"))


def test_the_table_shows_the_first_rows_and_says_so() -> None:
    html = page(sections(30)[:1], title="Title")
    assert "The first 20 of 30 rows" in html
    assert "2026-01-20" in html
    assert "2026-01-21" not in Reader(html).text


def test_a_table_has_headings_for_people_and_no_ids() -> None:
    reader = Reader(html_table(users("Ada", "Bob")))
    assert "user_id" not in reader.text
    assert "id-0" not in reader.text
    assert [
        word for word in ("User name", "Total posts", "First post (UTC)") if word in reader.text
    ] == [
        "User name",
        "Total posts",
        "First post (UTC)",
    ]
    assert "_" not in reader.text


def test_a_table_formats_its_values() -> None:
    table = pa.table(
        {
            "number": [1234567],
            "text": ["x" * 500],
            "terms": [["a", "<b>"]],
            "nothing": pa.array([None], pa.string()),
        }
    )
    html = html_table(table)
    assert '<td class="number">1,234,567</td>' in html
    assert "x" * 159 + "…<" in html
    assert "a, &lt;b&gt;" in html
    assert ">–</td>" in html


def test_a_page_without_sections_can_be_made() -> None:
    assert "<section" not in page([], title="Nothing")


def test_an_unknown_theme_is_refused() -> None:
    with pytest.raises(InvalidInput, match="theme"):
        page([], title="Title", theme="pink")  # type: ignore[arg-type]  # wrong on purpose


def test_a_written_page_replaces_the_older_one_and_leaves_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text("old")
    assert write_page(path, [], title="New") == path
    assert path.read_text() == page([], title="New")
    assert list(tmp_path.iterdir()) == [path]


def test_a_written_page_can_be_read_by_others(tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.touch()
    path = write_page(str(tmp_path / "page.html"), [], title="New")
    assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE(plain.stat().st_mode)


def test_a_page_that_cannot_be_made_leaves_the_older_one(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text("old")
    broken = Section("Days", "All.", object(), daily(1))
    with pytest.raises(AttributeError):
        write_page(path, [broken], title="New")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_place_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput):
        write_page(tmp_path, [], title="Title")
    with pytest.raises(InvalidInput):
        write_page(tmp_path / "missing" / "page.html", [], title="Title")
