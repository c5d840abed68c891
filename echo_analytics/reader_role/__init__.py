"""The role for reading: what makes it, and what proves that it cannot write."""

from echo_analytics.reader_role.password import PASSWORD_VARIABLE, given_password
from echo_analytics.reader_role.role import (
    READER,
    ReaderRole,
    create_reader_role,
    reader_role_sql,
)

__all__ = [
    "PASSWORD_VARIABLE",
    "READER",
    "ReaderRole",
    "create_reader_role",
    "given_password",
    "reader_role_sql",
]
