"""Checks of posts in files, all columns at once: what is good, and what is wrong with the rest."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import NAMESPACE_URL, uuid5

import pyarrow as pa
import pyarrow.compute as pc

from echo_analytics.bulk.cells import NO_UNICODE, decoded
from echo_analytics.ingest.files import COLUMNS
from echo_analytics.ingest.instants import OUT_OF_RANGE, instants
from echo_analytics.models.fields import MOST_INDEXED_BYTES
from echo_analytics.schema import POST_STATUSES

if TYPE_CHECKING:
    from collections.abc import Callable

    from echo_analytics.ingest.text_files import RawRows

BY_EXTERNAL_ID = uuid5(NAMESPACE_URL, "urn:echo-analytics:post:external_id")
BY_CONTENT = uuid5(NAMESPACE_URL, "urn:echo-analytics:post:content")
"""The namespaces of the ids (uuid5) of posts with an external_id, and of those without."""

_TEXTS = tuple(name for name in COLUMNS if name != "created_at")


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one cell, or with one row where ``column`` is empty."""

    row: int
    column: str
    problem: str


@dataclass(frozen=True, slots=True)
class Examined:
    """The rows of a batch after the checks.

    Parameters
    ----------
    good
        row int64, texts author_email, author_name, title and content, created_at as
        timestamp[us, UTC], texts status and category, keyed (whether there is an external_id)
        bool, text id.
    problems
        What is wrong with the other rows, in their order; a row may have several.
    """

    good: pa.Table
    problems: tuple[Problem, ...]


def examine(raw: RawRows) -> Examined:
    """Check every cell of ``raw``; good rows get their ids and their defaults."""
    check = _Check(raw.columns.num_rows)
    cells = {name: check.text(name, _column(raw, name)) for name in _TEXTS}
    cells["created_at"] = check.created_at(_column(raw, "created_at"))
    columns = {
        "row": raw.numbers,
        **{name: cells[name] for name in ("author_email", "author_name", "title", "content")},
        "created_at": cells["created_at"],
        "status": pc.fill_null(_none_if_blank(cells["status"]), "published"),
        "category": _none_if_blank(cells["category"]),
        "external_id": _none_if_blank(cells["external_id"]),
    }
    good = pa.table(columns)
    if check.problems:
        bad = pa.array(sorted({index for index, _, _ in check.problems}), pa.int64())
        places = pa.array(range(good.num_rows), pa.int64())
        good = good.filter(pc.invert(pc.is_in(places, value_set=bad)))
    external = good["external_id"]
    good = good.append_column("keyed", pc.is_valid(external)).append_column("id", post_ids(good))
    numbers = raw.numbers
    problems = [Problem(numbers[index].as_py(), *rest) for index, *rest in check.problems]
    problems += [Problem(row.row, row.column, row.problem) for row in raw.unreadable]
    order = {name: place for place, name in enumerate(COLUMNS)}
    return Examined(
        good.drop_columns("external_id"),
        tuple(sorted(problems, key=lambda found: (found.row, order.get(found.column, -1)))),
    )


def post_ids(rows: pa.Table) -> pa.Array:
    """Return the ids of posts as texts of 32 hexadecimal digits.

    They are version 5 UUIDs (RFC 9562) of ``external_id``; without one, of e-mail, microseconds
    since 1970, title and content, separated by NUL, which none of them can hold.
    """
    moments = rows["created_at"].cast(pa.int64()).cast(pa.large_string())
    nul = pa.scalar("\0", pa.large_string())
    content = pc.binary_join_element_wise(
        rows["author_email"], moments, rows["title"], rows["content"], nul
    )
    keyed = pc.is_valid(rows["external_id"])
    names = pc.coalesce(rows["external_id"], content).cast(pa.large_binary()).to_pylist()
    prefixes = (BY_CONTENT.bytes, BY_EXTERNAL_ID.bytes)
    sha1 = hashlib.sha1
    raw = bytearray().join(
        [
            sha1(prefixes[by_id] + name, usedforsecurity=False).digest()[:16]
            for by_id, name in zip(keyed.to_pylist(), names, strict=True)
        ]
    )
    # The version and the variant of every id in two strides.
    raw[6::16] = raw[6::16].translate(bytes(byte & 0x0F | 0x50 for byte in range(256)))
    raw[8::16] = raw[8::16].translate(bytes(byte & 0x3F | 0x80 for byte in range(256)))
    digits = pa.py_buffer(raw.hex().encode())
    offsets = pa.array(range(0, 32 * len(names) + 1, 32), pa.int64())
    return pa.LargeStringArray.from_buffers(len(names), offsets.buffers()[1], digits)


