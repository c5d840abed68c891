"""Every example in the docstrings and in the README runs and shows what it says."""

from __future__ import annotations

import doctest
import importlib
import inspect
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import plotly.graph_objects as go
import pytest
from posts_files import post, write
from reading_roles import removed

import echo_analytics as echo
from echo_analytics.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parent.parent
HALF_YEAR = "2026-01-01", "2026-06-30"
MODULES = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for path in (ROOT / "echo_analytics").rglob("*.py")
    if not path.name.startswith("__main__")
)


@pytest.fixture(scope="module")
def demo_url(create_database: Callable[..., str], demo_template: str) -> str:
    return create_database(demo_template)


@pytest.fixture(scope="module")
def names(demo_url: str) -> Iterator[dict[str, object]]:
    """What examples take for granted: an open database, and the frames of the analyses."""
    with echo.connect(demo_url) as db:
        yield {
            "echo": echo,
            "db": db,
            "users": echo.user_stats(db),
            "days": echo.daily_posts(db, *HALF_YEAR),
            "found": echo.search_posts(db, "migration"),
            "explained": echo.explain_search(db, "the migratons"),
            "facets": echo.search_facets(db, "migration"),
            "newest": echo.posts_with_authors(db, limit=50),
            "frame": echo.daily_posts(db, *HALF_YEAR),
            "figure": go.Figure(),
            "authors": echo.top_authors(db),
            "terms": echo.search_terms(db, *HALF_YEAR),
            "categories": echo.category_summary(db, *HALF_YEAR),
            "hours": echo.posting_heatmap(db, *HALF_YEAR),
            "cohorts": echo.author_retention(db, *HALF_YEAR),
            "weeks": echo.author_lifecycle(db, *HALF_YEAR),
            "active": echo.stickiness(db, *HALF_YEAR),
            "steps": echo.publishing_funnel(db, *HALF_YEAR),
            "unusual": echo.post_anomalies(db, *HALF_YEAR),
            "figures": echo.overview(db, *HALF_YEAR),
            "months": echo.posts_over_time(db, *HALF_YEAR, every="month"),
        }


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_show_what_they_say(
    name: str, names: dict[str, object], tmp_path: Path
) -> None:
    module = importlib.import_module(name)
    for example in doctest.DocTestFinder(exclude_empty=True).find(module):
        if example.examples:
            example.globs = {**names, **vars(module), "folder": tmp_path}
            results = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(example)
            assert results.failed == 0, example.name


def test_the_code_in_the_readme_runs(demo_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ECHO_DATABASE_URL", demo_url)
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert blocks
    names: dict[str, object] = {}
    for block in blocks:
        exec(compile(block, "README.md", "exec"), names)  # noqa: S102 - it is our own text
    names["db"].close()  # type: ignore[attr-defined]  # the README opens one


def test_the_code_in_the_guide_to_tables_runs(
    demo_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ECHO_DATABASE_URL", demo_url)
    text = (ROOT / "docs" / "tables.md").read_text()
    names: dict[str, object] = {}
    for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL):
        exec(compile(block, "tables.md", "exec"), names)  # noqa: S102 - it is our own text
    names["db"].close()  # type: ignore[attr-defined]  # the guide opens one
    for picture in re.findall(r"\]\((images/[^)]+)\)", text):
        assert (ROOT / "docs" / picture).stat().st_size > 5_000


@pytest.mark.parametrize(("guide", "printed"), [("widgets.md", 5), ("dashboard.md", 1)])
def test_the_code_in_the_guides_to_widgets_runs(
    guide: str,
    printed: int,
    demo_url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("ECHO_DATABASE_URL", demo_url)
    text = (ROOT / "docs" / guide).read_text()
    names: dict[str, object] = {}
    for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL):
        exec(compile(block, guide, "exec"), names)  # noqa: S102 - it is our own text
    names["db"].close()  # type: ignore[attr-defined]  # the guide opens one
    assert [int(number) > 0 for number in capsys.readouterr().out.split()] == [True] * printed


def test_the_code_in_the_guide_to_writing_runs(database_url: str) -> None:
    text = (ROOT / "docs" / "writing.md").read_text()
    with echo.connect(database_url) as db:
        names: dict[str, object] = {"db": db}
        for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL):
            exec(compile(block, "writing.md", "exec"), names)  # noqa: S102 - it is our own text
        assert db.users.count() == 2
        assert db.posts.count() == 1


