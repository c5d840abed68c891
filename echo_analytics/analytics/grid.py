"""A row for every day and group, made of what is stored of the days that have posts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from echo_analytics.periods import year_before
from echo_analytics.queries.activity import METRICS, NONE, OTHER
from echo_analytics.queries.rollups import COUNTS, NO_KEY

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    import numpy.typing as npt

    from echo_analytics.analytics.asking import Asked

    Numbers = npt.NDArray[np.int64]

_COUNT = pa.int64()


@dataclass(frozen=True, slots=True)
class _Cells:
    """What is stored: of each key's day, from ``first`` on, a number for each of ``METRICS``."""

    first: date
    keys: list[str]
    numbers: Numbers  # by metric, key and day

    def part(self, first: date, days: int) -> Numbers:
        """Return the numbers of some of the days."""
        begins = (first - self.first).days
        return self.numbers[:, :, begins : begins + days]


def series(
    stored: pa.Table, asked: Asked, name: str, before: tuple[date, date] | None, today: date
) -> pa.Table | None:
    """Return the series; None where it cannot be made of what is stored.

    There has to be a group, and that of others may stand for one value only: the authors of several
    may be the same people.

    Parameters
    ----------
    stored
        What ``queries.rollups.days`` found.
    asked
        What is asked for.
    name
        What the first column is called.
    before
        The first and the last day that is compared with.
    today
        Days before it are complete.
    """
    found = stored.filter(stored.column("day").is_valid())
    cells = _placed(found, asked, asked.first if before is None else min(before[0], asked.first))
    days = (asked.last - asked.first).days + 1
    now = cells.part(asked.first, days)
    groups = [0]
    columns: dict[str, pa.Array] = {}
    begins = np.datetime64(asked.first, "D")
    if asked.by is not None:
        groups = _order(cells.keys, now[0].sum(axis=1))
        named = len(groups) - (NO_KEY in cells.keys)
        if not groups or named > asked.top + 1:
            return None
        columns = _groups([cells.keys[place] for place in groups], _names(stored), asked, days)
    dates = np.repeat(np.arange(begins, begins + days), len(groups))
    complete = pa.array(dates < np.datetime64(today, "D"))
    columns = {name: pa.array(dates), **columns}
    counts = dict(zip(METRICS, map(_flat, now[:, groups]), strict=True))
    columns |= counts
    columns["is_complete"] = complete
    if before is not None:
        then = cells.numbers[:, groups][:, :, _counterparts(asked, cells.first, days)]
        for metric, previous in zip(METRICS, map(_flat, then), strict=True):
            columns |= _compared(metric, counts[metric], previous, complete)
    fields = [
        pa.field(each, kept.type, nullable=each not in METRICS) for each, kept in columns.items()
    ]
    return pa.table(list(columns.values()), schema=pa.schema(fields))


def _placed(found: pa.Table, asked: Asked, first: date) -> _Cells:
    keys, places = [NO_KEY], np.zeros(len(found), np.int64)
    if asked.by is not None:
        named = found.column("key").combine_chunks().dictionary_encode()
        keys, places = named.dictionary.to_pylist(), named.indices.to_numpy()
    days = (found.column("day").to_numpy() - np.datetime64(first, "D")).astype(np.int64)
    numbers = np.zeros((len(METRICS), len(keys), (asked.last - first).days + 1), np.int64)
    # A day that is in the range and compared with is there twice, and the same.
    for number, name in enumerate(COUNTS, 1):
        numbers[number, places, days] = found.column(name).to_numpy()
    numbers[0] = numbers[1:4].sum(axis=0)
    return _Cells(first, keys, numbers)


def _order(keys: Sequence[str], totals: Numbers) -> list[int]:
    """Return the places of the keys: those with the most posts first, and none last."""
    places = range(len(keys))
    return sorted(places, key=lambda place: (keys[place] == NO_KEY, -totals[place], keys[place]))


def _names(stored: pa.Table) -> dict[str, str] | None:
    """Return what keys are called; None where they are their own names."""
    if "label" not in stored.column_names:
        return None
    named = stored.filter(stored.column("label").is_valid()).select(["key", "label"])
    return dict(zip(*(column.to_pylist() for column in named.columns), strict=True))


def _groups(
    keys: Sequence[str], names: dict[str, str] | None, asked: Asked, days: int
) -> dict[str, pa.Array]:
    texts: list[tuple[str | None, str, str | None]] = []
    for place, key in enumerate(keys):
        if key == NO_KEY:
            texts.append((None, "none", NONE))
        elif place == asked.top:
            texts.append((None, "other", OTHER))
        else:
            texts.append((key, "value", key if names is None else names.get(key)))
    each_day = pa.array(np.tile(np.arange(len(keys)), days))
    columns = zip(("group_key", "group_kind", "group_label"), zip(*texts, strict=True), strict=True)
    return {name: pa.array(column, pa.string()).take(each_day) for name, column in columns}


def _flat(numbers: Numbers) -> pa.Array:
    """Return the numbers by day, then by group."""
    return pa.array(numbers.T.ravel())


def _counterparts(asked: Asked, first: date, days: int) -> Numbers:
    """Return for each day the number of the one that it is compared with."""
    if asked.compare == "previous_period":
        return np.arange(days)
    every = (year_before(asked.first + timedelta(days=number)) for number in range(days))
    return np.array([(day - first).days for day in every])


def _compared(
    metric: str, counts: pa.Array, previous: pa.Array, complete: pa.Array
) -> dict[str, pa.Array]:
    nothing = pa.scalar(None, _COUNT)
    change = pc.if_else(complete, pc.subtract(counts, previous), nothing)
    base = pc.if_else(pc.equal(previous, 0), nothing, previous)
    return {
        f"{metric}_previous": previous,
        f"{metric}_change": change,
        f"{metric}_relative_change": pc.divide(change.cast(pa.float64()), base.cast(pa.float64())),
    }
