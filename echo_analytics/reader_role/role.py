"""The role that analysts connect as: it can read, and whatever they run, nothing is written."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import psycopg
from psycopg import sql

from echo_analytics.arguments import positive
from echo_analytics.errors import DatabaseError, EchoError, InvalidInput, NotSupported
from echo_analytics.journal import flight
from echo_analytics.reader_role.statements import CLOSE_PUBLIC, FINDINGS, REFUSE_OR_WARN, ROLE
from echo_analytics.violations import error_of

if TYPE_CHECKING:
    import sqlalchemy as sa

    from echo_analytics.database import Database
    from echo_analytics.violations import Driver

READER = "echo_reader"

logger = logging.getLogger("echo_analytics.reader_role")

_LONGEST_NAME = 63
_MOST_SECONDS = 2_000_000
_LACKING = (
    "making a role for reading needs the right to create roles, and on the tables that of "
    "their owner; `echo-analytics reader-role --print` prints the SQL for somebody else"
)
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
    password_set
        Whether it was given a password now. A new role without one can only log in where the
        server asks for none.
    warnings
        What it can do besides reading, and what to do about it.
    """

    name: str
    created: bool
    password_set: bool = False
    warnings: tuple[str, ...] = ()

    def text(self) -> str:
        """Say it in lines, none of which holds a password."""
        lines = [f"the role {self.name} {'was created' if self.created else 'is as it should be'}"]
        if self.password_set:
            lines.append("its password was set")
        elif self.created:
            lines.append("it has no password")
        return "".join(f"{line}\n" for line in (*lines, *(f"warning: {w}" for w in self.warnings)))


def reader_role_sql(
    name: str = READER,
    *,
    connection_limit: int = 30,
    statement_timeout: int = 300,
    idle_timeout: int = 60,
    leave_public: bool = False,
) -> str:
    """Return the SQL that makes a role for reading, for psql.

    Parameters
    ----------
    name
        The role. One that is there already is accepted where it can do nothing but read.
    connection_limit
        How many sessions the role may have at a time, all analysts together.
    statement_timeout
        Seconds after which the server stops a statement, unless the session asks for more.
    idle_timeout
        Seconds that a transaction may stand idle, unless the session asks for more.
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
        The name cannot be that of a role, or a number is not positive.

    Examples
    --------
    >>> import echo_analytics as echo
    >>> "GRANT SELECT" in echo.reader_role_sql()
    True
    """
    limits = _limits(connection_limit, statement_timeout, idle_timeout)
    statements = _statements(name, limits, leave_public=leave_public)
    return f"{_HEAD.format(name=name)}{statements}\n{REFUSE_OR_WARN}\nCOMMIT;\n"


# Any: whatever the frame of the database.
def create_reader_role(
    db: Database[Any],
    name: str = READER,
    *,
    password: str | None = None,
    connection_limit: int = 30,
    statement_timeout: int = 300,
    idle_timeout: int = 60,
    leave_public: bool = False,
) -> ReaderRole:
    """Make a role that can read and nothing else, or bring one up to date; it writes.

    It needs a role that may create roles and owns the tables; a superuser can close every way to
    write, others get a warning about those that stay.

    Parameters
    ----------
    db
        The database whose tables are to be read.
    name, connection_limit, statement_timeout, idle_timeout, leave_public
        See ``reader_role_sql``.
    password
        For the role; only its SCRAM hash is sent to the server. None leaves a new role without
        one, and an older one with its own.

    Returns
    -------
    ReaderRole
        Whether it was created, whether it was given a password, and warnings.

    Raises
    ------
    InvalidInput
        An argument is wrong; nothing was sent to the database.
    NotSupported
        The role could write, or the present one may not do this; nothing was changed.
    DatabaseError
        The server refused a statement: nothing was changed.

    Examples
    --------
    >>> import echo_analytics as echo
    >>> echo.create_reader_role(db, password="a long one")  # doctest: +SKIP
    """
    limits = _limits(connection_limit, statement_timeout, idle_timeout)
    statements = _statements(name, limits, leave_public=leave_public)
    secret = None if password is None else _sendable(password)
    try:
        with (
            flight(logger, f"making the role {name}", f"role {name} for reading made"),
            db.transaction() as connection,
        ):
            created = not _execute(connection, _exists(name)).scalar_one()
            _execute(connection, statements)
            warnings = _checked(connection, name)
            if secret is not None:
                _set_password(connection, name, secret)
    except DatabaseError as error:
        if error.sqlstate != "42501":
            raise
    else:
        return ReaderRole(name, created, secret is not None, warnings)
    raise NotSupported(_LACKING)


def _limits(connections: int, statement: int, idle: int) -> dict[str, int]:
    return {
        "limit": positive("connection_limit", connections, 100_000),
        "statement": positive("statement_timeout", statement, _MOST_SECONDS),
        "idle": positive("idle_timeout", idle, _MOST_SECONDS),
    }


def _statements(name: str, limits: dict[str, int], *, leave_public: bool) -> str:
    _check_name(name)
    role = ROLE.format(
        role=sql.Identifier(name).as_string(None),
        text=sql.Literal(name).as_string(None),
        **limits,
    )
    return role if leave_public else role + CLOSE_PUBLIC


def _sendable(password: str) -> bytes:
    """Return a password as the server takes it."""
    try:
        secret = password.encode()
    except (AttributeError, UnicodeEncodeError):
        secret = b""
    if not secret or b"\0" in secret:
        raise InvalidInput("password", "needs text that is not empty and holds no NUL character")
    return secret


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


def _set_password(connection: sa.Connection, name: str, password: bytes) -> None:
    # The server writes statements into its log, where a readable password would stay; and past
    # SQLAlchemy, which would write the hash into that of the program.
    driver = cast("Driver", connection.connection.driver_connection)
    failure: EchoError | None = None
    try:
        hashed = driver.pgconn.encrypt_password(password, name.encode(), b"scram-sha-256").decode()
        driver.execute(
            sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(name), sql.Literal(hashed))
        )
    except psycopg.Error as error:
        failure = error_of(error, driver)
    if failure is not None:
        raise failure


# Any: a row of any shape.
def _execute(connection: sa.Connection, statements: str) -> sa.CursorResult[Any]:
    return connection.execution_options(no_parameters=True).exec_driver_sql(statements)
