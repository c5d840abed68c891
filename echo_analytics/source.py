"""What an analysis needs from whatever answers it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pyarrow as pa
    import sqlalchemy as sa

    Values: TypeAlias = Mapping[str, object]

    # Any: a Select is generic over its row's types, which vary by analysis.
    AnySelect: TypeAlias = sa.Select[*tuple[Any, ...]]

F_co = TypeVar("F_co", covariant=True)


class Source(Protocol[F_co]):
    """Something that can run a ``Select`` and give its rows as a frame.

    A ``Database`` is one, and so is a snapshot of it.
    """

    def arrow(self, select: AnySelect, values: Values | None = None) -> pa.Table:
        """Run ``select`` and return its rows in the declared types.

        Give ``values`` for its named parameters where the same object is used again and again: it
        is compiled once.
        """
        ...

    def frame(self, select: AnySelect, values: Values | None = None) -> F_co:
        """Run ``select`` as ``arrow`` does, and return its rows as the frame of this source."""
        ...

    def batches(self, select: AnySelect, values: Values | None = None) -> Iterator[F_co]:
        """Run ``select`` as ``arrow`` does, and give its rows as they arrive, frame by frame."""
        ...

    def rolled_up(self, select: AnySelect, values: Values | None = None) -> pa.Table | None:
        """Run a ``select`` of rollups as ``arrow`` does; None where there are none that answer."""
        ...

    def look_up(self, text: str, values: tuple[object, ...] = ()) -> pa.Table:
        """Run SQL that has to be asked before it is known what to ask."""
        ...

    @property
    def is_snapshot(self) -> bool:
        """Whether everything that is asked happens in one transaction."""
        ...

    @property
    def memory(self) -> dict[str, object]:
        """What is worth knowing for longer, by name; snapshots share it with their database."""
        ...

    def as_frame(self, table: pa.Table) -> F_co:
        """Return rows that are at hand as the frame of this source."""
        ...

    def status_in_step(self) -> bool:
        """Whether the trigger keeps ``published`` and ``status`` of every post in step."""
        ...
