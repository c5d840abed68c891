"""What services and jobs say in the log: that they take off, and how they land."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from echo_analytics.errors import DatabaseError

if TYPE_CHECKING:
    import logging
    from collections.abc import Iterator


@dataclass(slots=True)
class Landing:
    """What is said at the end of a job, which may change it.

    Parameters
    ----------
    text
        What has been done.
    facts
        Ids and counts: the attributes that the record gets.
    """

    text: str
    facts: dict[str, object] = field(default_factory=dict)


@contextlib.contextmanager
def flight(logger: logging.Logger, what: str, landed: str, **facts: object) -> Iterator[Landing]:
    """Say at INFO that a job takes off, and that it landed; at WARNING that an error stopped it.

    The last record has ``duration_ms``. What is said of an error is its type and SQLSTATE: its
    message might hold a value.

    Parameters
    ----------
    logger
        Where it is said.
    what, landed
        What is being done, and what is to have been done then.
    facts
        What is known from the start, an id for instance; the attributes of all records.
    """
    started = time.perf_counter()
    logger.info("🛫 Taking off: %s", what, extra=facts)
    landing = Landing(landed, dict(facts))
    try:
        yield landing
    except BaseException as error:
        extra = {**landing.facts, "duration_ms": _since(started)}
        logger.warning("Turned back: %s (%s)", what, reason(error), extra=extra)
        raise
    extra = {**landing.facts, "duration_ms": _since(started)}
    logger.info("🛬 Landing: %s", landing.text, extra=extra)


def reason(error: BaseException) -> str:
    """Return the type of an error, and the server's code where there is one."""
    state = error.sqlstate if isinstance(error, DatabaseError) else None
    return type(error).__name__ if state is None else f"{type(error).__name__}, SQLSTATE {state}"


def _since(started: float) -> float:
    return (time.perf_counter() - started) * 1000
