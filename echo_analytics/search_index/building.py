"""The steps of a build, each of which can be broken off and taken up again.

1. Triggers come first, and only note posts. They touch no row that the build might hold, so nobody
   waits for it.
2. All posts are read in the order of their ids, in batches.
3. The GIN index is made concurrently; posts that were noted are read again.
4. The triggers begin to keep the index. Transactions that began before are waited for, and what
   they have noted is read, post by post: two writers can never end up waiting for each other.
5. Words are collected and statistics gathered.
"""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from echo_analytics.migration import sessions
from echo_analytics.search_index import extras, functions, objects, words

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

logger = logging.getLogger(__name__)

VERSION = 5
"""Goes up when what is stored of a post changes."""

LOCK_TIMEOUT = 0.04
"""Seconds that a build queues for a lock, with whoever comes after it behind it."""

_FEW_NOTED = 100
_WORDS_AT_ONCE = 20_000

_STATE = "SELECT * FROM analytics.post_search_state"

_BEGIN = f"""
INSERT INTO analytics.post_search_state
    (version, configuration, phase, posts, signature, began_at)
SELECT {VERSION}, :configuration, 'filling', (SELECT count(*) FROM public.posts),
    {objects.SIGNATURE}, now() AT TIME ZONE 'UTC'
"""  # noqa: S608 - constants of ours

_FILL = f"""
WITH batch AS MATERIALIZED (
    SELECT * FROM public.posts WHERE id > :reached ORDER BY id LIMIT :size
), stored AS (
    INSERT INTO analytics.post_search ({functions.COLUMNS}) {functions.rows("batch")}
    ON CONFLICT DO NOTHING
), reached AS (
    UPDATE analytics.post_search_state SET reached = (
        SELECT id FROM batch ORDER BY id DESC LIMIT 1) WHERE EXISTS (SELECT FROM batch)
)
SELECT count(*) FROM batch
"""  # noqa: S608

_TAKE = """
DELETE FROM analytics.post_search_todo
WHERE ctid = ANY (ARRAY(SELECT ctid FROM analytics.post_search_todo LIMIT :size))
RETURNING post_id
"""
_FORGET = "DELETE FROM analytics.post_search WHERE post_id = ANY (:ids)"
_READ_AGAIN = f"""
INSERT INTO analytics.post_search ({functions.COLUMNS})
{functions.rows("(SELECT * FROM public.posts WHERE id = ANY (:ids))")}
ON CONFLICT DO NOTHING
"""  # noqa: S608

# Whoever may have run a trigger as it was before.
_WRITERS = """
SELECT l.virtualtransaction FROM pg_catalog.pg_locks AS l
WHERE l.locktype = 'relation' AND l.granted AND l.pid <> pg_backend_pid()
AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())
AND l.relation = 'public.posts'::regclass
AND l.mode IN ('RowExclusiveLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
"""

_WORDS = f"""
INSERT INTO analytics.post_search_word AS k (word, posts)
SELECT w.word, count(*)
FROM public.posts AS p, LATERAL ({words.words("p.title", "p.content")}) AS w
WHERE p.id > :first AND p.id <= :last GROUP BY w.word
ON CONFLICT (word) DO UPDATE SET posts = k.posts + excluded.posts
"""  # noqa: S608
_LAST_OF = """
SELECT id FROM public.posts WHERE id > :first ORDER BY id OFFSET :size LIMIT 1
"""

_SETTINGS = """
SELECT current_setting('statement_timeout') AS timeout,
    current_setting('maintenance_work_mem') AS memory
"""
_RESTORE = """
SELECT set_config('statement_timeout', :timeout, false),
    set_config('maintenance_work_mem', :memory, false)
"""

_NIL = "00000000-0000-0000-0000-000000000000"
_LAST = "ffffffff-ffff-ffff-ffff-ffffffffffff"


class _StartOver(Exception):  # noqa: N818 - no error
    """Posts were truncated, or written in a way that cannot be noted."""


