"""A source that gives its rows as one kind of frame."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar, cast, overload

from echo_analytics.arrow import Statement, conform, declared_schema, statement
from echo_analytics.frames import check_frame, to_frame
from echo_analytics.triggers import IN_STEP_SQL

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd
    import polars as pl
    import pyarrow as pa

    from echo_analytics.frames import FrameName
    from echo_analytics.source import AnySelect, Values

F = TypeVar("F")


class View(Generic[F]):
    """A source that gives its rows as one kind of frame.

    A ``Database`` is one; ``using()`` makes another, and ``snapshot()`` one that sees a moment.
    """

    def __init__(
        self,
        fetch: Callable[[Statement], pa.Table],
        frame: FrameName,
        parent: object | None = None,
    ) -> None:
        self._fetch = fetch
        self._frame = frame
        # A database nobody refers to any more is closed.
        self._parent = parent

    def arrow(self, select: AnySelect, values: Values | None = None) -> pa.Table:
        """Run ``select`` and return its rows in the declared types."""
        return conform(self._fetch(statement(select, values)), declared_schema(select))

    def frame(self, select: AnySelect, values: Values | None = None) -> F:
        """Run ``select`` and return its rows as the frame of this source."""
        return cast("F", to_frame(self.arrow(select, values), self._frame))

    def status_in_step(self) -> bool:
        """Whether the trigger keeps ``published`` and ``status`` of every post in step."""
        return bool(self._fetch(Statement(IN_STEP_SQL, ())).column(0)[0].as_py())

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
        return View(self._fetch, check_frame(frame), self)
