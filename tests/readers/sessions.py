"""What the tests of reading ask of sessions, and do to them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import psycopg
from psycopg.conninfo import make_conninfo

from echo_analytics.arrow import Statement

if TYPE_CHECKING:
    from collections.abc import Callable

    from echo_analytics.readers import Readers

DEADLINE = 20.0

ONE = Statement("SELECT 1::bigint AS one", ())
PID = Statement("SELECT pg_backend_pid()::bigint AS pid", ())


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


def nobody(ask: Callable[..., list[tuple[object, ...]]], condition: str) -> bool:
    return ask("pid", condition) == []


def value(readers: Readers, text: str, *values: object) -> object:
    return readers.fetch(Statement(text, values)).column(0)[0].as_py()


def with_settings(url: str, **parameters: str) -> str:
    return make_conninfo(url, **parameters)


def terminate(server_url: str, name: str) -> None:
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = %s",
            (name,),
        )
