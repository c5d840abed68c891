"""What a figure says of itself: in its subtitle, and for programs in ``layout.meta``."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, TypedDict

from echo_analytics.arguments import moment, open_range, time_zone
from echo_analytics.errors import InvalidInput
from echo_analytics.plots.text import days, literal

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from echo_analytics.arrow import Statement
    from echo_analytics.plots.columns import Columns


class Origin(TypedDict, total=False):
    """Where a frame came from, as far as the caller says.

    Attributes
    ----------
    parameters
        The arguments of the analysis, by name.
    as_of
        The moment (aware) that the frame is true of.
    sql
        The statement: what ``echo.sql`` returns, or its text.
    """

    parameters: Mapping[str, object]
    as_of: datetime
    sql: Statement | str


_KEYS = frozenset({"parameters", "as_of", "sql"})


def described(
    figure: go.Figure, name: str, columns: Columns, meta: Origin | None = None
) -> go.Figure:
    """Write into ``layout.meta`` what the figure shows.

    It always has ``name`` and ``row_count``; ``parameters``, ``as_of`` (ISO 8601, UTC), ``sql``
    and ``sql_values`` where ``meta`` has them. All values can be written as JSON.

    Raises
    ------
    InvalidInput
        ``meta`` holds something else.
    """
    rows = len(next(iter(columns.values())))
    figure.layout.meta = {"name": name, **_given(meta), "row_count": rows}
    return figure


def asked_for(meta: Origin | None) -> tuple[date, date] | None:
    """Return the range that the analysis was asked for, where ``meta`` has both of its days.

    Raises
    ------
    InvalidInput
        A day is none, or ``start`` is after ``end``.
    """
    given = (meta or {}).get("parameters")
    if not isinstance(given, Mapping):
        return None
    first, last = open_range(given.get("start"), given.get("end"))
    return (first, last) if first and last else None


def _given(meta: Origin | None) -> dict[str, object]:
    if meta is None:
        return {}
    if set(meta) - _KEYS:
        raise InvalidInput("meta", "needs a dict with parameters, as_of or sql")
    given: dict[str, object] = {}
    if "parameters" in meta:
        given["parameters"] = _plain(dict(meta["parameters"]))
    if meta.get("as_of") is not None:
        given["as_of"] = moment("as_of", meta["as_of"]).isoformat()
    if "sql" in meta:
        given |= _statement(meta["sql"])
    return given


def _statement(asked: Statement | str) -> dict[str, object]:
    if isinstance(asked, str):
        return {"sql": asked}
    if not (hasattr(asked, "text") and hasattr(asked, "values")):
        raise InvalidInput("sql", "needs a statement or its text")
    return {"sql": asked.text, "sql_values": _plain(list(asked.values))}


def _plain(value: object) -> object:
    """A value that JSON has, for one of Python's."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(each) for each in value]
    return str(value)


def scope(start: date | str | None, end: date | str | None, timezone: str) -> str:
    """Return range and zone for a subtitle, as far as they are given.

    Raises
    ------
    InvalidInput
        A day is none, ``start`` is after ``end``, or the zone is unknown.

    Examples
    --------
    >>> scope("2026-01-01", "2026-01-31", "Europe/Berlin")
    '1 – 31 January 2026 (Europe/Berlin)'
    """
    zone = literal(time_zone(timezone).key)
    first, last = open_range(start, end)
    if first and last:
        return f"{days(first, last)} ({zone})"
    if first or last:
        words = f"from {days(first, first)}" if first else f"to {days(last, last)}"  # type: ignore[arg-type]  # one is there
        return f"{words} ({zone})"
    return zone
