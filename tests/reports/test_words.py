"""What people wrote about: the sentences, and the section in a report."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from pyarrow import parquet

import echo_analytics as echo
from echo_analytics import models
from echo_analytics.reports import sentences
from echo_analytics.reports.making import make_report
from echo_analytics.reports.period import parse_period

from .conftest import NOW

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

MONDAY = datetime(2026, 6, 15, 9, tzinfo=UTC)
WEEK_NOW = ["Elephants walk"] * 30 + ["Elephants swim"] * 10 + ["Zebra"] * 5
WEEK_BEFORE = ["Elephants"] * 4 + ["Camel"] * 40
DRAFTS = ["Giraffe"] * 9
"""The titles of posts; those of drafts are nobody's to read."""


def words(*rows: tuple[str, int, int], posts: int = 40, before: int = 50) -> pa.Table:
    """Words with their posts now and in the period before."""
    return pa.table(
        {
            "term": [term for term, _, _ in rows],
            "total_posts": [now for _, now, _ in rows],
            "share": [now / posts for _, now, _ in rows],
            "total_posts_previous": [earlier for _, _, earlier in rows],
            "share_previous": [earlier / before for _, _, earlier in rows],
        }
    )


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (words(), ["Nothing was published that has words to count."]),
        (words(("ada", 1, 0), posts=1), ["Only one post was published."]),
        (words(("ada", 1, 0), ("bo", 1, 0)), ["No word was in more than one post."]),
        (words(("ada", 7, 0)), ["“ada” was in the most posts: 7 of 40 (18 %)."]),
        (
            words(("ada", 7, 0), ("bo", 5, 0), ("cy", 4, 0), ("di", 3, 0), ("ed", 2, 0)),
            [
                "“ada” was in the most posts: 7 of 40 (18 %).",
                "Then came “bo” (5), “cy” (4) and “di” (3).",
            ],
        ),
        (
            words(("ada", 7, 0), ("bo", 7, 0), ("cy", 2, 0), ("di", 1, 0)),
            ["“ada” and “bo” were in the most posts: 7 of 40 (18 %) each.", "Then came “cy” (2)."],
        ),
        (
            words(*((term, 2, 0) for term in "abcd")),
            ["No word stands out: several were in 2 of 40 (5 %) each."],
        ),
        (words(("ada", 1_200, 0), posts=1_201), ["“ada” was in the most posts: 1,200 of 1,201 "]),
    ],
)
def test_frequent_words_are_named(table: pa.Table, said: list[str]) -> None:
    found = list(sentences.frequent_words(table))
    assert len(found) == len(said)
    assert all(map(str.startswith, found, said))


@pytest.mark.parametrize(
    ("period", "before"),
    [
        ("2026-W25", "the week before"),
        ("2026-06-15", "the day before"),
        ("2026-06", "the 30 days before"),
        ("2026-06-01..2026-06-10", "the 10 days before"),
    ],
)
def test_rising_words_are_compared_with_as_many_days_before(period: str, before: str) -> None:
    says = sentences.rising_words(parse_period(period, "UTC"))
    table = words(("ada", 7, 1), ("bo", 1, 0), ("cy", 6, 2), ("di", 5, 2))
    assert list(says(table)) == [
        f"“ada” was in 7 posts (18 %), after 1 (2 %) in {before}.",
        f"“bo” was in 1 post (3 %), and in none in {before}.",
        f"“cy” was in 6 posts (15 %), after 2 (4 %) in {before}.",
    ]
    assert list(says(words())) == [f"No word was clearly more frequent than in {before}."]


@pytest.fixture(scope="module")
def written(create_database: Callable[..., str], migrated_template: str) -> str:
    """A database whose posts were counted by hand."""
    url = create_database(migrated_template)
    days = [(WEEK_NOW, MONDAY), (WEEK_BEFORE, MONDAY - timedelta(days=7)), (DRAFTS, MONDAY)]
    with echo.connect(url) as db:
        ada = db.users.create(models.NewUser(email="ada@example.org", name="Ada"))
        animals = db.categories.create(models.NewCategory(name="Animals", slug="animals"))
        for titles, first in days:
            for number, title in enumerate(titles):
                db.posts.create(
                    models.NewPost(
                        title=title,
                        content="the",
                        author_id=ada.id,
                        category_id=animals.id,
                        published=titles is not DRAFTS,
                        created_at=first + timedelta(minutes=number),
                    )
                )
    return url


# Any: the run, and JSON.
def made(
    url: str,
    folder: Path,
    report: str = "weekly",
    period: str = "2026-W25",
    about: Mapping[str, object] | None = None,
    formats: Sequence[str] = ("parquet",),
) -> Any:  # noqa: ANN401
    """Return the sentences and the rows by section."""
    with echo.connect(url) as db:
        run = make_report(
            db,
            report,
            period,
            output=folder,
            parameters=about,
            formats=formats,
            now=NOW,
        )
    said = {each["name"]: each["sentences"] for each in run.manifest["sections"]}
    rows = {
        name: parquet.read_table(run.folder / "data" / f"{name}.parquet").to_pylist()
        for name in ("terms", "rising_terms")
    }
    return run, said, rows


@pytest.mark.parametrize(
    ("report", "about", "period"),
    [
        ("weekly", {}, "2026-W25"),
        ("monthly", {}, "2026-06-15..2026-06-21"),
        ("category", {"category": "animals"}, "2026-W25"),
        ("author", {"author": "ada@example.org"}, "2026-W25"),
    ],
)
def test_a_report_says_what_was_written_about_and_what_is_new(
    written: str, tmp_path: Path, report: str, about: Mapping[str, object], period: str
) -> None:
    run, said, rows = made(written, tmp_path, report, period, about)
    if ".." in period:
        # Its last day is not all of it.
        assert (run.manifest["title"], said["history"]) == ("Report", [])
        assert said["overview"][0] == "There were 54 posts, 10 more than in the period before."
    assert [
        (row["term"], row["total_posts"], row["total_posts_previous"]) for row in rows["terms"]
    ] == [
        ("elephants", 40, 4),
        ("walk", 30, 0),
        ("swim", 10, 0),
        ("zebra", 5, 0),
    ]
    assert said["terms"] == [
        "“elephants” was in the most posts: 40 of 45 (89 %).",
        "Then came “walk” (30), “swim” (10) and “zebra” (5).",
    ]
    # Of zebras it may well be chance.
    assert said["rising_terms"] == [
        "“elephants” was in 40 posts (89 %), after 4 (9 %) in the week before.",
        "“walk” was in 30 posts (67 %), and in none in the week before.",
        "“swim” was in 10 posts (22 %), and in none in the week before.",
    ]
    assert [row["term"] for row in rows["rising_terms"]] == ["elephants", "walk", "swim"]


def test_the_index_changes_not_one_byte_of_the_words(
    create_database: Callable[..., str], written: str, tmp_path: Path
) -> None:
    indexed = create_database(written)
    with echo.connect(indexed) as db:
        db.search_index.build()
    formats = ("html", "parquet", "csv")
    plain, _, rows = made(written, tmp_path / "plain", formats=("parquet", "csv"))
    one, _, _ = made(indexed, tmp_path / "one", formats=formats)
    two, _, _ = made(indexed, tmp_path / "two", formats=formats)
    assert rows["terms"]
    names = [f"data/{name}.{end}" for name in rows for end in ("csv", "parquet")]
    # The page says what the database was asked, which is another thing with an index.
    for others, same in ((plain, names), (two, [*names, "report.html"])):
        for name in same:
            assert (one.folder / name).read_bytes() == (others.folder / name).read_bytes(), name
