"""The trigger that keeps ``published`` and ``status`` in step, and how to tell that it does.

On INSERT archived wins, else either column saying published publishes. On UPDATE the column that
changed wins, ``status`` where both did; where neither changed, the rule of INSERT holds. NULL reads
as false, so NULL to false is no change.

It is not seen by sessions whose ``session_replication_role`` is ``replica``, those of logical
replication among them, nor while it is disabled. Migrate again after such loads.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

if TYPE_CHECKING:
    from sqlalchemy import Connection

# Triggers fire in the order of their names; the last one sees what the application's own have set.
TRIGGER = "zz_echo_published_status"
FUNCTION = "keep_published_and_status_in_step"

REPAIR_SETTING = "echo_analytics.repair"
"""While it is ``on``, an UPDATE of a post changes nothing but the two columns out of step."""

_BODY = """
DECLARE
    publish boolean;
BEGIN
    IF TG_OP = 'UPDATE' AND current_setting('echo_analytics.repair', true) = 'on' THEN
        -- Also undoes what other triggers did, such as setting updated_at.
        NEW := OLD;
    END IF;
    IF NEW.published IS NULL OR NEW.status IS NULL THEN
        -- The look-up stands alone: within the condition above it would slow every row down.
        -- A column that is generated is not ours to set, nor is a NULL that NOT NULL refuses.
        IF EXISTS (
            SELECT FROM pg_attribute
            WHERE attrelid = TG_RELID AND attname IN ('published', 'status')
            AND (attgenerated <> '' OR (NEW.status IS NULL AND attname = 'status' AND attnotnull))
        ) THEN
            RETURN NEW;
        END IF;
        IF NEW.status IS NULL THEN
            NEW.status := coalesce(OLD.status, 'draft');
        END IF;
    END IF;
    IF TG_OP = 'UPDATE' AND NEW.status <> coalesce(OLD.status, 'draft') THEN
        publish := NEW.status = 'published';
    ELSIF TG_OP = 'UPDATE' AND coalesce(NEW.published, false) <> coalesce(OLD.published, false) THEN
        publish := NEW.published IS TRUE;
    ELSE
        publish := NEW.status <> 'archived' AND (NEW.published IS TRUE OR NEW.status = 'published');
    END IF;
    IF publish <> (NEW.status = 'published') THEN
        NEW.status := CASE WHEN publish THEN 'published' ELSE 'draft' END;
    END IF;
    IF NEW.published IS DISTINCT FROM publish THEN
        NEW.published := publish;
    END IF;
    RETURN NEW;
EXCEPTION WHEN OTHERS THEN
    -- The application may drop, rename or retype both columns: its statement must not fail here.
    RETURN NEW;
END
"""

_CREATE_FUNCTION = f"""
CREATE OR REPLACE FUNCTION analytics.{FUNCTION}() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function${_BODY}$function$
"""

# No column list and no WHEN: either would block the application's own ALTER TABLE.
_CREATE_TRIGGER = f"""
CREATE OR REPLACE TRIGGER {TRIGGER} BEFORE INSERT OR UPDATE ON public.posts
FOR EACH ROW EXECUTE FUNCTION analytics.{FUNCTION}()
"""

_MARK = "echo_analytics: every post is in step; columns"

# Look-ups instead of casts to regclass, which raise without USAGE on the schema; and instead of
# joins, whose order takes longer to plan than all of them take to run.
_OUR_TRIGGER = f"""
FROM pg_catalog.pg_trigger AS t
WHERE t.tgname = '{TRIGGER}'
AND t.tgrelid = (
    SELECT c.oid FROM pg_catalog.pg_class AS c WHERE c.relname = 'posts' AND c.relnamespace = (
        SELECT n.oid FROM pg_catalog.pg_namespace AS n WHERE n.nspname = 'public'))
AND t.tgfoid = (
    SELECT f.oid FROM pg_catalog.pg_proc AS f
    WHERE f.proname = '{FUNCTION}' AND f.proargtypes = '' AND f.pronamespace = (
        SELECT n.oid FROM pg_catalog.pg_namespace AS n WHERE n.nspname = 'analytics'))
"""  # noqa: S608 - constants of ours
_NUMBER = """(
    SELECT a.attnum FROM pg_catalog.pg_attribute AS a
    WHERE a.attrelid = t.tgrelid AND a.attname = '{}')
