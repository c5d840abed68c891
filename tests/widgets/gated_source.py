"""A source that waits, fails and counts, around one that answers."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from echo_analytics.source import AnySelect, Source, Values


class Gated:
    """What asks it waits until the gate is open, and fails where a failure is set."""

    # Any: whatever the frame of the source.
    def __init__(self, source: Source[Any]) -> None:
        self._source = source
        self.gate = threading.Event()
        self.gate.set()
        self.failure: Exception | None = None
        self.queries = 0
        self.threads: set[threading.Thread] = set()
        self.first_frame_by: threading.Thread | None = None
        self.at_once = self.most_at_once = 0
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def _asking(self) -> Iterator[None]:
        with self._lock:
            self.queries += 1
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
            self.threads.add(threading.current_thread())
        try:
            assert self.gate.wait(30)
            if self.failure is not None:
                raise self.failure
            yield
        finally:
            with self._lock:
                self.at_once -= 1

    def arrow(self, select: AnySelect, values: Values | None = None) -> pa.Table:
        with self._asking():
            return self._source.arrow(select, values)

    def frame(self, select: AnySelect, values: Values | None = None) -> Any:  # noqa: ANN401
        with self._asking():
            return self._source.frame(select, values)

    def batches(self, select: AnySelect, values: Values | None = None) -> Iterator[Any]:
        with self._asking():
            yield from self._source.batches(select, values)

    def rolled_up(self, select: AnySelect, values: Values | None = None) -> pa.Table | None:
        return self._source.rolled_up(select, values)

    def as_frame(self, table: pa.Table) -> Any:  # noqa: ANN401
        self.first_frame_by = self.first_frame_by or threading.current_thread()
        return self._source.as_frame(table)

    def status_in_step(self) -> bool:
        return self._source.status_in_step()

    def look_up(self, text: str, values: tuple[object, ...] = ()) -> pa.Table:
        return self._source.look_up(text, values)

    @property
    def is_snapshot(self) -> bool:
        return self._source.is_snapshot

    @property
    def memory(self) -> dict[str, object]:
        return self._source.memory
