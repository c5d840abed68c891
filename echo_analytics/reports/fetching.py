"""Fetching all that a report needs in one moment, before anything is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from echo_analytics.arrow import statement
from echo_analytics.reports.section import Part, arguments_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    import pyarrow as pa

    from echo_analytics.arrow import Statement
    from echo_analytics.database import Database
    from echo_analytics.reports.period import Period
    from echo_analytics.reports.progress import Progress
    from echo_analytics.reports.section import Report, Section
    from echo_analytics.source import AnySelect, Source, Values

    Composed = Callable[[Period, Source[pa.Table]], Report]


@dataclass(frozen=True, slots=True)
class Fetched:
    """A report with its rows.

    Parameters
    ----------
    title
        What stands at the top.
    parts
        The sections with what was found for them.
    period
        The days it is about.
    as_of
        The moment (aware) that decides what is complete.
    server_version, revision
        Of PostgreSQL and of the migrations; the revision is None where there is none to be seen.
    """

    title: str
    parts: tuple[Part, ...]
    period: Period
    as_of: datetime
    server_version: str
    revision: str | None


class _Listening:
    """A source that keeps the statements that it passes on."""

    def __init__(self, source: Source[pa.Table]) -> None:
        self._source = source
        self.heard: list[Statement] = []

    def arrow(self, select: AnySelect, values: Values | None = None) -> pa.Table:
        """Pass on, and keep."""
        self.heard.append(statement(select, values))
        return self._source.arrow(select, values)

    def frame(self, select: AnySelect, values: Values | None = None) -> pa.Table:
        """Pass on, and keep."""
        self.heard.append(statement(select, values))
        return self._source.frame(select, values)

    def batches(self, select: AnySelect, values: Values | None = None) -> Iterator[pa.Table]:
        """Pass on, and keep."""
        self.heard.append(statement(select, values))
        yield from self._source.batches(select, values)

    def rolled_up(self, select: AnySelect, values: Values | None = None) -> pa.Table | None:
        """Pass on, and keep what was answered."""
        found = self._source.rolled_up(select, values)
        if found is not None:
            self.heard.append(statement(select, values))
        return found

    # Any: whatever else an analysis asks its source for.
    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        return getattr(self._source, name)


# Any: whatever the frame of the database.
def fetch(
    db: Database[Any],
    compose: Composed,
    period: Period,
    now: datetime,
    progress: Progress,
    more: int = 0,
) -> Fetched:
    """Run every analysis of a report in one read-only transaction, which is over on return.

    Parameters
    ----------
    db
        The database.
    compose
        Gives the report for a period.
    period
        The days.
    now
        The moment (aware) that decides what is complete.
    progress
        Is told how many steps there are, and the heading of each section before it is fetched.
    more
        How many steps come afterwards.
    """
    with db.snapshot() as moment:
        source: Source[pa.Table] = moment.using("arrow")
        report = compose(period, source)
        progress.start(len(report.sections) + more)
        version, revision = _state(source)
        parts = []
        for section in report.sections:
            progress.step(section.heading)
            parts.append(_part(source, section, period, now))
    return Fetched(report.title, tuple(parts), period, now, version, revision)


def _part(source: Source[pa.Table], section: Section, period: Period, now: datetime) -> Part:
    if section.analysis is None:
        return Part(section, {}, None, (), section.text, now)
    listening = _Listening(source)
    arguments = arguments_of(section, period, now)
    table = section.analysis(listening, **arguments)
    if section.rows is not None:
        table = section.rows(table)
    said = tuple(section.says(table)) if section.says is not None else ()
    return Part(section, arguments, table, tuple(listening.heard), (*section.text, *said), now)


def _state(source: Source[pa.Table]) -> tuple[str, str | None]:
    # Joins, because to_regclass would raise for a role without USAGE on the schema.
    readable = """coalesce((
        SELECT has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')
        FROM pg_catalog.pg_class AS c
        JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
        WHERE n.nspname = 'analytics' AND c.relname = 'alembic_version'), false)"""
    facts = source.arrow(
        sa.select(
            sa.literal_column("current_setting('server_version')", sa.Text()).label("version"),
            sa.literal_column(readable, sa.Boolean()).label("readable"),
        )
    ).to_pylist()[0]
    revision = None
    if facts["readable"]:
        table = sa.table("alembic_version", sa.column("version_num", sa.Text), schema="analytics")
        newest = sa.func.max(table.c.version_num, type_=sa.Text()).label("revision")
        revision = source.arrow(sa.select(newest)).column(0)[0].as_py()
    return facts["version"], revision
