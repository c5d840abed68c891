"""Bad rows written apart."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet
import pytest
from posts_files import asking, count, numbers, post, write

import echo_analytics as echo
from echo_analytics.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import pandas as pd

    from echo_analytics.database import Database


@pytest.fixture
def db(database_url: str) -> Iterator[Database[pd.DataFrame]]:
    with echo.connect(database_url) as opened:
        yield opened


@pytest.fixture
def rows(database_url: str) -> Iterator[Callable[[str], list[Any]]]:
    with asking(database_url) as ask:
        yield ask


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet"])
def test_skipped_rows_are_written_apart_with_their_values(
    db: Database[pd.DataFrame], tmp_path: Path, suffix: str
) -> None:
    posts = [
        post(1, views="10"),
        post(2, title="", status="gone", views="20"),
        post(1, content="differs", views="30"),
    ]
    for row in posts:
        row.setdefault("status", "draft")
    path = write(tmp_path / f"posts.{suffix}", posts)
    source = path.read_bytes()
    report = echo.import_posts(db, path, skip_bad_rows=True)
    assert numbers(report) == [(3, 1, 0, 2, 1, 0)]
    rejects = report.files[0].rejects_file
    assert rejects == tmp_path / f"{path.name}.rejects.{'jsonl' if suffix == 'jsonl' else 'csv'}"
    assert path.read_bytes() == source
    if suffix == "jsonl":
        found = [json.loads(line) for line in rejects.read_text().splitlines()]
    else:
        with rejects.open(newline="") as stream:
            found = list(csv.DictReader(stream))
    assert [(str(row["row"]), row["column"], row["views"], row["title"]) for row in found] == [
        ("2", "title; status", "20", ""),
        ("3", "external_id", "30", "Title 1"),
    ]
    assert sorted(tmp_path.iterdir()) == sorted([path, rejects])


def test_mended_rejects_can_be_imported(db: Database[pd.DataFrame], tmp_path: Path) -> None:
    posts = [post(n, content='a\n"b"', status="gone" if n > 1 else "draft") for n in range(1, 4)]
    path = write(tmp_path / "posts.csv", posts)
    rejects = echo.import_posts(db, path, skip_bad_rows=True).files[0].rejects_file
    assert rejects is not None
    rejects.write_text(rejects.read_text().replace("gone", "draft"))
    report = echo.import_posts(db, rejects)
    assert numbers(report) == [(2, 2, 0, 0, 2, 0)]
    assert set(report.files[0].ignored_columns) == {"row", "column", "problem", "unreadable_row"}
    path.write_text(path.read_text().replace("gone", "draft"))
    assert numbers(echo.import_posts(db, path)) == [(3, 0, 3, 0, 0, 0)]


def test_rows_that_cannot_be_taken_apart_are_in_the_rejects_as_they_are(
    db: Database[pd.DataFrame], tmp_path: Path
) -> None:
    path = write(tmp_path / "posts.csv", [post(1)])
    path.write_text(path.read_text() + "only,three,cells\n")
    lines = write(tmp_path / "posts.jsonl", [post(1)])
    lines.write_text(lines.read_text() + "{torn\n")
    report = echo.import_posts(db, [path, lines], skip_bad_rows=True, rejects=tmp_path)
    first, second = (file.rejects_file for file in report.files)
    assert first is not None
    assert second is not None
    with first.open(newline="") as stream:
        assert [row["unreadable_row"] for row in csv.DictReader(stream)] == ["only,three,cells"]
    assert json.loads(second.read_text())["unreadable_row"] == "{torn"


def test_an_instant_that_python_cannot_hold_is_written_as_a_number(
    db: Database[pd.DataFrame], tmp_path: Path
) -> None:
    table = pa.table({name: [cell] for name, cell in post(1).items() if name != "created_at"})
    far = pa.array([2**60], pa.timestamp("us", "UTC"))
    pyarrow.parquet.write_table(table.append_column("created_at", far), tmp_path / "p.parquet")
    target = tmp_path / "bad.csv"
    echo.import_posts(db, tmp_path / "p.parquet", skip_bad_rows=True, rejects=target)
    with target.open(newline="") as stream:
        assert next(csv.DictReader(stream))["created_at"] == f"{2**60} timestamp[us, tz=UTC]"


def test_rejects_never_replace_an_imported_file(
    db: Database[pd.DataFrame], rows: Callable[[str], list[Any]], tmp_path: Path
) -> None:
    path = write(tmp_path / "posts.csv", [post(1, title="")])
    for target in (path, tmp_path / "sub" / ".." / "posts.csv"):
        (tmp_path / "sub").mkdir(exist_ok=True)
        with pytest.raises(InvalidInput, match="rejects"):
            echo.import_posts(db, path, skip_bad_rows=True, rejects=target)
    mended = write(tmp_path / "posts.csv.rejects.csv", [post(2)])
    with pytest.raises(InvalidInput, match="rejects"):
        echo.import_posts(db, [path, mended], skip_bad_rows=True)
    assert count(rows, "posts") == 0


def test_rejects_go_with_skipping_and_one_place_per_file(
    db: Database[pd.DataFrame], tmp_path: Path
) -> None:
    files = [write(tmp_path / name, [post(1)]) for name in ("a.csv", "b.csv")]
    with pytest.raises(InvalidInput, match="skip_bad_rows"):
        echo.import_posts(db, files[0], rejects=tmp_path / "bad.csv")
    with pytest.raises(InvalidInput, match="folder"):
        echo.import_posts(db, files, skip_bad_rows=True, rejects=tmp_path / "bad.csv")
    with pytest.raises(InvalidInput, match="folder"):
        echo.import_posts(db, files[0], skip_bad_rows=True, rejects=tmp_path / "no" / "bad.csv")
    report = echo.import_posts(db, files, skip_bad_rows=True)
    assert [file.rejects_file for file in report.files] == [None, None]
    assert sorted(tmp_path.iterdir()) == files
