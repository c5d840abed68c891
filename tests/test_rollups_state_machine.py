"""Two writers, a reader whose snapshot grows old, and rollups that come, go and are folded.

After each step everybody sees in the rollups what a recount gives them: the writers with what they
have not committed, the old snapshot with what was there when it began, and somebody else.

``ECHO_ROLLUPS_EXAMPLES`` says how many histories are tried, ten if it is not set.
"""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING
from uuid import UUID

import psycopg
import pytest
import sqlalchemy as sa
from drizzle_database import engine, run
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from rollups_recounted import differences
from sample_posts import CATEGORY, add_users

import echo_analytics as echo
from echo_analytics.rollups import building, folding

if TYPE_CHECKING:
    from collections.abc import Callable

    from psycopg.rows import TupleRow

    Connection = psycopg.Connection[TupleRow]

EXAMPLES = int(os.environ.get("ECHO_ROLLUPS_EXAMPLES", "10"))
BUSY = (
    psycopg.errors.LockNotAvailable,
    psycopg.errors.SerializationFailure,
    psycopg.errors.ForeignKeyViolation,
    psycopg.errors.UniqueViolation,
)
GUEST = UUID(int=7)
"""The user who is deleted now and then, and comes back."""

sessions = st.sampled_from([0, 1])
authors = st.sampled_from([UUID(int=1), UUID(int=2), GUEST])
days = st.sampled_from(["2026-03-31 23:59:59.999999", "2026-04-01", "2026-04-01 12:00"])
categories = st.sampled_from([None, CATEGORY])
states = st.sampled_from(["draft", "published", "archived"])
levels = st.sampled_from(list(psycopg.IsolationLevel))
some = st.integers(1, 4)

COLUMNS = {
    "author_id": "author",
    "created_at": "day",
    "category_id": "category",
    "status": "state",
}
SOME_POSTS = "SELECT id FROM public.posts ORDER BY id LIMIT {}"


