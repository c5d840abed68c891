"""A source that remembers what was asked last, for a figure to say it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from echo_analytics.arrow import statement

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from echo_analytics.arrow import Statement
    from echo_analytics.source import AnySelect, Source, Values

F = TypeVar("F")


class Noted(Generic[F]):
    """What asks another source, and remembers the last question.

    Parameters
    ----------
    source
        Whoever answers.
    """

    def __init__(self, source: Source[F]) -> None:
        self._source = source
        self._asked: tuple[AnySelect, Values | None] | None = None

    @property
    def source(self) -> Source[F]:
        """Itself, as what analyses take."""
        return cast("Source[F]", self)

    @property
    def sql(self) -> Statement | str:
        """The statement that was run last; empty before one was."""
        return "" if self._asked is None else statement(*self._asked)

    def arrow(self, select: AnySelect, values: Values | None = None) -> pa.Table:
        """Ask, and remember."""
        self._asked = select, values
        return self._source.arrow(select, values)

    def frame(self, select: AnySelect, values: Values | None = None) -> F:
        """Ask, and remember."""
        self._asked = select, values
        return self._source.frame(select, values)

    def batches(self, select: AnySelect, values: Values | None = None) -> Iterator[F]:
        """Ask, and remember."""
        self._asked = select, values
        return self._source.batches(select, values)

    def rolled_up(self, select: AnySelect, values: Values | None = None) -> pa.Table | None:
        """Ask, and remember where there is an answer."""
        found = self._source.rolled_up(select, values)
        if found is not None:
            self._asked = select, values
        return found

    # Any: whatever else a source has.
    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        return getattr(self._source, name)
