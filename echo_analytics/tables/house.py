"""The look of all tables, and how one is put together."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Literal

import pyarrow as pa

from echo_analytics.errors import MissingExtra
from echo_analytics.frames import to_pandas
from echo_analytics.plots.template import FONTS, palette
from echo_analytics.tables.cells import text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from great_tables import GT

    from echo_analytics.plots.template import Palette, Theme

NO_DATA = "No data"
_SPACE = "6px"
_FONTS = [name.strip(' "') for name in FONTS.split(",")]


@dataclass(frozen=True, slots=True)
class Column:
    """A column, ready to be shown.

    Attributes
    ----------
    heading
        Words; they are escaped.
    cells
        HTML; what comes from a database has been escaped.
    align
        Numbers stand to the right.
    """

    heading: str
    cells: Sequence[str]
    align: Literal["left", "right", "center"] = "right"


def table(
    name: str,
    title: str,
    subtitle: str,
    columns: Mapping[str, Column],
    *,
    theme: Theme,
    notes: Sequence[str] = (),
    close: bool = False,
) -> GT:
    """Return a table of these columns; one without rows says "No data".

    Parameters
    ----------
    name
        The analysis.
    title, subtitle, notes
        Words; they are escaped.
    columns
        By name, in order.
    theme
        The theme.
    close
        Whether columns stand close together, for there are many.

    Raises
    ------
    MissingExtra
        great_tables is not installed.
    """
    try:
        from echo_analytics.tables.kind import Table, html
    except ImportError:
        raise MissingExtra("great_tables", "tables") from None
    cells = {key: pa.array(column.cells, pa.string()) for key, column in columns.items()}
    # Its rules of style go by its id, so tables that differ may not share one.
    known = zlib.crc32("\0".join([title, subtitle, theme, *_all(columns), *notes]).encode())
    made: GT = Table(to_pandas(pa.table(cells)), id=f"echo-{name.replace('_', '-')}-{known:08x}")
    made = made.tab_header(
        html(f"<strong>{text(title)}</strong>"), html(text(subtitle)) if subtitle else None
    )
    made = made.cols_label({key: html(escape(column.heading)) for key, column in columns.items()})
    for side in ("left", "right", "center"):
        here = [key for key, column in columns.items() if column.align == side]
        made = made.cols_align(side, here) if here else made
    # The cells are HTML already; without this they would be escaped once more.
    made = made.fmt(str, columns=list(columns))
    empty = not len(next(iter(columns.values())).cells)
    for note in ([NO_DATA] if empty else []) + list(notes):
        made = made.tab_source_note(html(text(note)))
    return _dressed(made, palette(theme), "1px" if close else "5px")


def _all(columns: Mapping[str, Column]) -> list[str]:
    return [cell for column in columns.values() for cell in (column.heading, *column.cells)]


def _dressed(made: GT, colours: Palette, apart: str) -> GT:
    line = {"style": "solid", "width": "1px", "color": colours.grid}
    sides = {
        f"{place}_{key}": value
        for place in (
            "table_body_hlines",
            "table_body_border_top",
            "table_body_border_bottom",
            "column_labels_border_top",
            "column_labels_border_bottom",
            "heading_border_bottom",
        )
        for key, value in line.items()
    }
    return made.tab_options(
        **sides,  # type: ignore[arg-type]  # each is one of its options
        container_overflow_x="auto",
        table_font_names=_FONTS,
        table_font_size="13px",
        table_font_color=colours.text,
        table_background_color=colours.background,
        table_border_top_style="none",
        table_border_bottom_style="none",
        table_margin_left="0",
        heading_align="left",
        heading_title_font_size="18px",
        heading_title_font_weight="600",
        heading_subtitle_font_size="13px",
        heading_padding="4px",
        column_labels_font_weight="600",
        column_labels_padding=_SPACE,
        column_labels_padding_horizontal=apart,
        data_row_padding=_SPACE,
        data_row_padding_horizontal=apart,
        source_notes_font_size="12px",
        source_notes_border_bottom_style="none",
    )
