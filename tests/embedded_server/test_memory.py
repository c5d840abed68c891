"""The memory in which the embedded server keeps pages."""

from __future__ import annotations

import os
import resource
from pathlib import Path
from typing import Any

import psycopg
import pytest

from echo_analytics import embedded
from echo_analytics.postgres import memory

GIGABYTE = 2**30


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Any:  # noqa: ANN401 - a function
    """Make believe that the machine is another one."""

    def make(
        *,
        has: float,
        container: str = "max",
        space: int = resource.RLIM_INFINITY,
        strict: str = "0",
    ) -> None:
        def told(path: Path) -> str:
            if path.name == "overcommit_memory":
                return strict + "\n"
            if path.name == "memory.max":
                return container + "\n"
            raise FileNotFoundError(path)

        sizes = {"SC_PAGE_SIZE": 4096, "SC_PHYS_PAGES": int(has / 4096)}
        monkeypatch.setattr(os, "sysconf", sizes.__getitem__)
        monkeypatch.setattr(Path, "read_text", told)
        monkeypatch.setattr(resource, "getrlimit", lambda _: (space, space))

    return make


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"has": 64 * GIGABYTE}, "1024MB"),
        ({"has": 4 * GIGABYTE}, "512MB"),
        ({"has": GIGABYTE}, None),
        ({"has": 0}, None),
        ({"has": 64 * GIGABYTE, "container": str(2 * GIGABYTE)}, "256MB"),
        ({"has": 2 * GIGABYTE, "container": str(64 * GIGABYTE)}, "256MB"),
        ({"has": 64 * GIGABYTE, "space": 3 * GIGABYTE}, "384MB"),
        ({"has": 64 * GIGABYTE, "strict": "2"}, None),
    ],
)
def test_the_server_shares_an_eighth_of_what_there_is(
    facts: dict[str, Any],
    expected: str | None,
    machine: Any,  # noqa: ANN401
) -> None:
    machine(**facts)
    assert memory.shared_buffers() == expected


@pytest.mark.parametrize("shared", ["160MB", None])
def test_the_server_starts_with_it(
    shared: str | None, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "shared_buffers", lambda: shared)
    with embedded.start(home, durable=False) as server, psycopg.connect(server.url()) as connection:
        [found] = connection.execute("show shared_buffers").fetchall()
    assert found == (shared or "128MB",)
