"""Sentences about who writes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from echo_analytics.plots.text import count, day
from echo_analytics.reports.sentences.words import (
    Row,
    leaders,
    percent,
    posts,
    some,
    were,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from zoneinfo import ZoneInfo

    import pyarrow as pa


_AVERAGES = (1, 4)


def overview(table: pa.Table) -> Iterator[str]:
    """Say how many authors wrote, and how many of them for the first time."""
    values = {row["metric"]: row for row in table.to_pylist()}
    authors, new = values["unique_authors"], values["new_authors"]
    wrote = int(authors["value"])
    if not wrote:
        yield "Nobody wrote."
        return
    said = f"{count(wrote, 'author')} wrote{_than_before(authors)}"
    first = int(new["value"])
    yield f"{said}; {some(first)} of them for the first time."
    published = int(values["published_posts"]["value"])
    total = int(values["total_posts"]["value"])
    if published == total:
        yield f"All {total:,} posts are published." if total > 1 else "The one post is published."
        return
    share = f" ({percent(published / total)})" if published else ""
    verb = "is" if published == 1 else "are"
    yield f"Of {count(total, 'post')}, {some(published)}{share} {verb} published."


def overview_of_range(table: pa.Table) -> Iterator[str]:
    """Say how many posts there were, and what changed, before what ``overview`` says."""
    values = {row["metric"]: row for row in table.to_pylist()}
    row = values["total_posts"]
    total, change = int(row["value"]), row["change"]
    if total and change is not None:
        yield f"There {were({'total_posts': total})}{_than_before(row)}."
    yield from overview(table)


def _than_before(row: Row) -> str:
    if row["change"] is None:
        return ""
    change = int(row["change"])
    if not change:
        return ", as many as in the period before"
    return f", {abs(change):,} {'more' if change > 0 else 'fewer'} than in the period before"


def authors(table: pa.Table) -> Iterator[str]:
    """Say who wrote most, and how much of all is theirs, by ``top_authors``."""
    rows = table.to_pylist()
    if not rows:
        yield "Nobody wrote."
        return
    yield leaders(rows, "author_name", "wrote most", "unnamed")
    together = rows[-1]["cumulative_share"]
    if len(rows) > 2 and together < 1:
        yield f"The first {len(rows)} wrote {percent(together)} of all posts."


def retention(unit: str) -> Callable[[pa.Table], Iterator[str]]:
    """Say how many write again, by the means of ``author_retention``.

    Parameters
    ----------
    unit
        What its periods are, such as "week".
    """

    def says(table: pa.Table) -> Iterator[str]:
        means = {row["period"]: row for row in table.to_pylist() if row["cohort"] is None}
        said = False
        for after in _AVERAGES:
            row = means.get(after)
            if row is not None and row["rate"] is not None and row["cohort_size"]:
                said = True
                later = f"the {unit} after" if after == 1 else f"{after} {unit}s after"
                again = row["active_authors"]
                share = f" ({percent(row['rate'])})" if again else ""
                yield (
                    f"Of {count(row['cohort_size'], 'author')}, {some(again)}{share} "
                    f"wrote again {later} their first post."
                )
        if not said:
            yield "There is too little history to say how many write again."

    return says


def lifecycle(unit: str) -> Callable[[pa.Table], Iterator[str]]:
    """Say where the authors of the last period come from, by ``author_lifecycle``.

    Parameters
    ----------
    unit
        What its periods are, such as "week".
    """

    def says(table: pa.Table) -> Iterator[str]:
        rows = table.to_pylist()
        if not rows:
            return
        last = rows[-1]
        new, stayed, back, gone = (
            last[f"{kind}_authors"] for kind in ("new", "returning", "resurrected", "dormant")
        )
        if not new + stayed + back + gone:
            yield f"Nobody wrote, nor in the {unit} before."
            return
        yield (
            f"Of {count(new + stayed + back, 'author')}, {some(new)} wrote for the first time, "
            f"{some(stayed)} had written in the {unit} before too, "
            f"and {some(back)} came back after a pause."
            if new + stayed + back
            else "Nobody wrote."
        )
        if last["is_complete"] and gone:
            yield f"{count(gone, 'author')} of the {unit} before stayed away."

    return says


def new_authors(table: pa.Table) -> Iterator[str]:
    """Say how many wrote for the first time, and who of them wrote most, by ``user_stats``."""
    rows = table.to_pylist()
    if not rows:
        yield "Nobody wrote for the first time."
        return
    most = max(rows, key=lambda row: row["total_posts"])
    verb = "author wrote" if len(rows) == 1 else "authors wrote"
    yield f"{len(rows):,} {verb} for the first time."
    if len(rows) > 1:
        yield f"{most['user_name']} has written most since: {posts(most)}."


def funnel(table: pa.Table) -> Iterator[str]:
    """Say how many of those who signed up came how far, by ``publishing_funnel``."""
    signed, wrote, published, again = (row["users"] for row in table.to_pylist())
    if not signed:
        yield "Nobody signed up."
        return
    yield (
        f"Of {count(signed, 'user')} who signed up, {some(wrote)} ({percent(wrote / signed)}) "
        f"wrote, {some(published)} published, and {some(again)} published again."
    )


def totals(zone: ZoneInfo) -> Callable[[pa.Table], Iterator[str]]:
    """Say what one author has written up to now, by their row of ``user_stats``.

    Parameters
    ----------
    zone
        Whose days.
    """

    def says(table: pa.Table) -> Iterator[str]:
        for row in table.to_pylist():
            if not row["total_posts"]:
                yield "They have written nothing up to now."
                continue
            since = day(row["first_post"].astimezone(zone))
            written = count(row["total_posts"], "post")
            yield f"{written} on {count(row['days_active'], 'day')} since {since}."

    return says


def rank(table: pa.Table) -> Iterator[str]:
    """Say where one author stands among all, by their row of ``top_authors``."""
    rows = table.to_pylist()
    if not rows:
        yield "They did not write in this period."
        return
    row = rows[0]
    yield (
        f"With {posts(row)}, {percent(row['share'])} of all, they are number {row['rank']:,} "
        "of those who wrote."
    )
