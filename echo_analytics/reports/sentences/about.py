"""Sentences about what posts are about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from echo_analytics.plots.text import count
from echo_analytics.reports.sentences.words import Row, listed, percent, round_half_up

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pyarrow as pa

    from echo_analytics.reports.period import Period

_NAMED = 3


def frequent_words(table: pa.Table) -> Iterator[str]:
    """Say which words were in the most posts, by ``search_terms``, the frequent ones first."""
    rows = table.to_pylist()
    if not rows:
        yield "Nothing was published that has words to count."
        return
    most, posts = rows[0]["total_posts"], round_half_up(rows[0]["total_posts"] / rows[0]["share"])
    if posts == 1:
        yield "Only one post was published."
        return
    if most == 1:
        yield "No word was in more than one post."
        return
    first = [row for row in rows if row["total_posts"] == most]
    of_all = f"{most:,} of {posts:,} ({percent(rows[0]['share'])})"
    if len(first) > _NAMED:
        yield f"No word stands out: several were in {of_all} each."
        return
    verb, each = ("was", "") if len(first) == 1 else ("were", " each")
    yield f"{listed([_quoted(row) for row in first])} {verb} in the most posts: {of_all}{each}."
    after = [row for row in rows[len(first) :] if row["total_posts"] > 1][:_NAMED]
    if after:
        others = listed([f"{_quoted(row)} ({row['total_posts']:,})" for row in after])
        yield f"Then came {others}."


def rising_words(period: Period) -> Callable[[pa.Table], Iterator[str]]:
    """Say which words are written more than before, by ``search_terms`` with the rising first.

    Parameters
    ----------
    period
        The days; before means as many, directly before.
    """
    before = _before((period.last - period.first).days + 1)

    def says(table: pa.Table) -> Iterator[str]:
        rows = table.to_pylist()
        if not rows:
            yield f"No word was clearly more frequent than in {before}."
        for row in rows[:_NAMED]:
            yield _risen(row, before)

    return says


def _risen(row: Row, before: str) -> str:
    there = f"{_quoted(row)} was in {count(row['total_posts'], 'post')} ({percent(row['share'])})"
    if not row["total_posts_previous"]:
        return f"{there}, and in none in {before}."
    share = percent(row["share_previous"])
    return f"{there}, after {row['total_posts_previous']:,} ({share}) in {before}."


def _before(days: int) -> str:
    known = {1: "the day before", 7: "the week before"}
    return known.get(days, f"the {days} days before")


def _quoted(row: Row) -> str:
    return f"“{row['term']}”"
