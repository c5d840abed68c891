"""Trying again, a bounded number of times, with waits that grow."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from echo_analytics.delivery.preferences import DeliverySettings

_LONGEST_WAIT = 60.0
_LONGEST_REASON = 200


@dataclass(frozen=True)
class Answer:
    """What became of one target.

    Parameters
    ----------
    state
        ``sent``; ``refused`` for good; ``failed`` in a way that may pass; ``unknown`` where all
        was handed over and no answer came.
    reason
        Why, for people; None where it was sent.
    after
        Seconds that the server asks to wait before the next attempt.
    """

    state: Literal["sent", "refused", "failed", "unknown"]
    reason: str | None = None
    after: float = 0.0


def until_settled(
    targets: Iterable[str],
    attempt: Callable[[tuple[str, ...]], Mapping[str, Answer]],
    settings: DeliverySettings,
    *,
    sleep: Callable[[float], None] | None = None,
) -> dict[str, Answer]:
    """Call ``attempt`` with all targets, then with those that failed in a way that may pass."""
    answers: dict[str, Answer] = {}
    waiting = tuple(targets)
    for number in range(settings.attempts):
        if number:
            asked = max(answers[target].after for target in waiting)
            pause = max(settings.wait * 2 ** (number - 1), asked)
            (sleep or time.sleep)(min(pause, _LONGEST_WAIT))
        answers.update(attempt(waiting))
        waiting = tuple(target for target in waiting if answers[target].state == "failed")
        if not waiting:
            break
    return answers


def said(text: object) -> str:
    """Return what a server said as a short line without control characters."""
    if isinstance(text, bytes):
        text = text.decode("utf-8", "replace")
    line = " ".join("".join(c if c.isprintable() else " " for c in str(text)).split())
    return line if len(line) <= _LONGEST_REASON else line[: _LONGEST_REASON - 1] + "…"
