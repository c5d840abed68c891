"""The SQL of an analysis, to be read before or without running it."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec

from echo_analytics.arrow import Statement, statement
from echo_analytics.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pyarrow as pa

    from echo_analytics.source import AnySelect, Source, Values

P = ParamSpec("P")


class _Recorder:
    """A source that keeps what it is asked for and runs nothing."""

    def __init__(self, source: Source[object]) -> None:
        self._source = source
        self.asked: Statement | None = None

    def arrow(self, select: AnySelect, values: Values | None = None) -> pa.Table:
        """Keep what would be run."""
        self.asked = statement(select, values)
        raise _Recorded

    def frame(self, select: AnySelect, values: Values | None = None) -> object:
        """Keep what would be run."""
        return self.arrow(select, values)

    def batches(self, select: AnySelect, values: Values | None = None) -> Iterator[object]:
        """Keep what would be run."""
        yield self.arrow(select, values)

    def rolled_up(self, select: AnySelect, values: Values | None = None) -> None:
        """Keep what would be run where the source has rollups that answer."""
        if self._source.rolled_up(select, values) is not None:
            self.arrow(select, values)

    def look_up(self, text: str, values: tuple[object, ...] = ()) -> pa.Table:
        """Ask the source, since the SQL depends on it."""
        return self._source.look_up(text, values)

    @property
    def is_snapshot(self) -> bool:
        """Whether the source is one."""
        return self._source.is_snapshot

    @property
    def memory(self) -> dict[str, object]:
        """What the source knows."""
        return self._source.memory

    def as_frame(self, table: pa.Table) -> object:
        """Return rows as they are."""
        return table

    def status_in_step(self) -> bool:
        """Ask the source, since the SQL depends on it."""
        return self._source.status_in_step()


class _Recorded(BaseException):
    """The analysis has said what it would run."""


# Any: whatever the analysis returns.
def sql(
    analysis: Callable[Concatenate[Source[Any], P], object],
    source: Source[object],
    /,
    *args: P.args,
    **kwargs: P.kwargs,
) -> Statement:
    """Return the one statement that an analysis would run, with its values apart.

    Nothing is run, except for what decides which SQL it is: a question to the catalogue where that
    depends on the triggers of this package, and to the rollups where they might answer. Their SQL
    calls ``analytics.rollup_counts``.

    Parameters
    ----------
    analysis
        The function, ``echo.daily_posts`` for instance.
    source
        The database that it would ask.
    args, kwargs
        The arguments of the analysis.

    Returns
    -------
    Statement
        ``text`` with ``$1``, ``$2`` and so on, and ``values`` for them, in order.

    Raises
    ------
    InvalidInput
        An argument is wrong, or the function asks no database.

    Examples
    --------
    >>> import echo_analytics as echo
    >>> asked = echo.sql(echo.daily_posts, db, "2026-01-01", "2026-06-30", by="category")
    >>> "width_bucket" in asked.text, len(asked.values) > 0
    (True, True)
    """
    recorder = _Recorder(source)
    with contextlib.suppress(_Recorded):
        analysis(recorder, *args, **kwargs)
    if recorder.asked is None:
        raise InvalidInput("analysis", "needs a function that asks a database")
    return recorder.asked
