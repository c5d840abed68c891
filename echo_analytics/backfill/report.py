"""What a backfill says about itself; never with a value of a row."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BackfillReport:
    """How far a backfill came.

    Parameters
    ----------
    name
        What it is called.
    dry_run
        Whether it only counted.
    examined
        Rows read, each of the table once.
    matched
        Rows that lacked their value when they were read.
    updated
        Rows changed.
    skipped
        Rows that lack their value still: other sessions held them each time, or a trigger keeps
        them from being changed. Run it again.
    batches
        Transactions that changed rows, or tried to.
    seconds
        How long it took.
    """

    name: str
    dry_run: bool
    examined: int
    matched: int
    updated: int
    skipped: int
    batches: int
    seconds: float

    @property
    def settled_by_others(self) -> int:
        """Rows that had their value, or were gone, when their turn came."""
        return 0 if self.dry_run else self.matched - self.updated - self.skipped

    def text(self) -> str:
        """Return the report as a line for people."""
        rows = f"{self.name}: {self.examined:,} rows examined"
        if self.dry_run:
            return f"{rows}, {self.matched:,} would be updated; nothing was changed\n"
        took = f"{self.batches:,} batches in {self.seconds:.1f} s"
        return (
            f"{rows}, {self.matched:,} without a value: {self.updated:,} updated, "
            f"{self.settled_by_others:,} settled by others, {self.skipped:,} skipped; {took}\n"
        )
