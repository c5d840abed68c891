"""The revisions of ``migrations/`` and how alembic runs them."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

from echo_analytics.migration import inspection
from echo_analytics.schema import ANALYTICS, PUBLIC, metadata

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from alembic.config import Config
    from alembic.script import ScriptDirectory
    from sqlalchemy import Connection

# alembic's ``context`` and ``op`` are one for the process.
_one_at_a_time = threading.Lock()


def folder() -> Path:
    """Return the folder of the revisions: within the wheel, else that of the checkout."""
    packaged = Path(__file__).parents[1] / "_migrations"
    return packaged if packaged.is_dir() else Path(__file__).parents[2] / "migrations"


def titles() -> Mapping[str, str]:
    """Return the title of every revision, the base first."""
    revisions = _scripts().walk_revisions()
    return {one.revision: one.doc.rstrip(".") for one in reversed(list(revisions))}


def creations() -> Mapping[str, tuple[str, ...]]:
    """Return what each revision creates in ``analytics``, on an application's database too."""
    return {one.revision: getattr(one.module, "creates", ()) for one in _scripts().walk_revisions()}


def head() -> str:
    """Return the newest revision."""
    return list(titles())[-1]


def command(connection: Connection, run: Callable[[Config], None]) -> None:
    """Run a command of alembic in the transaction of ``connection``."""
    configuration = _configuration()
    configuration.attributes["connection"] = connection
    with _one_at_a_time:
        run(configuration)


def run(connection: Connection) -> None:
    """Do what alembic was called for, in the transaction of ``connection``; for ``env.py``.

    Raises
    ------
    MigrationRefused
        The database is not one that can be migrated.
    """
    from alembic import context

    if not reads_only(connection) and inspection.current_revision(connection) is None:
        finding = inspection.inspect(connection, tuple(titles()))
        inspection.prepare(connection, finding.kind)
    context.configure(**_options(connection, inspection.is_adopted(connection)))
    context.run_migrations()


def reads_only(connection: Connection) -> bool:
    """Whether alembic was called for something that changes nothing, as ``check`` or ``current``.

    From then on alembic does not create its version table either.
    """
    from alembic import context

    context.configure(connection=connection)
    options = context.get_context().opts
    return "revision_context" in options or bool(options.get("dont_mutate"))


def _options(connection: Connection, adopted: bool) -> dict[str, Any]:  # alembic's own keywords
    from alembic import context

    def include_object(
        item: object, name: str | None, kind: str, reflected: bool, other: object
    ) -> bool:
        del item, name
        # On the application's own database only what is missing there is news.
        is_theirs = kind not in {"table", "column"} or (reflected and other is None)
        return not (adopted and is_theirs)

    options: dict[str, Any] = {  # alembic's own keywords
        "connection": connection,
        "target_metadata": metadata,
        "version_table": inspection.VERSION_TABLE,
        "version_table_schema": ANALYTICS,
        "include_schemas": True,
        "include_name": _include_name,
        "include_object": include_object,
        "compare_server_default": True,
    }
    if "revision_context" in context.get_context().opts:
        options["dont_mutate"] = True
    return options


def _include_name(name: str | None, kind: str, parents: Mapping[str, str | None]) -> bool:
    if kind == "schema":
        return name in {PUBLIC, ANALYTICS}
    if kind == "table" and parents.get("schema_name") == ANALYTICS:
        return f"{ANALYTICS}.{name}" in metadata.tables
    return True


def _scripts() -> ScriptDirectory:
    from alembic.script import ScriptDirectory

    return ScriptDirectory.from_config(_configuration())


def _configuration() -> Config:
    from alembic.config import Config

    configuration = Config()
    configuration.set_main_option("script_location", str(folder()).replace("%", "%%"))
    configuration.set_main_option("path_separator", "os")
    return configuration
