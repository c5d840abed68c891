"""How alembic reaches the database: on the connection that it is handed, else on its own."""

from __future__ import annotations

from logging.config import fileConfig

from alembic import context
from alembic.util import CommandError

from echo_analytics import migrate
from echo_analytics.errors import EchoError
from echo_analytics.migration import revisions


def main() -> None:
    handed = context.config.attributes.get("connection")
    if context.is_offline_mode():
        raise CommandError("what a revision does depends on the database: --sql is not supported")
    if handed is not None:
        revisions.run(handed)
        return
    if context.config.config_file_name is not None:
        fileConfig(context.config.config_file_name, disable_existing_loggers=False)
    try:
        migrate.run_alone(context.config.get_main_option("sqlalchemy.url"))
    except EchoError as error:
        raise CommandError(str(error)) from error


main()
