from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from drizzle_database import USER, run
from sample_posts import add_users, contradictory, replace_posts

import echo_analytics as echo

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(scope="session")
def indexed_template(create_database: Callable[..., str], migrated_template: str) -> str:
    """A database with some posts and their index, to be copied and never changed."""
    url = create_database(migrated_template)
    run(url, f"insert into public.users (id, email, name) values ('{USER}', 'a', 'a')")
    add_users(url)
    replace_posts(url, contradictory())
    with echo.connect(url) as db:
        db.search_index.build()
    return url


@pytest.fixture
def url(database_for_once: Callable[..., str], indexed_template: str) -> str:
    """A database with posts and their index, of this test alone."""
    return database_for_once(indexed_template)
