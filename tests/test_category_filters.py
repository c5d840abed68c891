"""Which categories are found: filters, pages and batches against a plain model."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from echo_analytics.database import connect
from echo_analytics.errors import InvalidInput
from echo_analytics.repositories import CategoryFilters, CategoryRepository, UserFilters

if TYPE_CHECKING:
    from collections.abc import Iterator

    from echo_analytics.database import Database

# The hypothesis examples share one database: each is a transaction that is rolled back.
PROPERTY = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
MOMENTS = [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(microseconds=n) for n in range(3)]
LETTERS = st.text("aAbB%_!\\' ", max_size=4)


@pytest.fixture
def db(database_url: str) -> Iterator[Database[Any]]:  # Any: no frame is made
    with connect(database_url) as database:
        yield database


@dataclass(frozen=True)
class Stored:
    number: int
    name: str
    description: str | None
    created_at: datetime

    @property
    def key(self) -> tuple[datetime, UUID]:
        return self.created_at, self.id

    @property
    def id(self) -> UUID:
        # Spread, so that the order of ids is not that of numbers.
        return UUID(int=(self.number + 1) * 0x9E3779B97F4A7C15F39CC0605CEDC834 % 2**128)


@st.composite
def stored_categories(draw: st.DrawFn) -> list[Stored]:
    rows = st.tuples(LETTERS, st.none() | LETTERS, st.sampled_from(MOMENTS))
    several = st.lists(rows, max_size=12, unique_by=lambda row: row[0])
    return [Stored(n, *row) for n, row in enumerate(draw(several))]


filters = st.builds(
    CategoryFilters,
    search=st.none() | LETTERS,
    created_after=st.none() | st.sampled_from(MOMENTS),
    created_before=st.none() | st.sampled_from(MOMENTS),
)


def passes(category: Stored, wanted: CategoryFilters) -> bool:
    return (
        (wanted.search or "").lower() in category.name.lower()
        and (wanted.created_after is None or category.created_at >= wanted.created_after)
        and (wanted.created_before is None or category.created_at < wanted.created_before)
    )


def store(connection: sa.Connection, rows: list[Stored]) -> None:
    connection.execute(sa.text("delete from public.categories"))
    for row in rows:
        connection.execute(
            sa.text(
                "insert into public.categories (id, name, slug, description, created_at)"
                " values (:id, :name, :slug, :description, :created)"
            ),
            {
                "id": row.id,
                "name": row.name,
                "slug": f"slug-{row.number}",
                "description": row.description,
                "created": row.created_at.replace(tzinfo=None),
            },
        )


@PROPERTY
@given(
    rows=stored_categories(),
    wanted=filters,
    page=st.integers(1, 5),
    limit=st.integers(1, 5),
    size=st.integers(1, 5),
)
def test_filters_pages_and_batches_are_those_of_a_plain_model(
    db: Database[Any],
    rows: list[Stored],
    wanted: CategoryFilters,
    page: int,
    limit: int,
    size: int,
) -> None:
    expected = sorted(
        (row for row in rows if passes(row, wanted)), key=lambda row: row.key, reverse=True
    )
    stored = [(row.id, row.name, row.description, row.created_at) for row in expected]
    with db.engine.connect() as connection:
        store(connection, rows)
        categories = CategoryRepository(connection)
        found = categories.find_many(wanted, page, limit)
        streamed = list(categories.iterate(wanted, batch_size=size))
        assert categories.count(wanted) == len(stored)
        for row in rows:
            by_slug = categories.find_by_slug(f"slug-{row.number}")
            assert by_slug == categories.get(row.id)
            assert categories.exists(row.id)
        connection.rollback()
    items = [(each.id, each.name, each.description, each.created_at) for each in found]
    assert items == stored[(page - 1) * limit : page * limit]
    assert (found.total, found.page, found.limit) == (len(stored), page, limit)
    assert found.pages == len({n // limit for n in range(len(stored))})
    assert found.has_next is bool(stored[page * limit :])
    assert [each.id for each in streamed] == [row.id for row in expected]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("created_before", datetime(2026, 1, 1)),  # noqa: DTZ001 - it is refused
        ("search", "\0"),
        ("slug", "s3cr3t"),
    ],
)
def test_a_wrong_filter_is_refused(field: str, value: object) -> None:
    with pytest.raises(InvalidInput) as caught:
        CategoryFilters.model_validate({field: value})
    assert caught.value.argument == field
    assert "s3cr3t" not in str(caught.value)


def test_filters_of_another_kind_are_refused(db: Database[Any]) -> None:
    wrong: Any = UserFilters()
    with pytest.raises(InvalidInput, match=r"^filters: needs CategoryFilters$"):
        db.categories.find_many(wrong)