class _Check:
    """The problems found so far; each cell has one at most."""

    def __init__(self, rows: int) -> None:
        self._rows = rows
        self.problems: list[tuple[int, str, str]] = []

    def text(self, name: str, column: pa.Array) -> pa.Array:
        """Return a column as texts; cells that are none become null."""
        texts, invalid = _decoded(column, self._rows)
        rules = [(invalid, NO_UNICODE)]
        rules += [(predicate(texts), problem) for predicate, problem in _RULES[name]]
        self._note(name, rules)
        return texts

    def created_at(self, column: pa.Array) -> pa.Array:
        """Return a column as instants; cells that are none become null."""
        if not (pa.types.is_timestamp(column.type) or pa.types.is_date(column.type)):
            texts, invalid = _decoded(column, self._rows)
            moments = instants(texts)
            self._note(
                "created_at",
                [
                    (invalid, NO_UNICODE),
                    (_is_blank(texts), "is missing"),
                    (pc.and_(moments.unread, texts.is_valid()), "is not an ISO 8601 date or time"),
                    (moments.outside, OUT_OF_RANGE),
                ],
            )
            return moments.values
        moments = instants(column)
        self._note(
            "created_at", [(column.is_null(), "is missing"), (moments.outside, OUT_OF_RANGE)]
        )
        return moments.values

    def _note(self, name: str, rules: list[tuple[pa.Array, str]]) -> None:
        noted: set[int] = set()
        for mask, problem in rules:
            for index in pc.indices_nonzero(pc.fill_null(mask, False)).to_pylist():
                if index not in noted:
                    noted.add(index)
                    self.problems.append((index, name, problem))


def _column(raw: RawRows, name: str) -> pa.Array:
    if name not in raw.columns.schema.names:
        return pa.nulls(raw.columns.num_rows)
    column = raw.columns.column(name)
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _decoded(column: pa.Array, rows: int) -> tuple[pa.Array, pa.Array]:
    """Return a column as texts, and where it is not valid UTF-8; those cells become null."""
    if pa.types.is_integer(column.type):
        return column.cast(pa.large_string()), pa.repeat(False, rows)
    return decoded(column.cast(pa.large_binary()))


def _none_if_blank(texts: pa.Array) -> pa.Array:
    return pc.if_else(_is_blank(texts), pa.scalar(None, texts.type), texts)


def _is_blank(texts: pa.Array) -> pa.Array:
    return pc.or_kleene(texts.is_null(), pc.equal(pc.utf8_trim_whitespace(texts), ""))


def _is_null(texts: pa.Array) -> pa.Array:
    return texts.is_null()


def _holds_nul(texts: pa.Array) -> pa.Array:
    return pc.match_substring(texts, "\0")


def _is_too_long(texts: pa.Array) -> pa.Array:
    return pc.greater(pc.binary_length(texts), MOST_INDEXED_BYTES)


def _is_no_address(texts: pa.Array) -> pa.Array:
    # One @ with something on both sides, and neither space nor control character.
    return pc.invert(pc.match_substring_regex(texts, r"^[^@\s\pZ\pC]+@[^@\s\pZ\pC]+$"))


def _is_no_status(texts: pa.Array) -> pa.Array:
    known = pc.is_in(texts, value_set=pa.array(POST_STATUSES, pa.large_string()))
    return pc.invert(pc.or_(known, _is_blank(texts)))


_BLANK = (_is_blank, "is missing")
_NUL = (_holds_nul, "holds a NUL character")
_LONG = (_is_too_long, f"is longer than {MOST_INDEXED_BYTES:,} bytes")
_RULES: dict[str, tuple[tuple[Callable[[pa.Array], pa.Array], str], ...]] = {
    "author_email": (_BLANK, _NUL, (_is_no_address, "is not an e-mail address"), _LONG),
    "author_name": (_BLANK, _NUL),
    "title": (_BLANK, _NUL, _LONG),
    "content": ((_is_null, "is missing"), _NUL),
    "category": (_NUL, _LONG),
    "status": ((_is_no_status, f"is none of {', '.join(POST_STATUSES)}"),),
    "external_id": (_NUL,),
}
