"""A report as a workbook: a sheet for each table, with formats and charts of its own.

Texts of the database are written as texts: none becomes a formula, a link or a number.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

import pyarrow as pa

from echo_analytics.errors import MissingExtra
from echo_analytics.plots.template import palette
from echo_analytics.reports.formats.html import notice, origin, subtitle
from echo_analytics.reports.formats.styles import Styles

if TYPE_CHECKING:
    from echo_analytics.reports.fetching import Fetched
    from echo_analytics.reports.section import Part

# Any: xlsxwriter has no types.
Book = Any
Sheet = Any

_LONGEST_TEXT = 32_767
_LONGEST_NAME = 31
_MOST_ROWS = 1_048_000
_WIDEST = 60
_SCALED = {"author_retention": "rate", "posting_heatmap": "total_posts"}
_SHEETS_OF_CHARTS = 40


@dataclass(frozen=True, slots=True)
class Chart:
    """The chart of a sheet.

    Parameters
    ----------
    kind
        As xlsxwriter calls it.
    categories
        The column that names the values.
    values
        The columns that are drawn.
    stacked
        Whether they stand on each other.
    """

    kind: Literal["line", "column", "bar"]
    categories: str
    values: tuple[str, ...]
    stacked: bool = False


CHARTS = {
    "posts_over_time": Chart("column", "bucket", ("total_posts",)),
    "daily_posts": Chart("column", "date", ("total_posts",)),
    "post_anomalies": Chart("line", "date", ("total_posts", "expected")),
    "category_summary": Chart("bar", "category", ("total_posts", "total_posts_previous")),
    "top_authors": Chart("bar", "author_name", ("total_posts",)),
    "user_stats": Chart("bar", "user_name", ("total_posts",)),
    "author_lifecycle": Chart(
        "column",
        "bucket",
        ("new_authors", "returning_authors", "resurrected_authors"),
        stacked=True,
    ),
    "stickiness": Chart("line", "date", ("daily_active", "weekly_active", "monthly_active")),
    "search_terms": Chart("bar", "term", ("total_posts", "total_posts_previous")),
    "publishing_funnel": Chart("bar", "step_name", ("users",)),
}
"""The chart of a sheet by the analysis that its rows are from."""


def workbook(report: Fetched) -> bytes:
    """Return a report as an XLSX file; the same report gives the same bytes.

    Raises
    ------
    MissingExtra
        xlsxwriter is not installed.
    """
    try:
        import xlsxwriter
    except ImportError:
        raise MissingExtra("xlsxwriter", "report") from None
    stream = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(stream, options) as book:
        book.set_properties({"title": report.title, "created": _naive(report.as_of)})
        styles = Styles(book)
        front = book.add_worksheet("Report")
        names = {part.section.name: _sheet_name(part) for part in report.parts}
        for part in report.parts:
            if part.table is not None:
                _sheet(book, book.add_worksheet(names[part.section.name]), part, styles)
        _front(front, report, names, styles)
    return stream.getvalue()


def charts(report: Fetched) -> int:
    """Return how many charts the workbook of a report has."""
    return sum(_chart_of(part) is not None for part in report.parts)


def sheets(report: Fetched) -> int:
    """Return how many sheets the workbook of a report has."""
    return 1 + sum(part.table is not None for part in report.parts)


def _front(sheet: Sheet, report: Fetched, names: dict[str, str], styles: Styles) -> None:
    sheet.set_column(0, 0, 110, styles.wrapped)
    sheet.hide_gridlines(2)
    # On paper it is as wide as a page.
    sheet.fit_to_pages(1, 0)
    sheet.write_string(0, 0, report.title, styles.title)
    lines = [subtitle(report), notice(report), origin(report), "Instants are in UTC."]
    row = 1
    for line in filter(None, lines):
        sheet.write_string(row, 0, _text(line), styles.quiet)
        row += 1
    for part in report.parts:
        row += 1
        heading = _text(part.section.heading)
        if part.table is None:
            sheet.write_string(row, 0, heading, styles.bold)
        else:
            place = f"internal:'{names[part.section.name]}'!A1"
            sheet.write_url(row, 0, place, styles.link, heading)
        row += 1
        for sentence in part.sentences:
            sheet.write_string(row, 0, _text(sentence), styles.wrapped)
            row += 1


def _sheet(book: Book, sheet: Sheet, part: Part, styles: Styles) -> None:
    table: pa.Table = part.table.slice(0, _MOST_ROWS)  # type: ignore[union-attr]  # asked for before
    for number, field in enumerate(table.schema):
        cells = [cell_of(value) for value in table.column(number).to_pylist()]
        style, cells = styles.of(field), _spelt(part, field.name, cells)
        heading = _heading(field)
        sheet.write_string(0, number, heading, styles.heading)
        for row, cell in enumerate(cells, 1):
            # Among the key figures are numbers of posts, and means.
            whole = (
                part.section.asks == "overview" and isinstance(cell, float) and cell == int(cell)
            )
            chosen = styles.count if whole and style is styles.number else style
            _write(sheet, row, number, cell, chosen)
        widest = max((_width(cell) for cell in cells[:1_000]), default=0)
        sheet.set_column(number, number, min(max(len(heading), widest) + 2, _WIDEST))
    sheet.freeze_panes(1, 0)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    if not table.num_rows:
        sheet.write_string(1, 0, "No data", styles.quiet)
        return
    sheet.autofilter(0, 0, table.num_rows, len(table.schema) - 1)
    _scale(sheet, part, table)
    if (chart := _chart_of(part)) is not None:
        _draw(book, sheet, part, chart, table)


# Any: whatever cells hold.
def _spelt(part: Part, column: str, cells: list[Any]) -> list[Any]:
    """Return cells with words for what is a name of ours, or stands for all."""
    if (part.section.asks, column) == ("overview", "metric"):
        return [_words(str(cell)) for cell in cells]
    if (part.section.asks, column) == ("author_retention", "cohort"):
        return ["All (mean)" if cell is None else cell for cell in cells]
    return cells


# Any: whatever a cell holds.
def _write(sheet: Sheet, row: int, column: int, cell: Any, style: Any) -> None:  # noqa: ANN401
    if cell is None:
        return
    if isinstance(cell, str):
        sheet.write_string(row, column, cell, style)
    elif isinstance(cell, int | float):
        sheet.write_number(row, column, cell, style)
    else:
        sheet.write_datetime(row, column, cell, style)


def cell_of(value: object) -> object:
    """Return a value as a cell can have it: naive in UTC, a text not too long."""
    if isinstance(value, datetime):
        return _naive(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return _text(", ".join(str(each) for each in value))
    return _text(value) if isinstance(value, str) else value


def _naive(value: datetime) -> datetime:
    return value.astimezone(UTC).replace(tzinfo=None, microsecond=0)


def _text(value: str) -> str:
    """Return a text as XML can have it, and no longer than a cell may be."""
    clean = value.translate({0xFFFE: "\ufffd", 0xFFFF: "\ufffd"})
    return clean if len(clean) <= _LONGEST_TEXT else clean[: _LONGEST_TEXT - 1] + "…"


def _heading(field: pa.Field) -> str:
    zone = " (UTC)" if pa.types.is_timestamp(field.type) else ""
    return f"{_words(field.name)}{zone}"


def _words(name: str) -> str:
    words = name.replace("_", " ")
    return f"{words[:1].upper()}{words[1:]}"


def _width(cell: object) -> int:
    if isinstance(cell, datetime):
        return 19
    return (
        len(f"{cell:,}")
        if isinstance(cell, int)
        else min(len(str(cell)), 24)
        if (isinstance(cell, float))
        else len(str(cell or ""))
    )


def _sheet_name(part: Part) -> str:
    return part.section.name[:_LONGEST_NAME]


def _scale(sheet: Sheet, part: Part, table: pa.Table) -> None:
    column = _SCALED.get(part.section.asks)
    if column in table.column_names:
        number = table.column_names.index(column)
        colours = {"type": "2_color_scale", "min_color": "#FFFFFF", "max_color": "#56B4E9"}
        sheet.conditional_format(1, number, table.num_rows, number, colours)


def _chart_of(part: Part) -> Chart | None:
    chart = CHARTS.get(part.section.asks)
    if chart is None or part.table is None or not part.table.num_rows:
        return None
    known = part.table.column_names
    return chart if {chart.categories, *chart.values} <= set(known) else None


def _draw(book: Book, sheet: Sheet, part: Part, chart: Chart, table: pa.Table) -> None:
    last = min(table.num_rows, _SHEETS_OF_CHARTS if chart.kind == "bar" else table.num_rows)
    columns, name = table.column_names, sheet.get_name()
    drawn = book.add_chart(
        {"type": chart.kind, **({"subtype": "stacked"} if chart.stacked else {})}
    )
    colours = _colours()
    for number, value in enumerate(chart.values):
        place, first = columns.index(value), columns.index(chart.categories)
        colour = {"color": colours[number % len(colours)]}
        drawn.add_series(
            {
                "name": [name, 0, place],
                "categories": [name, 1, first, last, first],
                "values": [name, 1, place, last, place],
                ("line" if chart.kind == "line" else "fill"): colour,
            }
        )
    drawn.set_title({"name": part.section.heading, "name_font": {"size": 12}})
    drawn.set_legend({"none": True} if len(chart.values) == 1 else {"position": "bottom"})
    if chart.kind == "bar":
        drawn.set_y_axis({"reverse": True})
    elif pa.types.is_date(table.schema.field(chart.categories).type):
        # On an axis of dates a column is one day wide, whatever it stands for.
        axis = "text_axis" if chart.kind == "column" else "date_axis"
        drawn.set_x_axis({axis: True, "num_format": "d mmm yyyy"})
    drawn.set_size({"width": 720, "height": 360})
    sheet.insert_chart(1, len(columns) + 1, drawn)


def _colours() -> tuple[str, ...]:
    colours = palette("light")
    return (colours.published, colours.accent, *colours.others)
