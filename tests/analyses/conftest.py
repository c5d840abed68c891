"""The application's own database, without anything of ours, seen by somebody who may only read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest
from histories import CATEGORIES
from sample_posts import USERS, reader_of_a_foreign_database

import echo_analytics as echo

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pyarrow as pa

ROLES = ("user", "admin", "moderator")


@pytest.fixture(scope="module")
def writer_url(create_database: Callable[..., str]) -> str:
    return create_database()


@pytest.fixture(scope="module")
def foreign(writer_url: str) -> Iterator[echo.Database[pa.Table]]:
    """With users of every role and four categories, and no posts."""
    with reader_of_a_foreign_database(writer_url) as url:
        with psycopg.connect(writer_url) as connection, connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO public.categories (id, name, slug) VALUES (%s, %s, %s)"
                " ON CONFLICT DO NOTHING",
                [(id_, name, f"c{id_.int}") for id_, name in CATEGORIES.items()],
            )
            cursor.executemany(
                "UPDATE public.users SET role = %s WHERE id = %s",
                [(ROLES[id_.int % 3], id_) for id_ in USERS],
            )
        with echo.connect(url, frame="arrow") as database:
            yield database
