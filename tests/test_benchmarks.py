"""The benchmarks run, on few posts, and their page says what they found."""

from __future__ import annotations

import math
import platform
import re
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import Mock

import psycopg
import pytest

import echo_analytics as echo
from benchmarks import __main__ as command
from benchmarks import page
from benchmarks.plain_sql import STATEMENTS
from benchmarks.result import Effort, Place, Result, milliseconds, number
from benchmarks.sections import Section, sections

if TYPE_CHECKING:
    from benchmarks.result import Calls

ROOT = Path(__file__).parent.parent
KEPT = ROOT / "docs" / "benchmarks.json"
SVG = "{http://www.w3.org/2000/svg}"


def series(posts: int, ours: float, theirs: float) -> Result:
    return Result("two years", {"ours": ours, "a & b": theirs}, posts=posts)


def written(folder: Path, results: list[Result], section: Section) -> str:
    runs = {100: "today", 1000: "yesterday"}
    found = page.Findings({"machine": "two processors"}, runs, {section.title: results})
    path = folder / "benchmarks.md"
    page.write(found, [section], path)
    return path.read_text()


@pytest.fixture
def section() -> Section:
    return Section("Series", "About it.", lambda _: [], growth=("two years",), ratios=True)


def test_a_table_has_each_size_the_ratio_to_ours_and_the_growth() -> None:
    found = [series(100, 2.0, 30.0), series(1000, 2.5, 400.0)]
    head, _, ours, theirs = page.table(found)
    assert head == "| | | 100 posts | 1,000 posts | 100 to 1,000 |"
    assert ours == "| two years | ours | 2.00 ms | 2.50 ms | 1.25 × |"
    assert theirs == "|  | a & b | 30.0 ms (15.0 ×) | 400 ms (160 ×) | 13.3 × |"


def test_what_was_not_measured_at_a_size_has_an_empty_cell() -> None:
    found = [series(100, 2.0, 30.0), Result("two years", {"ours": 4.0}, posts=1000)]
    assert list(page.table(found))[-1] == "|  | a & b | 30.0 ms (15.0 ×) |  |  |"


def test_a_page_shows_its_charts_and_can_be_written_again(tmp_path: Path, section: Section) -> None:
    text = written(tmp_path, [series(100, 2.0, 30.0), series(1000, 2.5, 400.0)], section)
    charts = re.findall(r"!\[[^\]]+\]\((images/[^)]+)\)", text)
    assert charts == ["images/benchmarks-series-growth.svg", "images/benchmarks-series.svg"]
    shown = [ET.parse(tmp_path / chart).getroot() for chart in charts]  # noqa: S314 - our own
    texts = [[text.text for text in chart.iter(f"{SVG}text")] for chart in shown]
    assert {"ours: 2.50 ms", "a & b: 400 ms", "1,000"} <= set(texts[0])
    assert {"two years", "a & b", "160 ×"} <= set(texts[1])
    points = [line.get("points", "").split() for line in shown[0].iter(f"{SVG}polyline")]
    assert [len(line) for line in points] == [2, 2]
    assert written(tmp_path, [], section).count("images/") == 0
    assert list((tmp_path / "images").iterdir()) == []


def test_what_was_stopped_is_neither_a_number_nor_a_bar(tmp_path: Path, section: Section) -> None:
    found = [series(100, 2.0, 30.0), series(1000, 2.5, math.inf)]
    assert list(page.table(found))[-1] == "|  | a & b | 30.0 ms (15.0 ×) | stopped |  |"
    text = written(tmp_path, found, section)
    assert "a &amp; b: 30.0 ms" in (tmp_path / "images/benchmarks-series-growth.svg").read_text()
    assert "15.0 ×" in (tmp_path / "images/benchmarks-series.svg").read_text()
    assert "inf" not in text.replace("information", "")


def test_growth_of_several_results_is_that_of_ours(tmp_path: Path) -> None:
    section = Section("Two", "Both.", lambda _: [], growth=("first", "second"))
    found = [
        Result(name, {"ours": 1.0, "theirs": 2.0}, posts=posts)
        for name in section.growth
        for posts in (100, 1000)
    ]
    written(tmp_path, found, section)
    chart = (tmp_path / "images/benchmarks-two-growth.svg").read_text()
    assert "first: 1.00 ms" in chart
    assert "second: 1.00 ms" in chart
    assert "theirs" not in chart


def test_findings_are_the_same_once_they_were_kept(tmp_path: Path) -> None:
    results = {"Series": [series(100, 2.0, math.inf)]}
    found = page.Findings({"machine": "two processors"}, {100: "today"}, results)
    found.save(tmp_path / "results.json")
    assert page.Findings.load(tmp_path / "results.json") == found
    assert page.Findings.kept(tmp_path / "results.json", found.machine) == found


def test_what_another_machine_measured_is_not_mixed_with_this_one(tmp_path: Path) -> None:
    page.Findings({"machine": "a"}, {100: "today"}).save(tmp_path / "results.json")
    assert page.Findings.kept(tmp_path / "results.json", {"machine": "b"}).runs == {}
    assert page.Findings.kept(tmp_path / "nothing.json", {"machine": "b"}).runs == {}


