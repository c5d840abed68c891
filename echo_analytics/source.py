"""What an analysis needs from whatever answers it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    import pyarrow as pa
    import sqlalchemy as sa

F_co = TypeVar("F_co", covariant=True)


class Source(Protocol[F_co]):
    """Something that can run a ``Select`` and give its rows as a frame.

    A ``Database`` is one, and so is a snapshot of it.
    """

    # Any: a Select is generic over its row's types, which vary by analysis.
    def arrow(self, select: sa.Select[Any]) -> pa.Table:
        """Run ``select`` and return its rows in the declared types."""
        ...

    def frame(self, select: sa.Select[Any]) -> F_co:
        """Run ``select`` and return its rows as the frame of this source."""
        ...

    def status_in_step(self) -> bool:
        """Whether the trigger keeps ``published`` and ``status`` of every post in step."""
        ...
