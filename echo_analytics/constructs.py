"""Pieces of SQL that several queries share, one for each difference between engines."""

from __future__ import annotations

import functools
from datetime import UTC
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.sql.elements import Grouping

from echo_analytics.local_days import offsets
from echo_analytics.schema import UTCDateTime, posts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta
    from zoneinfo import ZoneInfo


def as_text(column: sa.ColumnElement[object]) -> sa.Cast[str]:
    """An id or an enum as text."""
    return sa.cast(column, sa.Text)


def constant(value: int) -> sa.ColumnElement[int]:
    """A whole number that is part of the statement rather than a value bound to it."""
    return sa.literal_column(str(value), sa.Integer)


def status() -> sa.ColumnElement[str]:
    """The status of a post: archived, else published if either column says so, else draft."""
    return sa.case(
        (posts.c.status == sa.literal_column("'archived'"), sa.literal_column("'archived'")),
        (
            sa.or_(posts.c.published, posts.c.status == sa.literal_column("'published'")),
            sa.literal_column("'published'"),
        ),
        else_=sa.literal_column("'draft'", sa.Text),
    )


def is_published(in_step: bool) -> sa.ColumnElement[bool]:
    """Whether a post counts as published.

    Parameters
    ----------
    in_step
        The trigger keeps ``published`` and ``status`` in step. Only then may the one form be used
        that the partial index on published posts serves.
    """
    if in_step:
        return posts.c.published == sa.true()
    return status() == sa.literal_column("'published'")


# Any: whatever the parameter is made of.
def parameter(name: str, kind: sa.types.TypeEngine[Any]) -> sa.ColumnElement[Any]:
    """A value that is given by name when the statement is run; ids are given as texts."""
    given = sa.Text() if isinstance(kind, sa.Uuid) else kind
    return sa.cast(sa.bindparam(name, type_=given), kind)


def parameters(name: str, kind: sa.types.TypeEngine[Any]) -> sa.ColumnElement[Any]:
    """Several values, given as one list by name when the statement is run."""
    given = sa.Text() if isinstance(kind, sa.Uuid) else kind
    return sa.cast(sa.bindparam(name, type_=pg.ARRAY(given)), pg.ARRAY(kind))


def ids(values: Sequence[str]) -> sa.ColumnElement[Any]:
    """Ids as an array of uuid, bound as one value."""
    return sa.cast(
        sa.bindparam(None, list(values), type_=pg.ARRAY(sa.Text), expanding=False),
        pg.ARRAY(sa.Uuid()),
    )


def naive(value: datetime) -> datetime:
    """An instant as the database stores it: UTC without a zone."""
    return value.astimezone(UTC).replace(tzinfo=None)


def instants(values: Sequence[datetime]) -> sa.ColumnElement[Any]:
    """Instants as an array of timestamps without zone, bound as one value."""
    given = [naive(value) for value in values]
    return sa.cast(sa.bindparam(None, given, type_=pg.ARRAY(sa.DateTime)), pg.ARRAY(sa.DateTime))


def instant(value: datetime) -> sa.ColumnElement[datetime]:
    """One instant as a timestamp without zone."""
    return sa.cast(sa.bindparam(None, naive(value), type_=sa.DateTime), UTCDateTime())


class Clock:
    """What the clock of a zone shows, or which local day it is.

    Parameters
    ----------
    zone
        The zone. Its changes are values of the statement, so that the server's own zones do not
        matter.
    of_days
        Whether the dates shall be the local days by ``start_of_day``, even where the clock goes
        back over a midnight.
    """

    def __init__(self, zone: ZoneInfo, *, of_days: bool = False) -> None:
        changes, kept = offsets(zone, of_days=of_days)
        self._shifts = [int(offset.total_seconds()) for offset in kept]
        self._changes = [naive(change) for change in changes]

    @property
    def fixed(self) -> int | None:
        """The offset in seconds where it never changes."""
        return self._shifts[0] if len(self._shifts) == 1 else None

    @property
    def values(self) -> dict[str, object]:
        """The values of the parameters of ``shown``."""
        if self.fixed is not None:
            return {}
        return {"changes": self._changes, "shifts": self._shifts}

    # Any: an instant may come from any table.
    @staticmethod
    def shown(column: sa.ColumnElement[Any], fixed: int | None) -> sa.ColumnElement[datetime]:
        """The local time of an instant, as a timestamp without zone.

        It has the parameters ``changes`` and ``shifts`` unless the offset is ``fixed``.
        """
        plain = sa.type_coerce(column, sa.DateTime)
        second = sa.literal_column("interval '1 second'", sa.Interval)
        if fixed is not None:
            return plain + constant(fixed) * second
        number = sa.func.width_bucket(
            column, parameters("changes", sa.DateTime()), type_=sa.Integer
        )
        # Whole numbers, because texts would be made intervals anew for each row. And the server
        # wants an array in parentheses before it takes an element.
        shifts: Any = Grouping(parameters("shifts", sa.Integer()))  # Any: it can be indexed
        shift: sa.ColumnElement[timedelta] = shifts[number + constant(1)] * second
        return plain + shift


@functools.lru_cache(maxsize=64)
def clock(zone: ZoneInfo, *, of_days: bool = False) -> Clock:
    """Return the clock of a zone; see ``Clock``."""
    return Clock(zone, of_days=of_days)


def status_counts(*conditions: sa.ColumnElement[bool]) -> list[sa.Label[int]]:
    """The counts of posts that every analysis shares, under their declared names.

    With conditions only the posts count that meet them.
    """
    count = sa.func.count()
    total = count.filter(*conditions) if conditions else count
    published, archived = (
        count.filter(*conditions, status() == sa.literal_column(f"'{name}'"))
        for name in ("published", "archived")
    )
    return [
        total.label("total_posts"),
        published.label("published_posts"),
        # What is neither is a draft: one count less to keep for each group.
        (total - published - archived).label("draft_posts"),
        archived.label("archived_posts"),
    ]


def whole(column: sa.ColumnElement[Any], name: str) -> sa.Label[int]:
    """A count, zero where there is none."""
    return sa.cast(sa.func.coalesce(column, constant(0)), sa.BigInteger).label(name)


# Any: quotients are typed as what the division of the parts may give.
def ratio(part: sa.ColumnElement[Any], base: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """``part`` as a share of ``base``, a float; null where the base is zero."""
    return sa.cast(part, sa.Float) / sa.cast(sa.func.nullif(base, constant(0)), sa.Float)
