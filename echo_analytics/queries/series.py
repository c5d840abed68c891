"""Selects of posts over time.

They are a grid of all buckets and groups, to which the counts are joined; and beside them, where
they are asked for, those of a trailing window, of all until then, and of the period compared with.

Authors of windows are counted by when they enter and leave: an author who posted in bucket b is in
the windows that end in b until they drop out, or post again. Running sums give the rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from echo_analytics.constructs import constant, ratio, whole
from echo_analytics.queries.activity import COUNTERPARTS, COUNTS, METRICS, RANGE
from echo_analytics.queries.calendar import calendar
from echo_analytics.queries.counts import Counts, Series, counts_of
from echo_analytics.schema import OptionalInteger

if TYPE_CHECKING:
    from echo_analytics.source import AnySelect

_ZERO, _ONE = constant(0), constant(1)

_Columns = list[sa.ColumnElement[Any]]  # Any: columns of several types


def posts_over_time(wanted: Series, *, name: str = "bucket") -> AnySelect:
    """Posts of each bucket; the first column is called ``name``."""
    cells = _cells(wanted)
    places = ("number", "position")
    columns: _Columns = [column for column in cells.c if column.name not in places]
    columns[0] = columns[0].label(name)
    if wanted.counterparts is not None:
        added = [f"{metric}_previous" for metric in METRICS]
        columns = [column for column in columns if column.name not in added]
        columns += [each for metric in METRICS for each in _changes(cells, metric)]
    # One bucket after another, and within it one group after another.
    return sa.select(*columns).order_by(*(cells.c[place] for place in places))


def _cells(wanted: Series) -> sa.Subquery:
    """One row for each bucket and group, with all that is counted there."""
    counts = counts_of(wanted)
    others = None if wanted.counterparts is None else wanted.counterparts.numbers
    days = calendar(wanted.buckets, wanted.now, counterparts=others)
    grid: sa.FromClause = days
    position: sa.ColumnElement[int] = _ONE
    named: _Columns = []
    if (kinds := counts.groups) is not None:
        grid, position = days.join(kinds, sa.true()), kinds.c.position
        named = [kinds.c[each] for each in ("group_key", "group_kind", "group_label")]
    now = counts.counted.alias("now")
    place = _Place(days, position, now)
    grid = place.joined(grid, now, panel=RANGE)
    columns = [days.c.bucket, *named]
    columns += [whole(now.c[metric], metric) for metric in METRICS]
    columns.append(days.c.is_complete)
    for add in (_add_rolling, _add_cumulative, _add_comparison):
        grid = add(wanted, place, counts, grid, columns)
    inner = sa.select(days.c.number, position.label("position"), *columns).select_from(grid)
    return inner.subquery("cells")


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a row of the grid is, and what was counted there."""

    days: sa.Subquery
    position: sa.ColumnElement[int]
    counts: sa.FromClause

    def running(self, column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        """The sum of a column over the rows of the group until this one."""
        total = sa.func.sum(sa.func.coalesce(column, _ZERO))
        return total.over(partition_by=self.position, order_by=self.days.c.number)

    def joined(
        self,
        grid: sa.FromClause,
        table: sa.FromClause,
        *,
        number: str = "number",
        panel: int | None = None,
    ) -> sa.FromClause:
        """The grid with the columns of a table that has numbers and positions."""
        same = [table.c.number == self.days.c[number], table.c.position == self.position]
        if panel is not None:
            same.append(table.c.panel == constant(panel))
        return grid.outerjoin(table, sa.and_(*same))


def _add_rolling(
    wanted: Series,
    place: _Place,
    counts: Counts,
    grid: sa.FromClause,
    columns: _Columns,
) -> sa.FromClause:
    if wanted.rolling is None:
        return grid
    moves = _moves(wanted, wanted.rolling, counts).subquery("moves")
    for name in COUNTS:
        total = sa.cast(place.running(moves.c[name]), sa.Float)
        width = sa.cast(constant(wanted.rolling), sa.Float)
        columns.append((total / width).label(f"{name}_rolling"))
    columns.append(whole(place.running(moves.c.unique_authors), "unique_authors_rolling"))
    return place.joined(grid, moves)


def _moves(wanted: Series, width: int, counts: Counts) -> AnySelect:
    """What comes into the window, and what leaves it, at each bucket."""
    counted, per_author = counts.counted, counts.per_author

    def place(table: sa.FromClause) -> sa.ColumnElement[int]:
        # What the range leaves out of its first bucket belongs there all the same.
        number = table.c.number
        return sa.case((number < _ONE, number + _ONE), else_=number) if wanted.cut else number

    last = constant(len(wanted.buckets))
    enters, leaves = place(counted), place(counted) + constant(width)
    came = sa.select(
        counted.c.position,
        sa.func.greatest(enters, _ONE).label("number"),
        *(counted.c[metric] for metric in METRICS),
    ).where(counted.c.panel == constant(RANGE))
    went = sa.select(
        counted.c.position,
        leaves.label("number"),
        *((-counted.c[name]).label(name) for name in COUNTS),
        _ZERO.label("unique_authors"),
    ).where(counted.c.panel == constant(RANGE), leaves <= last)
    again = sa.func.lead(place(per_author)).over(
        partition_by=(per_author.c.position, per_author.c.author_id), order_by=place(per_author)
    )
    active = (
        sa.select(
            per_author.c.position,
            sa.func.greatest(
                sa.func.least(place(per_author) + constant(width), again), _ONE, type_=sa.Integer
            ).label("number"),
        )
        .where(per_author.c.panel == constant(RANGE))
        .subquery("active")
    )
    nothing = [_ZERO.label(name) for name in COUNTS]
    left = sa.select(active.c.position, active.c.number, *nothing, (-_ONE).label("one")).where(
        active.c.number <= last
    )
    each = sa.union_all(came, went, left).subquery("each")
    sums = (sa.func.sum(each.c[metric]).label(metric) for metric in METRICS)
    return sa.select(each.c.position, each.c.number, *sums).group_by(each.c.position, each.c.number)


def _add_cumulative(
    wanted: Series,
    place: _Place,
    counts: Counts,
    grid: sa.FromClause,
    columns: _Columns,
) -> sa.FromClause:
    if not wanted.cumulative:
        return grid
    per_author = counts.per_author
    first = (
        sa.select(per_author.c.position, sa.func.min(per_author.c.number).label("number"))
        .where(per_author.c.panel == constant(RANGE), per_author.c.number >= _ONE)
        .group_by(per_author.c.position, per_author.c.author_id)
        .subquery("first")
    )
    newcomers = (
        sa.select(first.c.position, first.c.number, sa.func.count().label("unique_authors"))
        .group_by(first.c.position, first.c.number)
        .subquery("newcomers")
    )
    columns += [whole(place.running(place.counts.c[n]), f"{n}_cumulative") for n in COUNTS]
    authors = place.running(newcomers.c.unique_authors)
    columns.append(whole(authors, "unique_authors_cumulative"))
    return place.joined(grid, newcomers)


def _add_comparison(
    wanted: Series,
    place: _Place,
    counts: Counts,
    grid: sa.FromClause,
    columns: _Columns,
) -> sa.FromClause:
    if wanted.counterparts is None:
        return grid
    then = counts.counted.alias("then")
    for metric in METRICS:
        # An hour of which the other day has no counterpart has nothing to compare with.
        previous = sa.func.coalesce(then.c[metric], _ZERO)
        there = sa.case((place.days.c.counterpart > _ZERO, previous))
        columns.append(sa.cast(there, OptionalInteger).label(f"{metric}_previous"))
    return place.joined(grid, then, number="counterpart", panel=COUNTERPARTS)


def _changes(cells: sa.Subquery, metric: str) -> _Columns:
    previous = cells.c[f"{metric}_previous"]
    change = sa.case((cells.c.is_complete, cells.c[metric] - previous))
    return [
        previous,
        sa.cast(change, OptionalInteger).label(f"{metric}_change"),
        ratio(change, previous).label(f"{metric}_relative_change"),
    ]
