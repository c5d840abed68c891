"""New, returning, resurrected and dormant authors against a count by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from frames_by_hand import assert_same_rows
from histories import by_examples
from hypothesis import given
from sample_posts import Post, records, replace_posts

import echo_analytics as echo
from analyses.periods_by_hand import Periods, kept, options, periods_of, stories

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    import pyarrow as pa


def lifecycle_by_hand(posts: list[Post], periods: Periods, now: datetime) -> list[dict[str, Any]]:
    active: dict[UUID, set[int]] = {}
    for post in posts:
        active.setdefault(post.author, set()).add(periods.of(post.created_at))
    rows = []
    for number, label in enumerate(periods.labels):
        kinds = dict.fromkeys(("new", "returning", "resurrected", "dormant"), 0)
        for numbers in active.values():
            before = number - 1 in numbers
            if number in numbers:
                first = min(numbers) == number
                kinds["new" if first else "returning" if before else "resurrected"] += 1
            elif before:
                kinds["dormant"] += 1
        rows.append(
            {
                "bucket": label,
                **{f"{kind}_authors": count for kind, count in kinds.items()},
                "is_complete": periods.complete(number, now),
            }
        )
    return rows


@by_examples
@given(story=stories())
def test_the_lifecycle_is_the_one_counted_by_hand_and_adds_up(
    story: dict[str, Any], foreign: echo.Database[pa.Table], writer_url: str
) -> None:
    replace_posts(writer_url, story["posts"])
    periods = periods_of(story)
    posts = kept(story["posts"], story["activity"])
    found = records(echo.author_lifecycle(foreign, story["start"], story["end"], **options(story)))
    assert_same_rows(found, lifecycle_by_hand(posts, periods, story["now"]))
    active: dict[int, set[UUID]] = {}
    for post in posts:
        active.setdefault(periods.of(post.created_at), set()).add(post.author)
    for number, row in enumerate(found):
        here = row["new_authors"] + row["returning_authors"] + row["resurrected_authors"]
        assert here == len(active.get(number, ()))
        before = row["returning_authors"] + row["dormant_authors"]
        assert before == len(active.get(number - 1, ()))
