"""A report as a PDF document: the charts as pictures, and tables, on A4."""

from __future__ import annotations

import base64
import logging
from html import escape
from importlib.resources import files
from string import Template
from typing import TYPE_CHECKING, Any

from echo_analytics.errors import MissingExtra, NotSupported
from echo_analytics.plots.template import FONTS
from echo_analytics.reports.formats.html import notice, origin, people_table, subtitle

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from echo_analytics.reports.fetching import Fetched
    from echo_analytics.reports.section import Part

_ROWS_BESIDE_A_CHART = 12

# It says at length which of the styles of web pages it leaves out.
logging.getLogger("weasyprint").addHandler(logging.NullHandler())


def document(report: Fetched, charts: Mapping[str, Path]) -> bytes:
    """Return a report as a PDF.

    Parameters
    ----------
    report
        What was fetched.
    charts
        The pictures by section; every one is in the document.

    Raises
    ------
    MissingExtra
        weasyprint is not installed.
    NotSupported
        The libraries that it needs are missing.
    """
    weasyprint = load()
    fetcher = weasyprint.urls.URLFetcher(allowed_protocols={"data"}, fail_on_errors=True)
    page = weasyprint.HTML(string=_page(report, charts), url_fetcher=fetcher)
    made: bytes = page.write_pdf()
    return made


# Any: the module has no types.
def load() -> Any:  # noqa: ANN401
    """Return weasyprint, ready for use."""
    try:
        import weasyprint
    except ImportError:
        raise MissingExtra("weasyprint", "report") from None
    except OSError as error:
        reason = str(error).partition("\n")[0]
        raise NotSupported(
            f"PDF needs the libraries of Pango ({reason}): install libpango and libpangoft2, or "
            "choose other formats with --format"
        ) from None
    return weasyprint


def _page(report: Fetched, charts: Mapping[str, Path]) -> str:
    template = files("echo_analytics.reports.formats").joinpath("document.html")
    running = f"{report.title}, {report.period.words}".replace("\\", "\\\\").replace('"', '\\"')
    return Template(template.read_text("utf-8")).substitute(
        fonts=FONTS,
        title=escape(report.title),
        running=" ".join(running.split()).replace("<", "\\3C "),
        subtitle=_paragraph("subtitle", subtitle(report)),
        notice=_paragraph("notice", notice(report)),
        sections="\n".join(_section(part, charts) for part in report.parts),
        footer=escape(origin(report)),
    )


def _section(part: Part, charts: Mapping[str, Path]) -> str:
    name = part.section.name
    said = "".join(_paragraph("sentence", sentence) for sentence in part.sentences)
    chart = _image(charts[name], part.section.heading) if name in charts else ""
    few = part.table is not None and part.table.num_rows <= _ROWS_BESIDE_A_CHART
    table = people_table(part) if few or not chart else None
    shown = f'<div class="table">{table}</div>' if table else ""
    return f"<section><h2>{escape(part.section.heading)}</h2>{said}{chart}{shown}</section>"


def _paragraph(kind: str, text: str) -> str:
    return f'<p class="{kind}">{escape(text)}</p>' if text else ""


def _image(path: Path, alt: str) -> str:
    content = base64.b64encode(path.read_bytes()).decode()
    return f'<img class="chart" src="data:image/png;base64,{content}" alt="{escape(alt)}">'
