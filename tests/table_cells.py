"""What stands in tables, read from their HTML, and frames with the texts that tables need."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pyarrow as pa

if TYPE_CHECKING:
    from great_tables import GT


def with_content(table: pa.Table, *texts: str) -> pa.Table:
    return table.append_column("content", pa.array(texts, pa.string()))


def with_snippets(table: pa.Table, *texts: str) -> pa.Table:
    return table.append_column("snippet", pa.array(texts, pa.string()))


def html(made: GT) -> str:
    return made.as_raw_html()


def rows(made: GT) -> list[list[str]]:
    """The cells of the body, without tags."""
    body = re.search(r"<tbody.*?</tbody>", html(made), re.DOTALL)
    assert body is not None
    return [
        [
            re.sub(r"<(title|/?[a-z])[^>]*>", "", re.sub(r"<svg.*?</svg>", "~", cell))
            .replace("\N{NO-BREAK SPACE}", " ")
            .strip()
            for cell in re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL)
        ]
        for row in re.findall(r"<tr>(.*?)</tr>", body[0], re.DOTALL)
    ]


def headings(made: GT) -> list[str]:
    return re.findall(r'scope="col"[^>]*>(.*?)</th>', html(made), re.DOTALL)


def notes(made: GT) -> list[str]:
    found = re.findall(r'gt_sourcenote".*?</td>', html(made), re.DOTALL)
    return [re.sub(r"^[^>]*>|<[^>]*>", "", note) for note in found]
