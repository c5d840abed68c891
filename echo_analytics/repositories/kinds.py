"""What tells one table from another: columns, filters, and how a row becomes an object."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import sqlalchemy as sa

from echo_analytics.models.users import UserPreferences

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from psycopg.rows import TupleRow

R = TypeVar("R")

ESCAPE = "!"


@dataclass(frozen=True, slots=True, eq=False)
class Kind(Generic[R]):
    """A table as a repository needs it.

    Parameters
    ----------
    name
        What one row is called.
    table
        The table.
    key
        The column by which an upsert finds a row that is there.
    columns
        What is selected of a row, in the order that ``row`` takes.
    row
        Makes an object of what was selected.
    searched
        The column in which ``search`` looks.
    conditions
        The condition of every filter but those that all tables have, with a parameter of its name.
    derived
        Columns that an update sets beside those given, by their names.
    """

    name: str
    table: sa.Table
    key: str
    # Any: columns of any type.
    columns: tuple[sa.ColumnElement[Any], ...]
    row: Callable[[TupleRow], R]
    searched: sa.ColumnElement[str]
    conditions: Mapping[str, sa.ColumnElement[bool]] = field(default_factory=dict)
    derived: Callable[[frozenset[str]], Mapping[str, sa.ColumnElement[Any]]] = lambda _: {}

    def condition(self, name: str) -> sa.ColumnElement[bool]:
        """Return the condition of the filter ``name``."""
        created_at = self.table.c.created_at
        if name == "created_after":
            return created_at >= sa.bindparam(name, type_=sa.DateTime)
        if name == "created_before":
            return created_at < sa.bindparam(name, type_=sa.DateTime)
        if name == "search":
            return self.searched.ilike(sa.bindparam(name), escape=ESCAPE)
        return self.conditions[name]


def plain(name: str, value: object) -> object:
    """Return the value of a field as the driver takes it."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=None)
    if isinstance(value, UserPreferences):
        # The application writes JSON without spaces.
        return json.dumps(value.model_dump(), separators=(",", ":"))
    return pattern(value) if name == "search" and isinstance(value, str) else value


def pattern(search: str) -> str:
    """Return the pattern of texts that contain ``search``, its wildcards taken literally."""
    for character in (ESCAPE, "%", "_"):
        search = search.replace(character, ESCAPE + character)
    return f"%{search}%"
