"""The three kinds of database, each with a role for reading that our own command has made."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import drizzle_database
import pytest
from reading_roles import Place, as_role, new_name, removed

import echo_analytics as echo
from echo_analytics import cli, migrate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from _pytest.fixtures import SubRequest

KINDS = ("ours", "adopted", "never migrated")


def _make(kind: str, create: Callable[..., str], template: str) -> str:
    if kind == "ours":
        url = create(template)
        drizzle_database.add_posts(url)
        with echo.connect(url) as db:
            db.rollups.enable("UTC")
        # Something for a reader to fold into what is stored, if that were allowed.
        with drizzle_database.connect(url) as connection:
            drizzle_database.insert_post(connection, created_at=drizzle_database.WRITTEN)
        return url
    url = drizzle_database.application(create())
    if kind == "adopted":
        migrate.migrate(url)
    # What an attacker would be glad to find.
    drizzle_database.run(url, "create extension dblink", "create sequence public.numbers")
    return url


def _run_the_command(url: str, name: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("ECHO_READER_PASSWORD", raising=False)
        arguments = ["reader-role", "--create", "--name", name, "--database", url]
        patch.setattr(sys, "argv", ["echo-analytics", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
    assert ended.value.code == 0


@pytest.fixture(scope="module", params=KINDS)
def place(
    request: SubRequest, create_database: Callable[..., str], migrated_template: str
) -> Iterator[Place]:
    url = _make(request.param, create_database, migrated_template)
    name = new_name()
    with removed(url, name):
        _run_the_command(url, name)
        yield Place(url, as_role(url, name))
