"""``db.rollups``: making, removing, refreshing and looking at rollups."""

from __future__ import annotations

import contextlib
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from echo_analytics.arguments import flag, time_zone
from echo_analytics.errors import InvalidInput, NotSupported
from echo_analytics.journal import flight
from echo_analytics.migration import inspection, sessions
from echo_analytics.rollups import answering, building, folding, objects

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Engine

logger = logging.getLogger("echo_analytics.rollups")

PATIENCE = 300.0
"""Seconds to wait for others that change what is stored, and for locks of other sessions."""

_AT_ONCE = 50_000
_NAME = "refresh of rollups"

_THERE = "SELECT 1 FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace"
_THERE += " WHERE n.nspname = 'analytics' AND c.relname = 'rollup_zone'"

_STATUS = f"""
SELECT (SELECT array_agg(zone ORDER BY id) FROM analytics.rollup_zone) AS zones,
    (SELECT coalesce(sum(n), 0)::bigint FROM analytics.rollup_author
        WHERE zone_id = (SELECT min(id) FROM analytics.rollup_zone))
        + (SELECT coalesce(sum(n), 0)::bigint FROM analytics.rollup_log) AS counted,
    (SELECT count(*) FROM public.posts) AS posts,
    (SELECT count(*) FROM analytics.rollup_log) AS noted,
    (SELECT coalesce(array_agg(DISTINCT kind), '{{}}') FROM analytics.rollup_mark) AS marks,
    {answering.SIGNATURE} AS signature,
    (SELECT array_agg(DISTINCT triggers) FROM analytics.rollup_zone) AS signatures
"""  # noqa: S608 - constants of ours


@dataclass(frozen=True, slots=True)
class RollupStatus:
    """What there is of rollups, and whether analyses go by them.

    Parameters
    ----------
    zones
        The zones whose days are stored; none where rollups are not enabled.
    usable
        Whether analyses go by them. Else they count from the tables.
    noted
        Changes of posts that are not folded into what is stored.
    counted, posts
        How many posts the rollups know, and how many there are. They can only differ where posts
        were written past the triggers.
    problems
        What keeps analyses from the rollups, and what to do.
    """

    zones: tuple[str, ...] = ()
    usable: bool = False
    noted: int = 0
    counted: int = 0
    posts: int = 0
    problems: tuple[str, ...] = ()

    def text(self) -> str:
        """Return the status for people, a line for each thing."""
        if not self.zones:
            return "rollups are not enabled\n"
        lines = [
            f"zones: {', '.join(self.zones)}",
            f"analyses go by them: {'yes' if self.usable else 'no'}",
            f"changes not folded in: {self.noted:,}",
            f"posts counted: {self.counted:,} of {self.posts:,}",
            *self.problems,
            "writes with session_replication_role = replica are not seen: refresh --full then",
        ]
        return "\n".join(lines) + "\n"


