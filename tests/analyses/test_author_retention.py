"""Retention against a count by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from frames_by_hand import assert_same_rows
from histories import by_examples, sign_up
from hypothesis import given
from hypothesis import strategies as st
from sample_posts import Post, records, replace_posts

import echo_analytics as echo
from analyses.periods_by_hand import Periods, kept, options, periods_of, stories

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    import pyarrow as pa


def retention_by_hand(
    posts: list[Post],
    sign_ups: dict[UUID, datetime],
    whole: Periods,
    now: datetime,
    **wanted: Any,  # noqa: ANN401 - the arguments of the analysis
) -> list[dict[str, Any]]:
    posts = kept(posts, wanted["activity"])
    began: dict[UUID, datetime] = dict(sign_ups)
    if wanted["cohort_by"] == "first_post":
        began = {}
        for post in posts:
            began[post.author] = min(post.created_at, began.get(post.author, post.created_at))
    cohort = {author: whole.of(at) for author, at in began.items()}
    rows: list[dict[str, Any]] = []
    size = len(whole.labels)
    for number in range(size):
        members = [author for author in cohort if cohort[author] == number]
        for period in range(size - number):
            if wanted["periods"] is not None and period > wanted["periods"]:
                continue
            there = set()
            for post in posts:
                if post.author not in members or post.created_at < began[post.author]:
                    continue
                later = whole.of(post.created_at) - number
                if later == period or (wanted["method"] == "on or after" and later > period):
                    there.add(post.author)
            rows.append(
                {
                    "cohort": whole.labels[number],
                    "cohort_size": len(members),
                    "period": period,
                    "active_authors": len(there),
                    "rate": len(there) / len(members) if members else None,
                    "is_complete": whole.complete(number + period, now),
                }
            )
    means: list[dict[str, Any]] = []
    for period in sorted({row["period"] for row in rows}) if wanted["mean"] else ():
        of_period = [row for row in rows if row["period"] == period and row["is_complete"]]
        total = sum(row["cohort_size"] for row in of_period)
        authors = sum(row["active_authors"] for row in of_period)
        means.append(
            {
                "cohort": None,
                "cohort_size": total,
                "period": period,
                "active_authors": authors,
                "rate": authors / total if total else None,
                "is_complete": bool(of_period),
            }
        )
    return rows + means


@by_examples
@given(
    story=stories(),
    cohort_by=st.sampled_from(["first_post", "sign_up"]),
    method=st.sampled_from(["on", "on or after"]),
    periods=st.sampled_from([None, 0, 2]),
    mean=st.booleans(),
)
def test_retention_is_the_one_counted_by_hand(
    story: dict[str, Any],
    cohort_by: Any,  # noqa: ANN401 - any of two
    method: Any,  # noqa: ANN401 - any of two
    periods: int | None,
    mean: bool,
    foreign: echo.Database[pa.Table],
    writer_url: str,
) -> None:
    replace_posts(writer_url, story["posts"])
    sign_up(writer_url, story["sign_ups"])
    more = {"cohort_by": cohort_by, "method": method, "periods": periods, "mean": mean}
    found = echo.author_retention(foreign, story["start"], story["end"], **options(story), **more)
    wanted = retention_by_hand(
        story["posts"],
        story["sign_ups"],
        periods_of(story),
        story["now"],
        activity=story["activity"],
        **more,
    )
    assert_same_rows(records(found), wanted)
