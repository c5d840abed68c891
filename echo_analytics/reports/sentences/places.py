"""Sentences about categories, and about posts themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from echo_analytics.plots.text import count
from echo_analytics.reports.sentences.words import (
    beginning,
    leaders,
    percent,
    posts,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pyarrow as pa


_NONE = "those without a category"


def categories(table: pa.Table) -> Iterator[str]:
    """Say which category had the most posts, and which grew and shrank the most."""
    rows = table.to_pylist()
    if not sum(row["total_posts"] for row in rows):
        yield "No category had posts."
        return
    here = [row for row in rows if row["total_posts"]]
    if len(here) == 1:
        name = here[0]["category"]
        where = "without a category" if name is None else f"in {name}"
        yield (
            f"All {here[0]['total_posts']:,} posts are {where}."
            if here[0]["total_posts"] > 1
            else f"The one post is {where}."
        )
    else:
        yield leaders(rows, "category", "had the most posts", _NONE)
    known = [row for row in rows if row["total_posts_relative_change"] is not None]
    changed = [(row["total_posts"] - row["total_posts_previous"], row) for row in known]
    for sign, verb in ((1, "gained"), (-1, "lost")):
        most = max(changed, key=lambda pair: sign * pair[0], default=None)
        # Of a single one the posts of all say as much.
        if most is not None and sign * most[0] > 0 and len(rows) > 1:
            now, before = most[1]["total_posts"], most[1]["total_posts_previous"]
            name = beginning(most[1]["category"], _NONE)
            yield f"{name} {verb} most: from {before:,} to {now:,}."


def one_category(table: pa.Table) -> Iterator[str]:
    """Say how much of all was written in one category, by its row of ``category_summary``."""
    for row in table.to_pylist():
        if not row["total_posts"]:
            yield "Nothing was written here in this period."
            continue
        share = "" if row["share"] is None else f", {percent(row['share'])} of all"
        yield f"{count(row['unique_authors'], 'author')} wrote {posts(row)} here{share}."


def newest(shown: int) -> Callable[[pa.Table], Iterator[str]]:
    """Say how many of the newest posts are shown, by ``posts_with_authors``."""

    def says(table: pa.Table) -> Iterator[str]:
        if not table.num_rows:
            yield "Nothing was published."
        elif table.num_rows < shown:
            yield f"All {count(table.num_rows, 'published post')}, the newest first."
        else:
            yield f"The newest {count(table.num_rows, 'published post')}."

    return says
