from __future__ import annotations

import sys

import pytest

import echo_analytics as echo
from echo_analytics.cli import main


def shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str
) -> str:
    monkeypatch.setattr(sys, "argv", ["echo-analytics", "search-index", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0
    return capsys.readouterr().out


def test_the_index_is_built_shown_and_removed(
    database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*arguments: str) -> str:
        return shown(monkeypatch, capsys, *arguments, "--database", database_url)

    with echo.connect(database_url, frame="arrow") as db:
        echo.load_demo(db, 300)
    assert "posts indexed: 300 of 300" in run("status")
    run("drop")
    assert run("status") == "there is no search index\n"
    assert "posts indexed: 300 of 300" in run("build", "--batch-size", "50")
    assert "configuration pg_catalog.simple" in run("build", "--configuration", "simple")
    assert "searches go by it: yes" in run("status")
    assert run("drop") == "there is no search index\n"