class Machine(RuleBasedStateMachine):
    """What can happen, one thing after another."""

    new_url: Callable[[], str]

    @initialize(first=levels, second=levels)
    def start(self, first: psycopg.IsolationLevel, second: psycopg.IsolationLevel) -> None:
        self.url = type(self).new_url()
        self.enabled = True
        self.engine = engine(self.url)
        self.writers = [psycopg.connect(self.url), psycopg.connect(self.url)]
        for writer, level in zip(self.writers, (first, second), strict=True):
            writer.isolation_level = level
        self.somebody = psycopg.connect(self.url, autocommit=True)
        self.old: Connection | None = None
        self.rollups = echo.Rollups(self.engine, patience=0.05)

    def write(self, session: int, statement: str, *values: object) -> None:
        """Run a statement; where it would have to wait, the transaction ends."""
        writer = self.writers[session]
        try:
            writer.execute("SET LOCAL lock_timeout = '20ms'")
            writer.execute(statement.encode(), values)
        except BUSY:
            writer.rollback()

    @rule(session=sessions, author=authors, day=days, category=categories, state=states, many=some)
    def insert(
        self, session: int, author: UUID, day: str, category: UUID | None, state: str, many: int
    ) -> None:
        self.write(
            session,
            "INSERT INTO public.posts (title, content, author_id, created_at, category_id, status)"
            f" SELECT 't', 'c', %s, %s, %s, %s FROM generate_series(1, {many})",
            author,
            day,
            category,
            state,
        )

    @rule(session=sessions, author=authors, rows=some, day=days)
    def copy(self, session: int, author: UUID, rows: int, day: str) -> None:
        columns = "title, content, author_id, created_at"
        try:
            with (
                self.writers[session].cursor() as cursor,
                cursor.copy(f"COPY public.posts ({columns}) FROM STDIN") as copy,
            ):
                for _ in range(rows):
                    copy.write_row(("t", "c", author, day))
        except BUSY:
            self.writers[session].rollback()

    @rule(
        session=sessions,
        rows=some,
        change=st.sampled_from(list(COLUMNS)),
        author=authors,
        day=days,
        category=categories,
        state=states,
    )
    def update(self, session: int, rows: int, change: str, **values: object) -> None:
        self.write(
            session,
            f"UPDATE public.posts SET {change} = %s WHERE id IN ({SOME_POSTS.format(rows)})",
            values[COLUMNS[change]],
        )

    @rule(session=sessions, rows=some)
    def delete(self, session: int, rows: int) -> None:
        self.write(session, f"DELETE FROM public.posts WHERE id IN ({SOME_POSTS.format(rows)})")

    @rule(session=sessions)
    def delete_the_guest(self, session: int) -> None:
        self.write(session, "DELETE FROM public.users WHERE id = %s", GUEST)

    @rule(session=sessions)
    def let_the_guest_come_back(self, session: int) -> None:
        self.write(
            session,
            "INSERT INTO public.users (id, email, name, role) VALUES (%s, 'g', 'g', 'admin')",
            GUEST,
        )

    @rule(session=sessions, role=st.sampled_from(["user", "moderator"]))
    def change_a_role(self, session: int, role: str) -> None:
        self.write(session, "UPDATE public.users SET role = %s WHERE name = 'User 1'", role)

    @rule(session=sessions)
    def truncate(self, session: int) -> None:
        self.write(session, "TRUNCATE public.posts")

    @rule(session=sessions)
    def fold_in_passing(self, session: int) -> None:
        if self.enabled:
            self.write(session, "SELECT analytics.fold_rollups_in_passing()")

    @rule(most=some)
    def fold_a_part(self, most: int) -> None:
        """As a refresh does that ends early: what was taken away may be folded before it came."""
        with self.engine.begin() as connection:
            lock = sa.text(f"SELECT pg_try_advisory_xact_lock({folding.LOCK_KEY})")
            if self.enabled and connection.scalar(lock):
                building.fold(connection, most)

    @rule(session=sessions, commit=st.booleans())
    def end(self, session: int, commit: bool) -> None:
        self.writers[session].commit() if commit else self.writers[session].rollback()

    @rule()
    def begin_a_snapshot(self) -> None:
        self.end_the_snapshot()
        self.old = psycopg.connect(self.url)
        self.old.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        self.old.execute("SELECT 1")

    @rule()
    def end_the_snapshot(self) -> None:
        if self.old is not None:
            self.old.close()
        self.old = None

    @rule(full=st.booleans())
    def refresh(self, full: bool) -> None:
        if not self.enabled:
            return
        # Somebody may hold the lock of who folds, or that of a table.
        with contextlib.suppress(echo.DatabaseError):
            self.rollups.refresh(full=full)

    @rule()
    def refresh_when_all_have_ended(self) -> None:
        """From then on the rollups answer everything."""
        for writer in self.writers:
            writer.commit()
        self.end_the_snapshot()
        self.enable()
        assert self.rollups.refresh().usable

    @rule(full=st.booleans())
    def refresh_that_is_killed(self, full: bool) -> None:
        if not self.enabled:
            return
        with self.engine.connect() as connection:
            pid = connection.scalar(sa.text("SELECT pg_backend_pid()"))
            lock = sa.text(f"SELECT pg_try_advisory_lock({folding.LOCK_KEY})")
            if not connection.scalar(lock):
                return
            connection.rollback()
            connection.execution_options(isolation_level="REPEATABLE READ")
            if full:
                connection.execute(sa.text("SET LOCAL lock_timeout = '20ms'"))
                with contextlib.suppress(sa.exc.OperationalError):
                    building.count_everything(connection)
            else:
                building.fold(connection, 3)
            run(self.url, f"SELECT pg_terminate_backend({pid}, 5000)")
            connection.invalidate()

    @rule()
    def enable(self) -> None:
        with contextlib.suppress(echo.DatabaseError):
            self.rollups.enable()
            self.enabled = True

    @rule()
    def disable(self) -> None:
        with contextlib.suppress(echo.DatabaseError):
            self.rollups.disable()
            self.enabled = False

    @invariant()
    def everybody_sees_what_a_recount_gives(self) -> None:
        if not getattr(self, "enabled", False):
            return
        for connection in (*self.writers, self.somebody, *([self.old] if self.old else [])):
            connection.execute("SET lock_timeout = '20ms'")
            try:
                found = differences(connection)
            except BUSY:  # somebody has locked the table, to truncate it
                connection.rollback()
                if connection is self.old:
                    self.end_the_snapshot()
            else:
                assert found == {}

    def teardown(self) -> None:
        if hasattr(self, "url"):
            for connection in (*self.writers, self.somebody):
                connection.close()
            self.end_the_snapshot()


@pytest.fixture(scope="module")
def template(create_database: Callable[..., str], migrated_template: str) -> str:
    url = create_database(migrated_template)
    add_users(url)
    with echo.connect(url) as db:
        db.rollups.enable()
    return url


def test_rollups_never_differ_from_a_recount(
    database_for_once: Callable[..., str], template: str
) -> None:
    class Here(Machine):
        new_url = staticmethod(lambda: database_for_once(template))

    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=30,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
