from __future__ import annotations

import pytest

from echo_analytics.errors import (
    ConnectionFailed,
    DatabaseError,
    EchoError,
    QueryTimeout,
    ReadOnly,
)
from echo_analytics.sqlstate import error_for, is_lost


@pytest.mark.parametrize(
    ("sqlstate", "error"),
    [
        (None, ConnectionFailed),
        ("08006", ConnectionFailed),
        ("57P01", ConnectionFailed),
        ("57P02", ConnectionFailed),
        ("57P03", ConnectionFailed),
        ("57P05", ConnectionFailed),
        ("25P03", ConnectionFailed),
        ("57014", QueryTimeout),
        ("25006", ReadOnly),
        ("42P01", DatabaseError),
        ("22012", DatabaseError),
        ("ZZZZZ", DatabaseError),
    ],
)
def test_a_code_becomes_the_error_that_it_stands_for(
    sqlstate: str | None, error: type[EchoError]
) -> None:
    found = error_for(sqlstate, "host h port 1, database d")
    assert type(found) is error
    assert isinstance(found, DatabaseError)
    assert found.sqlstate == sqlstate
    assert "host h port 1, database d" in str(found)
    assert "\n" not in str(found)


@pytest.mark.parametrize(
    ("sqlstate", "words"),
    [
        ("57014", "ECHO_STATEMENT_TIMEOUT"),
        ("25P03", "ECHO_IDLE_IN_TRANSACTION_TIMEOUT"),
        ("42P01", "echo-analytics migrate"),
        ("42501", "right"),
        ("22012", "DivisionByZero"),
    ],
)
def test_a_message_says_what_to_look_at(sqlstate: str, words: str) -> None:
    assert words in str(error_for(sqlstate, "h"))


@pytest.mark.parametrize(
    ("sqlstate", "lost"),
    [
        ("08003", True),
        ("57P01", True),
        ("57P04", True),
        ("25P03", True),
        ("57014", False),
        ("25P02", False),
        ("22012", False),
        (None, False),
    ],
)
def test_only_codes_of_a_connection_that_is_gone_count_as_lost(
    sqlstate: str | None, lost: bool
) -> None:
    assert is_lost(sqlstate) is lost
