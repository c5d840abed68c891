"""From the server's five-character codes to the errors of the package."""

from __future__ import annotations

from echo_analytics.errors import ConnectionFailed, DatabaseError, EchoError, QueryTimeout, ReadOnly

_HINTS = {
    "42P01": "a table is missing; `echo-analytics migrate --check` says what the database holds",
    "42703": "a column is missing; `echo-analytics migrate --check` says what the database holds",
    "42501": "the role lacks a right on a table",
    "53300": "the server has no connection left",
}

_CUT_OFF = {
    "25P03": "the transaction stood idle for longer than ECHO_IDLE_IN_TRANSACTION_TIMEOUT",
    "57P04": "the database was dropped",
    "57P05": "the session stood idle for longer than the server allows",
}


def is_lost(sqlstate: str | None) -> bool:
    """Whether ``sqlstate`` says that the connection is gone or never came to be."""
    return sqlstate is not None and (
        sqlstate.startswith("08") or sqlstate in {"57P01", "57P02", "57P03", *_CUT_OFF}
    )


def error_for(sqlstate: str | None, where: str) -> EchoError:
    """Return the error that ``sqlstate`` stands for.

    Parameters
    ----------
    sqlstate
        The server's code; None where the connection was lost without one.
    where
        The server, as messages name it.
    """
    if sqlstate in _CUT_OFF:
        return ConnectionFailed(f"{where} ended the connection: {_CUT_OFF[sqlstate]}", sqlstate)
    if sqlstate is None or is_lost(sqlstate):
        return ConnectionFailed(
            f"the connection to {where} was lost; check that the server runs", sqlstate
        )
    if sqlstate == "57014":
        return QueryTimeout(
            f"the statement was cancelled on {where}: it ran longer than the statement timeout "
            "(ECHO_STATEMENT_TIMEOUT), or somebody stopped it",
            sqlstate,
        )
    if sqlstate == "25006":
        return ReadOnly(f"writing is not allowed on this connection to {where}", sqlstate)
    return DatabaseError(f"{where}: {_HINTS.get(sqlstate) or _condition(sqlstate)}", sqlstate)


def _condition(sqlstate: str) -> str:
    from psycopg import errors

    try:
        return f"the server refused the statement: {errors.lookup(sqlstate).__name__}"
    except KeyError:
        return "the server refused the statement"
