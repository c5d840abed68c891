"""One self-contained HTML page of charts, with the numbers behind them."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

from echo_analytics.errors import InvalidInput
from echo_analytics.frames import to_arrow
from echo_analytics.output import replace_file
from echo_analytics.plots import CONFIG
from echo_analytics.plots.template import FONTS, palette
from echo_analytics.reports.table import html_table

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    import plotly.graph_objects as go

    from echo_analytics.plots import Theme
    from echo_analytics.plots.columns import Frame

_SECTION = """\
<section aria-labelledby="heading-$number">
<h2 id="heading-$number">$heading</h2>
<p class="sentence" id="sentence-$number">$sentence</p>
<div class="card">
<div class="chart" role="img" aria-labelledby="heading-$number" aria-describedby="sentence-$number">
$chart
</div>
<details>
<summary>$summary</summary>
<div class="scroll" role="region" aria-label="Numbers: $heading" tabindex="0">
$table
</div>
</details>
</div>
</section>"""

_TABLE_ROWS = 20


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a page.

    Attributes
    ----------
    heading
        What it is about.
    sentence
        What the chart shows.
    figure
        The chart.
    table
        The numbers behind it: an Arrow table, or a pandas or polars frame. The page shows its
        first 20 rows, without columns of ids.
    """

    heading: str
    sentence: str
    figure: go.Figure
    table: Frame


def page(
    sections: Sequence[Section], *, title: str, subtitle: str = "", theme: Theme = "light"
) -> str:
    """Return a page of charts as one HTML text that needs no network.

    Every text is shown as it is written. The same arguments give the same page.

    Parameters
    ----------
    sections
        The parts, in order.
    title, subtitle
        What stands at the top.
    theme
        "light" or "dark": the surroundings; the figures have their own.

    Returns
    -------
    str
        HTML with plotly.js, some 5 MB. Its content security policy forbids requests.

    Raises
    ------
    InvalidInput
        There is no such theme.

    Examples
    --------
    >>> page([], title="Posts")[:15]
    '<!doctype html>'
    """
    palette(theme)
    return _template().substitute(
        theme=theme,
        fonts=FONTS,
        title=escape(title),
        subtitle=f'<p class="subtitle">{escape(subtitle)}</p>' if subtitle else "",
        links=_links(sections),
        sections="\n".join(_section(number, part) for number, part in enumerate(sections, 1)),
    )


def write_page(
    path: str | os.PathLike[str],
    sections: Sequence[Section],
    *,
    title: str,
    subtitle: str = "",
    theme: Theme = "light",
) -> Path:
    """Write a page of charts to a file, which is complete or not there.

    Parameters
    ----------
    path
        The file; an older one is replaced in one step.
    sections, title, subtitle, theme
        As for `page`.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    InvalidInput
        The file cannot be written, or there is no such theme.

    Examples
    --------
    >>> write_page(folder / "posts.html", [], title="Posts").name
    'posts.html'
    """
    target = Path(path)
    if target.is_dir():
        raise InvalidInput("path", "is a folder, and needs a file")
    replace_file(target, page(sections, title=title, subtitle=subtitle, theme=theme).encode())
    return target


def _template() -> Template:
    return Template(files("echo_analytics.reports").joinpath("page.html").read_text("utf-8"))


def _links(sections: Sequence[Section]) -> str:
    if len(sections) < 2:
        return ""
    items = "\n".join(
        f'<li><a href="#heading-{number}">{escape(part.heading)}</a></li>'
        for number, part in enumerate(sections, 1)
    )
    return f'<nav aria-label="Charts">\n<ol>\n{items}\n</ol>\n</nav>'


def _section(number: int, part: Section) -> str:
    table = to_arrow(part.table)
    shown = min(table.num_rows, _TABLE_ROWS)
    some = f"The first {shown} of {table.num_rows:,} rows"
    return Template(_SECTION).substitute(
        number=number,
        heading=escape(part.heading),
        sentence=escape(part.sentence),
        chart=_chart(number, part.figure),
        summary=some if shown < table.num_rows else "The numbers",
        table=html_table(table.slice(0, _TABLE_ROWS)),
    )


def _chart(number: int, figure: go.Figure) -> str:
    html: str = figure.to_html(
        config=CONFIG,
        full_html=False,
        include_plotlyjs=number == 1,
        include_mathjax=False,
        div_id=f"chart-{number}",
    )
    return html
