"""The ledger in the database: the table ``analytics.report_runs``."""

from __future__ import annotations

import contextlib
import hashlib
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from echo_analytics.errors import ConnectionFailed, NotFound
from echo_analytics.reports.ledger.run import Run
from echo_analytics.schema import ANALYTICS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from echo_analytics.database import Database
    from echo_analytics.reports.ledger.run import Status

TABLE = sa.Table(
    "report_runs",
    # Not among the tables that an application's database is compared with.
    sa.MetaData(schema=ANALYTICS),
    sa.Column("run_id", sa.Uuid(as_uuid=False), primary_key=True),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("report", sa.Text, nullable=False),
    sa.Column("period", sa.Text, nullable=False),
    sa.Column("parameters", pg.JSONB, nullable=False),
    sa.Column("complete", sa.Boolean, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("started", sa.DateTime(timezone=True), nullable=False),
    sa.Column("finished", sa.DateTime(timezone=True)),
    sa.Column("host", sa.Text, nullable=False),
    sa.Column("folder", sa.Text, nullable=False),
    sa.Column("files", pg.JSONB, nullable=False),
    sa.Column("error", sa.Text),
    sa.Column("deliveries", pg.JSONB, nullable=False),
)


class StoredLedger:
    """Runs in the database; jobs are kept apart by advisory locks of it.

    Parameters
    ----------
    db
        The database.
    """

    # Any: whatever its frame.
    def __init__(self, db: Database[Any]) -> None:
        self._db = db
        self._locked: list[sa.Connection] = []

    @property
    def place(self) -> str:
        """The table."""
        return f"{TABLE.fullname} of {self._db.where}"

    @contextlib.contextmanager
    def alone(self, key: str) -> Iterator[bool]:
        """Give True where nobody runs the same job on any machine, and keep it so."""
        number = {"number": lock_number(key)}
        # Not db.autocommit(): one that is lost after the block must not undo what went well.
        connection = self._db.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        try:
            ours = self._taken(connection, number)
            self._locked += [connection] if ours else []
            yield ours
        finally:
            # A connection that was lost has given up its locks already.
            with contextlib.suppress(sa.exc.SQLAlchemyError):
                if connection in self._locked:
                    self._locked.remove(connection)
                    connection.execute(sa.text("SELECT pg_advisory_unlock(:number)"), number)
            with contextlib.suppress(sa.exc.SQLAlchemyError):
                connection.close()

    def _taken(self, connection: sa.Connection, number: dict[str, int]) -> bool:
        with contextlib.suppress(sa.exc.DBAPIError):
            return bool(connection.scalar(sa.text("SELECT pg_try_advisory_lock(:number)"), number))
        raise self._lost()

    def check(self) -> None:
        """Raise where the server is gone, and the locks with it."""
        for connection in self._locked:
            try:
                connection.execute(sa.text("SELECT 1"))
            except sa.exc.SQLAlchemyError:
                break
        else:
            return
        raise self._lost()

    def _lost(self) -> ConnectionFailed:
        return ConnectionFailed(f"the connection to {self._db.where} was lost")

    def begin(self, run: Run) -> None:
        """Record a run that starts."""
        with self._db.transaction() as connection:
            connection.execute(TABLE.insert().values(**_values(run)))

    @contextlib.contextmanager
    def publishing(self, run: Run) -> Iterator[None]:
        """Record the run, and commit that after the block."""
        with self._db.transaction() as connection:
            same = TABLE.c.run_id == run.run_id
            connection.execute(TABLE.update().where(same).values(**_values(run)))
            yield

    def record(
        self,
        run_id: str,
        *,
        status: Status | None = None,
        finished: datetime | None = None,
        folder: str | None = None,
        files: tuple[str, ...] | None = None,
        error: str | None = None,
        deliveries: Mapping[str, object] | None = None,
    ) -> None:
        """Change what is recorded of a run."""
        given: dict[str, object] = {
            "status": status,
            "finished": finished,
            "folder": folder,
            "files": None if files is None else list(files),
            "error": error,
        }
        changes = {name: value for name, value in given.items() if value is not None}
        if deliveries is not None:
            added = sa.literal(dict(deliveries), pg.JSONB)
            changes["deliveries"] = TABLE.c.deliveries.concat(added)
        changed = TABLE.update().where(TABLE.c.run_id == run_id).values(**changes)
        with self._db.transaction() as connection:
            if not connection.execute(changed).rowcount:
                raise NotFound("there is no such run in the ledger")

    def run(self, run_id: str) -> Run:
        """Return a run."""
        with self._db.transaction() as connection:
            for row in connection.execute(sa.select(TABLE).where(TABLE.c.run_id == run_id)):
                return _run(row)
        raise NotFound("there is no such run in the ledger")

    def runs(self, key: str | None = None, limit: int = 100) -> list[Run]:
        """Return the newest runs, the newest first."""
        wanted = sa.select(TABLE).order_by(TABLE.c.started.desc(), TABLE.c.run_id.desc())
        if key is not None:
            wanted = wanted.where(TABLE.c.key == key)
        with self._db.transaction() as connection:
            return [_run(row) for row in connection.execute(wanted.limit(limit))]

    def running(self) -> Iterator[Run]:
        """Return the runs that are recorded as going on."""
        wanted = sa.select(TABLE).where(TABLE.c.status == "running")
        with self._db.transaction() as connection:
            return iter([_run(row) for row in connection.execute(wanted)])


def lock_number(key: str) -> int:
    """Return the number of the advisory lock of a job."""
    digest = hashlib.sha256(f"echo_analytics report {key}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


def _values(run: Run) -> dict[str, object]:
    values = {column.name: getattr(run, column.name) for column in TABLE.columns}
    return {
        **values,
        "parameters": dict(run.parameters),
        "files": list(run.files),
        "deliveries": dict(run.deliveries),
    }


# Any: a row of the table.
def _run(row: sa.Row[Any]) -> Run:
    values = dict(row._mapping)  # noqa: SLF001 - the public name of what a row maps
    return Run(**{**values, "files": tuple(values["files"])})
