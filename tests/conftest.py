"""One server for the run, and databases of their own for the tests.

The server is an embedded PostgreSQL in a throw-away folder, or the one of ``TEST_DATABASE_URL``.
"""

from __future__ import annotations

import itertools
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import make_url

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    """The URL of a database on which databases can be created."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        try:
            psycopg.connect(given, connect_timeout=10).close()
        except psycopg.OperationalError as error:
            pytest.exit(f"TEST_DATABASE_URL cannot be reached: {type(error).__name__}", 3)
        yield given
        return
    from echo_analytics import embedded

    with tempfile.TemporaryDirectory(prefix="echo-tests-") as folder:
        # The server of a superuser runs as another user, who has to get in.
        Path(folder).chmod(0o711)
        with embedded.start(Path(folder), durable=False) as server:
            yield server.url("postgres")


def _on_database(url: str, name: str) -> str:
    return make_url(url).set(database=name).render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def create_database(server_url: str) -> Iterator[Callable[..., str]]:
    """Create an empty database, or a copy of another one, and return its URL."""
    made: list[str] = []

    def create(template_url: str | None = None) -> str:
        name = f"echo_test_{os.getpid()}_{next(_numbers)}"
        template = "template0"
        if template_url is not None:
            template = str(conninfo_to_dict(template_url)["dbname"])
        with psycopg.connect(server_url, autocommit=True) as connection:
            connection.execute(
                sql.SQL("create database {} template {}").format(
                    sql.Identifier(name), sql.Identifier(template)
                )
            )
        made.append(name)
        return _on_database(server_url, name)

    yield create
    if "TEST_DATABASE_URL" not in os.environ:
        return  # They go with the server, which is quicker.
    with psycopg.connect(server_url, autocommit=True) as connection:
        for name in made:
            connection.execute(
                sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name))
            )


@pytest.fixture
def empty_url(create_database: Callable[..., str]) -> str:
    """A database without any table, of this test alone."""
    return create_database()


@pytest.fixture(scope="session")
def migrated_template(create_database: Callable[..., str]) -> str:
    """A migrated database without rows, to be copied and never changed."""
    from echo_analytics.migrate import migrate

    url = create_database()
    migrate(url)
    return url


@pytest.fixture
def database_url(create_database: Callable[..., str], migrated_template: str) -> str:
    """A migrated database without rows, of this test alone."""
    return create_database(migrated_template)


@pytest.fixture(scope="session")
def demo_template(create_database: Callable[..., str], migrated_template: str) -> str:
    """A database with all the demo data, to be copied and never changed."""
    from echo_analytics.database import connect
    from echo_analytics.demo import load_demo

    url = create_database(migrated_template)
    with connect(url) as db:
        load_demo(db)
    return url
