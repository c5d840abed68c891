"""Random draws that are the same on every machine and in every version of Python."""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate
from random import Random
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

T = TypeVar("T")

_STREAMS = 16


class Weights:
    """Positions to draw from, each as often as its weight says.

    Parameters
    ----------
    weights
        Numbers from zero up, of which one at least is above zero.
    """

    def __init__(self, weights: Iterable[float]) -> None:
        self.cumulative = list(accumulate(weights))
        self.total = self.cumulative[-1]
        self.last = len(self.cumulative) - 1


class Draws:
    """A stream of draws.

    Only ``Random.random`` is used, whose sequence Python guarantees, and only arithmetic that
    IEEE 754 rounds exactly: no power, logarithm or sine, which differ between C libraries.

    Parameters
    ----------
    seed
        A whole number from zero up.
    stream
        0 to 15: streams of one seed are independent, so that a change in how one table is made
        leaves the others as they are.
    """

    def __init__(self, seed: int, stream: int) -> None:
        # Not for secrets: the point is that anybody gets the same.
        self.fraction = Random(seed * _STREAMS + stream).random  # noqa: S311

    def below(self, end: int) -> int:
        """Return a whole number from 0 to ``end`` - 1."""
        return int(self.fraction() * end)

    def between(self, first: int, last: int) -> int:
        """Return a whole number from ``first`` to ``last``, both included."""
        return first + int(self.fraction() * (last - first + 1))

    def chance(self, probability: float) -> bool:
        """Return True as often as ``probability`` says."""
        return self.fraction() < probability

    def pick(self, items: Sequence[T]) -> T:
        """Return one of ``items``, all equally often."""
        return items[int(self.fraction() * len(items))]

    def early(self, items: Sequence[T]) -> T:
        """Return one of ``items``, those at the front much more often."""
        fraction = self.fraction()
        return items[int(fraction * fraction * len(items))]

    def weighted(self, weights: Weights) -> int:
        """Return a position of ``weights``."""
        wanted = self.fraction() * weights.total
        return bisect_right(weights.cumulative, wanted, 0, weights.last)

    def some(self, items: Sequence[T], count: int) -> list[T]:
        """Return up to ``count`` different ones of ``items``, in random order."""
        rest = list(items)
        return [rest.pop(int(self.fraction() * len(rest))) for _ in range(min(count, len(rest)))]

    def shuffled(self, items: Iterable[T]) -> list[T]:
        """Return ``items`` in random order."""
        rest = list(items)
        for last in range(len(rest) - 1, 0, -1):
            other = int(self.fraction() * (last + 1))
            rest[last], rest[other] = rest[other], rest[last]
        return rest
