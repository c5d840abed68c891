"""Writing the files of a report, each checked as soon as it is there."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from echo_analytics.arguments import choice
from echo_analytics.errors import InvalidInput, MissingExtra
from echo_analytics.reports import checks
from echo_analytics.reports.formats import document as documents
from echo_analytics.reports.formats import pictures, workbook
from echo_analytics.reports.formats.data import write_data
from echo_analytics.reports.formats.html import report_page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from echo_analytics.reports.fetching import Fetched
    from echo_analytics.reports.progress import Progress

FORMATS = ("html", "pdf", "xlsx", "parquet", "csv", "png")
"""What a report can be written as."""

STANDARD = ("html", "pdf", "xlsx", "parquet", "csv")
"""What it is written as where nothing is said."""


_APART = ".charts"


def chosen(formats: Iterable[str] | None) -> tuple[str, ...]:
    """Return the formats asked for, each once and in the order of `FORMATS`; None is `STANDARD`.

    Raises
    ------
    InvalidInput
        One is unknown, or there is none.
    """
    asked = (
        [formats] if isinstance(formats, str) else list(STANDARD if formats is None else formats)
    )
    for each in asked:
        choice("format", each, FORMATS)
    if not asked:
        raise InvalidInput("format", f"needs one of {', '.join(FORMATS)}")
    return tuple(name for name in FORMATS if name in asked)


def check_tools(formats: tuple[str, ...]) -> None:
    """Raise where what the formats need is not on this machine, before anything is made.

    Raises
    ------
    MissingExtra
        A package is missing.
    NotSupported
        Chromium or a library is missing.
    """
    modules = {"html": ("great_tables",), "pdf": ("great_tables",), "xlsx": ("xlsxwriter",)}
    for module in (name for each in formats for name in modules.get(each, ())):
        _check_module(module)
    if {"pdf", "png"} & set(formats):
        _check_module("kaleido")
        pictures.browser_path()
    if "pdf" in formats:
        documents.load()


def write_files(
    report: Fetched, folder: Path, formats: tuple[str, ...], progress: Progress
) -> Mapping[str, str]:
    """Write a report in each of the formats, and check what was written.

    Returns
    -------
    dict
        What the pictures show, by name of the file.

    Raises
    ------
    ReportIncomplete
        Something is missing in a file.
    """
    drawn = [part for part in report.parts if part.has_figure]
    charts: Mapping[str, Path] = {}
    # Not in a place of its own: what a killed process leaves is swept up with the folder.
    there = folder / (pictures.FOLDER if "png" in formats else _APART)
    if {"pdf", "png"} & set(formats):
        charts = pictures.pictures(drawn, there)
        checks.check_pictures(charts)
    for name in formats:
        progress.step(_TITLES[name])
        if name in _WRITERS:
            _WRITERS[name](report, folder, charts)
    if there.name == _APART:
        shutil.rmtree(there, ignore_errors=True)
    if "png" not in formats:
        return {}
    return {f"{pictures.FOLDER}/{part.section.name}.png": part.section.heading for part in drawn}


def _check_module(name: str) -> None:
    from importlib.util import find_spec

    if find_spec(name) is None:
        raise MissingExtra(name, "report")


def _html(report: Fetched, folder: Path, charts: Mapping[str, Path]) -> None:
    del charts
    page = report_page(report)
    (folder / "report.html").write_text(page, "utf-8")
    checks.check_html(report, page)


def _pdf(report: Fetched, folder: Path, charts: Mapping[str, Path]) -> None:
    made = documents.document(report, charts)
    (folder / "report.pdf").write_bytes(made)
    checks.check_document(made, len(charts))


def _xlsx(report: Fetched, folder: Path, charts: Mapping[str, Path]) -> None:
    del charts
    made = workbook.workbook(report)
    (folder / "report.xlsx").write_bytes(made)
    checks.check_workbook(made, workbook.sheets(report), workbook.charts(report))


def _parquet(report: Fetched, folder: Path, charts: Mapping[str, Path]) -> None:
    del charts
    write_data(report, folder, "parquet")
    checks.check_data(report, folder, "parquet")


def _csv(report: Fetched, folder: Path, charts: Mapping[str, Path]) -> None:
    del charts
    write_data(report, folder, "csv")
    checks.check_data(report, folder, "csv")


_WRITERS: Mapping[str, Callable[[Fetched, Path, Mapping[str, Path]], None]] = {
    "html": _html,
    "pdf": _pdf,
    "xlsx": _xlsx,
    "parquet": _parquet,
    "csv": _csv,
}
_TITLES = {
    "html": "HTML",
    "pdf": "PDF",
    "xlsx": "XLSX",
    "parquet": "Parquet",
    "csv": "CSV",
    "png": "pictures",
}
