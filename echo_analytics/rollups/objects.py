"""The tables, functions and triggers behind rollups, made and removed as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from echo_analytics.rollups.answering import SIGNATURE
from echo_analytics.rollups.functions import FUNCTIONS

if TYPE_CHECKING:
    from sqlalchemy import Connection

TABLES = (
    "rollup_zone",
    "rollup_day",
    "rollup_author",
    "rollup_log",
    "rollup_folded",
    "rollup_mark",
)

# Arrays that are not compressed, since each row is looked up in them; and logs that are cleaned
# early, since whoever reads has to pass what is dead there.
_CREATE_TABLES = """
CREATE TABLE IF NOT EXISTS analytics.rollup_zone (
    id smallint PRIMARY KEY, zone text NOT NULL UNIQUE,
    changes timestamp[] NOT NULL, shifts int[] NOT NULL, triggers text NOT NULL);
CREATE TABLE IF NOT EXISTS analytics.rollup_day (
    zone_id smallint, kind text, day date, key text,
    published int NOT NULL, draft int NOT NULL, archived int NOT NULL,
    authors int NOT NULL, PRIMARY KEY (zone_id, kind, day, key)) WITH (fillfactor = 80);
CREATE TABLE IF NOT EXISTS analytics.rollup_author (
    zone_id smallint, day date, author_id uuid, category bytea, state text, n int NOT NULL,
    PRIMARY KEY (zone_id, day, author_id, category, state)) WITH (fillfactor = 90);
CREATE TABLE IF NOT EXISTS analytics.rollup_log (
    created_at timestamp, author_id uuid, category_id uuid, n int NOT NULL, state text NOT NULL)
    WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000,
          autovacuum_vacuum_insert_threshold = -1);
CREATE SEQUENCE IF NOT EXISTS analytics.rollup_turn;
CREATE TABLE IF NOT EXISTS analytics.rollup_folded (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    below xid8 NOT NULL, negative bigint NOT NULL);
INSERT INTO analytics.rollup_folded (below, negative)
    SELECT '0', count(*) FROM analytics.rollup_author AS a WHERE a.n < 0
    HAVING NOT EXISTS (SELECT FROM analytics.rollup_folded);
CREATE TABLE IF NOT EXISTS analytics.rollup_mark (kind text NOT NULL)
    WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500);
"""

# Only the first time, since writers and readers would have to wait for these locks.
_COMPLETE_TABLES = """
DO $do$
BEGIN
    IF EXISTS (
        SELECT FROM pg_attribute WHERE attrelid = 'analytics.rollup_zone'::regclass
        AND attname IN ('changes', 'shifts') AND attstorage <> 'p'
    ) THEN
        ALTER TABLE analytics.rollup_zone
            ALTER changes SET STORAGE PLAIN, ALTER shifts SET STORAGE PLAIN;
    END IF;
    IF to_regclass('analytics.rollup_log_x') IS NULL THEN
        ALTER TABLE analytics.rollup_log
            ADD COLUMN IF NOT EXISTS x xid8 NOT NULL DEFAULT pg_current_xact_id();
        CREATE INDEX rollup_log_x ON analytics.rollup_log (x);
    END IF;
END
$do$
"""

# Triggers fire without the right to call their function.
_CLOSED = (
    "note_posts_inserted()",
    "note_posts_updated()",
    "note_posts_deleted()",
    "mark_rollup_posts()",
    "mark_rollup_users()",
    "fold_rollups(int)",
    "fold_rollups_in_passing()",
)
_OPEN = ("rollups_cover(text, text)", "rollup_counts(text, text, date, date)")

_NEW, _OLD = "NEW TABLE AS new_rows", "OLD TABLE AS old_rows"
_TRIGGERS = {
    "echo_rollup_insert": ("posts", "INSERT", _NEW, "note_posts_inserted"),
    "echo_rollup_update": ("posts", "UPDATE", f"{_OLD} {_NEW}", "note_posts_updated"),
    "echo_rollup_delete": ("posts", "DELETE", _OLD, "note_posts_deleted"),
    "echo_rollup_truncate": ("posts", "TRUNCATE", "", "mark_rollup_posts"),
    "echo_rollup_user_update": ("users", "UPDATE", f"{_OLD} {_NEW}", "mark_rollup_users"),
    "echo_rollup_user_delete": ("users", "DELETE", _OLD, "mark_rollup_users"),
}


def create(connection: Connection) -> None:
    """Create what is missing, in the transaction of ``connection``."""
    connection.exec_driver_sql(_CREATE_TABLES)
    connection.exec_driver_sql(_COMPLETE_TABLES)
    for functions in FUNCTIONS:
        connection.exec_driver_sql(functions)
    for function in _CLOSED:
        connection.exec_driver_sql(f"REVOKE ALL ON FUNCTION analytics.{function} FROM PUBLIC")
    if signature(connection) is None:
        for name, (table, event, tables, function) in _TRIGGERS.items():
            referencing = f"REFERENCING {tables}" if tables else ""
            connection.exec_driver_sql(
                f"CREATE OR REPLACE TRIGGER {name} AFTER {event} ON public.{table} {referencing}"
                f" FOR EACH STATEMENT EXECUTE FUNCTION analytics.{function}()"
            )
            connection.exec_driver_sql(f"ALTER TABLE public.{table} ENABLE TRIGGER {name}")


def drop(connection: Connection) -> None:
    """Drop everything, whether or not it is there."""
    for name, (table, _, _, _) in _TRIGGERS.items():
        connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name} ON public.{table}")
    for function in (*_CLOSED, *_OPEN):
        connection.exec_driver_sql(f"DROP FUNCTION IF EXISTS analytics.{function}")
    for table in TABLES:
        connection.exec_driver_sql(f"DROP TABLE IF EXISTS analytics.{table}")
    connection.exec_driver_sql("DROP SEQUENCE IF EXISTS analytics.rollup_turn")


def signature(connection: Connection) -> str | None:
    """Return the versions of triggers and columns, None where one is missing or disabled."""
    found: str | None = connection.scalar(sa.text(f"SELECT {SIGNATURE}"))
    return found
