"""Which ledger there is for a database and an output folder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from echo_analytics.reports.ledger.file import FileLedger
from echo_analytics.reports.ledger.stored import StoredLedger

if TYPE_CHECKING:
    from pathlib import Path

    from echo_analytics.database import Database
    from echo_analytics.reports.ledger.run import Ledger

# Joins, because to_regclass would raise for a role without USAGE on the schema.
_MAY_WRITE = """
NOT pg_is_in_recovery() AND current_setting('default_transaction_read_only') = 'off'
AND coalesce((
    SELECT has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')
        AND has_table_privilege(c.oid, 'INSERT') AND has_table_privilege(c.oid, 'UPDATE')
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = 'analytics' AND c.relname = 'report_runs'), false)
"""


# Any: whatever the frame of the database.
def open_ledger(db: Database[Any], output: Path) -> Ledger:
    """Return the ledger: in the database where the role may write it, else in the output folder.

    Parameters
    ----------
    db
        The database.
    output
        The output folder, which must be there.
    """
    with db.autocommit() as connection:
        may_write = connection.scalar(sa.text(f"SELECT {_MAY_WRITE}"))
    return StoredLedger(db) if may_write else FileLedger(output)
