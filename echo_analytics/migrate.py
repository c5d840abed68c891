"""Bringing a database to the newest revision: an empty one, our own, or an application's.

An application's database is adopted: ``public`` gets a trigger and nothing else, and posts that
contradict themselves are brought in step. The order is: the revisions, the trigger with them; then
the repairs in short transactions; then the mark that readers go by. Each step can be broken off,
and the next run goes on.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from echo_analytics import triggers
from echo_analytics.errors import InvalidInput
from echo_analytics.journal import flight
from echo_analytics.migration import inspection, repairs, requirements, revisions, sessions
from echo_analytics.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection, Engine

    Progress = Callable[[int, int], None]

logger = logging.getLogger("echo_analytics.migrate")

PATIENCE = 300.0
"""Seconds to wait for another migration, and for locks of other sessions."""


@dataclass(frozen=True, slots=True)
class MigrationReport:
    """What a migration found, and what it did or would do.

    Parameters
    ----------
    kind
        ``empty``: nothing was there. ``own``: made by us. ``application``: the application's, met
        for the first time. ``adopted``: the application's, and known already.
    from_revision, to_revision
        The revision before and after, None for none.
    applied
        What was done, or would be done, in order, one sentence each.
    repaired_rows
        Posts that were, or would be, brought in step.
    warnings
        What is missing but not ours to add, with the statement to run.
    changed
        Whether anything was, or would be, done.
    """

    kind: inspection.Kind
    from_revision: str | None
    to_revision: str
    applied: tuple[str, ...]
    repaired_rows: int
    warnings: tuple[str, ...]
    changed: bool

    def text(self) -> str:
        """Return the report for people, a line for each thing."""
        lines = list(self.applied) or [f"nothing to do: the database is at {self.to_revision}"]
        if self.repaired_rows:
            lines.append(f"posts whose published and status disagreed: {self.repaired_rows:,}")
        lines += [f"warning: {warning}" for warning in self.warnings]
        return "\n".join(lines) + "\n"


def migrate(
    target: str | Engine,
    *,
    check: bool = False,
    progress: Progress | None = None,
    patience: float = PATIENCE,
) -> MigrationReport:
    """Bring a database to the newest revision, or say what that would do.

    Parameters
    ----------
    target
        The URL of the database, or an engine for it.
    check
        Change nothing at all, only report.
    progress
        Called while posts are repaired, with the posts done and the posts found at the start.
    patience
        Seconds to wait for another migration, and for locks of other sessions.

    Raises
    ------
    MigrationRefused
        The database is neither empty nor that of an Echo Stack application, a table, column or
        label is missing, a newer version was here, or the role lacks a right. Nothing was changed.
    ConnectionFailed
        The server cannot be reached.
    DatabaseError
        Another migration or other sessions' locks took more than ``patience`` seconds, or the
        server refused a statement.

    Examples
    --------
    >>> migrate("postgresql://app@localhost/app", check=True).applied  # doctest: +SKIP
    ('create the schema analytics', ...)
    """
    if check:
        with sessions.connect(target) as connection:
            return _plan(connection)
    with flight(logger, "migration", "migration: nothing to do") as landing:
        report = _migrated(target, progress, patience)
        landing.facts.update(revision=report.to_revision, repaired_rows=report.repaired_rows)
        if report.changed:
            landing.text = f"migration from {report.from_revision} to {report.to_revision}"
    return report


def _migrated(target: str | Engine, progress: Progress | None, patience: float) -> MigrationReport:
    with sessions.connect(target) as connection, sessions.exclusive(connection, patience):
        report = _plan(connection)
        if not report.changed:
            return report
        sessions.patiently(connection, lambda: _upgrade(connection), patience)
        repaired = finish(connection, progress, patience)
    return replace(report, repaired_rows=repaired)


def downgrade(
    target: str | Engine, revision: str = "base", *, patience: float = PATIENCE
) -> str | None:
    """Take revisions back. On a database of our own this drops tables with their rows.

    On an application's database only the trigger and its function go. The schema ``analytics``
    stays, since the version table lives in it.

    Parameters
    ----------
    target
        The URL of the database, or an engine for it.
    revision
        The revision to go back to; ``base`` for none.
    patience
        Seconds to wait for another migration, and for locks of other sessions.

    Returns
    -------
    str or None
        The revision that the database is at now.

    Raises
    ------
    InvalidInput
        There is no such revision, or it is not an earlier one.
    """
    known = (None, *revisions.titles())
    wanted = None if revision == "base" else revision
    with (
        flight(logger, "downgrade", "downgrade") as landing,
        sessions.connect(target) as connection,
        sessions.exclusive(connection, patience),
    ):
        now = _current(connection)
        if wanted not in known or (now in known and known.index(wanted) > known.index(now)):
            raise InvalidInput("revision", f"must be base or one up to the database's own, {now}")
        if wanted != now:
            sessions.patiently(connection, lambda: _downgrade(connection, revision), patience)
        reached = _current(connection)
        landing.text = f"downgrade to {reached}"
        landing.facts.update(revision=reached)
        return reached


def current(target: str | Engine) -> str | None:
    """Return the revision that the database is at, None where it was never migrated."""
    with sessions.connect(target) as connection:
        return _current(connection)


def head() -> str:
    """Return the newest revision."""
    return revisions.head()


def run_alone(url: str | None = None) -> None:
    """Do what the command ``alembic`` was called for; for ``env.py``.

    Parameters
    ----------
    url
        The URL of the database, that of ``ECHO_DATABASE_URL`` where it is None.
    """
    url = url or Settings.from_environment().database_url
    if url is None:
        raise InvalidInput("ECHO_DATABASE_URL", "must be set to the URL of the database")
    with sessions.connect(url) as connection:
        # Otherwise alembic takes the schema public for one without a name.
        connection.dialect.default_schema_name = "pg_catalog"
        if revisions.reads_only(connection):
            with sessions.transaction(connection, read_only=True):
                revisions.run(connection)
            return
        with sessions.exclusive(connection, PATIENCE):
            sessions.patiently(connection, lambda: revisions.run(connection), PATIENCE)
            finish(connection, None, PATIENCE)


def finish(connection: Connection, progress: Progress | None, patience: float) -> int:
    """Do what follows the newest revision: the trigger where it is gone, repairs, the mark.

    Returns
    -------
    int
        The posts that were repaired; 0 too where the database is not at the newest revision.
    """
    with sessions.transaction(connection, read_only=True):
        if inspection.current_revision(connection) != head():
            return 0
        lacking = triggers.state(connection).todo
    if lacking:
        sessions.patiently(connection, lambda: triggers.install(connection), patience)
    with sessions.transaction(connection, read_only=True):
        left = repairs.count(connection).total
        marked = triggers.in_step(connection)
    if left and marked:
        sessions.patiently(connection, lambda: triggers.unmark(connection), patience)
    repaired = 0
    if left:
        repaired = repairs.repair(
            connection, lambda: sessions.transaction(connection), left, progress, patience
        )
    if left or not marked:
        sessions.patiently(connection, lambda: triggers.mark(connection), patience)
    return repaired


def _plan(connection: Connection) -> MigrationReport:
    titles = revisions.titles()
    with sessions.transaction(connection, read_only=True):
        finding = inspection.inspect(connection, tuple(titles))
        todo = _revisions_todo(connection, finding)
        found = repairs.OutOfStep(0, 0)
        warnings: tuple[str, ...] = ()
        if finding.kind in {"application", "adopted"} or finding.revision == head():
            found = repairs.count(connection)
            warnings = requirements.warnings(connection)
            todo += (*triggers.state(connection).todo, *found.todo)
            if not todo and not triggers.in_step(connection):
                todo = ("record that every post is in step",)
    return MigrationReport(
        finding.kind, finding.revision, head(), todo, found.total, warnings, bool(todo)
    )


def _revisions_todo(connection: Connection, finding: inspection.Finding) -> tuple[str, ...]:
    titles = revisions.titles()
    known = list(titles)
    start = 0 if finding.revision is None else known.index(finding.revision) + 1
    pending = known[start:]
    if not pending:
        return ()
    first = () if inspection.has_schema(connection) else ("create the schema analytics",)
    if finding.kind in {"application", "adopted"}:
        creations = revisions.creations()
        created = (f"create {what}" for one in pending for what in creations[one])
        return (*first, *created, f"record the revision {pending[-1]} in analytics.alembic_version")
    return (*first, *(f"revision {one}: {titles[one]}" for one in pending))


def _current(connection: Connection) -> str | None:
    with sessions.transaction(connection, read_only=True):
        return inspection.current_revision(connection)


def _upgrade(connection: Connection) -> None:
    from alembic import command

    revisions.command(connection, lambda config: command.upgrade(config, "head"))


def _downgrade(connection: Connection, revision: str) -> None:
    from alembic import command

    revisions.command(connection, lambda config: command.downgrade(config, revision))
