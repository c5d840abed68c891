"""What a series is counted from, in steps, each a table that the next one reads.

Where nothing is asked of single authors:

- tally: posts by value of the breakdown, so that the values with the most are known
- counted: by bucket and position, with the number of authors, at once from the posts

Where a window or a running count has to know who was active when:

- activity: posts by bucket, author and value of the breakdown
- per_author: the same by position, once the values with the most posts are known
- counted: by bucket and position, with the number of authors
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from echo_analytics.constructs import constant
from echo_analytics.queries.activity import (
    COUNTERPARTS,
    COUNTS,
    RANGE,
    activity,
    at_once,
    by_position,
    groups,
    ranked,
    tally,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from echo_analytics.buckets import Buckets
    from echo_analytics.periods import Counterparts
    from echo_analytics.queries.activity import Breakdown
    from echo_analytics.source import AnySelect


@dataclass(frozen=True, slots=True)
class Series:
    """What is asked for.

    Parameters
    ----------
    buckets
        Those of the range.
    now
        A bucket that this has not passed is not complete.
    by, top
        The breakdown, and how many values have a group of their own.
    rolling
        How many buckets a trailing window has.
    earlier
        The instants at which those before the range start that the window reaches back to; and the
        start of the first bucket, where the range begins later.
    cumulative
        Whether to add the counts since the start of the range.
    counterparts
        What to compare with.
    """

    buckets: Buckets
    now: datetime
    by: Breakdown | None = None
    top: int = 10
    rolling: int | None = None
    earlier: Sequence[datetime] = ()
    cumulative: bool = False
    counterparts: Counterparts | None = None

    @property
    def cut(self) -> bool:
        """Whether the first bucket begins before the range."""
        return self.rolling is not None and len(self.earlier) == self.rolling

    @property
    def panels(self) -> list[tuple[Sequence[datetime], int]]:
        """The instants between the buckets of the range, and of what it is compared with."""
        found: list[tuple[Sequence[datetime], int]] = [
            ([*self.earlier, *self.buckets.starts], RANGE)
        ]
        if self.counterparts is not None:
            found.append((self.counterparts.starts, COUNTERPARTS))
        return found

    @property
    def by_author(self) -> bool:
        """Whether it has to be known who was active when."""
        return self.rolling is not None or self.cumulative


@dataclass(frozen=True, slots=True)
class Counts:
    """The tables that a series is made of.

    Parameters
    ----------
    counted
        Posts and authors by panel, number of the bucket and position of the group.
    groups
        The groups by position; None without a breakdown.
    activity
        Who was active when, where that was needed.
    """

    counted: sa.CTE
    groups: sa.FromClause | None
    activity: sa.CTE | None = None

    @property
    def per_author(self) -> sa.CTE:
        """Who was active when."""
        assert self.activity is not None  # noqa: S101 - only asked for where it was needed
        return self.activity


def counts_of(wanted: Series) -> Counts:
    """Return the tables that the wanted series is made of."""
    return _by_author(wanted) if wanted.by_author else _at_once(wanted)


def _at_once(wanted: Series) -> Counts:
    by, top = wanted.by, wanted.top
    values = None
    if by is not None:
        values = ranked(
            _together([tally(edges, panel, by) for edges, panel in wanted.panels]).cte("tally")
        )
    parts = [at_once(edges, panel, by, values, top) for edges, panel in wanted.panels]
    counted = _together(parts).cte("counted")
    if by is None or values is None:
        return Counts(counted, None)
    return Counts(counted, groups(counted, values, by, top))


def _by_author(wanted: Series) -> Counts:
    before = {RANGE: len(wanted.earlier), COUNTERPARTS: 0}
    raw = _together(
        [activity(edges, before[panel], panel, wanted.by) for edges, panel in wanted.panels]
    )
    if wanted.by is None:
        there = raw.subquery("activity")
        per_author = sa.select(there, constant(1).label("position")).cte("per_author")
        return Counts(_counted(per_author), None, per_author)
    table = raw.cte("activity")
    values = ranked(table)
    per_author = by_position(table, values, wanted.top).cte("per_author")
    named = groups(per_author, values, wanted.by, wanted.top)
    return Counts(_counted(per_author), named, per_author)


def _together(parts: list[AnySelect]) -> Any:  # noqa: ANN401 - one or several, both have cte()
    return parts[0] if len(parts) == 1 else sa.union_all(*parts)


def _counted(per_author: sa.CTE) -> sa.CTE:
    keys = (per_author.c.panel, per_author.c.number, per_author.c.position)
    sums = (sa.cast(sa.func.sum(per_author.c[name]), sa.BigInteger).label(name) for name in COUNTS)
    return (
        sa.select(*keys, *sums, sa.func.count().label("unique_authors"))
        .group_by(*keys)
        .cte("counted")
    )