class Build:
    """A build of the index over one connection, which holds the advisory lock."""

    def __init__(
        self,
        connection: Connection,
        *,
        batch_size: int,
        patience: float,
        report: Callable[[str, int, int], None],
    ) -> None:
        self._connection = connection
        self._size = batch_size
        self._patience = patience
        self._report = report

    def run(self, configuration: str) -> None:
        """Do what is left to do."""
        if not self._is_ours(configuration):
            self._start(configuration)
        while True:
            try:
                self._go_on()
            except _StartOver:
                self._start(configuration)
            else:
                return

    def _go_on(self) -> None:
        steps = {"filling": self._fill, "indexing": self._index, "finishing": self._finish}
        while (step := steps.get(self._state().phase)) is not None:
            step()
        self._drain()

    def _is_ours(self, configuration: str) -> bool:
        """Whether what is there can be gone on with."""
        with sessions.transaction(self._connection, read_only=True):
            if not exists(self._connection):
                return False
            found = self._connection.execute(_sql(_STATE)).one_or_none()
            signature = objects.signature(self._connection)
            missed = signature is None or self._noted_everything()
        return (
            found is not None
            and not missed
            and (found.version, found.configuration) == (VERSION, configuration)
            and found.signature == signature
        )

    def _noted_everything(self) -> bool:
        noted = "SELECT FROM analytics.post_search_todo WHERE post_id IS NULL"
        return bool(self._connection.scalar(_sql(f"SELECT EXISTS ({noted})")))

    def _start(self, configuration: str) -> None:
        drop(self._connection, self._patience)
        self._gently(lambda: objects.create(self._connection, configuration))
        with sessions.transaction(self._connection):
            self._connection.execute(_sql(_BEGIN), {"configuration": configuration})
        extras.add(self._connection, configuration)

    # Any: the columns of a row.
    def _state(self) -> sa.Row[Any]:
        with sessions.transaction(self._connection, read_only=True):
            return self._connection.execute(_sql(_STATE)).one()

    def _fill(self) -> None:
        state = self._state()
        done = self._count()
        reached: object = state.reached or _NIL
        while True:
            self._report("reading posts", done, state.posts)
            with sessions.transaction(self._connection):
                values = {"reached": reached, "size": self._size}
                found = self._connection.scalar(_sql(_FILL), values) or 0
            if found < self._size:
                break
            done += found
            reached = self._state().reached
        self._enter("indexing")

    def _index(self) -> None:
        state = self._state()
        self._report("making the index", state.posts, state.posts)
        for name, definition in objects.INDEXES.items():
            # One that was broken off is there, and of no use.
            self._autocommit(f"DROP INDEX CONCURRENTLY IF EXISTS analytics.{name}")
            self._autocommit(
                f"CREATE INDEX CONCURRENTLY {name} ON analytics.post_search {definition}"
            )
        self._catch_up()
        self._enter("finishing", functions.KEEPING)

    def _finish(self) -> None:
        state = self._state()
        self._wait_for_writers()
        self._drain()
        self._report("collecting words", 0, state.posts)
        self._collect_words(state.posts)
        with sessions.transaction(self._connection):
            extras.index_words(self._connection)
        self._report("gathering statistics", state.posts, state.posts)
        self._autocommit("ANALYZE analytics.post_search, analytics.post_search_word")
        self._enter("ready")

    def _enter(self, phase: str, *definitions: str) -> None:
        with sessions.transaction(self._connection):
            objects.define(self._connection, *definitions)
            self._connection.execute(
                _sql(
                    "UPDATE analytics.post_search_state SET phase = :phase,"
                    " built_at = now() AT TIME ZONE 'UTC'"
                ),
                {"phase": phase},
            )

    def _catch_up(self) -> None:
        """Read noted posts again, until they are few or writers note more than are read.

        Those left over are read once writers note no more.
        """
        before, noted = None, self._noted()
        while noted > _FEW_NOTED and (before is None or noted < before):
            for _ in range(-(-noted // self._size)):
                self._gently(lambda: self._read_again(self._size))
            before, noted = noted, self._noted()

    def _noted(self) -> int:
        with sessions.transaction(self._connection, read_only=True):
            noted = "SELECT count(*) FROM analytics.post_search_todo"
            return self._connection.scalar(_sql(noted)) or 0

    def _drain(self) -> None:
        """Read noted posts again, one by one: writers keep the index as well."""
        while self._gently(lambda: self._read_again(1)) > 0:
            pass

    def _read_again(self, size: int) -> int:
        taken = list(self._connection.scalars(_sql(_TAKE), {"size": size}))
        ids = sorted({key for key in taken if key is not None})
        if None in taken:
            raise _StartOver
        if ids:
            self._connection.execute(_sql(_FORGET), {"ids": ids})
            self._connection.execute(_sql(_READ_AGAIN), {"ids": ids})
        return len(taken)

    def _wait_for_writers(self) -> None:
        with sessions.transaction(self._connection, read_only=True):
            before = set(self._connection.scalars(_sql(_WRITERS)))
        while before:
            time.sleep(0.02)
            with sessions.transaction(self._connection, read_only=True):
                before &= set(self._connection.scalars(_sql(_WRITERS)))

    def _collect_words(self, posts: int) -> None:
        latest = "SELECT last_value FROM analytics.post_search_number_seq"
        with sessions.transaction(self._connection, read_only=True):
            upto = self._connection.scalar(_sql(latest))
        with sessions.transaction(self._connection):
            # Those of a build that was broken off here would count twice.
            self._connection.execute(_sql("DELETE FROM analytics.post_search_word"))
        first: object = _NIL
        done = 0
        while first != _LAST:
            with sessions.transaction(self._connection):
                values = {"first": first, "size": _WORDS_AT_ONCE}
                last = self._connection.scalar(_sql(_LAST_OF), values) or _LAST
                self._connection.execute(_sql(_WORDS), {"first": first, "last": last})
            first = last
            done += _WORDS_AT_ONCE
            self._report("collecting words", min(done, posts), posts)
        with sessions.transaction(self._connection):
            self._connection.execute(
                _sql("UPDATE analytics.post_search_state SET words_upto = :upto"),
                {"upto": upto},
            )

    def _count(self) -> int:
        with sessions.transaction(self._connection, read_only=True):
            return self._connection.scalar(_sql("SELECT count(*) FROM analytics.post_search")) or 0

    def _autocommit(self, statement: str) -> None:
        self._connection.execution_options(isolation_level="AUTOCOMMIT")
        with self._connection.begin():
            before = self._connection.execute(_sql(_SETTINGS)).one()
            self._connection.exec_driver_sql(
                "SELECT set_config('statement_timeout', '0', false),"
                " set_config('maintenance_work_mem', '256MB', false)"
            )
            try:
                self._connection.exec_driver_sql(statement)
            finally:
                self._connection.execute(_sql(_RESTORE), before._asdict())

    def _gently(self, action: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever it returns
        return gently(self._connection, action, self._patience)


def _sql(text: str) -> sa.TextClause:
    """Return SQL with named values, in which a class of characters names none."""
    return sa.text(text.replace("[:", r"[\:").replace(":]", r"\:]"))


def exists(connection: Connection) -> bool:
    """Whether there is an index, be it half built."""
    there = (
        "SELECT count(*) FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace"
        " WHERE n.nspname = 'analytics' AND c.relkind = 'r' AND c.relname = ANY (:tables)"
    )
    found = connection.scalar(_sql(there), {"tables": list(objects.TABLES)})
    return bool(found == len(objects.TABLES))


def drop(connection: Connection, patience: float) -> None:
    """Drop the triggers, then the rest: nobody waits for the readers of the rest."""
    gently(connection, lambda: objects.drop_triggers(connection), patience)
    gently(connection, lambda: objects.drop(connection), patience)


def gently(connection: Connection, action: Callable[[], Any], patience: float) -> Any:  # noqa: ANN401
    """Run ``action`` in a transaction that never queues for a lock longer than a writer bears."""

    def act() -> Any:  # noqa: ANN401
        # Autovacuum gives way to whoever has waited for the time of a check for deadlocks.
        connection.exec_driver_sql(
            "SELECT set_config('deadlock_timeout', '20ms', true) FROM pg_roles"
            " WHERE rolname = current_user AND rolsuper"
        )
        return action()

    return sessions.patiently(connection, act, patience, longest=LOCK_TIMEOUT)
