"""A database of demo data, a gate in front of it, and widgets that are closed afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import echo_analytics as echo
from widgets.gated_source import Gated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture(scope="module")
def db(create_database: Callable[..., str], demo_template: str) -> Iterator[echo.Database[Any]]:
    with echo.connect(create_database(demo_template)) as opened:
        yield opened


@pytest.fixture
def gated(db: echo.Database[Any]) -> Gated:
    return Gated(db)


@pytest.fixture
def made() -> Iterator[list[Any]]:
    """Widgets to be closed after the test."""
    kept: list[Any] = []
    yield kept
    for each in kept:
        each.close()
