"""Checks of what callers pass in, before any query runs."""

from __future__ import annotations

import operator
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING
from uuid import UUID
from zoneinfo import ZoneInfo

from echo_analytics.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterable

FIRST_YEAR, LAST_YEAR = 1678, 2261
"""Years between which an instant in nanoseconds fits 64 bits, and so fits every frame."""

MAX_LIMIT = 2**31 - 1


def calendar_day(argument: str, value: object) -> date:
    """Return ``value``, a date or an ISO string such as ``"2026-06-30"``, as a date."""
    if isinstance(value, datetime):
        # pandas' NaT is a datetime, equal to nothing, that has no time.
        if value != value or value.time() != time() or value.tzinfo is not None:
            raise InvalidInput(argument, "needs a calendar day, not a moment of one")
        value = value.date()
    elif isinstance(value, str):
        try:
            value = date.fromisoformat(value)
        except ValueError:
            raise InvalidInput(argument, "is not a date such as 2026-06-30") from None
    if not isinstance(value, date):
        raise InvalidInput(argument, "needs a date or a string such as 2026-06-30")
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise InvalidInput(argument, f"needs a year from {FIRST_YEAR} to {LAST_YEAR}")
    return value


def day_range(start: object, end: object) -> tuple[date, date]:
    """Return both days; ``start`` may not be after ``end``."""
    first, last = calendar_day("start", start), calendar_day("end", end)
    if first > last:
        raise InvalidInput("start", "is after end")
    return first, last


def open_range(start: object, end: object) -> tuple[date | None, date | None]:
    """Return both days; None leaves a side open."""
    if start is not None and end is not None:
        return day_range(start, end)
    first = None if start is None else calendar_day("start", start)
    return first, None if end is None else calendar_day("end", end)


def time_zone(value: object) -> ZoneInfo:
    """Return the zone of an IANA name such as ``"Europe/Berlin"``."""
    if isinstance(value, ZoneInfo) and value.key:
        return value
    if not isinstance(value, str):
        raise InvalidInput("timezone", "needs an IANA name such as Europe/Berlin")
    try:
        return ZoneInfo(value)
    except (LookupError, ValueError, OSError):
        raise InvalidInput("timezone", "is not an IANA name such as Europe/Berlin") from None


def moment(argument: str, value: object) -> datetime:
    """Return ``value``, an aware datetime, in UTC; None is the present moment."""
    if value is None:
        return datetime.now(UTC)
    # pandas' NaT is a datetime, equal to nothing.
    if not isinstance(value, datetime) or value != value or value.utcoffset() is None:
        raise InvalidInput(argument, "needs a datetime with a time zone")
    return value.astimezone(UTC)


def choice(argument: str, value: object, choices: tuple[str, ...]) -> str:
    """Return ``value``, which must be one of ``choices``."""
    if not isinstance(value, str) or value not in choices:
        raise InvalidInput(argument, f"needs one of {', '.join(choices)}")
    return value


def flag(argument: str, value: object) -> bool:
    """Return ``value``, which must be True or False."""
    if not isinstance(value, bool):
        raise InvalidInput(argument, "needs True or False")
    return value


def positive(argument: str, value: object, most: int = MAX_LIMIT) -> int:
    """Return ``value`` as an int from 1 to ``most``; booleans and fractions are refused."""
    return whole_number(argument, value, least=1, most=most)


def whole_number(argument: str, value: object, *, least: int = 0, most: int = MAX_LIMIT) -> int:
    """Return ``value`` as an int from ``least`` to ``most``; booleans and fractions are refused."""
    problem = f"needs a whole number from {least} to {most}"
    if isinstance(value, bool):
        raise InvalidInput(argument, problem)
    try:
        number = operator.index(value)  # type: ignore[arg-type]  # a TypeError is the check
    except TypeError:
        raise InvalidInput(argument, problem) from None
    if not least <= number <= most:
        raise InvalidInput(argument, problem)
    return number


def uuids(argument: str, value: str | UUID | Iterable[str | UUID] | None) -> list[str] | None:
    """Return one id, or several, as a list of canonical texts; None stays None."""
    if value is None:
        return None
    if isinstance(value, str | UUID):
        value = [value]
    try:
        items = list(value)
    except TypeError:
        raise InvalidInput(argument, "needs a UUID, or several") from None
    return [_uuid(argument, item) for item in items]


def _uuid(argument: str, value: object) -> str:
    if isinstance(value, UUID):
        return str(value)
    if not isinstance(value, str):
        raise InvalidInput(argument, "needs a UUID, or several")
    try:
        return str(UUID(value))
    except ValueError:
        raise InvalidInput(argument, "is not a UUID") from None


def text(argument: str, value: object) -> str:
    """Return ``value``, which must be a string, without the characters PostgreSQL cannot hold."""
    if not isinstance(value, str):
        raise InvalidInput(argument, "needs a string")
    return value.replace("\0", " ").encode("utf-8", "replace").decode("utf-8")


def today(zone: ZoneInfo) -> date:
    """Return the calendar day that it is now in ``zone``."""
    return datetime.now(zone).date()