def test_the_code_in_the_guide_to_connecting_runs(
    create_database: Callable[..., str], demo_template: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = create_database(demo_template)
    monkeypatch.setenv("ECHO_DATABASE_URL", url)
    text = (ROOT / "docs" / "connecting.md").read_text()
    text = text.replace("postgresql://analyst@db.example.org/app", url)
    names: dict[str, object] = {}
    with removed(url, "analysts"):
        for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL):
            exec(compile(block, "connecting.md", "exec"), names)  # noqa: S102 - it is our own text
        assert names["made"] == echo.ReaderRole("analysts", created=True, password_set=True)
        assert names["health"].write_denied  # type: ignore[attr-defined]  # it is a Health
        names["db"].close()  # type: ignore[attr-defined]  # the guide opens one


def runs_here(words: list[str]) -> bool:
    """Whether a line is a command that needs no mail server and no author of its own.

    The reports that are made are tried in tests/reports.
    """
    return not words[1].isupper() and (words[1] != "report" or words[2] in {"schedule", "list"})


@pytest.mark.parametrize("guide", ["command-line.md", "connecting.md"])
def test_the_commands_in_a_guide_run(
    guide: str,
    create_database: Callable[..., str],
    demo_template: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    url = create_database(demo_template)
    monkeypatch.setenv("ECHO_DATABASE_URL", url)
    monkeypatch.setattr("typer.launch", lambda _: 0)
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "posts.parquet", [post(1), post(2)])
    write(tmp_path / "more.csv", [post(3)])
    lines = re.findall(
        r"^echo-analytics [^|#\n]+", (ROOT / "docs" / guide).read_text(), re.MULTILINE
    )
    commands = [line for line in lines if runs_here(line.split())]
    assert commands
    with removed(url, "echo_reader"):
        for command in commands:
            monkeypatch.setattr("sys.argv", shlex.split(command))
            with pytest.raises(SystemExit) as ended:
                main()
            assert ended.value.code == 0, command


def test_the_code_in_the_guide_to_bulk_loads_runs(
    database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (ROOT / "docs" / "bulk.md").read_text()
    with echo.connect(database_url) as db:
        names: dict[str, object] = {"db": db}
        for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL):
            exec(compile(block, "bulk.md", "exec"), names)  # noqa: S102 - it is our own text
        assert capsys.readouterr().out == "users.name: is empty (row 1)\n"
        assert {user.name for user in db.users.iterate()} == {"Ada L.", "Grace H.", "Linus"}
        assert db.posts.count() == 2


@pytest.mark.parametrize(
    "page",
    sorted(set((ROOT / "docs" / "analyses").glob("*.md")) - {ROOT / "docs/analyses/README.md"}),
    ids=lambda path: path.stem,
)
def test_the_code_in_a_page_about_an_analysis_runs(
    page: Path, demo_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ECHO_DATABASE_URL", demo_url)
    blocks = re.findall(r"```python\n(.*?)```", page.read_text(), re.DOTALL)
    assert blocks
    names: dict[str, object] = {}
    for block in blocks:
        exec(compile(block, page.name, "exec"), names)  # noqa: S102 - it is our own text
    names["db"].close()  # type: ignore[attr-defined]  # every page opens one


def analyses() -> list[str]:
    """The public functions that ask a source."""
    return [
        name
        for name in echo.__all__
        if inspect.isfunction(function := getattr(echo, name))
        and next(iter(inspect.signature(function).parameters), None) == "source"
    ]


_WITHOUT_FIGURE = {"posts", "posts_batches", "search_count", "explain_post"}
_PAGES = {
    "daily_posts": "posts_over_time",
    "posts_batches": "posts",
    "explain_post": "explain_search",
    "search_count": "search_facets",
}


@pytest.mark.parametrize("name", analyses())
def test_every_analysis_has_an_example_and_a_page(name: str) -> None:
    assert ">>> " in (getattr(echo, name).__doc__ or "")
    folder = ROOT / "docs" / "analyses"
    page = _PAGES.get(name, name)
    text = (folder / f"{page}.md").read_text()
    assert f"`{name}`" in text
    if name not in _WITHOUT_FIGURE:
        assert f"echo.plots.{page}(" in text
        assert f"](../images/analyses/{page}.png)" in text
        assert (ROOT / "docs" / "images" / "analyses" / f"{page}.png").stat().st_size > 5_000
        assert name in echo.plots.__all__
        assert name in echo.tables.__all__
    assert f"({page}.md)" in (folder / "README.md").read_text()


def test_the_analyses_are_those_that_there_are() -> None:
    assert {"user_stats", "posts_batches", "overview", "search_posts"} <= set(analyses())
