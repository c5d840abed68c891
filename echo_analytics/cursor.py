"""Where a page of posts ended, as a text that the next call takes."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from echo_analytics.errors import InvalidInput
from echo_analytics.frames import to_arrow

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa

_VERSION = "1"


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last post of a page: its instant (aware) and its id."""

    created_at: datetime
    id: str

    def __str__(self) -> str:
        moment = self.created_at.astimezone(UTC).isoformat(timespec="microseconds")
        return base64.urlsafe_b64encode(f"{_VERSION} {moment} {self.id}".encode()).decode()


def cursor(argument: str, value: object) -> Cursor | None:
    """Return what ``next_cursor()`` made ``value`` from; None stays None."""
    if value is None:
        return None
    problem = "needs what next_cursor() returned"
    if not isinstance(value, str):
        raise InvalidInput(argument, problem)
    try:
        text = base64.b64decode(value.encode(), altchars=b"-_", validate=True).decode()
        version, moment, id_ = text.split(" ")
        found = Cursor(datetime.fromisoformat(moment), str(UUID(id_)))
    except (ValueError, binascii.Error):
        raise InvalidInput(argument, problem) from None
    if version != _VERSION or found.created_at.tzinfo is None:
        raise InvalidInput(argument, problem)
    return found


def next_cursor(frame: pd.DataFrame | pl.DataFrame | pa.Table) -> str | None:
    """Return where the page after this one begins, for ``after`` of ``posts_with_authors``.

    It names the last post by its instant, to the microsecond, and its id. So pages neither repeat
    nor skip a post, also where others were created at the same instant, or are written meanwhile.

    Parameters
    ----------
    frame
        A page that ``posts_with_authors`` returned.

    Returns
    -------
    str or None
        None where the page has no posts: there is nothing after it.

    Raises
    ------
    InvalidInput
        The frame lacks ``post_id`` or ``created_at``.

    Examples
    --------
    >>> import echo_analytics as echo
    >>> first = echo.posts_with_authors(db, limit=10)
    >>> second = echo.posts_with_authors(db, limit=10, after=echo.next_cursor(first))
    """
    table = to_arrow(frame)
    if not {"post_id", "created_at"} <= set(table.column_names):
        raise InvalidInput("frame", "needs the columns post_id and created_at")
    if table.num_rows == 0:
        return None
    last = table.select(["post_id", "created_at"]).slice(table.num_rows - 1).to_pylist()[0]
    return str(Cursor(last["created_at"], last["post_id"]))
