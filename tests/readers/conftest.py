"""Readers whose sessions on the server can be told from others."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import psycopg
import pytest

from echo_analytics.readers import Readers
from echo_analytics.settings import Settings
from echo_analytics.target import target

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def name() -> str:
    """What the sessions of this test are called on the server."""
    return f"echo_test_{uuid4().hex}"


@pytest.fixture
def make(server_url: str, name: str) -> Iterator[Callable[..., Readers]]:
    made: list[Readers] = []

    def build(url: str = server_url, **settings: float) -> Readers:
        chosen = Settings(**{"pool_min": 2, "pool_max": 3, **settings})  # type: ignore[arg-type]  # ints too
        made.append(Readers(target(url, chosen, name), chosen))
        return made[-1]

    yield build
    for readers in made:
        readers.close()


@pytest.fixture
def ask(server_url: str, name: str) -> Callable[..., list[tuple[object, ...]]]:
    """Ask the server about the sessions of this test, from another session."""

    def answer(columns: str, condition: str = "true") -> list[tuple[object, ...]]:
        query = (
            f"SELECT {columns} FROM pg_stat_activity WHERE application_name = %s AND {condition}"
        )
        with psycopg.connect(server_url, autocommit=True) as connection:
            return connection.execute(query.encode(), (name,)).fetchall()

    return answer
