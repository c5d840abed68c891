"""The buckets of a series as rows, so that one without posts has a row too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from echo_analytics.constructs import instants
from echo_analytics.schema import UTCDateTime

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from echo_analytics.buckets import Buckets


def calendar(
    buckets: Buckets,
    now: datetime,
    *,
    counterparts: Sequence[int] | None = None,
    name: str = "calendar",
) -> sa.Subquery:
    """Return rows of ``number`` (1 and up), ``bucket`` (a date, or an instant) and ``is_complete``.

    ``number`` is what ``number_of`` gives for the same buckets. With ``counterparts``, a number for
    each bucket, there is a column ``counterpart`` too.
    """
    hours = buckets.labels == buckets.starts[:-1]
    kind: Any = UTCDateTime() if hours else sa.Date()  # Any: two kinds of column, one name
    plain = sa.DateTime() if hours else sa.Date()
    texts = [label.isoformat()[:26].replace("+00:00", "") for label in buckets.labels]
    labels = sa.cast(
        sa.cast(sa.bindparam(None, texts, type_=pg.ARRAY(sa.Text)), pg.ARRAY(sa.Text)),
        pg.ARRAY(plain),
    )
    arrays: list[Any] = [labels]  # Any: arrays of two types
    columns = [sa.column("bucket", kind)]
    if counterparts is not None:
        numbers = sa.bindparam(None, list(counterparts), type_=pg.ARRAY(sa.Integer))
        arrays.append(sa.cast(numbers, pg.ARRAY(sa.Integer)))
        columns.append(sa.column("counterpart", sa.Integer))
    rows = (
        sa.func.unnest(*arrays)
        .table_valued(*columns, with_ordinality="number")
        .render_derived(name=f"{name}_rows")
    )
    # Buckets follow one another, so those that are over come first.
    over = sum(buckets.are_complete(now))
    number = sa.cast(rows.c.number, sa.Integer)
    return sa.select(
        number.label("number"),
        sa.type_coerce(rows.c.bucket, kind).label("bucket"),
        (number <= over).label("is_complete"),
        *(rows.c[column.name] for column in columns[1:]),
    ).subquery(name)


def number_of(column: sa.ColumnElement[Any], edges: Sequence[datetime]) -> sa.ColumnElement[int]:
    """Return the number of the bucket that an instant is in: 0 before them, one more after.

    ``edges`` are the instants between the buckets.
    """
    return sa.func.width_bucket(column, instants(edges), type_=sa.Integer)
