"""Selects of posts by day that go by what is stored, instead of the posts.

They give what is stored as it is: days without posts, positions and comparisons are made of it
elsewhere, which takes less time than the server and the driver need for so many rows.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from echo_analytics.constructs import constant, parameter
from echo_analytics.rollups.counting import FIRST_DAY, LAST_DAY
from echo_analytics.schema import categories

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from echo_analytics.queries.activity import Breakdown
    from echo_analytics.source import AnySelect

NO_KEY = ""
"""The key of posts without a category."""

COUNTS = ("published", "draft", "archived", "authors")

_NO_KEY = sa.cast(sa.literal_column(f"'{NO_KEY}'"), sa.Text)
_KINDS: dict[str, sa.types.TypeEngine[Any]] = {
    "day": sa.Date(),
    "key": sa.Text(),
    **dict.fromkeys(COUNTS, sa.Integer()),
}


def are_stored(first: date, last: date) -> bool:
    """Whether days from ``first`` to ``last`` can be among those that are stored."""
    return first.isoformat() >= FIRST_DAY and last.isoformat() <= LAST_DAY


@functools.cache
def days(by: Breakdown | None = None, *, compared: bool = False) -> AnySelect:
    """What is stored of the days that have posts: ``day``, ``key`` and ``COUNTS``.

    Its parameters are ``zone``, ``first`` and ``last``, where ``compared`` also ``first_before``
    and ``last_before``, and by category ``top``. A row without a day says that what is stored
    answers; by category there is one for each, with its name as ``label``. There is no row where
    what is stored does not answer, nor where the group of others would stand for several
    categories: their authors may be the same people.
    """
    kind = "all" if by is None else by
    ranges = [("first", "last"), ("first_before", "last_before")][: 2 if compared else 1]
    columns = ("day", *COUNTS) if by is None else ("day", "key", *COUNTS)
    conditions = [covered(kind)]
    if by == "category":
        conditions.append(_apart(ranges))
    answers = sa.select(sa.and_(*conditions).label("answers")).cte("asked")
    there = sa.select(answers.c.answers).scalar_subquery()
    found = [_counted(kind, *each) for each in ranges]
    rows = [sa.select(*(part.c[name] for name in columns)) for part in found]
    rows.append(sa.select(*(_no(name) for name in columns)))
    if by == "category":
        rows = [*(each.add_columns(_no("label")) for each in rows), _named(columns)]
    every = sa.union_all(*(each.where(there) for each in rows)).subquery("every")
    return sa.select(*every.c)


def _named(columns: tuple[str, ...]) -> sa.Select[Any]:  # Any: columns of several types
    key = sa.cast(categories.c.id, sa.Text).label("key")
    rest = (key if name == "key" else _no(name) for name in columns)
    return sa.select(*rest, categories.c.name.label("label"))


def _no(name: str) -> sa.ColumnElement[Any]:
    if name in COUNTS:
        return constant(0).label(name)
    return sa.cast(sa.null(), _KINDS.get(name, sa.Text())).label(name)


def _apart(ranges: Sequence[tuple[str, str]]) -> sa.ColumnElement[bool]:
    """Whether each category has a group of its own, or is the only one among the others.

    Which ones have posts is only looked at where there are more.
    """
    most = parameter("top", sa.Integer()) + constant(1)
    few = sa.select(categories.c.id).limit(most + constant(1)).subquery("few")
    keys = [_counted("category", *each).c.key for each in ranges]
    there = sa.union_all(*(sa.select(key).where(key != _NO_KEY) for key in keys)).subquery("there")
    posted = sa.select(there.c.key).distinct().subquery("posted")
    known = (
        sa.select(sa.func.count()).select_from(each).scalar_subquery() for each in (few, posted)
    )
    return sa.or_(*(number <= most for number in known))


def every_day() -> sa.FromClause:
    """Return the stored counts of all days; posts of days that are not stored are at infinity."""
    first, last = (sa.literal_column(f"'{day}'::date", sa.Date) for day in (FIRST_DAY, "infinity"))
    found = _stored("all", first, last)
    total = found.c.published + found.c.draft + found.c.archived
    return sa.select(found.c.day, total.label("total_posts")).subquery("every_day")


def _counted(kind: str, first: str, last: str) -> sa.TableValuedAlias:
    return _stored(kind, parameter(first, sa.Date()), parameter(last, sa.Date()))


def _stored(
    kind: str, first: sa.ColumnElement[date], last: sa.ColumnElement[date]
) -> sa.TableValuedAlias:
    """The stored counts from one day to another, a row for each day and key."""
    zone = parameter("zone", sa.Text())
    return (
        sa.func.analytics.rollup_counts(zone, _text(kind), first, last)
        .table_valued(*(sa.column(name, each) for name, each in _KINDS.items()))
        .render_derived()
    )


def covered(kind: str) -> sa.ColumnElement[bool]:
    """Return whether what is stored answers; it is looked up once."""
    zone = parameter("zone", sa.Text())
    asked = sa.func.analytics.rollups_cover(zone, _text(kind), type_=sa.Boolean)
    return sa.select(asked).scalar_subquery()


def _text(value: str) -> sa.ColumnElement[str]:
    return sa.cast(sa.literal_column(f"'{value}'"), sa.Text)
