"""Pieces of the statements of a search: queries, and numbers that are no values of it."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from echo_analytics.constructs import parameter


def matches_query(vector: sa.ColumnElement[Any], name: str) -> sa.ColumnElement[bool]:
    """Whether a vector matches the ``tsquery`` that is the parameter of this name."""
    return vector.op("@@", is_comparison=True)(tsquery(name))


def tsquery(name: str) -> sa.ColumnElement[Any]:
    """The ``tsquery`` that is the parameter of this name."""
    return sa.cast(parameter(name, sa.Text()), pg.TSQUERY)


def bound(name: str) -> sa.ColumnElement[int]:
    """How many rows at the most, the parameter of this name."""
    return sa.cast(sa.bindparam(name, type_=sa.BigInteger), sa.BigInteger)


def figure(value: float) -> sa.ColumnElement[Any]:
    """A constant of the formula, which is no parameter of the statement."""
    return sa.literal_column(f"{float(value)!r}::float8", sa.Double)
