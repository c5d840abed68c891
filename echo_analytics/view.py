"""A source that gives its rows as one kind of frame."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar, cast, overload

from echo_analytics.arrow import Statement, conform, declared_schema, statement
from echo_analytics.frames import check_frame, to_frame
from echo_analytics.readers import Readers
from echo_analytics.rollups.reading import answer
from echo_analytics.triggers import IN_STEP_SQL

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd
    import polars as pl
    import pyarrow as pa

    from echo_analytics.frames import FrameName
    from echo_analytics.reader import Reader
    from echo_analytics.source import AnySelect, Values

F = TypeVar("F")

_IN_STEP = Statement(IN_STEP_SQL, few=True)


class View(Generic[F]):
    """A source that gives its rows as one kind of frame.

    A ``Database`` is one; ``using()`` makes another, and ``snapshot()`` one that sees a moment.
    """

    def __init__(
        self,
        reading: Readers | Reader,
        frame: FrameName,
        parent: object | None = None,
        memory: dict[str, object] | None = None,
    ) -> None:
        self._reading = reading
        self._memory = {} if memory is None else memory
        self._frame = frame
        # A database nobody refers to any more is closed.
        self._parent = parent

    def arrow(self, select: AnySelect, values: Values | None = None) -> pa.Table:
        """Run ``select`` and return its rows in the declared types."""
        return conform(self._reading.fetch(statement(select, values)), declared_schema(select))

    def frame(self, select: AnySelect, values: Values | None = None) -> F:
        """Run ``select`` and return its rows as the frame of this source."""
        return self.as_frame(self.arrow(select, values))

    def batches(self, select: AnySelect, values: Values | None = None) -> Iterator[F]:
        """Run ``select`` and give its rows as they arrive, a frame for some of them each.

        Memory holds what the frames at hand need, however many rows there are. There is at least
        one frame, and a connection is in use until the last one has been taken.
        """
        asked, declared = statement(select, values), declared_schema(select)
        with contextlib.closing(self._reading.batches(asked)) as found:
            for table in found:
                yield self.as_frame(conform(table, declared))

    def look_up(self, text: str, values: tuple[object, ...] = ()) -> pa.Table:
        """Run SQL that has to be asked before it is known what to ask."""
        return self._reading.fetch(Statement(text, values, few=True))

    @property
    def is_snapshot(self) -> bool:
        """Whether everything that is asked happens in one transaction."""
        return not isinstance(self._reading, Readers)

    @property
    def memory(self) -> dict[str, object]:
        """What is worth knowing for longer, by name; snapshots share it with their database."""
        return self._memory

    def as_frame(self, table: pa.Table) -> F:
        """Return rows that are at hand as the frame of this source."""
        return cast("F", to_frame(table, self._frame))

    def rolled_up(self, select: AnySelect, values: Values | None = None) -> pa.Table | None:
        """Run a ``select`` of rollups as ``arrow`` does; None where there are none that answer."""
        found = answer(self._reading, statement(select, values))
        return None if found is None else conform(found, declared_schema(select))

    def status_in_step(self) -> bool:
        """Whether the trigger keeps ``published`` and ``status`` of every post in step."""
        return bool(self._reading.fetch(_IN_STEP).column(0)[0].as_py())

    @overload
    def using(self, frame: Literal["pandas"]) -> View[pd.DataFrame]: ...
    @overload
    def using(self, frame: Literal["polars"]) -> View[pl.DataFrame]: ...
    @overload
    def using(self, frame: Literal["arrow"]) -> View[pa.Table]: ...
    def using(self, frame: FrameName) -> View[Any]:
        """Return a view of this source with another frame; it shares the connections.

        Raises
        ------
        InvalidInput
            ``frame`` is none of "pandas", "polars" and "arrow".
        MissingExtra
            polars is not installed.
        """
        return View(self._reading, check_frame(frame), self, self._memory)
