"""Users without preferences get the default ones."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from echo_analytics.backfill.definition import Backfill
from echo_analytics.backfill.run import run_backfill
from echo_analytics.models import UserPreferences
from echo_analytics.models.users import NotificationPreferences
from echo_analytics.schema import users

if TYPE_CHECKING:
    from echo_analytics.backfill.report import BackfillReport
    from echo_analytics.database import Database

DEFAULT_PREFERENCES = UserPreferences(
    theme="light", notifications=NotificationPreferences(email=True, push=False)
)
"""What the application gives a user who has chosen nothing."""

# The application writes JSON without spaces, and the column keeps them.
_TEXT = json.dumps(DEFAULT_PREFERENCES.model_dump(), separators=(",", ":"))

PREFERENCES = Backfill(
    name="user preferences",
    table=users,
    # JSON null may have spaces around it; json_typeof() does not mind.
    where=sa.func.coalesce(sa.func.json_typeof(users.c.preferences), "null") == "null",
    values={"preferences": sa.cast(sa.literal(_TEXT, sa.Text), users.c.preferences.type)},
)


# Any: whatever the frame of the database.
def backfill_preferences(
    db: Database[Any],
    batch_size: int = 100,
    concurrency: int = 10,
    *,
    dry_run: bool = False,
    progress: bool = False,
) -> BackfillReport:
    """Give the default preferences to users who have none. This writes to the database.

    Those are users whose preferences are NULL or JSON null; any other value stays as it is, right
    or wrong. The default is the light theme, notifications by e-mail and none by push.

    It runs beside the application: it never waits for a row that somebody holds and never writes
    over what somebody else wrote. It can be stopped, killed and run again, also twice at once. A
    user whom somebody creates meanwhile may be left for the next run.

    Parameters
    ----------
    db
        An open database. Its role needs SELECT on users, and UPDATE on preferences and updated_at.
    batch_size
        Users changed in one transaction, 1 to 10,000.
    concurrency
        Transactions at a time, 1 or more; one connection of the pool always stays free.
    dry_run
        Only count; the database refuses to write meanwhile.
    progress
        Show a progress bar on a terminal.

    Returns
    -------
    BackfillReport
        How many users were examined, matched, updated and skipped.

    Raises
    ------
    InvalidInput
        ``batch_size`` or ``concurrency`` is wrong; nothing was asked of the database.
    DatabaseError
        The server refused, or was away for half a minute. A note on the error says how far it came;
        what was done stays done.

    Examples
    --------
    >>> backfill_preferences(db, dry_run=True).updated
    0
    """
    return run_backfill(
        db, PREFERENCES, batch_size, concurrency, dry_run=dry_run, progress=progress
    )