"""

# The type 23 is BEFORE, FOR EACH ROW, INSERT and UPDATE.
IN_STEP_SQL = f"""
SELECT EXISTS (
SELECT 1 {_OUR_TRIGGER}
AND t.tgenabled IN ('O', 'A') AND t.tgtype = 23
AND (
    SELECT d.description FROM pg_catalog.pg_description AS d
    WHERE d.objoid = t.oid AND d.classoid = t.tableoid AND d.objsubid = 0
) = '{_MARK} ' || {_NUMBER.format("published")} || ' ' || {_NUMBER.format("status")}
) AS in_step
"""  # noqa: S608
"""One row with one boolean: the trigger is there and enabled, and no older row contradicts itself.

It needs no right on the schema ``analytics``. The mark that it looks for names the two columns by
number, so that it is void once the application has dropped a column and added it again.
"""


def in_step(connection: Connection) -> bool:
    """Whether ``published`` alone says which posts are published, now and later."""
    return bool(connection.scalar(sa.text(IN_STEP_SQL)))


@dataclass(frozen=True, slots=True)
class State:
    """What there is of the trigger.

    Parameters
    ----------
    function
        The function is there, as this version writes it.
    trigger
        The trigger is there, and fires as it should.
    enabled
        It fires in ordinary sessions.
    """

    function: bool
    trigger: bool
    enabled: bool

    @property
    def todo(self) -> tuple[str, ...]:
        """What :func:`install` would do, as sentences; nothing where all is there."""
        sentences = []
        if not self.function:
            sentences.append(f"create the trigger function analytics.{FUNCTION}")
        if not self.trigger:
            sentences.append(f"create the trigger {TRIGGER} on public.posts")
        elif not self.enabled:
            sentences.append(f"enable the trigger {TRIGGER} on public.posts")
        return tuple(sentences)


def state(connection: Connection) -> State:
    """Look up what there is of the trigger."""
    found = connection.execute(
        sa.text(
            "SELECT t.tgtype = 23 AND t.tgqual IS NULL AND t.tgattr = '' AS intact,"
            f" t.tgenabled IN ('O', 'A') AS enabled {_OUR_TRIGGER}"
        )
    ).one_or_none()
    function = _function_is_intact(connection)
    if found is None:
        return State(function, trigger=False, enabled=False)
    return State(function, trigger=found.intact, enabled=found.enabled)


def install(connection: Connection) -> None:
    """Create what is missing of the trigger, in the transaction of ``connection``.

    A trigger that was missing or disabled has let rows pass, so the mark is taken away.
    """
    found = state(connection)
    if not found.function:
        connection.exec_driver_sql(_CREATE_FUNCTION)
    if not found.trigger:
        connection.exec_driver_sql(_CREATE_TRIGGER)
    if not found.enabled:
        connection.exec_driver_sql(f"ALTER TABLE public.posts ENABLE TRIGGER {TRIGGER}")
    if not (found.trigger and found.enabled):
        unmark(connection)


def remove(connection: Connection) -> None:
    """Drop the trigger and its function, whether or not they are there."""
    connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {TRIGGER} ON public.posts")
    connection.exec_driver_sql(f"DROP FUNCTION IF EXISTS analytics.{FUNCTION}()")


def mark(connection: Connection) -> None:
    """Record on the trigger that every post is in step."""
    numbers = connection.scalars(
        sa.text(
            "SELECT a.attnum FROM pg_catalog.pg_attribute AS a"
            " JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid"
            " JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace"
            " WHERE n.nspname = 'public' AND c.relname = 'posts'"
            " AND a.attname IN ('published', 'status') ORDER BY a.attname"
        )
    ).all()
    _comment(connection, f"'{_MARK} {' '.join(map(str, numbers))}'")


def unmark(connection: Connection) -> None:
    """Take the record away: readers go by both columns again."""
    _comment(connection, "NULL")


def _comment(connection: Connection, literal: str) -> None:
    connection.exec_driver_sql(f"COMMENT ON TRIGGER {TRIGGER} ON public.posts IS {literal}")


def _function_is_intact(connection: Connection) -> bool:
    found = connection.execute(
        sa.text(
            "SELECT f.prosrc, f.prosecdef, f.proconfig FROM pg_catalog.pg_proc AS f"
            " JOIN pg_catalog.pg_namespace AS n ON n.oid = f.pronamespace"
            " WHERE n.nspname = 'analytics' AND f.proname = :name AND f.pronargs = 0"
        ),
        {"name": FUNCTION},
    ).one_or_none()
    return found is not None and tuple(found) == (
        _BODY,
        True,
        ["search_path=pg_catalog, pg_temp"],
    )
