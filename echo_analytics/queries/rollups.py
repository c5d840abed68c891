"""Selects of posts by day that go by what is stored, instead of the posts.

They have the columns and rows of those in ``series``, or no row where what is stored does not
answer.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from echo_analytics.constructs import constant, parameter, ratio, whole
from echo_analytics.queries.activity import METRICS, NONE, OTHER
from echo_analytics.rollups.counting import FIRST_DAY, LAST_DAY
from echo_analytics.schema import OptionalInteger, categories

if TYPE_CHECKING:
    from datetime import date

    from echo_analytics.periods import Comparison
    from echo_analytics.queries.activity import Breakdown
    from echo_analytics.source import AnySelect

_ZERO = constant(0)
_NO_KEY = sa.cast(sa.literal_column("''"), sa.Text)
_Columns = list[sa.ColumnElement[Any]]  # Any: columns of several types


def are_stored(first: date, last: date) -> bool:
    """Whether days from ``first`` to ``last`` can be among those that are stored."""
    return first.isoformat() >= FIRST_DAY and last.isoformat() <= LAST_DAY


@functools.cache
def days(name: str, by: Breakdown | None = None, compare: Comparison | None = None) -> AnySelect:
    """Posts of each day; the first column is called ``name``.

    Its parameters are ``zone``, ``first``, ``last`` and ``today``: days before that are complete.
    With ``by`` there is ``top`` too, and with ``compare`` the days ``first_before`` and
    ``last_before`` that are compared with.
    """
    calendar = _calendar(compare)
    now, then = _counted(_day("first"), _day("last"), by, "now"), None
    if compare is not None:
        then = _counted(_day("first_before"), _day("last_before"), by, "previous")
    grid: sa.FromClause = calendar
    columns: _Columns = [calendar.c.day.label(name)]
    conditions = [covered("all" if by is None else by)]
    order: sa.ColumnElement[Any] = calendar.c.day
    groups = None
    if by is not None:
        places = _places(now, then)
        groups = _groups(by, places)
        now = _placed(now, places, "placed_now")
        then = None if then is None else _placed(then, places, "placed_before")
        grid = calendar.join(groups, sa.true())
        columns += [groups.c[each] for each in ("group_key", "group_kind", "group_label")]
        order = _cell(calendar.c.day, groups.c.position)
        conditions.append(groups.c.others <= constant(1))
    grid = _joined(grid, now, calendar.c.day, groups)
    columns += [whole(now.c[metric], metric) for metric in METRICS]
    columns.append(calendar.c.is_complete)
    if then is not None:
        grid = _joined(grid, then, calendar.c.counterpart, groups)
        columns += [each for metric in METRICS for each in _compared(calendar, now, then, metric)]
    return sa.select(*columns).select_from(grid).where(*conditions).order_by(order)


def _day(name: str) -> sa.ColumnElement[date]:
    return parameter(name, sa.Date())


def _calendar(compare: Comparison | None) -> sa.Subquery:
    first, last = parameter("first", sa.Date()), parameter("last", sa.Date())
    step = sa.literal_column("interval '1 day'", sa.Interval)
    series = sa.func.generate_series(sa.cast(first, sa.DateTime), sa.cast(last, sa.DateTime), step)
    each = sa.select(sa.cast(series, sa.Date).label("day")).subquery("each_day")
    columns: _Columns = [
        each.c.day,
        (each.c.day < parameter("today", sa.Date())).label("is_complete"),
    ]
    if compare == "previous_period":
        before = parameter("first_before", sa.Date())
        columns.append((before + (each.c.day - first)).label("counterpart"))
    elif compare is not None:
        # 29 February becomes 28.
        year = sa.literal_column("interval '1 year'", sa.Interval)
        columns.append(sa.cast(each.c.day - year, sa.Date).label("counterpart"))
    return sa.select(*columns).subquery("calendar")


def every_day() -> sa.FromClause:
    """Return the stored counts of all days; posts of days that are not stored are at infinity."""
    first, last = (sa.literal_column(f"'{day}'::date", sa.Date) for day in (FIRST_DAY, "infinity"))
    return _counted(first, last, None, "every_day")


def _counted(
    first: sa.ColumnElement[date], last: sa.ColumnElement[date], by: Breakdown | None, name: str
) -> sa.FromClause:
    """The stored counts from one day to another, a row for each day and key."""
    found = (
        sa.func.analytics.rollup_counts(
            parameter("zone", sa.Text()),
            _text(by or "all"),
            first,
            last,
        )
        .table_valued(
            *(sa.column(column, kind) for column, kind in _STORED.items()), name=f"stored_{name}"
        )
        .render_derived()
    )
    counts = {
        "total_posts": found.c.published + found.c.draft + found.c.archived,
        "published_posts": found.c.published,
        "draft_posts": found.c.draft,
        "archived_posts": found.c.archived,
        "unique_authors": found.c.authors,
    }
    named = sa.select(
        found.c.day, found.c.key, *(count.label(metric) for metric, count in counts.items())
    )
    return named.subquery(name) if by is None else named.cte(name)


def _ranked(now: sa.FromClause, then: sa.FromClause | None) -> sa.CTE:
    """The values of a breakdown by their posts in the range, those with the most first."""
    parts = [sa.select(now.c.key, now.c.total_posts)]
    if then is not None:
        parts.append(sa.select(then.c.key, _ZERO.label("total_posts")))
    totals = sa.union_all(*parts).subquery("totals")
    key = totals.c.key.collate("C")
    order = sa.func.row_number().over(order_by=(sa.func.sum(totals.c.total_posts).desc(), key))
    return (
        sa.select(totals.c.key, order.label("rank"))
        .where(totals.c.key != _NO_KEY)
        .group_by(totals.c.key)
        .cte("ranked")
    )


def _places(now: sa.FromClause, then: sa.FromClause | None) -> sa.CTE:
    """The position of each stored key: by its rank, and after the others that which is none.

    There is no answer where the group of others stands for several, so that each group is one key,
    and none has to be added to another.
    """
    values = _ranked(now, then)
    without = [sa.exists().where(part.c.key == _NO_KEY) for part in (now, then) if part is not None]
    last = parameter("top", sa.Integer()) + constant(2)
    return sa.union_all(
        sa.select(values.c.key, sa.cast(values.c.rank, sa.Integer).label("position")),
        sa.select(_NO_KEY, last).where(sa.or_(*without)),
    ).cte("places")


def _placed(counted: sa.FromClause, places: sa.CTE, name: str) -> sa.FromClause:
    """The counts by cell, since texts are slow to join and to sort by."""
    return (
        sa.select(
            _cell(counted.c.day, places.c.position).label("cell"),
            *(counted.c[metric] for metric in METRICS),
        )
        .join_from(counted, places, places.c.key == counted.c.key)
        .subquery(name)
    )


def _cell(day: sa.ColumnElement[date], position: sa.ColumnElement[int]) -> sa.ColumnElement[int]:
    """A number for a day and a position, in their order."""
    number = day - sa.literal_column("'2000-01-01'::date", sa.Date)
    positions = sa.cast(parameter("top", sa.Integer()), sa.BigInteger) + constant(3)
    return sa.cast(number, sa.Integer) * positions + position


def _groups(by: Breakdown, places: sa.CTE) -> sa.Subquery:
    """The groups that there are, with how many values the group of others stands for."""
    top = parameter("top", sa.Integer())
    after, position = top + constant(1), places.c.position
    chosen: sa.FromClause = places
    label: sa.ColumnElement[Any] = places.c.key
    if by == "category":
        label = categories.c.name
        chosen = places.outerjoin(categories, sa.cast(categories.c.id, sa.Text) == places.c.key)
    known = sa.select(sa.func.count()).where(places.c.key != _NO_KEY).scalar_subquery()

    def by_place(value: Any, other: str, none: str) -> sa.ColumnElement[Any]:  # noqa: ANN401 - columns
        is_none = places.c.key == _NO_KEY
        found = sa.case(
            (is_none, sa.literal_column(f"'{none}'")),
            (position == after, sa.literal_column(f"'{other}'")),
            else_=value,
        )
        return sa.cast(found, sa.Text)

    return (
        sa.select(
            position,
            sa.cast(sa.case((position <= top, places.c.key)), sa.Text).label("group_key"),
            by_place(sa.literal_column("'value'"), "other", "none").label("group_kind"),
            by_place(label, OTHER, NONE).label("group_label"),
            (known - top).label("others"),
        )
        .select_from(chosen)
        .subquery("groups")
    )


def _joined(
    grid: sa.FromClause,
    counted: sa.FromClause,
    day: sa.ColumnElement[date],
    groups: sa.Subquery | None,
) -> sa.FromClause:
    if groups is None:
        return grid.outerjoin(counted, counted.c.day == day)
    return grid.outerjoin(counted, counted.c.cell == _cell(day, groups.c.position))


def _compared(
    calendar: sa.Subquery, now: sa.FromClause, then: sa.FromClause, metric: str
) -> _Columns:
    previous = sa.func.coalesce(then.c[metric], _ZERO)
    difference = sa.func.coalesce(now.c[metric], _ZERO) - previous
    change = sa.case((calendar.c.is_complete, difference))
    return [
        sa.cast(previous, OptionalInteger).label(f"{metric}_previous"),
        sa.cast(change, OptionalInteger).label(f"{metric}_change"),
        ratio(change, previous).label(f"{metric}_relative_change"),
    ]


def covered(kind: str) -> sa.ColumnElement[bool]:
    """Return whether what is stored answers; it is looked up once."""
    zone = parameter("zone", sa.Text())
    asked = sa.func.analytics.rollups_cover(zone, _text(kind), type_=sa.Boolean)
    return sa.select(asked).scalar_subquery()


def _text(value: str) -> sa.ColumnElement[str]:
    return sa.cast(sa.literal_column(f"'{value}'"), sa.Text)


_STORED: dict[str, sa.types.TypeEngine[Any]] = {
    "day": sa.Date(),
    "key": sa.Text(),
    "published": sa.Integer(),
    "draft": sa.Integer(),
    "archived": sa.Integer(),
    "authors": sa.Integer(),
}
