"""What a database is to us: empty, made by us, or the application's; and what we may do there.

Who owns ``public`` is recorded on the version table, so that it survives a dump. A database at the
base revision is looked at afresh.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import sqlalchemy as sa

from echo_analytics.errors import MigrationRefused
from echo_analytics.migration import requirements

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

VERSION_TABLE = "alembic_version"

Kind = Literal["empty", "own", "application", "adopted"]
"""Nothing is there; made by us; the application's; the application's and known to us already."""

_MARK_OWN = "echo_analytics: the tables in public were made by these migrations"
_MARK_ADOPTED = "echo_analytics: the tables in public belong to the application"

_VERSION_TABLE = """
SELECT obj_description(c.oid, 'pg_class') AS mark FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = 'analytics' AND c.relname = 'alembic_version' AND c.relkind = 'r'
"""

# Everything that somebody has made, members of extensions aside.
_OBJECTS = """
SELECT n.nspname AS schema_name, o.name FROM (
    SELECT 'pg_class'::regclass AS class, oid, relnamespace AS namespace, relname AS name
    FROM pg_class WHERE relkind IN ('r', 'p', 'v', 'm', 'f', 'S', 'c')
    UNION ALL
    SELECT 'pg_type'::regclass, oid, typnamespace, typname FROM pg_type
    WHERE typtype IN ('d', 'e', 'r')
    UNION ALL
    SELECT 'pg_proc'::regclass, oid, pronamespace, proname || '()' FROM pg_proc
) AS o
JOIN pg_namespace AS n ON n.oid = o.namespace
WHERE n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%'
AND NOT EXISTS (
    SELECT FROM pg_depend AS d
    WHERE d.classid = o.class AND d.objid = o.oid AND d.deptype = 'e')
ORDER BY n.nspname <> 'public', 1, 2
"""

_RIGHTS = """
SELECT current_user AS role,
    has_database_privilege(current_database(), 'CREATE') AS may_create,
    (SELECT has_schema_privilege(oid, 'CREATE') AND has_schema_privilege(oid, 'USAGE')
        FROM pg_namespace WHERE nspname = 'analytics') AS analytics,
    (SELECT has_schema_privilege(oid, 'CREATE')
        FROM pg_namespace WHERE nspname = 'public') AS public,
    (SELECT pg_has_role(c.relowner, 'USAGE') FROM pg_class AS c
        JOIN pg_namespace AS n ON n.oid = c.relnamespace
        WHERE n.nspname = 'public' AND c.relname = 'posts') AS posts
"""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a database is.

    Parameters
    ----------
    kind
        To whom ``public`` belongs.
    revision
        The revision the database is at, None at the base.
    """

    kind: Kind
    revision: str | None


def inspect(connection: Connection, known: Sequence[str]) -> Finding:
    """Find out what a database is. It changes nothing.

    Parameters
    ----------
    connection
        In a transaction whose search path is ``pg_catalog``.
    known
        The revisions of this version of the package; the last one is the newest.

    Raises
    ------
    MigrationRefused
        The database is neither empty nor that of an Echo Stack application, something is missing
        there, it was migrated by a newer version, or the role lacks a right.
    """
    revision = current_revision(connection)
    if revision is not None and revision not in known:
        raise MigrationRefused(
            f"the database is at the revision {revision}, which this version of echo-analytics "
            f"does not know (its newest is {known[-1]}): upgrade the package; nothing was changed"
        )
    _refuse_foreign_analytics(connection, revision)
    finding = Finding(_kind(connection, revision), revision)
    if finding.kind in {"application", "adopted"} or revision == known[-1]:
        _refuse_problems(connection)
    _refuse_without_rights(connection, finding.kind)
    return finding


def current_revision(connection: Connection) -> str | None:
    """Return the revision that the database is at, None at the base or without our schema."""
    if connection.execute(sa.text(_VERSION_TABLE)).one_or_none() is None:
        return None
    revisions = connection.scalars(
        sa.text(f"SELECT version_num FROM analytics.{VERSION_TABLE} ORDER BY 1")  # noqa: S608
    ).all()
    return ", ".join(revisions) or None


