"""Who posted how much in which bucket: what every series is counted from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import sqlalchemy as sa

from echo_analytics.constructs import as_text, constant, instant, status, status_counts
from echo_analytics.queries.calendar import number_of
from echo_analytics.schema import categories, posts, users

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from echo_analytics.source import AnySelect

Activity: TypeAlias = Literal["any", "published"]
Breakdown: TypeAlias = Literal["category", "author", "status", "role"]

ACTIVITIES: tuple[Activity, ...] = ("any", "published")
BREAKDOWNS: tuple[Breakdown, ...] = ("category", "author", "status", "role")

COUNTS = ("total_posts", "published_posts", "draft_posts", "archived_posts")
METRICS = (*COUNTS, "unique_authors")

RANGE, COUNTERPARTS = 0, 1
"""The panels: the range itself, and what it is compared with."""

OTHER, NONE = "Other", "No category"


def activity(
    edges: Sequence[datetime], before: int, panel: int, by: Breakdown | None
) -> sa.Select[Any]:  # Any: the columns differ with the breakdown
    """Posts by number of the bucket, author and the value they are broken down by.

    Parameters
    ----------
    edges
        The instants between the buckets.
    before
        How many buckets have a number below 1.
    panel
        What the rows are marked with.
    by
        What to break down by; the column ``key``.
    """
    number = number_of(posts.c.created_at, edges)
    columns: list[sa.ColumnElement[Any]] = [(number - constant(before)).label("number")]
    if by is not None:
        columns.append(_KEYS[by].label("key"))
    return (
        sa.select(
            constant(panel).label("panel"),
            *columns,
            posts.c.author_id,
            *status_counts(),
        )
        .select_from(_told_apart(by))
        .where(*_within(edges))
        .group_by(*(sa.text(str(place + 2)) for place in range(len(columns))), posts.c.author_id)
    )


def tally(edges: Sequence[datetime], panel: int, by: Breakdown) -> AnySelect:
    """Posts by the value they are broken down by, all buckets together."""
    return (
        sa.select(
            constant(panel).label("panel"),
            constant(1).label("number"),
            _KEYS[by].label("key"),
            sa.func.count().label("total_posts"),
        )
        .select_from(_told_apart(by))
        .where(*_within(edges))
        .group_by(sa.text("3"))
    )


def at_once(
    edges: Sequence[datetime],
    panel: int,
    by: Breakdown | None = None,
    values: sa.CTE | None = None,
    top: int = 0,
) -> AnySelect:
    """Posts and authors by number of the bucket and position, where nothing more is asked of them.

    PostgreSQL sorts the authors for this, which takes less than hashing each author of each bucket
    where most of those have few posts.
    """
    there, position = _told_apart(by), constant(1)
    if by is not None and values is not None:
        there = there.outerjoin(values, values.c.key == _KEYS[by])
        position = _position(_KEYS[by], values, top)
    return (
        sa.select(
            constant(panel).label("panel"),
            number_of(posts.c.created_at, edges).label("number"),
            position.label("position"),
            *status_counts(),
            sa.func.count(posts.c.author_id.distinct()).label("unique_authors"),
        )
        .select_from(there)
        .where(*_within(edges))
        # A constant cannot be grouped by.
        .group_by(sa.text("2"), *([] if by is None else [sa.text("3")]))
    )


def _told_apart(by: Breakdown | None) -> sa.FromClause:
    """The posts, with what a breakdown needs of their authors."""
    return posts.join(users, users.c.id == posts.c.author_id) if by == "role" else posts


def _within(edges: Sequence[datetime]) -> tuple[sa.ColumnElement[bool], ...]:
    return posts.c.created_at >= instant(edges[0]), posts.c.created_at < instant(edges[-1])


# Any: keys are ids or texts.
def _position(key: sa.ColumnElement[Any], values: sa.CTE, top: int) -> sa.ColumnElement[int]:
    """1 to ``top`` for the values with the most posts, one more for others, two more for none."""
    found = sa.case(
        (key.is_(None), constant(top + 2)),
        else_=sa.func.least(values.c.rank, constant(top + 1)),
    )
    return sa.cast(found, sa.Integer)


def ranked(raw: sa.FromClause) -> sa.CTE:
    """The values of a breakdown by their posts in the range, those with the most first."""
    inside = sa.and_(raw.c.panel == constant(RANGE), raw.c.number >= constant(1))
    total = sa.func.coalesce(sa.func.sum(raw.c.total_posts).filter(inside), constant(0))
    return (
        sa.select(
            raw.c.key,
            sa.func.row_number().over(order_by=(total.desc(), raw.c.key)).label("rank"),
        )
        .where(raw.c.key.is_not(None))
        .group_by(raw.c.key)
        .cte("ranked")
    )


def by_position(raw: sa.CTE, values: sa.CTE, top: int) -> sa.Select[Any]:  # Any: as above
    """The activity by position instead of by value."""
    return (
        sa.select(
            raw.c.panel,
            raw.c.number,
            _position(raw.c.key, values, top).label("position"),
            raw.c.author_id,
            *(sa.func.sum(raw.c[name]).label(name) for name in COUNTS),
        )
        .select_from(raw.outerjoin(values, values.c.key == raw.c.key))
        .group_by(raw.c.panel, raw.c.number, sa.text("3"), raw.c.author_id)
    )


def groups(counted: sa.CTE, values: sa.CTE, by: Breakdown, top: int) -> sa.Subquery:
    """The groups that a series has: position, key, kind and label of each."""
    there = sa.select(counted.c.position).distinct().subquery("there")
    chosen = there.outerjoin(
        values, sa.and_(values.c.rank == there.c.position, there.c.position <= constant(top))
    )
    label: sa.ColumnElement[Any] = as_text(values.c.key)
    if by in _NAMES:
        id_, label = _NAMES[by]
        chosen = chosen.outerjoin(id_.table, id_ == values.c.key)
    beyond = {"value": "value", "other": OTHER, "none": NONE}
    kind = sa.case(
        (there.c.position <= constant(top), "value"),
        (there.c.position == constant(top + 1), "other"),
        else_="none",
    )
    named = sa.case(
        (there.c.position <= constant(top), label),
        (there.c.position == constant(top + 1), beyond["other"]),
        else_=beyond["none"],
    )
    return (
        sa.select(
            there.c.position,
            as_text(values.c.key).label("group_key"),
            sa.cast(kind, sa.Text).label("group_kind"),
            sa.cast(named, sa.Text).label("group_label"),
        )
        .select_from(chosen)
        .subquery("groups")
    )


# Texts are compared by their bytes, so that no locale changes an order.
_KEYS: dict[Breakdown, sa.ColumnElement[Any]] = {
    "category": posts.c.category_id,
    "author": posts.c.author_id,
    "status": sa.cast(status(), sa.Text).collate("C"),
    "role": as_text(users.c.role).collate("C"),
}
_NAMES: dict[Breakdown, tuple[sa.Column[Any], sa.Column[str]]] = {
    "category": (categories.c.id, categories.c.name),
    "author": (users.c.id, users.c.name),
}
