"""Posts from files into a database."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid5

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from posts_files import asking, count, numbers, post, write

import echo_analytics as echo
from echo_analytics.errors import InvalidInput
from echo_analytics.ingest import ImportRejected
from echo_analytics.ingest.load import slugs
from echo_analytics.ingest.rows import BY_EXTERNAL_ID

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


@pytest.mark.parametrize("suffix", ["parquet", "csv", "jsonl"])
def test_a_post_arrives_with_everything_in_its_row(
    db: Database[pd.DataFrame], rows: Callable[[str], list[Any]], tmp_path: Path, suffix: str
) -> None:
    title, content = 'He said "no", \\. twice', "line 1\n\\.\nline 2\r\n😀"
    row = post(1, title=title, content=content, category="Tech", status="archived")
    report = echo.import_posts(db, write(tmp_path / f"posts.{suffix}", [row]))
    assert numbers(report) == [(1, 1, 0, 0, 1, 0)]
    noon = datetime(2026, 1, 1, 12)  # noqa: DTZ001 - the columns are naive
    assert rows(
        "SELECT p.id, title, content, published, status, u.email, u.name, c.name,"
        " p.created_at, p.updated_at, u.created_at, u.updated_at FROM public.posts p"
        " JOIN public.users u ON u.id = author_id JOIN public.categories c ON c.id = category_id"
    ) == [
        (
            uuid5(BY_EXTERNAL_ID, "id-1"),
            title,
            content,
            False,
            "archived",
            "author1@example.org",
            "Author 1",
            "Tech",
            *[noon] * 4,
        )
    ]


def test_published_and_status_say_the_same(
    db: Database[pd.DataFrame], rows: Callable[[str], list[Any]], tmp_path: Path
) -> None:
    posts = [post(n, status=s) for n, s in enumerate(["draft", "published", "archived", ""], 1)]
    echo.import_posts(db, write(tmp_path / "posts.csv", posts))
    assert rows("SELECT status, published FROM public.posts ORDER BY created_at") == [
        ("draft", False),
        ("published", True),
        ("archived", False),
        ("published", True),
    ]


def test_a_second_import_creates_nothing(
    db: Database[pd.DataFrame], rows: Callable[[str], list[Any]], tmp_path: Path
) -> None:
    with_ids = write(tmp_path / "a.jsonl", [post(n, category="New") for n in range(1, 10)])
    without = write(tmp_path / "b.csv", [post(n, external_id="") for n in range(1, 10)])
    first = echo.import_posts(db, [with_ids, str(without)])
    assert numbers(first) == [(9, 9, 0, 0, 3, 1), (9, 9, 0, 0, 0, 0)]
    before = rows("SELECT * FROM public.posts ORDER BY id")
    assert numbers(echo.import_posts(db, [with_ids, without])) == [(9, 0, 9, 0, 0, 0)] * 2
    assert rows("SELECT * FROM public.posts ORDER BY id") == before


def test_the_same_rows_in_another_format_are_the_same_posts(
    db: Database[pd.DataFrame], tmp_path: Path
) -> None:
    posts = [post(n, external_id=None) for n in range(1, 6)]
    echo.import_posts(db, write(tmp_path / "posts.csv", posts))
    moments = [
        {**row, "created_at": datetime.fromisoformat(str(row["created_at"]))} for row in posts
    ]
    others = [write(tmp_path / "posts.parquet", moments), write(tmp_path / "posts.jsonl", posts)]
    assert numbers(echo.import_posts(db, others)) == [(5, 0, 5, 0, 0, 0)] * 2


def test_posts_that_are_there_stay_as_they_are_and_create_no_users(
    db: Database[pd.DataFrame], rows: Callable[[str], list[Any]], tmp_path: Path
) -> None:
    path = write(tmp_path / "posts.csv", [post(1, category="New")])
    echo.import_posts(db, path)
    with db.transaction() as connection:
        connection.exec_driver_sql("UPDATE public.users SET email = 'other@example.org'")
        connection.exec_driver_sql("UPDATE public.posts SET title = 'changed', category_id = NULL")
        connection.exec_driver_sql("DELETE FROM public.categories WHERE name = 'New'")
    assert numbers(echo.import_posts(db, path)) == [(1, 0, 1, 0, 0, 0)]
    assert rows("SELECT title FROM public.posts") == [("changed",)]
    assert rows("SELECT email FROM public.users") == [("other@example.org",)]


def test_users_are_told_apart_by_case_and_named_by_their_first_post(
    db: Database[pd.DataFrame], rows: Callable[[str], list[Any]], tmp_path: Path
) -> None:
    ada = {"author_email": "ada@example.org"}
    posts = [
        post(5, **ada, author_name="Later"),
        post(2, **ada, author_name="First"),
        post(3, **ada, author_name="Between"),
        post(4, author_email="Ada@example.org", author_name="Other"),
    ]
    report = echo.import_posts(db, write(tmp_path / "posts.csv", posts))
    assert report.files[0].users_created == 2
    assert sorted(rows("SELECT email, name, extract(day FROM created_at) FROM public.users")) == [
        ("Ada@example.org", "Other", 4),
        ("ada@example.org", "First", 2),
    ]


def test_existing_users_keep_their_name(
    db: Database[pd.DataFrame], rows: Callable[[str], list[Any]], tmp_path: Path
) -> None:
    with db.transaction() as connection:
        connection.exec_driver_sql(
            "INSERT INTO public.users (email, name) VALUES ('author1@example.org', 'Kept')"
        )
    report = echo.import_posts(db, write(tmp_path / "posts.csv", [post(1)]))
    assert report.files[0].users_created == 0
    assert rows("SELECT u.name FROM public.posts JOIN public.users u ON u.id = author_id") == [
        ("Kept",)
    ]


def test_categories_with_similar_names_stay_apart(
    db: Database[pd.DataFrame], rows: Callable[[str], list[Any]], tmp_path: Path
) -> None:
    names = ["C++", "C", "C#", "tech", "Tech", "日本", "", "C"]
    posts = [post(n, category=name) for n, name in enumerate(names, 1)]
    report = echo.import_posts(db, write(tmp_path / "posts.csv", posts))
    assert report.files[0].categories_created == 5
    assert dict(rows("SELECT name, slug FROM public.categories")) == {
        "General": "general",
        "Tech": "tech",
        "News": "news",
        "C": "c",
        "C#": "c-2",
        "C++": "c-3",
        "tech": "tech-2",
        "日本": "category",
    }
    found = rows(
        "SELECT c.name FROM public.posts p LEFT JOIN public.categories c ON c.id = category_id"
        " ORDER BY p.created_at"
    )
    assert [name for (name,) in found] == [name or None for name in names]


def test_slugs_are_ascii_and_none_is_given_twice() -> None:
    names = ["Größe & Maß", "  Spaces  ", "ﬁne", "spaces", "!", "x" * 500]
    assert list(slugs(names, {"fine"})) == [
        "grosse-mass",
        "spaces",
        "fine-2",
        "spaces-2",
        "category",
        "x" * 80,
    ]


def test_very_many_categories_are_created(db: Database[pd.DataFrame], tmp_path: Path) -> None:
    posts = [post(1, category=f"Category {n}", external_id=n) for n in range(40_000)]
    report = echo.import_posts(db, write(tmp_path / "posts.parquet", posts))
    assert numbers(report) == [(40_000, 40_000, 0, 0, 1, 40_000)]


def test_repeated_rows_are_one_post_and_differing_ones_are_bad(
    db: Database[pd.DataFrame], rows: Callable[[str], list[Any]], tmp_path: Path
) -> None:
    same = [post(1), post(1, author_name="Another name"), post(2)]
    assert numbers(echo.import_posts(db, write(tmp_path / "a.csv", same))) == [(3, 2, 1, 0, 2, 0)]
    differing = [post(3), post(4), post(3, title="Other"), post(3)]
    with pytest.raises(ImportRejected) as caught:
        echo.import_posts(db, write(tmp_path / "b.csv", differing))
    found = [(bad.row, bad.column, bad.problem) for bad in caught.value.rejected]
    assert found == [(3, "external_id", "is that of row 1, which differs")]
    drafts = [post(5, external_id=""), post(5, external_id="", status="draft")]
    for row in drafts:
        row.setdefault("status", "")
    with pytest.raises(ImportRejected, match="row 2: repeats row 1 with another status"):
        echo.import_posts(db, write(tmp_path / "c.csv", drafts))
    assert count(rows, "posts") == 2


def test_bad_rows_are_all_reported_and_nothing_of_the_file_is_loaded(
    db: Database[pd.DataFrame], rows: Callable[[str], list[Any]], tmp_path: Path
) -> None:
    good = write(tmp_path / "good.csv", [post(1)])
    bad = write(
        tmp_path / "bad.csv",
        [post(2, category="New"), post(3, title=" "), post(4, created_at="secret")],
    )
    with pytest.raises(ImportRejected) as caught:
        echo.import_posts(db, [good, bad, tmp_path / "good.csv"])
    error = caught.value
    assert isinstance(error, InvalidInput)
    assert [(r.file, r.row, r.column) for r in error.rejected] == [
        (str(bad), 2, "title"),
        (str(bad), 3, "created_at"),
    ]
    assert str(error) == (
        f"{bad}: 2 bad rows, so nothing of this file was loaded. row 2, title: is missing; "
        f"row 3, created_at: is not an ISO 8601 date or time. Loaded before it: {good}."
    )
    assert [report.posts_created for report in error.loaded] == [1]
    assert rows("SELECT title FROM public.posts") == [("Title 1",)]
    assert rows("SELECT 1 FROM public.categories WHERE name = 'New'") == []
    assert count(rows, "users") == 1


def test_of_very_many_bad_rows_all_are_counted_and_some_kept(
    db: Database[pd.DataFrame], tmp_path: Path
) -> None:
    path = write(tmp_path / "posts.csv", [post(1, title="") for _ in range(1_500)])
    with pytest.raises(ImportRejected, match="1,500 bad rows") as caught:
        echo.import_posts(db, path)
    assert (caught.value.rows_rejected, len(caught.value.rejected)) == (1_500, 1_000)


def test_a_wrong_file_is_found_before_the_first_is_loaded(
    db: Database[pd.DataFrame], rows: Callable[[str], list[Any]], tmp_path: Path
) -> None:
    good = write(tmp_path / "good.csv", [post(1)])
    for wrong in (tmp_path / "missing.csv", write(tmp_path / "w.csv", [{"title": "x"}])):
        with pytest.raises(InvalidInput, match=wrong.name):
            echo.import_posts(db, [good, wrong])
    with pytest.raises(InvalidInput, match="one file at least"):
        echo.import_posts(db, [])
    assert count(rows, "posts") == 0


@settings(
    max_examples=15,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.lists(st.text(st.characters(exclude_characters="\0", codec="utf-8")), max_size=8),
    st.sampled_from(["parquet", "csv", "jsonl"]),
)
def test_any_text_comes_back_as_it_was(
    db: Database[pd.DataFrame],
    rows: Callable[[str], list[Any]],
    tmp_path: Path,
    contents: list[str],
    suffix: str,
) -> None:
    posts = [post(n, title=f"T{text}", content=text) for n, text in enumerate(contents, 1)]
    with db.transaction() as connection:
        connection.exec_driver_sql("DELETE FROM public.posts")
    if posts:
        echo.import_posts(db, write(tmp_path / f"posts.{suffix}", posts))
    found = rows("SELECT title, content FROM public.posts ORDER BY created_at")
    assert found == [(f"T{text}", text) for text in contents]


def test_the_report_is_told_in_sentences(db: Database[pd.DataFrame], tmp_path: Path) -> None:
    posts = [post(1, views="1"), post(2, views="2", title="")]
    path = write(tmp_path / "posts.csv", posts)
    report = echo.import_posts(db, path, skip_bad_rows=True)
    assert report.text() == (
        f"{path}: 2 rows: 1 post created, 0 there already, 1 rejected; "
        "1 user and 0 categories created\n"
        "  columns ignored: views\n"
        "  rejected: row 2, title: is missing\n"
        f"  the rejected rows are in {path}.rejects.csv\n"
    )
