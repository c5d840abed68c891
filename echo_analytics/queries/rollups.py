"""Selects of posts by day that go by what is stored, instead of the posts.

They have the columns and rows of those in ``series``, or no row where what is stored does not
answer.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from echo_analytics.constructs import parameter, whole
from echo_analytics.rollups.counting import FIRST_DAY, LAST_DAY

if TYPE_CHECKING:
    from datetime import date

    from echo_analytics.source import AnySelect

_STATES = ("published", "draft", "archived")


def are_stored(first: date, last: date) -> bool:
    """Whether days from ``first`` to ``last`` can be among those that are stored."""
    return first.isoformat() >= FIRST_DAY and last.isoformat() <= LAST_DAY


# Any: the parameters are of several types.
def counts(
    zone: sa.ColumnElement[Any],
    kind: str,
    first: sa.ColumnElement[Any],
    last: sa.ColumnElement[Any],
) -> sa.TableValuedAlias:
    """The stored counts of the days from ``first`` to ``last``, a row for each day and key."""
    return (
        sa.func.analytics.rollup_counts(zone, _text(kind), first, last)
        .table_valued(
            sa.column("day", sa.Date),
            sa.column("key", sa.Text),
            *(sa.column(state, sa.BigInteger) for state in _STATES),
            sa.column("authors", sa.BigInteger),
            name="stored",
        )
        .render_derived()
    )


def covered(zone: sa.ColumnElement[Any], kind: str) -> sa.ColumnElement[bool]:
    """Whether what is stored answers; it is looked up once."""
    asked = sa.func.analytics.rollups_cover(zone, _text(kind), type_=sa.Boolean)
    return sa.select(asked).scalar_subquery()


def days(name: str) -> AnySelect:
    """Posts of each day; the first column is called ``name``.

    Its parameters are ``zone``, ``first``, ``last`` and ``today``; days before that are complete.
    """
    return _days(name)


@functools.cache
def _days(name: str) -> AnySelect:
    first, last = parameter("first", sa.Date()), parameter("last", sa.Date())
    zone = parameter("zone", sa.Text())
    stored = counts(zone, "all", first, last)
    step = sa.literal_column("interval '1 day'", sa.Interval)
    day = sa.func.generate_series(sa.cast(first, sa.DateTime), sa.cast(last, sa.DateTime), step)
    calendar = sa.select(sa.cast(day, sa.Date).label("day")).subquery("calendar")
    total = stored.c.published + stored.c.draft + stored.c.archived
    return (
        sa.select(
            calendar.c.day.label(name),
            whole(total, "total_posts"),
            *(whole(stored.c[state], f"{state}_posts") for state in _STATES),
            whole(stored.c.authors, "unique_authors"),
            (calendar.c.day < parameter("today", sa.Date())).label("is_complete"),
        )
        .select_from(calendar.outerjoin(stored, stored.c.day == calendar.c.day))
        .where(covered(zone, "all"))
        .order_by(calendar.c.day)
    )


def _text(value: str) -> sa.ColumnElement[str]:
    return sa.cast(sa.literal_column(f"'{value}'"), sa.Text)