def is_adopted(connection: Connection) -> bool:
    """Whether ``public`` belongs to the application; also where nothing is recorded."""
    return _mark(connection) != _MARK_OWN


def has_schema(connection: Connection) -> bool:
    """Whether the schema ``analytics`` is there."""
    found = connection.scalar(sa.text("SELECT 1 FROM pg_namespace WHERE nspname = 'analytics'"))
    return found is not None


def prepare(connection: Connection, kind: Kind) -> None:
    """Create the schema ``analytics`` and the version table, and record who owns ``public``."""
    if not has_schema(connection):
        connection.exec_driver_sql("CREATE SCHEMA analytics")
    if connection.execute(sa.text(_VERSION_TABLE)).one_or_none() is None:
        connection.exec_driver_sql(
            f"CREATE TABLE analytics.{VERSION_TABLE} (version_num varchar(32) NOT NULL,"
            " CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))"
        )
    mark = _MARK_OWN if kind in {"empty", "own"} else _MARK_ADOPTED
    if _mark(connection) != mark:
        connection.exec_driver_sql(f"COMMENT ON TABLE analytics.{VERSION_TABLE} IS '{mark}'")


def _mark(connection: Connection) -> str | None:
    mark: str | None = connection.scalar(sa.text(_VERSION_TABLE))
    return mark


def _kind(connection: Connection, revision: str | None) -> Kind:
    if revision is not None:
        return "adopted" if is_adopted(connection) else "own"
    others = [(schema, name) for schema, name in _objects(connection) if schema != "analytics"]
    if not others:
        return "empty"
    if {name for schema, name in others if schema == "public"}.isdisjoint(requirements.tables()):
        names = [f"{schema}.{name}" for schema, name in others]
        more = f" and {len(names) - 5} more" if len(names) > 5 else ""
        raise MigrationRefused(
            "the database is neither empty nor that of an Echo Stack application: it holds "
            f"{', '.join(names[:5])}{more}, but none of the tables "
            f"{', '.join(f'public.{name}' for name in requirements.tables())}; nothing was changed"
        )
    return "application"


def _objects(connection: Connection) -> list[tuple[str, str]]:
    return [(row.schema_name, row.name) for row in connection.execute(sa.text(_OBJECTS))]


def _refuse_foreign_analytics(connection: Connection, revision: str | None) -> None:
    if revision is not None or _mark(connection) in {_MARK_OWN, _MARK_ADOPTED}:
        return
    names = [name for schema, name in _objects(connection) if schema == "analytics"]
    if strangers := [name for name in names if name != VERSION_TABLE]:
        raise MigrationRefused(
            "the schema analytics belongs to somebody else: it holds "
            f"{', '.join(strangers[:5])}; nothing was changed"
        )


def _refuse_problems(connection: Connection) -> None:
    if problems := requirements.problems(connection):
        raise MigrationRefused(
            "the database is not that of an Echo Stack application, or lacks a part of it: "
            f"{'; '.join(problems)}. Nothing was changed"
        )


def _refuse_without_rights(connection: Connection, kind: Kind) -> None:
    rights = connection.execute(sa.text(_RIGHTS)).one()
    lacking = []
    if rights.analytics is None and not rights.may_create:
        lacking.append("may not create the schema analytics in this database")
    if rights.analytics is False:
        lacking.append("may not create anything in the schema analytics")
    if kind == "empty" and rights.public is None:
        raise MigrationRefused("the database has no schema public; nothing was changed")
    if kind in {"empty", "own"} and not rights.public:
        lacking.append("may not create tables in the schema public")
    if rights.posts is False:
        lacking.append("does not own the table public.posts")
    if lacking:
        raise MigrationRefused(
            f"the role {rights.role} {' and '.join(lacking)}: migrate as the owner of the tables; "
            "nothing was changed"
        )
