"""Batches of a table checked by column, and made into what the table holds."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from echo_analytics.bulk.cells import TEXT, WrongType, plain, with_nulls
from echo_analytics.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from echo_analytics.bulk.inputs import Batch
    from echo_analytics.bulk.problems import Problems
    from echo_analytics.bulk.tables import Loadable

GIVEN = "given"
"""The column that says, bit by bit, which fields a row gives."""

_PAIR = frozenset({"status", "published"})
_VERSION = bytes(byte & 0x0F | 0x40 for byte in range(256))
_VARIANT = bytes(byte & 0x3F | 0x80 for byte in range(256))


class Checker:
    """Checks the batches of one table.

    Parameters
    ----------
    kind
        The table.
    key_needed
        Whether every row needs the key, by which rows that are there are found.
    """

    def __init__(self, kind: Loadable, *, key_needed: bool) -> None:
        self._kind = kind
        self._needed = {name for name, column in kind.columns.items() if column.required}
        if key_needed:
            self._needed.add(kind.key)

    def written(self, names: Sequence[str], *, rows: bool = True) -> list[str]:
        """Return the columns of the table that are written when these are given.

        Raises
        ------
        InvalidInput
            One is unknown or there twice; or one is missing, which only matters with rows.
        """
        for name in names:
            if name not in self._kind.columns:
                raise self._refused(name, f"is no field of {self._kind.model.__name__}")
            if names.count(name) > 1:
                raise self._refused(name, "is there more than once")
        for name in self._kind.columns:
            if rows and name in self._needed and name not in names:
                raise self._refused(name, "is needed")
        written = {*names, "id"}
        if not written.isdisjoint(_PAIR):
            written.update(_PAIR)
        if "created_at" in written:
            written.add("updated_at")
        return [column.name for column in self._kind.table.c if column.name in written]

    def check(self, batch: Batch, first: int, problems: Problems) -> pa.RecordBatch:
        """Return a batch as the table holds it, with ids and defaults where there were none.

        Parameters
        ----------
        batch
            Columns of which :meth:`written` has seen the names.
        first
            The number of its first row.
        problems
            Takes what is wrong.

        Returns
        -------
        pyarrow.RecordBatch
            The columns that :meth:`written` names, instants null where it is for the server to say
            when; and ``given`` (int32), of which each bit is a field that the row gives.
        """
        columns = self._kind.columns
        values = {
            name: self._column(name, column, first, problems)
            for name, column in batch.columns.items()
        }
        given = self._given(values, batch.rows) if batch.given is None else batch.given
        for name, column in columns.items():
            if column.default is not None and name in values:
                values[name] = pc.fill_null(values[name], column.default)
        if not _PAIR.isdisjoint(values):
            values.update(_in_step(values, batch.rows, first, problems))
        values["id"] = _identified(values.get("id"), batch.rows)
        if "created_at" in values:
            values["updated_at"] = values["created_at"]
        written = self.written(list(batch.columns))
        return pa.record_batch([*(values[name] for name in written), given], [*written, GIVEN])

    def _column(self, name: str, column: pa.Array, first: int, problems: Problems) -> pa.Array:
        rules = self._kind.columns[name]
        try:
            cells = rules.convert(plain(column))
        except WrongType as error:
            problem = str(error)
        else:
            values = cells.values
            found = [*cells.problems, *((rule(values), problem) for rule, problem in rules.rules)]
            wrong = problems.note(name, found, len(values), first)
            if name in self._needed:
                missing = pc.and_(values.is_null(), pc.invert(wrong))
                problems.note(name, [(missing, "is missing")], len(values), first)
            return values
        raise self._refused(name, problem)

    def _given(self, values: Mapping[str, pa.Array], rows: int) -> pa.Array:
        """Return the fields that are given: where there is a default, a null gives nothing."""
        bits = np.zeros(rows, np.int32)
        for place, (name, column) in enumerate(self._kind.columns.items()):
            alike = _PAIR if name in _PAIR else {name}
            if column.default is None and name not in _PAIR:
                bits |= np.int32((name in values) << place)
                continue
            for other in alike & values.keys():
                known = values[other].is_valid().to_numpy(zero_copy_only=False)
                bits |= known.astype(np.int32) << place
        return pa.array(bits)

    def _refused(self, name: str, problem: str) -> InvalidInput:
        return InvalidInput(f"{self._kind.name}.{name}", problem)


def _in_step(
    values: Mapping[str, pa.Array], rows: int, first: int, problems: Problems
) -> dict[str, pa.Array]:
    """Return both columns where either was given; a draft where neither was."""
    status = values.get("status", pa.nulls(rows, TEXT))
    published = values.get("published", pa.nulls(rows, pa.bool_()))
    is_published = pc.equal(status, "published")
    contradiction = pc.not_equal(is_published, published)
    problems.note("status", [(contradiction, "contradicts published")], rows, first)
    derived = pc.if_else(published, "published", "draft").cast(TEXT)
    return {
        "status": pc.coalesce(status, derived, pa.scalar("draft", TEXT)),
        "published": pc.coalesce(published, is_published, pa.scalar(False)),
    }


def _identified(ids: pa.Array | None, rows: int) -> pa.Array:
    """Return ids, random ones (version 4, as the server makes them) where there are none."""
    if ids is not None and not ids.null_count:
        return ids
    raw = bytearray(os.urandom(16 * rows))
    raw[6::16] = raw[6::16].translate(_VERSION)
    raw[8::16] = raw[8::16].translate(_VARIANT)
    made = with_nulls(bytes(raw), pa.repeat(True, rows))
    return made if ids is None else pc.coalesce(ids, made)
