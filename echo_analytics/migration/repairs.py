"""Bringing old posts in step: those written before the trigger was there.

The trigger itself does it, one definition for new rows and old ones. Batches are short, each a
transaction of its own, and never wait for a row that somebody else holds.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from echo_analytics.errors import DatabaseError
from echo_analytics.triggers import REPAIR_SETTING

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from uuid import UUID

    from sqlalchemy import Connection

    Transaction = Callable[[], AbstractContextManager[object]]

BATCH = 1000
"""Posts looked at in one transaction."""

_OUT_OF_STEP = "(published IS NULL OR status IS NULL OR published <> (status = 'published'))"

_COUNT = f"""
SELECT count(*) FILTER (WHERE published IS NULL OR status IS NULL) AS nulls,
    count(*) FILTER (WHERE published IS NOT NULL AND status IS NOT NULL) AS contradictions
FROM public.posts WHERE {_OUT_OF_STEP}
"""  # noqa: S608

_NEXT = "SELECT id FROM public.posts WHERE id >= :first ORDER BY id OFFSET :batch LIMIT 1"

_REPAIR = """
WITH batch AS (
    SELECT id FROM public.posts WHERE id >= :first {end} AND {out_of_step}
    ORDER BY id FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE public.posts AS p SET published = p.published FROM batch WHERE p.id = batch.id
"""

_FIRST = "00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True, slots=True)
class OutOfStep:
    """How many posts are out of step.

    Parameters
    ----------
    nulls
        ``published`` is NULL.
    contradictions
        ``published`` says something else than ``status``.
    """

    nulls: int
    contradictions: int

    @property
    def total(self) -> int:
        """Posts to repair."""
        return self.nulls + self.contradictions

    @property
    def todo(self) -> tuple[str, ...]:
        """What a repair would do, as sentences; nothing where every post is in step."""
        sentences = []
        if self.nulls:
            sentences.append(f"repair posts whose published is NULL: {self.nulls}")
        if self.contradictions:
            sentences.append(
                f"repair posts whose published and status contradict: {self.contradictions}"
            )
        return tuple(sentences)


def count(connection: Connection) -> OutOfStep:
    """Count the posts that are out of step, in one pass over the table."""
    row = connection.execute(sa.text(_COUNT)).one()
    return OutOfStep(row.nulls, row.contradictions)


def repair(
    connection: Connection,
    transaction: Transaction,
    total: int,
    progress: Callable[[int, int], None] | None,
    patience: float,
) -> int:
    """Bring every post in step; the trigger must be there. ``updated_at`` stays as it is.

    Parameters
    ----------
    connection
        A connection that is in no transaction.
    transaction
        Begins and ends a transaction on it.
    total
        The posts that :func:`count` found.
    progress
        Called after each batch with the posts repaired and ``total``.
    patience
        Seconds without progress after which rows that others hold are given up.

    Returns
    -------
    int
        The posts that were repaired.

    Raises
    ------
    DatabaseError
        Some posts stayed out of step for ``patience`` seconds.
    """
    left, done = total, 0
    deadline = time.monotonic() + patience
    while left:
        first: UUID | str | None = _FIRST
        before = done
        while first is not None:
            with transaction():
                first, repaired = _batch(connection, first)
            done += repaired
            if progress is not None and repaired:
                progress(done, total)
        with transaction():
            left = count(connection).total
        if done > before:
            deadline = time.monotonic() + patience
        elif left and time.monotonic() > deadline:
            raise DatabaseError(
                f"{left} posts could not be brought in step within {patience:g} s: other sessions "
                "hold them, or another trigger keeps them from being changed; migrate again"
            )
        elif left:
            time.sleep(0.1)
    return done


def _batch(connection: Connection, first: UUID | str) -> tuple[UUID | None, int]:
    values = {"first": first, "batch": BATCH}
    end = connection.scalar(sa.text(_NEXT), values)
    connection.exec_driver_sql(f"SET LOCAL {REPAIR_SETTING} = 'on'")
    text = _REPAIR.format(out_of_step=_OUT_OF_STEP, end="" if end is None else "AND id < :end")
    repaired = connection.execute(sa.text(text), {**values, "end": end}).rowcount
    return end, repaired
