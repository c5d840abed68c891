"""The command ``reader-role``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

import echo_analytics as echo
from echo_analytics.cli.common import opened, remember
from echo_analytics.cli.options import DatabaseOption, DebugOption
from echo_analytics.errors import InvalidInput


def reader_role(
    print_: Annotated[
        bool, typer.Option("--print", help="Print the SQL that makes it, for psql.")
    ] = False,
    create: Annotated[bool, typer.Option("--create", help="Make it in the database.")] = False,
    name: Annotated[str, typer.Option("--name", help="What it is called.")] = "echo_reader",
    password_file: Annotated[
        Path | None,
        typer.Option(
            "--password-file",
            metavar="FILE",
            help="Its password, made up where there is no file; else ECHO_READER_PASSWORD.",
        ),
    ] = None,
    connection_limit: Annotated[
        int, typer.Option("--connection-limit", help="How many sessions at a time.")
    ] = 30,
    statement_timeout: Annotated[
        int, typer.Option("--statement-timeout", help="Seconds for a statement.")
    ] = 300,
    idle_timeout: Annotated[
        int, typer.Option("--idle-timeout", help="Seconds that a transaction may stand idle.")
    ] = 60,
    leave_public: Annotated[
        bool, typer.Option("--leave-public", help="Take no right from PUBLIC.")
    ] = False,
    database: DatabaseOption = None,
    debug: DebugOption = False,
) -> None:
    """Make a role that can read the database and nothing else, for analysts."""
    from echo_analytics.reader_role import given_password

    remember(debug)
    if print_ == create:
        raise InvalidInput("--print, --create", "needs one of the two")
    # Any: what both functions take by name.
    options: dict[str, Any] = {
        "connection_limit": connection_limit,
        "statement_timeout": statement_timeout,
        "idle_timeout": idle_timeout,
        "leave_public": leave_public,
    }
    script = echo.reader_role_sql(name, **options)
    if print_:
        typer.echo(script, nl=False)
        return
    password = given_password(password_file)
    with opened(database, debug) as db:
        report = echo.create_reader_role(db, name, password=password, **options)
    typer.echo(report.text(), nl=False)
