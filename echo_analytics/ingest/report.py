"""What an import says about itself; never with a value of a row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from echo_analytics.errors import InvalidInput

if TYPE_CHECKING:
    from pathlib import Path

KEPT = 1_000
"""Problems of a file that are kept; all of them are counted."""

_NAMED = 5


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """One problem of one row.

    Parameters
    ----------
    file
        The file, as it was given.
    row
        Which row, from 1. In CSV the first row after the header is 1, whatever line it is on: a
        cell of several lines is part of one row, and empty lines are none. In JSON Lines it is the
        line.
    column
        The column; "" where the row cannot be taken apart.
    problem
        What is wrong.
    """

    file: str
    row: int
    column: str
    problem: str

    def __str__(self) -> str:
        place = f"row {self.row}" + (f", {self.column}" if self.column else "")
        return f"{place}: {self.problem}"


@dataclass(frozen=True, slots=True)
class FileReport:
    """What became of one file.

    Parameters
    ----------
    path
        The file.
    rows
        Its rows: ``posts_created + posts_unchanged + rows_rejected``.
    posts_created, posts_unchanged
        Posts that are new, and those that were there already or stand in the file twice.
    users_created, categories_created
        What was missing for the new posts.
    rows_rejected
        Rows that were left out.
    rejected
        Their problems, up to 1,000 of them.
    rejects_file
        Where those rows were written; None where there are none.
    ignored_columns
        Columns of the file that an import does not know.
    """

    path: Path
    rows: int
    posts_created: int
    posts_unchanged: int
    users_created: int
    categories_created: int
    rows_rejected: int = 0
    rejected: tuple[RejectedRow, ...] = ()
    rejects_file: Path | None = None
    ignored_columns: tuple[str, ...] = ()

    def counts(self) -> dict[str, object]:
        """Return the numbers by name."""
        return {
            "rows": self.rows,
            "posts_created": self.posts_created,
            "posts_unchanged": self.posts_unchanged,
            "users_created": self.users_created,
            "categories_created": self.categories_created,
            "rows_rejected": self.rows_rejected,
        }

    def line(self) -> str:
        """Return the numbers as one line for people."""
        created = f"{_count(self.posts_created, 'post')} created"
        others = (
            f"{_count(self.users_created, 'user')} and "
            f"{_count(self.categories_created, 'category', 'categories')} created"
        )
        rows = f"{self.posts_unchanged:,} there already, {self.rows_rejected:,} rejected"
        return f"{self.path}: {_count(self.rows, 'row')}: {created}, {rows}; {others}"

    def text(self) -> str:
        """Return the report as lines for people."""
        lines = [self.line()]
        if self.ignored_columns:
            lines.append(f"  columns ignored: {', '.join(self.ignored_columns)}")
        if self.rejected:
            lines.append(f"  rejected: {_first(self.rejected)}")
            lines.append(f"  the rejected rows are in {self.rejects_file}")
        return "".join(f"{line}\n" for line in lines)


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What became of all files of an import, in their order."""

    files: tuple[FileReport, ...]

    def text(self) -> str:
        """Return the report as lines for people."""
        return "".join(file.text() for file in self.files)


class ImportRejected(InvalidInput):
    """A file has bad rows, and nothing of it was loaded.

    Parameters
    ----------
    path
        The file.
    rows_rejected
        How many rows are bad.
    rejected
        Their problems, up to 1,000 of them.
    loaded
        The files of the same call that were loaded before it, and stay so.
    """

    def __init__(
        self,
        path: Path,
        rows_rejected: int,
        rejected: tuple[RejectedRow, ...],
        loaded: tuple[FileReport, ...] = (),
    ) -> None:
        stays = f" Loaded before it: {', '.join(str(f.path) for f in loaded)}." if loaded else ""
        super().__init__(
            str(path),
            f"{_count(rows_rejected, 'bad row')}, so nothing of this file was loaded. "
            f"{_first(rejected)}.{stays}",
        )
        self.path = path
        self.rows_rejected = rows_rejected
        self.rejected = rejected
        self.loaded = loaded


def _count(number: int, one: str, many: str | None = None) -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def _first(rejected: tuple[RejectedRow, ...]) -> str:
    named = "; ".join(str(row) for row in rejected[:_NAMED])
    return named if len(rejected) <= _NAMED else f"{named}; and more"
