"""The role that analysts connect as: it can read, and whatever they run, nothing is written."""

from __future__ import annotations

import os
import re
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from psycopg import sql

from echo_analytics.arguments import positive
from echo_analytics.errors import DatabaseError, InvalidInput, NotSupported
from echo_analytics.reader_role.statements import CLOSE_PUBLIC, FINDINGS, REFUSE_OR_WARN, ROLE

if TYPE_CHECKING:
    from pathlib import Path

    import sqlalchemy as sa

    from echo_analytics.database import Database

READER = "echo_reader"
PASSWORD_VARIABLE = "ECHO_READER_PASSWORD"  # noqa: S105 - the name of a variable

_LONGEST_NAME = 63
_HEAD = """\
-- The role {name}, which can read and do nothing else. It can be run again at any time.
-- It gets no password here. psql's \\password {name} sets one without sending it readably.
BEGIN;
"""


@dataclass(frozen=True, slots=True)
class ReaderRole:
    """What ``create_reader_role`` made.

    Parameters
    ----------
    name
        The role.
    created
        Whether it is new.
    password
        The one that was made up for it; None when one was given, or the role was there before.
    warnings
        What it can do besides reading, and what to do about it.
    """

    name: str
    created: bool
    password: str | None = field(default=None, repr=False)
    warnings: tuple[str, ...] = ()

    def text(self) -> str:
        """Say it in lines; the password is among them."""
        lines = [f"the role {self.name} {'was created' if self.created else 'is as it should be'}"]
        if self.password is not None:
            lines.append(f"its password, which is shown only now: {self.password}")
        return "".join(f"{line}\n" for line in (*lines, *(f"warning: {w}" for w in self.warnings)))


def reader_role_sql(
    name: str = READER, *, connection_limit: int = 30, leave_public: bool = False
) -> str:
    """Return the SQL that makes a role for reading, for psql.

    Parameters
    ----------
    name
        The role. One that is there already is accepted where it can do nothing but read.
    connection_limit
        How many sessions the role may have at a time, all analysts together.
    leave_public
        Leave everybody's right to temporary tables and large objects. Otherwise it is taken from
        PUBLIC and given to each role that owns something, or was granted something, in the
        database.

    Returns
    -------
    str
        One transaction. It fails, changing nothing, where the role could write.

    Raises
    ------
    InvalidInput
        The name cannot be that of a role, or the limit is no positive number.

    Examples
    --------
    >>> import echo_analytics as echo
    >>> "GRANT SELECT" in echo.reader_role_sql()
    True
    """
    statements = _statements(name, connection_limit, leave_public=leave_public)
    return f"{_HEAD.format(name=name)}{statements}\n{REFUSE_OR_WARN}\nCOMMIT;\n"


# Any: whatever the frame of the database.
def create_reader_role(
    db: Database[Any],
    name: str = READER,
    *,
    password: str | None = None,
    connection_limit: int = 30,
    leave_public: bool = False,
) -> ReaderRole:
    """Make a role that can read and nothing else, or bring one up to date; it writes.

    It needs a role that may create roles and owns the tables; a superuser can close every way to
    write, others get a warning about those that stay.

    Parameters
    ----------
    db
        The database whose tables are to be read.
    name, connection_limit, leave_public
        See ``reader_role_sql``.
    password
        For the role; only its SCRAM hash is sent to the server. None makes one up for a new role,
        and leaves that of an older one.

    Returns
    -------
    ReaderRole
        Whether it was created, its new password, and warnings.

    Raises
    ------
    NotSupported
        The role could write, or the present one may not do this; nothing was changed.
    DatabaseError
        The server refused a statement: nothing was changed.

    Examples
    --------
    >>> import echo_analytics as echo
    >>> echo.create_reader_role(db, password="a long one")  # doctest: +SKIP
    """
    statements = _statements(name, connection_limit, leave_public=leave_public)
    if password is not None and (not password or "\0" in password):
        raise InvalidInput("password", "is empty or holds a NUL character")
    lacking = False
    try:
        with db.transaction() as connection:
            created = not _execute(connection, _exists(name)).scalar_one()
            _execute(connection, statements)
            warnings = _checked(connection, name)
            made_up = secrets.token_urlsafe(24) if created and password is None else None
            if wanted := password or made_up:
                _set_password(connection, name, wanted)
    except DatabaseError as error:
        if error.sqlstate != "42501":
            raise
        lacking = True
    if lacking:
        raise NotSupported(
            "making a role for reading needs the right to create roles, and on the tables that of "
            "their owner; `echo-analytics reader-role --print` prints the SQL for somebody else"
        )
    return ReaderRole(name, created, made_up, warnings)


def given_password(file: Path | None) -> str | None:
    """Return what the first line of ``file`` says, else the environment, else None."""
    if file is None:
        return os.environ.get(PASSWORD_VARIABLE) or None
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError:
        raise InvalidInput("--password-file", "is not text in UTF-8") from None
    if not lines or not lines[0]:
        raise InvalidInput("--password-file", "is empty")
    return lines[0]


def _statements(name: str, connection_limit: int, *, leave_public: bool) -> str:
    _check_name(name)
    limit = positive("connection_limit", connection_limit, 100_000)
    role = ROLE.format(
        role=sql.Identifier(name).as_string(None),
        text=sql.Literal(name).as_string(None),
        limit=limit,
    )
    return role if leave_public else role + CLOSE_PUBLIC


def _check_name(name: object) -> None:
    if not isinstance(name, str) or not name or re.search(r"[\x00-\x1f\x7f\\]", name):
        raise InvalidInput("name", "needs the name of a role")
    if len(name.encode("utf-8", "replace")) > _LONGEST_NAME:
        raise InvalidInput("name", f"has more than {_LONGEST_NAME} bytes")
    if name in {"public", "none"} or name.startswith("pg_"):
        raise InvalidInput("name", "is reserved by PostgreSQL")


def _exists(name: str) -> str:
    role = sql.Literal(name).as_string(None)
    return f"SELECT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = {role})"  # noqa: S608


def _checked(connection: sa.Connection, name: str) -> tuple[str, ...]:
    """Return the warnings; refuse a role that can write."""
    found = [(row.kind, row.what) for row in _execute(connection, FINDINGS)]
    if refused := [what for kind, what in found if kind == "refuse"]:
        raise NotSupported(
            f"the role {name} could do more than read: {'; '.join(refused)}. Nothing was changed"
        )
    return tuple(what for _, what in found)


def _set_password(connection: sa.Connection, name: str, password: str) -> None:
    # The server writes statements into its log, where a readable password would stay.
    driver: Any = connection.connection.driver_connection  # Any: psycopg's own connection
    hashed = driver.pgconn.encrypt_password(
        password.encode(), name.encode(), b"scram-sha-256"
    ).decode()
    statement = sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(name), hashed)
    _execute(connection, statement.as_string(None))


# Any: a row of any shape.
def _execute(connection: sa.Connection, statements: str) -> sa.CursorResult[Any]:
    return connection.execution_options(no_parameters=True).exec_driver_sql(statements)
