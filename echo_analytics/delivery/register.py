"""Who got what: the part of the ledger that delivery needs."""

from __future__ import annotations

from typing import Literal, Protocol

Claim = Literal["mine", "sent", "sending"]
State = Literal["sent", "failed", "refused", "unknown"]


class Register(Protocol):
    """Remembers for one run what was sent where, longer than the process lives."""

    def claim(self, channel: str, target: str) -> Claim:
        """Write down ``sending`` for a target, before anything is sent.

        Returns
        -------
        Claim
            ``mine`` where nothing was sent so far, or an attempt is known to have failed;
            ``sent`` where it arrived already, ``sending`` where nobody knows.
        """
        ...  # pragma: no cover

    def settle(self, channel: str, target: str, state: State, reason: str | None) -> None:
        """Write down what became of it; ``unknown`` leaves it at ``sending``."""
        ...  # pragma: no cover
