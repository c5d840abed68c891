"""A database to load into."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from echo_analytics import connect

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from echo_analytics.database import Database


@pytest.fixture
def db(database_url: str) -> Iterator[Database[pa.Table]]:
    with connect(database_url, frame="arrow") as database:
        yield database
