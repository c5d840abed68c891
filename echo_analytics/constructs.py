"""Pieces of SQL that several queries share, one for each difference between engines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.sql.elements import Grouping

from echo_analytics.local_days import offsets
from echo_analytics.schema import UTCDateTime, posts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime, timedelta
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


def ids(values: Sequence[str]) -> sa.ColumnElement[Any]:
    """Ids as an array of uuid, bound as one value."""
    return sa.cast(
        sa.bindparam(None, list(values), type_=pg.ARRAY(sa.Text), expanding=False),
        pg.ARRAY(sa.Uuid()),
    )


def uuid(value: str) -> sa.ColumnElement[Any]:
    """One id."""
    return sa.cast(sa.bindparam(None, value, type_=sa.Text), sa.Uuid())


def instants(values: Sequence[datetime]) -> sa.ColumnElement[Any]:
    """Instants as an array of timestamps without zone, bound as one value."""
    naive = [value.replace(tzinfo=None) for value in values]
    return sa.cast(sa.bindparam(None, naive, type_=pg.ARRAY(sa.DateTime)), pg.ARRAY(sa.DateTime))


def instant(value: datetime) -> sa.ColumnElement[datetime]:
    """One instant as a timestamp without zone."""
    return sa.cast(sa.bindparam(None, value.replace(tzinfo=None), type_=sa.DateTime), UTCDateTime())


def local_time(
    column: sa.ColumnElement[Any], zone: ZoneInfo, *, of_days: bool = False
) -> sa.ColumnElement[datetime]:
    """What the clock of ``zone`` shows at an instant, as a timestamp without zone.

    Parameters
    ----------
    column
        An instant, as the database stores it: UTC without a zone.
    zone
        The zone; its changes are bound as values, so that the server's own zones do not matter.
    of_days
        Give a time whose date is the local day by ``start_of_day``, even where the clock goes back
        over a midnight.
    """
    changes, kept = offsets(zone, of_days=of_days)
    plain = sa.type_coerce(column, sa.DateTime)
    seconds = [int(offset.total_seconds()) for offset in kept]
    second = sa.literal_column("interval '1 second'", sa.Interval)
    if len(seconds) == 1:
        return plain + constant(seconds[0]) * second
    # Whole numbers, because texts would be made intervals anew for each row. And the server wants
    # an array in parentheses before it takes an element.
    bound = sa.bindparam(None, seconds, type_=pg.ARRAY(sa.Integer))
    shifts: Any = Grouping(sa.cast(bound, pg.ARRAY(sa.Integer)))  # Any: it can be indexed
    number = sa.func.width_bucket(column, instants(changes), type_=sa.Integer)
    shift: sa.ColumnElement[timedelta] = shifts[number + constant(1)] * second
    return plain + shift


def local_date(column: sa.ColumnElement[Any], zone: ZoneInfo) -> sa.ColumnElement[date]:
    """The local calendar day of an instant, as ``start_of_day`` has them."""
    return sa.cast(local_time(column, zone, of_days=True), sa.Date)


def day(value: date) -> sa.ColumnElement[date]:
    """One calendar day."""
    return sa.cast(sa.bindparam(None, value, type_=sa.Date), sa.Date)


def status_counts() -> list[sa.Label[int]]:
    """The counts of posts that every analysis shares, under their declared names."""
    total = sa.func.count()
    published, archived = (
        sa.func.count().filter(status() == sa.literal_column(f"'{name}'"))
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
