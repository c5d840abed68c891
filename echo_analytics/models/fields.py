"""The types of fields: texts that PostgreSQL can hold, ids, instants."""

from __future__ import annotations

import contextlib
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, TypeVar
from uuid import UUID

from pydantic import AfterValidator, BeforeValidator
from pydantic_core import PydanticCustomError

from echo_analytics.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
U = TypeVar("U")

OWN_ERROR = "echo_analytics"
"""The type of the errors that are worded here, and so never hold a value."""

MOST_INDEXED_BYTES = 2_692
"""The longest text that always fits an entry of a b-tree index (2,704 bytes with its header).

A longer one fits where it compresses well. It is refused all the same: whether it fits is no
property of a title that anybody could see.
"""

# No list of addresses, no name beside one, and no domain with an empty label.
_ADDRESS = re.compile(r"[^@\s<>,;]+@[^@\s<>,;.]+(?:\.[^@\s<>,;.]+)*")
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


def _wrong(problem: str) -> PydanticCustomError:
    return PydanticCustomError(OWN_ERROR, problem)


def storable(value: str) -> str:
    """Refuse a text that PostgreSQL cannot hold."""
    if "\0" in value:
        raise _wrong("holds a NUL character")
    try:
        value.encode()
    except UnicodeEncodeError:
        valid = False
    else:
        valid = True
    if not valid:
        raise _wrong("is not valid Unicode")
    return value


def _not_blank(value: str) -> str:
    if not value.strip():
        raise _wrong("is empty")
    return value


def _indexable(value: str) -> str:
    if len(value.encode()) > MOST_INDEXED_BYTES:
        raise _wrong(f"is longer than {MOST_INDEXED_BYTES:,} bytes")
    return value


def address(value: str) -> str:
    """Refuse a text that is not one e-mail address."""
    if not _ADDRESS.fullmatch(value) or not value.isprintable():
        raise _wrong("is not an e-mail address")
    return value


def _slug(value: str) -> str:
    if not _SLUG.fullmatch(value):
        raise _wrong("needs lower-case letters and digits, joined by single hyphens")
    return value


def to_uuid(value: object) -> UUID:
    """Return a UUID, or a text that is one, as a UUID."""
    if isinstance(value, UUID):
        return value
    found = _parsed(UUID, value) if isinstance(value, str) else None
    if found is None:
        raise _wrong("is not a UUID")
    return found


def to_instant(value: object) -> datetime:
    """Return an aware datetime, or an ISO 8601 text with a zone, as a plain datetime in UTC."""
    moment = _parsed(datetime.fromisoformat, value) if isinstance(value, str) else value
    # pandas' NaT is a datetime, equal to nothing.
    if not isinstance(moment, datetime) or moment != moment:
        raise _wrong("needs a datetime with a time zone")
    if moment.utcoffset() is None:
        raise _wrong("is a datetime without a time zone: its zone would be a guess")
    moved = _moved_to_utc(moment)
    if moved is None:
        raise _wrong("is outside the years 1 to 9999 in UTC")
    # Other libraries' subclasses would travel on, nanoseconds included.
    return datetime.combine(moved.date(), moved.time(), UTC)


def _moved_to_utc(moment: datetime) -> datetime | None:
    with contextlib.suppress(OverflowError):
        return moment.astimezone(UTC)
    return None


def _parsed(parse: Callable[[str], T], value: str) -> T | None:
    with contextlib.suppress(ValueError):
        return parse(value)
    return None


def converted(argument: str, convert: Callable[[T], U], value: T) -> U:
    """Run one of the checks and conversions above on an argument.

    Raises
    ------
    InvalidInput
        It was refused.
    """
    try:
        return convert(value)
    except PydanticCustomError as error:
        problem = error.message()
    raise InvalidInput(argument, problem)


Text = Annotated[str, AfterValidator(storable)]
FilledText = Annotated[Text, AfterValidator(_not_blank)]
IndexedText = Annotated[FilledText, AfterValidator(_indexable)]
Email = Annotated[Text, AfterValidator(address), AfterValidator(_indexable)]
Slug = Annotated[str, AfterValidator(_slug), AfterValidator(_indexable)]
Id = Annotated[UUID, BeforeValidator(to_uuid)]
Instant = Annotated[datetime, BeforeValidator(to_instant)]
