"""Which posts are found: filters, pages and batches against a plain model."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import drizzle_database
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from echo_analytics.database import connect
from echo_analytics.repositories import PostFilters, PostRepository

if TYPE_CHECKING:
    from collections.abc import Iterator

    import sqlalchemy as sa

    from echo_analytics.database import Database

NOBODY = UUID(int=0)
AUTHORS = [UUID(int=1), UUID(int=2)]
CATEGORIES = [UUID(int=3), None]
STATUSES = ["draft", "published", "archived"]

# The hypothesis examples share one database: each is a transaction that is rolled back.
PROPERTY = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])

# Any below: no frame is made.


@pytest.fixture(params=["migrated", "application's own"])
def url(request: pytest.FixtureRequest) -> str:
    """A database with our trigger, and one as the application's tools make it, without."""
    if request.param == "migrated":
        return str(request.getfixturevalue("database_url"))
    made = str(request.getfixturevalue("empty_url"))
    drizzle_database.load(made)
    return made


@pytest.fixture
def db(url: str) -> Iterator[Database[Any]]:
    with connect(url) as database:
        yield database


MOMENTS = [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(microseconds=n) for n in range(3)]
LETTERS = st.text("aB%_!\\", max_size=3)

# title, content, published, status, author_id, category_id, created_at
stored_posts = st.lists(
    st.tuples(
        LETTERS,
        st.just(""),
        st.sampled_from([True, False, None]),
        st.sampled_from(STATUSES),
        st.sampled_from(AUTHORS),
        st.sampled_from(CATEGORIES),
        st.sampled_from(MOMENTS),
    ),
    max_size=12,
)
filters = st.builds(
    PostFilters,
    author_id=st.none() | st.sampled_from([*AUTHORS, NOBODY]),
    category_id=st.sampled_from(CATEGORIES),
    status=st.none() | st.sampled_from(STATUSES),
    published=st.none() | st.booleans(),
    search=st.none() | LETTERS,
    created_after=st.none() | st.sampled_from(MOMENTS),
    created_before=st.none() | st.sampled_from(MOMENTS),
)


def status_of(row: tuple[Any, ...]) -> str:
    """The table of the specification, written out."""
    return {
        (True, "draft"): "published",
        (True, "published"): "published",
        (True, "archived"): "archived",
        (False, "draft"): "draft",
        (False, "published"): "published",
        (False, "archived"): "archived",
    }[bool(row[2]), row[3]]


def passes(row: tuple[Any, ...], wanted: PostFilters) -> bool:
    title, _, _, _, author_id, category_id, created_at = row
    status = status_of(row)
    return (
        wanted.author_id in (None, author_id)
        and wanted.category_id in (None, category_id)
        and wanted.status in (None, status)
        and wanted.published in (None, status == "published")
        and (wanted.search or "").lower() in title.lower()
        and (wanted.created_after is None or created_at >= wanted.created_after)
        and (wanted.created_before is None or created_at < wanted.created_before)
    )


def store(connection: sa.Connection, rows: list[tuple[Any, ...]]) -> dict[UUID, tuple[Any, ...]]:
    connection.exec_driver_sql(
        "insert into public.users (id, email, name) select"
        " lpad(n::text, 32, '0')::uuid, n || '@x', 'A' from generate_series(1, 2) as n"
    )
    connection.exec_driver_sql(
        "insert into public.categories (id, name, slug) values"
        " (lpad('3', 32, '0')::uuid, 'Releases', 'releases')"
    )
    stored = {}
    for row in rows:
        [ident] = connection.exec_driver_sql(
            "insert into public.posts (title, content, published, status, author_id, category_id,"
            " created_at) values (%s, %s, %s, %s::public.post_status, %s, %s, %s) returning id",
            (*row[:-1], row[-1].replace(tzinfo=None)),
        ).scalars()
        stored[ident] = row
    return stored


@PROPERTY
@given(
    rows=stored_posts,
    wanted=filters,
    page=st.integers(1, 5),
    limit=st.integers(1, 5),
    size=st.integers(1, 5),
    with_author=st.booleans(),
)
def test_filters_pages_and_batches_are_those_of_a_plain_model(
    db: Database[Any],
    rows: list[tuple[Any, ...]],
    wanted: PostFilters,
    page: int,
    limit: int,
    size: int,
    with_author: bool,
) -> None:
    with db.engine.connect() as connection:
        stored = store(connection, rows)
        posts = PostRepository(connection)
        found = (
            posts.find_many(wanted, page, limit, with_author=True)
            if with_author
            else posts.find_many(wanted, page, limit)
        )
        streamed = [(post.id, post.status) for post in posts.iterate(wanted, batch_size=size)]
        assert posts.count(wanted) == found.total
        connection.rollback()
    expected = [
        (ident, status_of(row))
        for ident, row in sorted(
            stored.items(), key=lambda item: (item[1][-1], item[0]), reverse=True
        )
        if passes(row, wanted)
    ]
    start = (page - 1) * limit
    assert [(post.id, post.status) for post in found] == expected[start : start + limit]
    assert found.total == len(expected)
    assert all(post.published is (post.status == "published") for post in found)
    assert streamed == expected
