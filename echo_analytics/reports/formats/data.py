"""The tables of a report as files of data: Parquet and CSV."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from echo_analytics.output import rendered

if TYPE_CHECKING:
    from pathlib import Path

    from echo_analytics.reports.fetching import Fetched

FOLDER = "data"


def write_data(report: Fetched, folder: Path, wanted: Literal["parquet", "csv"]) -> None:
    """Write a file for each section that has rows or could have.

    Parameters
    ----------
    report
        What was fetched.
    folder
        The folder of the run; the files go into ``data`` there.
    wanted
        What they are.
    """
    (folder / FOLDER).mkdir(exist_ok=True)
    for part in report.parts:
        if part.table is not None:
            path = folder / FOLDER / f"{part.section.name}.{wanted}"
            path.write_bytes(rendered(part.table, wanted))
