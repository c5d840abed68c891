"""Arrow tables as HTML tables for reading."""

from __future__ import annotations

from html import escape

import pyarrow as pa

from echo_analytics.output import cell_text

_LONGEST_TEXT = 160
_WIDE_FROM = 40
_ABSENT = '<td class="absent">–</td>'


def html_table(table: pa.Table) -> str:
    """Return a table as HTML, without the columns of ids, which tell a reader nothing.

    Numbers stand right-aligned with thousands separators, instants are in UTC, long texts are
    cut, and every text is shown as it is written.

    Examples
    --------
    >>> import pyarrow as pa
    >>> ">1,200</td>" in html_table(pa.table({"total_posts": [1200]}))
    True
    """
    shown = [field for field in table.schema if not _is_id(field.name)]
    heads = "".join(
        f'<th scope="col"{_class(field.type)}>{escape(_heading(field))}</th>' for field in shown
    )
    columns = [_cells(table.column(field.name)) for field in shown]
    rows = "\n".join(f"<tr>{''.join(cells)}</tr>" for cells in zip(*columns, strict=True))
    return f"<table>\n<thead><tr>{heads}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table>"


def _is_id(name: str) -> bool:
    return name == "id" or name.endswith("_id")


def _heading(field: pa.Field) -> str:
    words = str(field.name).replace("_", " ").strip()
    zone = " (UTC)" if pa.types.is_timestamp(field.type) else ""
    return words[:1].upper() + words[1:] + zone


def _class(kind: pa.DataType) -> str:
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        return ' class="number"'
    return ' class="fixed"' if pa.types.is_temporal(kind) else ""


def _cells(column: pa.ChunkedArray) -> list[str]:
    texts = [None if value is None else _text(value) for value in column.to_pylist()]
    long = any(text is not None and len(text) > _WIDE_FROM for text in texts)
    opening = '<td class="long">' if long else f"<td{_class(column.type)}>"
    return [_ABSENT if text is None else f"{opening}{escape(text)}</td>" for text in texts]


def _text(value: object) -> str:
    if not isinstance(value, str):
        return cell_text(value)
    if len(value) <= _LONGEST_TEXT:
        return value
    return value[: _LONGEST_TEXT - 1].rstrip() + "…"
