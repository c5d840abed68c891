"""What searches make of posts where there is no index: the same words, in work that is shared."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from echo_analytics.queries.search import documents
from search_index.test_words import PARTS, WHOLES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Connection = psycopg.Connection[Any]

_COLUMNS = "post_id, status, length, title_length, words::text, title_words::text"


@pytest.fixture(scope="module")
def connection(create_database: Callable[..., str], indexed_template: str) -> Iterator[Connection]:
    """A connection to posts with many signs, and their index."""
    rng = random.Random(5)  # noqa: S311 - texts to try
    drawn = ["".join(rng.choices("ab1._@&+#-~/< v,é\u2019", k=12)) for _ in range(500)]
    texts = [*PARTS, *WHOLES, *drawn, "", "naïve Straße", "x" * 30_000, "a rail " * 300]
    with psycopg.connect(create_database(indexed_template), autocommit=True) as opened:
        opened.execute(
            "insert into public.posts (id, title, content, author_id, published)"
            " select gen_random_uuid(), title, content, u.id, true"
            " from unnest(%s::text[], %s::text[]) as t (title, content), public.users as u"
            " where u.name = 'User 1'",
            (texts, texts[::-1]),
        )
        yield opened


def made(**options: bool) -> str:
    """The SELECT of what is made of posts, for a search for *rail* where it is of matches only."""
    select = documents._of_posts(**options).replace("\\:", ":").replace(":lexemes", "'''rail'''")
    return f"select {_COLUMNS} from ({select}) as d"


def fetched(connection: Connection, statement: str) -> list[tuple[Any, ...]]:
    return sorted(connection.execute(statement.encode()).fetchall())


def test_posts_become_the_words_that_an_index_holds(connection: Connection) -> None:
    here = fetched(connection, made(matching=False, in_titles=True))
    assert here == fetched(connection, f"select {_COLUMNS} from analytics.post_search")
    assert len(here) > 600


@pytest.mark.parametrize("in_titles", [False, True])
def test_words_are_kept_of_posts_that_have_one_of_those_looked_for(
    in_titles: bool, connection: Connection
) -> None:
    whole = fetched(connection, made(matching=False, in_titles=in_titles))
    kept = fetched(connection, made(matching=True, in_titles=in_titles))
    assert [row[:4] for row in kept] == [row[:4] for row in whole]
    found = [(few, all_) for few, all_ in zip(kept, whole, strict=True) if "'rail':" in all_[4]]
    assert len(found) == 2
    assert all(few == all_ for few, all_ in found)
    assert sum(row[4] is not None for row in kept) == 2


def test_the_work_can_be_shared_between_processes(connection: Connection) -> None:
    for setting in ("parallel_setup_cost", "parallel_tuple_cost", "min_parallel_table_scan_size"):
        connection.execute(f"set {setting} = 0".encode())
    select = made(matching=True, in_titles=False).replace(_COLUMNS, "*")
    statement = f"explain (costs off) {select}"
    plan = [line.strip("-> ") for (line,) in connection.execute(statement.encode()).fetchall()]
    # Nothing is made of posts without compounds above it.
    assert plan[plan.index("Append") + 1] == "Gather"
