"""A notebook from the command line to the published page."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from mail_servers import PNG, mail_server
from notebooks_by_hand import code, words, write

from echo_analytics.errors import NotSupported
from echo_analytics.reports.formats.writing import check_tools

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .conftest import Ended


def test_a_notebook_is_published_with_its_parameters_once_a_period(
    command: Callable[..., Ended], tmp_path: Path
) -> None:
    write(
        tmp_path / "posts.ipynb",
        words("# Posts"),
        code('start = end = ""\nlimit = 1', "parameters"),
        code("import plotly.graph_objects as go\ngo.Figure(go.Bar(y=[limit]))"),
        code('print(start, end, limit)\nif limit == 9:\n    raise ValueError("x")', "summary"),
    )
    line = ("run", "posts.ipynb", "--period", "2026-06", "--output", "out", "-p", "limit")
    first = command(*line, "7")
    assert first.code == 0, first.err
    (page,) = (tmp_path / "out" / "posts").glob("2026-06_*/report.html")
    assert page.read_text().count('class="plotly-graph-div"') == 1
    assert "2026-06-01 2026-06-30 7" in (page.parent / "manifest.json").read_text()
    assert "was there already" in command(*line, "7").out
    failed = command(*line, "9")
    assert failed.code == 1
    assert "cell 4 of posts.ipynb failed (ValueError)" in failed.err
    assert list((tmp_path / "out" / "failed").glob("*/notebook.ipynb"))
    assert (tmp_path / "out" / "posts" / "latest" / "report.html").samefile(page)


NOTEBOOK = (
    words("# Posts"),
    code('start = end = timezone = ""\nlimit = 1', "parameters"),
    code('print(start, end, timezone)\nif start == "2026-04-01":\n    raise ValueError', "summary"),
)


def test_a_notebook_that_is_due_is_published_for_each_period_and_one_that_fails_stops_none(
    command: Callable[..., Ended], tmp_path: Path
) -> None:
    write(tmp_path / "posts.ipynb", *NOTEBOOK)
    line = (
        "run",
        "posts.ipynb",
        "--output",
        "out",
        "-p",
        "limit",
        "3",
        "--due",
        "--every",
        "month",
    )
    at = ("--now", "2026-06-24T06:00:00Z", "--timezone", "Europe/Berlin")
    ended = command(*line, *at, "--catch-up", "3")
    assert ended.code == 1
    assert "cell 3 of posts.ipynb failed (ValueError)" in ended.err
    assert "that was the report for 2026-04" in ended.err
    # The first is a text, and the third of those of code that of the values.
    assert "1/3 cell 2\n" in ended.err
    assert "3/3 cell 3\n" in ended.err
    told = [json.loads(path.read_text()) for path in tmp_path.glob("out/posts/*_*/manifest.json")]
    assert sorted(each["summary"][0] for each in told) == [
        "2026-03-01 2026-03-31 Europe/Berlin",
        "2026-05-01 2026-05-31 Europe/Berlin",
    ]
    again = command(*line, *at, "--quiet")
    assert (again.code, again.out, again.err) == (0, "", "")


def test_a_notebook_of_a_period_that_is_not_over_says_so_first(
    command: Callable[..., Ended], tmp_path: Path
) -> None:
    write(tmp_path / "posts.ipynb", *NOTEBOOK)
    line = ("run", "posts.ipynb", "--output", "out", "--now", "2026-06-24T06:00:00Z", "--period")
    assert command(*line, "2026-06").code == 0
    folder = tmp_path / "out" / "posts" / "latest"
    page, told = (
        (folder / "report.html").read_text(),
        json.loads((folder / "manifest.json").read_text()),
    )
    notice = (
        "This period is not over: it ends on 30 June 2026, and the numbers are those of "
        "24 June 2026, 06:00."
    )
    assert told["summary"] == [notice, "2026-06-01 2026-06-30 UTC"]
    assert 0 < page.index(notice) < page.index("2026-06-01 2026-06-30")
    assert command(*line, "2026-05").code == 0
    assert "is not over" not in next(tmp_path.glob("out/posts/2026-05_*/report.html")).read_text()


def test_the_charts_of_a_notebook_stand_in_its_e_mail(
    command: Callable[..., Ended], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    try:
        check_tools(("png",))
    except NotSupported:
        pytest.skip("no Chromium or Chrome here: scripts/install-chromium.sh installs one")
    figure = 'go.Figure(go.Bar(y=[1, 2]), layout={{"title": {{"text": "{} & <b>more</b>"}}}})'
    picture = (
        "display({{'image/png': base64.b64encode(open('{}', 'rb').read()).decode()}}, raw=True)"
    )
    (tmp_path / "dot.png").write_bytes(PNG)
    write(
        tmp_path / "posts.ipynb",
        words("# Posts"),
        code("import base64, plotly.graph_objects as go\n" + figure.format("One")),
        code(picture.format("dot.png")),
        code(figure.format("Hidden"), "remove-cell"),
        code(figure.format("Two")),
    )
    with mail_server() as server:
        for name, value in {
            "ECHO_SMTP_HOST": "127.0.0.1",
            "ECHO_SMTP_SECURITY": "none",
            "ECHO_SMTP_PORT": str(server.port),
            "ECHO_MAIL_FROM": "reports@example.org",
        }.items():
            monkeypatch.setenv(name, value)
        ended = command("run", "posts.ipynb", "--output", "out", "--email", "team@example.org")
        assert ended.code == 0, ended.err
        mail = server.mail()
    pictures = [part for part in mail.walk() if part.get_content_type() == "image/png"]
    assert [each.get_filename() for each in pictures] == [f"chart-0{n}.png" for n in (1, 2, 3)]
    assert pictures[1].get_content() == PNG
    page = mail.get_body(("html",))
    assert page is not None
    found = re.findall(r'src="cid:([^"]*)" alt="([^"]*)"', page.get_content())
    assert [alt for _, alt in found] == ["One &amp; more", "Picture 2", "Two &amp; more"]
    assert [f"<{cid}>" for cid, _ in found] == [each["content-id"] for each in pictures]


@pytest.mark.parametrize(
    "wrong",
    [
        *("-p begin 1", "-p limit", "--frmat x", "--due", "--format pdf", "--every week"),
        *("--due --period 2026-06", "--catch-up 2", "--now soon", "--due --timezone Mars"),
    ],
)
def test_what_the_notebook_does_not_know_is_refused(
    wrong: str, command: Callable[..., Ended], tmp_path: Path
) -> None:
    write(tmp_path / "posts.ipynb", code("limit = 1", "parameters"))
    assert command("run", "posts.ipynb", "--output", "out", *wrong.split()).code == 2
    assert not (tmp_path / "out").exists()
