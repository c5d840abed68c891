"""Preferences in a column, as JSON of the application's form."""

from __future__ import annotations

import itertools
import json
from functools import lru_cache

import pyarrow as pa
import pyarrow.compute as pc

from echo_analytics.bulk.cells import TEXT, Cells, is_empty, is_text, plain, texts
from echo_analytics.errors import InvalidInput
from echo_analytics.models import UserPreferences

_THEMES = pa.array(["light", "dark"], TEXT)
_NO_PREFERENCES = (
    'needs {"theme": "light" | "dark", "notifications": {"email": bool, "push": bool}}'
)


def preferences(column: pa.Array) -> Cells:
    """Return preferences as JSON, from JSON or from structures; JSON null is null."""
    if is_empty(column):
        return Cells(pa.nulls(len(column), TEXT))
    if pa.types.is_struct(column.type):
        return _of_structures(column)
    found = texts(column)
    # Many share the same preferences: each is looked at once.
    encoded = found.values.dictionary_encode()
    written = [None if text is None else _written(text) for text in encoded.dictionary.to_pylist()]
    values = pa.array(written, TEXT).take(encoded.indices)
    nothing = pc.match_substring_regex(found.values, r"^\s*null\s*\z")
    wrong = pc.and_(pc.and_(found.values.is_valid(), values.is_null()), pc.invert(nothing))
    return Cells(values, [*found.problems, (wrong, _NO_PREFERENCES)])


def as_json(told: UserPreferences) -> str:
    """Return preferences as the application writes them, without spaces."""
    return json.dumps(told.model_dump(), separators=(",", ":"))


_ALL = pa.array(
    [
        as_json(UserPreferences(theme=theme, notifications={"email": email, "push": push}))  # type: ignore[arg-type]  # checked there
        for theme, email, push in itertools.product(("light", "dark"), *[(False, True)] * 2)
    ],
    TEXT,
)


@lru_cache(maxsize=1024)
def _written(text: str) -> str | None:
    try:
        return as_json(UserPreferences.model_validate_json(text))
    except InvalidInput:
        return None


def _of_structures(column: pa.Array) -> Cells:
    members, others = _members(column, ("theme", "notifications"))
    inner, more = _members(members["notifications"], ("email", "push"))
    shape = pc.index_in(_text(members["theme"]), value_set=_THEMES)
    for name in ("email", "push"):
        told = pc.if_else(_boolean(inner[name]), 1, 0)
        shape = pc.add(pc.multiply(shape, 2), told)
    shape = pc.if_else(pc.or_(others, more), pa.scalar(None, shape.type), shape)
    values = _ALL.take(shape)
    return Cells(values, [(pc.and_(column.is_valid(), values.is_null()), _NO_PREFERENCES)])


def _members(column: pa.Array, names: tuple[str, ...]) -> tuple[dict[str, pa.Array], pa.Array]:
    """Return the members of structures with these names, and where there are others."""
    found: dict[str, pa.Array] = {}
    if pa.types.is_struct(column.type):
        parts = zip(column.type, column.flatten(), strict=True)
        found = {member.name: plain(part) for member, part in parts}
    wanted = {name: found.pop(name, pa.nulls(len(column))) for name in names}
    others = pa.repeat(False, len(column))
    for part in found.values():
        others = pc.or_(others, part.is_valid())
    return wanted, others


def _text(part: pa.Array) -> pa.Array:
    return part.cast(TEXT) if is_text(part.type) else pa.nulls(len(part), TEXT)


def _boolean(part: pa.Array) -> pa.Array:
    return part if pa.types.is_boolean(part.type) else pa.nulls(len(part), pa.bool_())
