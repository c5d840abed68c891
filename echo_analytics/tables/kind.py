"""The class of the tables; importing this module needs great_tables."""

from __future__ import annotations

from great_tables import GT, html

__all__ = ["Table", "html"]


class Table(GT):
    """A table of great_tables whose text form has no address in it, so that it can be compared."""

    def __repr__(self) -> str:
        rows = len(self._tbl_data)
        return f"<table {self._options.table_id.value}, {rows:,} row{'' if rows == 1 else 's'}>"
