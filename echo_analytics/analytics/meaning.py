"""Putting what a search found in order by what it means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from echo_analytics import semantic
from echo_analytics.queries.search import beginnings as queries
from echo_analytics.semantic import CANDIDATES, LONGEST_TEXT, Text

if TYPE_CHECKING:
    import pyarrow as pa

    from echo_analytics.source import Source


def by_meaning(source: Source[object], query: str, found: pa.Table) -> pa.Table:
    """Return the rows of a search with the best of them in the order of their mixed scores.

    Parameters
    ----------
    source
        Where their texts are.
    query
        What was looked for, without operators.
    found
        The rows with post_id, rank and score, best first. Those after the first 200 keep their
        order, and have scores below them.

    Returns
    -------
    pyarrow.Table
        The same rows and columns with new ranks and scores.
    """
    import pyarrow as pa

    if found.num_rows == 0:
        return found
    ids = found.column("post_id").to_pylist()
    scores = found.column("score").to_pylist()
    texts = _texts(source, ids[:CANDIDATES])
    head = semantic.mixed(query, [texts[id_] for id_ in ids[:CANDIDATES]], scores[:CANDIDATES])
    lowest = min(head)
    tail = [min(lowest, (1 - semantic.SHARE) * s / scores[0]) for s in scores[CANDIDATES:]]
    # Sorting is stable: equal scores keep the order they had, which ends in the id.
    order = sorted(range(len(head)), key=lambda place: -head[place])
    order += range(len(head), len(ids))
    mixed = [*head, *tail]
    rows = found.take(pa.array(order, pa.int64()))
    return replaced(rows, score=[mixed[place] for place in order], rank=range(1, len(ids) + 1))


def _texts(source: Source[object], ids: list[str]) -> dict[str, Text]:
    rows = source.arrow(queries.beginnings(ids, LONGEST_TEXT)).to_pylist()
    texts = {row["post_id"]: Text(row["title"], row["content"]) for row in rows}
    # A post can be gone by now.
    return {id_: texts.get(id_, Text("", "")) for id_ in ids}


def replaced(table: pa.Table, **columns: object) -> pa.Table:
    """Return ``table`` with other values in some columns, in the types they have."""
    import pyarrow as pa

    for name, values in columns.items():
        place = table.schema.get_field_index(name)
        field = table.schema.field(place)
        table = table.set_column(place, field, pa.array(values, field.type))
    return table