class Rollups:
    """Counts of posts by day, stored and kept exact, from which series are answered in no time.

    Examples
    --------
    >>> db.rollups.enable().zones  # doctest: +SKIP
    ('UTC',)
    """

    def __init__(self, engine: Engine, *, patience: float = PATIENCE) -> None:
        self._engine = engine
        self._patience = patience

    def enable(self, timezone: str = "UTC") -> RollupStatus:
        """Store the days of a zone, and keep them exact from now on.

        It adds six triggers to ``public.posts`` and ``public.users``, and tables and functions to
        ``analytics``. Writers go on meanwhile; each is waited for once.

        Parameters
        ----------
        timezone
            The IANA name of the zone whose days are meant. Call it for each zone that is asked for.

        Raises
        ------
        InvalidInput
            The zone is unknown.
        NotSupported
            The database was never migrated.
        DatabaseError
            The role does not own the tables, or others held locks for too long.
        """
        zone = time_zone(timezone)
        what = f"rollups of {zone.key}"
        with flight(logger, f"enabling {what}", f"{what} enabled"), self._alone() as connection:
            self._create(connection)
            with sessions.transaction(connection, one_snapshot=True):
                known = building.zones(connection)
                if not (known and _found(connection).current):
                    if zone.key not in known:
                        building.add_zone(connection, zone)
                    building.count_everything(connection)
                elif zone.key not in known:
                    # What was noted is folded first, since the posts that are counted contain it.
                    building.fold_everything(connection)
                    building.count_zone(connection, building.add_zone(connection, zone))
            self._clean(connection)
            return self._status(connection)

    def disable(self, timezone: str | None = None) -> RollupStatus:
        """Remove the days of a zone; with None, or with the last zone, everything of rollups.

        Parameters
        ----------
        timezone
            The zone, None for all.

        Raises
        ------
        InvalidInput
            The zone is unknown, or its days are not stored.
        DatabaseError
            The role does not own the tables, or others held locks for too long.
        """
        name = None if timezone is None else time_zone(timezone).key
        what = f"rollups of {name or 'every zone'}"
        with flight(logger, f"disabling {what}", f"{what} disabled"), self._alone() as connection:
            with sessions.transaction(connection):
                known = building.zones(connection) if _is_there(connection) else {}
                if name is not None and name not in known:
                    raise InvalidInput("timezone", "has no rollups")
                if name is not None and len(known) > 1:
                    building.remove_zone(connection, known[name])
                    return RollupStatus(tuple(zone for zone in known if zone != name))
            sessions.patiently(connection, lambda: objects.drop(connection), self._patience)
        return RollupStatus()

    def refresh(self, *, full: bool = False) -> RollupStatus:
        """Fold what was noted into what is stored, or count everything again.

        It can run at any time, beside writers and readers; of two at once, one waits. Broken off
        or killed, it leaves what was there before.

        Parameters
        ----------
        full
            Count everything again. That is needed after posts were written past the triggers, with
            ``session_replication_role = replica``. It is done anyhow where posts were truncated,
            or where a trigger was missing or disabled.

        Raises
        ------
        NotSupported
            Rollups are not enabled.
        DatabaseError
            The role does not own the tables, or others held locks for too long.
        """
        anew = flag("full", full)
        what = "refresh of rollups"
        with flight(logger, what, what, full=anew), self._alone() as connection:
            with sessions.transaction(connection, read_only=True):
                if not _is_there(connection):
                    raise NotSupported("rollups are not enabled: `echo-analytics rollups enable`")
                found = _found(connection)
            if anew or "all" in found.marks or not found.current or 2 * found.noted > found.counted:
                self._create(connection)
                with sessions.transaction(connection, one_snapshot=True):
                    building.count_everything(connection)
            else:
                self._fold(connection, roles="role" in found.marks)
            self._clean(connection)
            return self._status(connection)

    def status(self) -> RollupStatus:
        """Say what is there; it compares the number of posts with the one that was counted."""
        with sessions.connect(self._engine) as connection:
            return self._status(connection)

    @contextlib.contextmanager
    def _alone(self) -> Iterator[Connection]:
        with (
            sessions.connect(self._engine) as connection,
            sessions.exclusive(connection, self._patience, folding.LOCK_KEY, _NAME),
        ):
            yield connection

    def _create(self, connection: Connection) -> None:
        with sessions.transaction(connection, read_only=True):
            if not inspection.has_schema(connection):
                raise NotSupported(
                    "the database has no schema analytics: `echo-analytics migrate` makes it"
                )
        sessions.patiently(connection, lambda: objects.create(connection), self._patience)

    def _fold(self, connection: Connection, *, roles: bool) -> None:
        folded = _AT_ONCE
        while folded >= _AT_ONCE:
            with sessions.transaction(connection):
                folded = building.fold(connection, _AT_ONCE)
        if roles:
            # Nobody is noted any more who is gone by then, and might come back with another role.
            with sessions.transaction(connection, one_snapshot=True):
                building.fold_everything(connection)
                building.count_roles(connection)

    def _clean(self, connection: Connection) -> None:
        """Let go of what is dead, which readers would have to pass."""
        connection.execution_options(isolation_level="AUTOCOMMIT")
        names = ", ".join(f"analytics.{table}" for table in objects.TABLES)
        connection.exec_driver_sql(f"VACUUM (ANALYZE, SKIP_LOCKED) {names}")
        connection.rollback()

    def _status(self, connection: Connection) -> RollupStatus:
        with sessions.transaction(connection, read_only=True):
            if not _is_there(connection):
                return RollupStatus()
            found = _found(connection)
        problems = found.problems
        return RollupStatus(
            found.zones, not problems, found.noted, found.counted, found.posts, problems
        )


@dataclass(frozen=True, slots=True)
class _Found:
    zones: tuple[str, ...]
    counted: int
    posts: int
    noted: int
    marks: tuple[str, ...]
    signature: str | None
    signatures: tuple[str, ...]

    @property
    def current(self) -> bool:
        """Whether the triggers have been there since everything was counted."""
        return self.signatures == (self.signature,)

    @property
    def problems(self) -> tuple[str, ...]:
        problems = []
        if not self.current:
            problems.append("a trigger is or was missing or disabled: refresh")
        if "all" in self.marks:
            problems.append("posts were truncated, or their columns changed: refresh")
        if self.noted > folding.MOST_NOTED:
            problems.append("too much was written since the last refresh: refresh")
        if self.counted != self.posts:
            problems.append("posts were written past the triggers: refresh --full")
        return tuple(problems)


def _found(connection: Connection) -> _Found:
    row = connection.execute(sa.text(_STATUS)).one()
    return _Found(
        tuple(row.zones or ()),
        row.counted,
        row.posts,
        row.noted,
        tuple(row.marks),
        row.signature,
        tuple(row.signatures or ()),
    )


def _is_there(connection: Connection) -> bool:
    return connection.scalar(sa.text(_THERE)) is not None
