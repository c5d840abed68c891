"""Rows compared, and a source that may not be asked."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa


def assert_same_rows(found: list[dict[str, Any]], wanted: list[dict[str, Any]]) -> None:
    """The same columns in the same order, and the same values; floats to their last digits."""
    assert len(found) == len(wanted)
    for one, other in zip(found, wanted, strict=True):
        assert list(one) == list(other)
        for name, value in one.items():
            if isinstance(value, float) and not (math.isnan(value) or other[name] is None):
                assert math.isclose(value, other[name], rel_tol=1e-9), (name, one, other)
            elif isinstance(value, float) and math.isnan(value):
                assert other[name] is None, (name, one, other)
            else:
                assert value == other[name], (name, one, other)


class NoDatabase:
    """A source that may not be asked."""

    def arrow(self, _select: object, _values: object = None) -> pa.Table:
        pytest.fail("a query ran")

    def frame(self, _select: object, _values: object = None) -> pa.Table:
        pytest.fail("a query ran")

    def batches(self, _select: object, _values: object = None) -> Iterator[pa.Table]:
        pytest.fail("a query ran")

    def rolled_up(self, _select: object, _values: object = None) -> pa.Table:
        pytest.fail("a query ran")

    def look_up(self, _text: str, _values: object = ()) -> pa.Table:
        pytest.fail("a query ran")

    @property
    def memory(self) -> dict[str, object]:
        pytest.fail("a query ran")

    @property
    def is_snapshot(self) -> bool:
        pytest.fail("a query ran")

    def as_frame(self, _table: object) -> pa.Table:
        pytest.fail("a frame was made")

    def status_in_step(self) -> bool:
        pytest.fail("a query ran")