def test_a_later_run_takes_the_place_of_one_with_as_many_posts() -> None:
    found = page.Findings({})
    found.put("Series", 1000, [series(1000, 1.0, 2.0), series(1000, 3.0, 4.0)])
    found.put("Series", 100, [series(100, 5.0, 6.0)])
    found.put("Series", 1000, [series(1000, 7.0, 8.0)])
    assert found.results["Series"] == [series(100, 5.0, 6.0), series(1000, 7.0, 8.0)]


def test_what_takes_too_long_is_stopped_and_not_tried_again(database_url: str) -> None:
    place = Place(database_url, 0, Effort(runs=3, limit=0.05))
    times = {"ours": 0, "plain": 0}
    with (
        echo.connect(place.limited) as db,
        psycopg.connect(place.limited, autocommit=True) as plain,
    ):

        def ours() -> None:
            times["ours"] += 1
            db.look_up("SELECT pg_sleep(9)")

        def theirs() -> None:
            times["plain"] += 1
            plain.execute("SELECT pg_sleep(9)")

        found = milliseconds({"ours": ours, "plain": theirs}, place.effort)
    assert found == {"ours": math.inf, "plain": math.inf}
    assert times == {"ours": 1, "plain": 1}


def test_calls_are_measured_in_turn_and_the_first_time_does_not_count() -> None:
    order: list[str] = []
    calls: Calls = {name: lambda name=name: order.append(name) for name in "ab"}  # type: ignore[misc]  # a default
    milliseconds(calls, Effort(runs=2))
    assert "".join(order) == "ababab"
    order.clear()
    milliseconds(calls, Effort(runs=2, seconds=0))
    assert "".join(order) == "ab"


def test_what_is_quick_is_repeated_beside_what_is_slow() -> None:
    quick, slow = Mock(), Mock(side_effect=lambda: time.sleep(0.06))
    milliseconds({"slow": slow, "quick": quick}, Effort(runs=5, seconds=0.1))
    assert quick.call_count == 6
    assert slow.call_count == 1


@pytest.mark.parametrize(
    ("value", "shown"),
    [(1234.5, "1,234"), (123.4, "123"), (12.34, "12.3"), (1.234, "1.23"), (0.01234, "0.0123")],
)
def test_numbers_have_three_digits(value: float, shown: str) -> None:
    assert number(value) == shown


@pytest.mark.parametrize(
    ("most", "sizes"),
    [
        (5_000, [5_000]),
        (100_000, [100_000]),
        (1_000_000, [100_000, 1_000_000]),
        (10_000_000, [100_000, 1_000_000, 10_000_000]),
    ],
)
def test_sizes_grow_in_steps_of_ten_to_the_one_asked_for(most: int, sizes: list[int]) -> None:
    assert command.sizes(most) == sizes


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a measurement of next to nothing."""
    path = tmp_path_factory.mktemp("benchmarks") / "benchmarks.md"
    command = [sys.executable, "-m", "benchmarks", "--output", str(path)]
    # Not below pytest's own folder, which other runs of it close to the server's user.
    with tempfile.TemporaryDirectory(prefix="echo-tests-") as folder:
        command += ["--posts", "1000", "--runs", "0", "--seconds", "0", "--folder", folder]
        subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.DEVNULL)
    return path


def test_one_command_measures_everything_and_writes_the_page(measured: Path) -> None:
    titles = re.findall(r"^## (.*)$", measured.read_text(), re.MULTILINE)
    assert titles[:-1] == [section.title for section in sections()]
    found = page.Findings.load(measured.with_suffix(".json"))
    results = [result for results in found.results.values() for result in results]
    assert {result.name for result in results} >= set(STATEMENTS)
    alone = {title for title, of in found.results.items() if any(len(r.values) < 2 for r in of)}
    assert alone == {"Search, with the index"}  # the specification's query knows few kinds
    assert [result for result in results if min(result.values.values()) <= 0] == []


def test_the_page_says_what_it_was_measured_on_and_not_where(measured: Path) -> None:
    text = measured.read_text()
    for told in ("processors", "GiB of memory", "PostgreSQL", "Python", "pandas", "1,000 posts"):
        assert told in text
    files = [text, measured.with_suffix(".json").read_text()]
    files += [chart.read_text() for chart in measured.parent.glob("images/*.svg")]
    for hidden in (str(Path.home()), str(measured.parent), platform.node()):
        assert not any(hidden in file for file in files)


def test_the_page_can_be_written_again_without_measuring(measured: Path) -> None:
    before = measured.read_text()
    measured.write_text("")
    command.main(["--again", "--output", str(measured)])
    assert measured.read_text() == before


def test_the_page_in_the_repository_is_the_one_that_the_command_writes(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "benchmarks.md").read_text()
    charts = {chart.name for chart in (ROOT / "docs" / "images").glob("benchmarks-*.svg")}
    assert set(re.findall(r"\]\(images/(benchmarks-[^)]+)\)", text)) == charts
    page.write(page.Findings.load(KEPT), sections(), tmp_path / "benchmarks.md")
    assert (tmp_path / "benchmarks.md").read_text() == text
