"""Some rows of a frame: one category out of a breakdown, some users of all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from echo_analytics.frames import to_arrow

if TYPE_CHECKING:
    from collections.abc import Callable

    from echo_analytics.queries.activity import Breakdown
    from echo_analytics.source import Source

F = TypeVar("F")

_GROUP = ["group_key", "group_kind", "group_label"]


# Any: the frames of two libraries.
def exact(frame: Any) -> pa.Table:  # noqa: ANN401
    """Return a frame as an Arrow table from which ``as_frame`` makes the same types again.

    pandas says of no column that it cannot have nulls; which whole numbers can have them decides
    about their dtype.
    """
    table = to_arrow(frame)
    said = table.schema.pandas_metadata
    for column in said["columns"] if said else ():
        place = table.schema.get_field_index(column["name"])
        if column["numpy_type"] == "int64" and place >= 0:
            field = table.schema.field(place).with_nullable(False)
            table = table.set_column(place, field, table.column(place))
    return table.replace_schema_metadata(None)


def in_category(
    source: Source[F],
    ask: Callable[[Breakdown | None, int], F],
    category_id: str,
    categories: int,
) -> F:
    """Return a series of the posts of one category, with the columns of one without breakdown.

    Parameters
    ----------
    source
        Whose frames they are.
    ask
        Gives the series with a breakdown, and with so many groups in it at the most.
    category_id
        The category.
    categories
        How many there are, so that each has a group of its own.
    """
    table = exact(ask("category", max(1, categories)))
    here = pc.and_(
        pc.equal(table["group_kind"], "value"), pc.equal(table["group_key"], category_id)
    )
    rows = table.filter(here)
    if rows.num_rows:
        return source.as_frame(rows.drop_columns(_GROUP))
    return source.as_frame(_without_posts(exact(ask(None, 1))))


def _without_posts(table: pa.Table) -> pa.Table:
    """The series of a category that no post of these days is in."""
    for place, field in enumerate(table.schema):
        column = table.column(place)
        if field.name.endswith("_relative_change"):
            column = pa.nulls(len(column), field.type)
        elif pa.types.is_integer(field.type) or pa.types.is_floating(field.type):
            nothing = pa.scalar(0, field.type)
            column = pc.if_else(pc.is_null(column), pa.scalar(None, field.type), nothing)
        table = table.set_column(place, field, column)
    return table
