"""One server for the run, and databases of their own for the tests.

The server is an embedded PostgreSQL in a throw-away folder, or the one of ``TEST_DATABASE_URL``.
"""

from __future__ import annotations

import itertools
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import make_url

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# No test asserts how long anything takes.
hypothesis.settings.register_profile("without a deadline", deadline=None)
hypothesis.settings.load_profile("without a deadline")

_numbers = itertools.count(1)

LONGEST = (
    "test_rollups_state_machine",
    "test_rollups_under_load",
    "test_mixed_writers",
    "test_notebooks",
    "test_examples",
    "browser",
)
"""Modules and folders of tests that begin first where several processes share the run, so that
none of them is left for the end."""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One process where the tests are given a server: roles and settings are common to all of it.

    Else each process has a server of its own, and there is one more than there are processors: much
    of a test is waiting.
    """
    return 0 if "TEST_DATABASE_URL" in os.environ else 1 + (os.cpu_count() or 1)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put the longest first where several processes share the run."""
    if not hasattr(config, "workerinput"):
        return
    places = {name: place for place, name in enumerate(LONGEST)}

    def place(item: pytest.Item) -> int:
        names = (item.path.stem, item.path.parent.name)
        return min(places.get(name, len(LONGEST)) for name in names)

    items.sort(key=place)


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
            _drop(connection, name)


def _drop(connection: psycopg.Connection[tuple[object, ...]], name: str) -> None:
    connection.execute(
        sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name))
    )


@pytest.fixture
def database_for_once(
    create_database: Callable[..., str], server_url: str
) -> Iterator[Callable[..., str]]:
    """Create databases as ``create_database`` does, which are dropped after the test.

    Thousands of them would fill gigabytes, which the system would begin to write to the disk.
    """
    made: list[str] = []

    def create(template_url: str | None = None) -> str:
        made.append(create_database(template_url))
        return made[-1]

    yield create
    with psycopg.connect(server_url, autocommit=True) as connection:
        for url in made:
            _drop(connection, str(conninfo_to_dict(url)["dbname"]))


@pytest.fixture
def empty_url(database_for_once: Callable[..., str]) -> str:
    """A database without any table, of this test alone."""
    return database_for_once()


@pytest.fixture(scope="session")
def migrated_template(create_database: Callable[..., str]) -> str:
    """A migrated database without rows, to be copied and never changed."""
    from echo_analytics.migrate import migrate

    url = create_database()
    migrate(url)
    return url


@pytest.fixture
def database_url(database_for_once: Callable[..., str], migrated_template: str) -> str:
    """A migrated database without rows, of this test alone."""
    return database_for_once(migrated_template)


@pytest.fixture(scope="session")
def demo_template(create_database: Callable[..., str], migrated_template: str) -> str:
    """A database with all the demo data, to be copied and never changed."""
    from echo_analytics.database import connect
    from echo_analytics.demo import load_demo

    url = create_database(migrated_template)
    with connect(url) as db:
        load_demo(db)
    return url
