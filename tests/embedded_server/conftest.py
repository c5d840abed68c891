"""One home for many tests: making the data takes seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from echo_analytics import embedded
from embedded_server.clients import stop, temporary_home

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="package")
def made_home() -> Iterator[Path]:
    with temporary_home() as home:
        embedded.start(home, durable=False).close()
        yield home


@pytest.fixture
def home(made_home: Path) -> Iterator[Path]:
    """A home with data and without a server; what a test puts into it may stay."""
    yield made_home
    stop(made_home)
