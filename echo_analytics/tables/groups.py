"""A table of the groups of a breakdown: a row and a small curve for each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from echo_analytics.plots.columns import in_order
from echo_analytics.plots.template import palette
from echo_analytics.plots.text import count
from echo_analytics.plots.times import step_of
from echo_analytics.tables import cells
from echo_analytics.tables.buckets import span
from echo_analytics.tables.house import Column, table
from echo_analytics.tables.kinds import STATUSES, changes, shares, wholes, wholes_with_bars, words

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from great_tables import GT

    from echo_analytics.plots.columns import Columns
    from echo_analytics.plots.template import Palette, Theme
    from echo_analytics.plots.times import Step

_LONGEST_LABEL = 40


def by_group(
    columns: Columns, name: str, key: str, every: Step | None, zone: ZoneInfo, theme: Theme
) -> GT:
    """Return a table with a row for each group, in the order of the frame."""
    colours = palette(theme)
    groups = _groups(columns, key)
    labels = [group["group_label"][0] for group in groups]
    totals = [sum(group["total_posts"]) for group in groups]
    posts = sum(totals)
    made = {
        "group_label": words("Group", labels, _LONGEST_LABEL),
        "curve": Column(
            f"By {step_of(columns[key], every)}",
            [_curve(group, colours) for group in groups],
            "left",
        ),
        "total_posts": wholes_with_bars("All posts", totals, colours),
        "share": shares("Of all posts", [total / posts if posts else None for total in totals]),
        **{
            status: wholes(heading, [sum(group[status]) for group in groups])
            for status, heading in STATUSES.items()
        },
    }
    if "total_posts_previous" in columns:
        made["relative_change"] = changes("Change", [_change(group) for group in groups])
    return table(
        name,
        "Posts by group",
        f"{span(columns[key], zone, every)} · {count(posts, 'post')}",
        made,
        theme=theme,
    )


def _groups(columns: Columns, key: str) -> list[Columns]:
    """The rows of each group, by time."""
    rows: dict[tuple[object, ...], list[int]] = {}
    names = zip(columns["group_kind"], columns["group_key"], strict=True)
    for row, group in enumerate(names):
        rows.setdefault(group, []).append(row)
    return [
        in_order(columns, sorted(numbers, key=columns[key].__getitem__))
        for numbers in rows.values()
    ]


def _curve(group: Columns, colours: Palette) -> str:
    return cells.curve(group["total_posts"], group["is_complete"], colours)


def _change(group: Columns) -> float | None:
    """The change over the buckets that are over and have a counterpart."""
    compared = [
        (now, before)
        for now, before, over in zip(
            group["total_posts"],
            group["total_posts_previous"],
            group["is_complete"],
            strict=True,
        )
        if over and before is not None
    ]
    base = sum(before for _, before in compared)
    return (sum(now for now, _ in compared) - base) / base if base else None
