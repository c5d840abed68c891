"""What is checked before a report is published: nothing may have been lost on the way."""

from __future__ import annotations

import csv
import io
import re
import zipfile
import zlib
from typing import TYPE_CHECKING, Literal
from xml.etree import ElementTree as ET

from pyarrow import parquet

from echo_analytics.errors import EchoError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import plotly.graph_objects as go

    from echo_analytics.reports.fetching import Fetched

_DATA = ("x", "y", "z", "values", "value", "text", "cells")
_FEW_COLOURS = 8
_PACKED = re.compile(rb"/ObjStm\b.*?stream\r?\n(.*?)endstream", re.DOTALL)


class ReportIncomplete(EchoError):  # noqa: N818 - it is the report that is
    """Something of a report was lost while it was made; nothing was published."""


def check_rows(report: Fetched) -> None:
    """Check what was fetched: columns as declared, and data in every figure that has rows.

    Raises
    ------
    ReportIncomplete
        A column is missing, there are no rows for a section, or a figure shows nothing.
    """
    for part in report.parts:
        if part.table is None:
            continue
        if not part.table.column_names:
            raise ReportIncomplete(f"the section {part.section.name} has no columns")
        if part.has_figure and part.table.num_rows and not _has_data(part.figure()):
            raise ReportIncomplete(f"the figure of the section {part.section.name} shows nothing")


def check_html(report: Fetched, page: str) -> None:
    """Check that a page has the charts and the headings of a report.

    Raises
    ------
    ReportIncomplete
        There are more or fewer.
    """
    charts = page.count('class="plotly-graph-div"')
    if charts != figures(report):
        raise ReportIncomplete(f"the page has {charts} charts instead of {figures(report)}")
    sections = page.count("<section aria-labelledby=")
    if sections != len(report.parts):
        raise ReportIncomplete(f"the page has {sections} sections instead of {len(report.parts)}")


def figures(report: Fetched) -> int:
    """Return how many figures a report has."""
    return sum(part.has_figure for part in report.parts)


def _has_data(figure: go.Figure) -> bool:
    return any(_is_filled(trace) for trace in figure.data)


def _is_filled(trace: object) -> bool:
    for name in _DATA:
        # Not every kind of trace has every one.
        try:
            value = trace[name]  # type: ignore[index]  # plotly has no types
        except (KeyError, ValueError, TypeError):
            continue
        if value is not None and (not hasattr(value, "__len__") or len(value)):
            return True
    return False


def check_pictures(pictures: Mapping[str, Path]) -> None:
    """Check that every picture is there and shows something: more than one colour.

    Raises
    ------
    ReportIncomplete
        One is missing or blank.
    """
    from PIL import Image

    for name, path in pictures.items():
        if not path.exists():
            raise ReportIncomplete(f"the picture of the section {name} is missing")
        with Image.open(path) as image:
            colours = image.convert("RGB").getcolors(_FEW_COLOURS)
        if colours is not None:
            raise ReportIncomplete(f"the picture of the section {name} is blank")


def check_document(content: bytes, charts: int) -> None:
    """Check that a PDF has pages, and as many pictures as there are charts.

    Raises
    ------
    ReportIncomplete
        It has fewer, or is no PDF.
    """
    if not content.startswith(b"%PDF-") or not _pages(content):
        raise ReportIncomplete("the PDF has no pages")
    # One for the colours; transparency has a picture of its own.
    found = len(re.findall(rb"/Subtype\s*/Image\b", content))
    found -= len(re.findall(rb"/SMask\s+\d+", content))
    if found != charts:
        raise ReportIncomplete(f"the PDF has {found} charts instead of {charts}")


def check_workbook(content: bytes, sheets: int, charts: int) -> None:
    """Check that a workbook can be read, and has its sheets and charts and no formula.

    Raises
    ------
    ReportIncomplete
        It has not.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = archive.namelist()
        pages = [name for name in names if name.startswith("xl/worksheets/sheet")]
        drawn = [name for name in names if name.startswith("xl/charts/chart")]
        formulas = [name for name in pages if b"<f>" in archive.read(name)]
        for name in names:
            if name.endswith((".xml", ".rels")):
                ET.fromstring(archive.read(name))  # noqa: S314 - written by ourselves
    if (len(pages), len(drawn)) != (sheets, charts):
        raise ReportIncomplete(
            f"the workbook has {len(pages)} sheets and {len(drawn)} charts instead of {sheets} "
            f"and {charts}"
        )
    if formulas:
        raise ReportIncomplete("the workbook has formulas, and should have none")


def check_data(report: Fetched, folder: Path, wanted: Literal["parquet", "csv"]) -> None:
    """Check that every file of data has the rows and the columns of its table.

    Raises
    ------
    ReportIncomplete
        One has not.
    """
    for part in report.parts:
        if part.table is None:
            continue
        path = folder / "data" / f"{part.section.name}.{wanted}"
        if wanted == "parquet":
            read = parquet.read_table(path)
            same = read.schema.equals(part.table.schema) and read.num_rows == part.table.num_rows
        else:
            head = path.read_bytes().partition(b"\n")[0]
            same = next(csv.reader([head.decode()])) == part.table.column_names
        if not same:
            raise ReportIncomplete(f"{path.name} does not have the rows of its section")


def _pages(content: bytes) -> int:
    """Return how many pages a PDF has, whose objects may be compressed."""
    packed = (match[1] for match in re.finditer(_PACKED, content))
    objects = [content, *(zlib.decompress(each) for each in packed)]
    return sum(len(re.findall(rb"/Type\s*/Page\b", each)) for each in objects)
