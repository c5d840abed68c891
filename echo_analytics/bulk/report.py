"""What a bulk load did; never with a value of a row."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Written:
    """What happened to the rows of one table.

    Parameters
    ----------
    rows
        Rows that were given.
    created
        Rows that are new.
    updated
        Rows that were there and have been changed.
    skipped
        Rows that were there and stay as they are.
    """

    rows: int = 0
    created: int = 0
    updated: int = 0
    skipped: int = 0


@dataclass(frozen=True, slots=True)
class BulkReport:
    """What a bulk load did.

    Parameters
    ----------
    users, posts, categories
        What happened to the rows of each table: ``rows`` that were given, of which so many are
        ``created``, ``updated`` and ``skipped``.
    seconds
        How long it took.
    """

    users: Written = field(default_factory=Written)
    posts: Written = field(default_factory=Written)
    categories: Written = field(default_factory=Written)
    seconds: float = 0.0

    @property
    def rows(self) -> int:
        """How many rows were given in all."""
        return self.users.rows + self.posts.rows + self.categories.rows

    def text(self) -> str:
        """Return the report as lines for people."""
        tables = (("categories", self.categories), ("users", self.users), ("posts", self.posts))
        lines = [
            f"{name}: {each.rows:,} rows, {each.created:,} created, {each.updated:,} updated, "
            f"{each.skipped:,} skipped"
            for name, each in tables
            if each.rows
        ]
        return "\n".join([*lines, f"{self.rows:,} rows in {self.seconds:.1f} s"]) + "\n"
