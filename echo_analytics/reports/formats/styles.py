"""The formats of cells in workbooks."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

# Any: xlsxwriter has no types.
Book = Any

_SHARES = ("share", "rate", "relative_change", "daily_weekly", "daily_monthly", "conversion_from")


class Styles:
    """The formats of cells."""

    def __init__(self, book: Book) -> None:
        self.title = book.add_format({"bold": True, "font_size": 16})
        self.bold = book.add_format({"bold": True})
        self.heading = book.add_format({"bold": True, "bottom": 1, "text_wrap": True})
        self.quiet = book.add_format({"font_color": "#5C6675"})
        self.text = book.add_format({"valign": "top"})
        self.wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        self.count = book.add_format({"num_format": "#,##0"})
        self.number = book.add_format({"num_format": "#,##0.00"})
        self.share = book.add_format({"num_format": "0.0%"})
        self.day = book.add_format({"num_format": "yyyy-mm-dd"})
        self.instant = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self.link = book.add_format({"font_color": "#0063A0", "underline": 1})

    # Any: a format.
    def of(self, field: pa.Field) -> Any:  # noqa: ANN401
        """Return the format of a column."""
        if pa.types.is_timestamp(field.type):
            return self.instant
        if pa.types.is_date(field.type):
            return self.day
        if pa.types.is_integer(field.type):
            return self.count
        if pa.types.is_floating(field.type):
            return self.share if _is_share(field.name) else self.number
        return self.text


def _is_share(name: str) -> bool:
    return any(word in name for word in _SHARES)
