"""A report as one HTML page: interactive charts, the numbers behind them, no network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from echo_analytics.errors import MissingExtra
from echo_analytics.plots.text import day
from echo_analytics.reports.page import Block, assembled
from echo_analytics.reports.table import html_table

if TYPE_CHECKING:
    from echo_analytics.plots import Theme
    from echo_analytics.reports.fetching import Fetched
    from echo_analytics.reports.section import Part

_ROWS = 100


def report_page(report: Fetched, theme: Theme = "light") -> str:
    """Return a report as HTML; the same report gives the same text.

    Parameters
    ----------
    report
        What was fetched.
    theme
        "light" or "dark".
    """
    return assembled(
        [_block(part, theme) for part in report.parts],
        report.title,
        subtitle(report),
        notice=notice(report),
        footer=f"{origin(report)} This page is one file and loads nothing from a network.",
        theme=theme,
    )


def subtitle(report: Fetched) -> str:
    """Return the period and its zone."""
    words = report.period.words
    return f"{words[:1].upper()}{words[1:]}, days of {report.period.zone.key}"


def notice(report: Fetched) -> str:
    """Return what has to be known first: that the period is not over, where it is not."""
    said = report.period.notice(report.as_of)
    return f"{said} Totals are not compared with those of complete periods." if said else ""


def origin(report: Fetched) -> str:
    """Return where the numbers are from."""
    schema = f", schema {report.revision}" if report.revision else ""
    return (
        f"As of {day(report.as_of)}, {report.as_of:%H:%M} UTC; "
        f"PostgreSQL {report.server_version}{schema}."
    )


def people_table(part: Part, theme: Theme = "light") -> str | None:
    """Return the rows of a section as HTML; None where it has none, or none to show."""
    if part.table is None or not (part.table.num_rows or part.has_figure):
        return None
    made = part.shown(theme)
    if made is None:
        return html_table(part.table.drop_columns(list(part.section.hidden)).slice(0, _ROWS))
    try:
        if not part.has_figure:
            # The heading of the section says it, and a title is that of all rows, not of some.
            made = made.rm_header()
        text: str = made.as_raw_html()
    except ImportError:
        raise MissingExtra("great_tables", "report") from None
    return text


def _block(part: Part, theme: Theme) -> Block:
    return Block(
        part.section.heading,
        part.sentences,
        part.figure(theme) if part.has_figure else None,
        people_table(part, theme),
    )
