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
    from collections.abc import Iterator, Sequence

    import plotly.graph_objects as go

    from echo_analytics.plots import Theme
    from echo_analytics.plots.columns import Frame

_SECTION = """\
<section aria-labelledby="heading-$number">
<h2 id="heading-$number">$heading</h2>
<div id="sentence-$number">$sentences</div>
$card
</section>"""
_CHART = """\
<div class="chart" role="img" aria-labelledby="heading-$number" aria-describedby="sentence-$number">
$chart
</div>
"""
_FOLDED = """\
<details>
<summary>$summary</summary>
$table
</details>
"""
_TABLE = """\
<div class="scroll" role="region" aria-label="Numbers: $heading" tabindex="0">
$table
</div>"""
_FOOTER = "This page is one file and loads nothing from a network."

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


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a page, ready to be put into it.

    Attributes
    ----------
    heading
        What it is about, as text.
    sentences
        What is said of it, as text.
    figure
        The chart; None for none.
    table
        HTML; None for none. Beside a chart it is folded away.
    summary
        What stands for a table that is folded away, as text.
    """

    heading: str
    sentences: Sequence[str]
    figure: go.Figure | None = None
    table: str | None = None
    summary: str = "The numbers"


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
    return assembled([_block(part) for part in sections], title, subtitle, theme=theme)


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


def assembled(
    blocks: Sequence[Block],
    title: str,
    subtitle: str,
    *,
    notice: str = "",
    footer: str = _FOOTER,
    theme: Theme = "light",
) -> str:
    """Return a page of parts that are ready; the texts are escaped here.

    Parameters
    ----------
    blocks
        The parts, in order.
    title, subtitle, footer
        What stands at the top and at the end.
    notice
        What everybody has to see first.
    theme
        "light" or "dark".
    """
    palette(theme)
    return _template().substitute(
        theme=theme,
        fonts=FONTS,
        title=escape(title),
        subtitle=_paragraph("subtitle", subtitle),
        notice=_paragraph("notice", notice),
        links=_links(blocks),
        sections="\n".join(_sections(blocks)),
        footer=escape(footer),
    )


def _template() -> Template:
    return Template(files("echo_analytics.reports").joinpath("page.html").read_text("utf-8"))


def _paragraph(kind: str, text: str) -> str:
    return f'<p class="{kind}">{escape(text)}</p>' if text else ""


def _links(blocks: Sequence[Block]) -> str:
    if len(blocks) < 2:
        return ""
    items = "\n".join(
        f'<li><a href="#heading-{number}">{escape(block.heading)}</a></li>'
        for number, block in enumerate(blocks, 1)
    )
    return f'<nav aria-label="Sections">\n<ol>\n{items}\n</ol>\n</nav>'


def _block(part: Section) -> Block:
    table = to_arrow(part.table)
    shown = min(table.num_rows, _TABLE_ROWS)
    some = f"The first {shown} of {table.num_rows:,} rows"
    return Block(
        part.heading,
        (part.sentence,),
        part.figure,
        html_table(table.slice(0, _TABLE_ROWS)),
        some if shown < table.num_rows else "The numbers",
    )


def _sections(blocks: Sequence[Block]) -> Iterator[str]:
    has_library = False
    for number, block in enumerate(blocks, 1):
        yield Template(_SECTION).substitute(
            number=number,
            heading=escape(block.heading),
            sentences="".join(_paragraph("sentence", each) for each in block.sentences),
            card=_card(number, block, library=not has_library),
        )
        has_library = has_library or block.figure is not None


def _card(number: int, block: Block, *, library: bool) -> str:
    inner = ""
    if block.figure is not None:
        inner = Template(_CHART).substitute(
            number=number, chart=_chart(number, block.figure, library=library)
        )
    if block.table is not None:
        table = Template(_TABLE).substitute(heading=escape(block.heading), table=block.table)
        folded = Template(_FOLDED).substitute(summary=escape(block.summary), table=table)
        inner += folded if block.figure is not None else table
    return f'<div class="card">\n{inner}</div>' if inner else ""


def _chart(number: int, figure: go.Figure, *, library: bool) -> str:
    html: str = figure.to_html(
        config=CONFIG,
        full_html=False,
        include_plotlyjs=library,
        include_mathjax=False,
        div_id=f"chart-{number}",
    )
    return html
