"""Running a backfill from its first row to its report."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

from echo_analytics.arguments import positive
from echo_analytics.backfill.report import BackfillReport
from echo_analytics.backfill.work import Work
from echo_analytics.settings import Settings

if TYPE_CHECKING:
    from echo_analytics.backfill.definition import Backfill
    from echo_analytics.database import Database

logger = logging.getLogger("echo_analytics.backfill")

_MOST_ROWS = 10_000


# Any: whatever the frame of the database.
def run_backfill(
    db: Database[Any],
    backfill: Backfill,
    batch_size: int = 100,
    concurrency: int = 10,
    *,
    dry_run: bool = False,
    progress: bool = False,
) -> BackfillReport:
    """Change all rows that lack their value. This writes to the database.

    It walks once along the keys. Rows that somebody holds are passed over and visited again at the
    end, three times at the most.

    Parameters
    ----------
    db
        An open database. Its role needs SELECT on the table, and UPDATE on what is set.
    backfill
        What to change.
    batch_size
        Rows changed in one transaction, 1 to 10,000.
    concurrency
        Transactions at a time, 1 or more; one connection of the pool always stays free.
    dry_run
        Only count; the database refuses to write meanwhile.
    progress
        Show a progress bar on a terminal.

    Returns
    -------
    BackfillReport
        How many rows were examined, matched, updated and skipped.

    Raises
    ------
    InvalidInput
        ``batch_size`` or ``concurrency`` is wrong; nothing was asked of the database.
    DatabaseError
        The server refused, or was away for half a minute. A note on the error says how far it came;
        what was done stays done.

    Examples
    --------
    >>> from echo_analytics import Backfill
    >>> from echo_analytics.schema import users
    >>> empty = Backfill("biographies", users, users.c.bio == "", {"bio": None})
    >>> run_backfill(db, empty).updated
    0
    """
    size = positive("batch_size", batch_size, _MOST_ROWS)
    threads = _threads(positive("concurrency", concurrency))
    began = time.monotonic()
    logger.info("🛫 Taking off: backfill of %s%s", backfill.name, " (dry run)" * dry_run)
    hidden = None if progress else True
    with tqdm(desc=backfill.name, unit=" rows", disable=hidden) as bar:
        work = Work(db, backfill, size, threads, dry_run, bar)
        try:
            work.run()
        except BaseException as error:
            error.add_note(work.so_far())
            logger.warning("🛬 Landing early: backfill of %s", work.so_far())
            raise
    report = BackfillReport(
        name=backfill.name,
        dry_run=dry_run,
        examined=work.examined,
        matched=work.matched,
        updated=work.updated,
        skipped=work.skipped,
        batches=work.batches,
        seconds=time.monotonic() - began,
    )
    logger.info("🛬 Landing: backfill of %s", report.text().rstrip())
    return report


def _threads(concurrency: int) -> int:
    """One connection of the pool stays free for others."""
    return min(concurrency, max(1, Settings.from_environment().pool_max - 1))
