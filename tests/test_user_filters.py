"""Which users are found: filters, pages and batches against a plain model, and wrong arguments."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NoReturn
from uuid import UUID

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from echo_analytics.database import connect
from echo_analytics.errors import InvalidInput
from echo_analytics.models import NewUser, UserChanges
from echo_analytics.repositories import UserFilters, UserRepository

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from echo_analytics.database import Database

NOBODY = UUID(int=0)
# The hypothesis examples share one database: each is a transaction that is rolled back.
PROPERTY = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def db(database_url: str) -> Iterator[Database[Any]]:  # Any: no frame is made
    with connect(database_url) as database:
        yield database


class NeverCalled:
    """Fails the test when a query is about to run."""

    def transaction(self) -> NoReturn:
        raise AssertionError


@pytest.mark.parametrize(
    ("argument", "call"),
    [
        ("id", lambda users: users.get("s3cr3t")),
        ("id", lambda users: users.find_by_id(7)),
        ("id", lambda users: users.exists("")),
        ("id", lambda users: users.update("s3cr3t", UserChanges(name="x"))),
        ("id", lambda users: users.delete("s3cr3t")),
        ("email", lambda users: users.find_by_email("s3cr3t\0")),
        ("email", lambda users: users.find_by_email("s3cr3t\ud800")),
        ("email", lambda users: users.find_by_email(None)),
        ("item", lambda users: users.create({"email": "s3cr3t"})),
        ("item", lambda users: users.create_many([{"email": "s3cr3t"}])),
        ("item", lambda users: users.upsert(UserChanges(name="s3cr3t"))),
        ("changes", lambda users: users.update(NOBODY, {"email": "s3cr3t"})),
        ("changes", lambda users: users.update(NOBODY, NewUser(email="a@b", name="c"))),
        ("if_updated_at", lambda users: users.update(NOBODY, UserChanges(), if_updated_at=1)),
        ("filters", lambda users: users.find_many({"email": "s3cr3t"})),
        ("filters", lambda users: users.count("s3cr3t")),
        ("page", lambda users: users.find_many(page=0)),
        ("page", lambda users: users.find_many(page=-1)),
        ("page", lambda users: users.find_many(page=1.0)),
        ("page", lambda users: users.find_many(page=True)),
        ("page", lambda users: users.find_many(page=2**31)),
        ("page", lambda users: users.find_many(page="1")),
        ("limit", lambda users: users.find_many(limit=0)),
        ("limit", lambda users: users.find_many(limit=2.5)),
        ("limit", lambda users: users.find_many(limit=Decimal(3))),
        ("limit", lambda users: users.find_many(limit=False)),
        ("limit", lambda users: users.find_many(limit=10_001)),
        ("limit", lambda users: users.find_many(limit=None)),
        ("batch_size", lambda users: users.iterate(batch_size=0)),
        ("batch_size", lambda users: users.iterate(batch_size=True)),
    ],
)
def test_a_wrong_argument_is_refused_before_any_query(
    argument: str, call: Callable[[UserRepository], object]
) -> None:
    with pytest.raises(InvalidInput) as caught:
        call(UserRepository(NeverCalled()))
    assert caught.value.argument == argument
    assert "s3cr3t" not in f"{caught.value} {caught.value.__context__}"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("role", "s3cr3t"),
        ("email_verified", "s3cr3t"),
        ("created_after", datetime(2026, 1, 1)),  # noqa: DTZ001
        ("search", "\0"),
        ("nickname", "s3cr3t"),
    ],
)
def test_a_wrong_filter_is_refused(field: str, value: object) -> None:
    with pytest.raises(InvalidInput) as caught:
        UserFilters.model_validate({field: value})
    assert caught.value.argument == field


MOMENTS = [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(microseconds=n) for n in range(3)]
LETTERS = st.text("aAbB%_!\\' ", max_size=4)


@dataclass(frozen=True)
class Stored:
    number: int
    name: str
    role: str
    verified: bool | None
    created_at: datetime

    @property
    def key(self) -> tuple[datetime, UUID]:
        return self.created_at, self.id

    @property
    def id(self) -> UUID:
        # Spread, so that the order of ids is not that of numbers.
        return UUID(int=(self.number + 1) * 0x9E3779B97F4A7C15F39CC0605CEDC834 % 2**128)

    @property
    def email(self) -> str:
        return f"{self.number}@x"


@st.composite
def stored_users(draw: st.DrawFn) -> list[Stored]:
    rows = st.tuples(
        LETTERS,
        st.sampled_from(["user", "admin", "moderator"]),
        st.sampled_from([True, False, None]),
        st.sampled_from(MOMENTS),
    )
    return [Stored(n, *row) for n, row in enumerate(draw(st.lists(rows, max_size=12)))]


filters = st.builds(
    UserFilters,
    email=st.none() | st.sampled_from(["0@x", "3@x", "0@X", "_@x"]),
    role=st.none() | st.sampled_from(["user", "admin", "moderator"]),
    email_verified=st.none() | st.booleans(),
    search=st.none() | LETTERS,
    created_after=st.none() | st.sampled_from(MOMENTS),
    created_before=st.none() | st.sampled_from(MOMENTS),
)


def passes(user: Stored, wanted: UserFilters) -> bool:
    return (
        wanted.email in (None, user.email)
        and wanted.role in (None, user.role)
        and wanted.email_verified in (None, bool(user.verified))
        and (wanted.search or "").lower() in user.name.lower()
        and (wanted.created_after is None or user.created_at >= wanted.created_after)
        and (wanted.created_before is None or user.created_at < wanted.created_before)
    )


def store(connection: sa.Connection, rows: list[Stored]) -> None:
    for row in rows:
        connection.execute(
            sa.text(
                "insert into public.users (id, email, name, role, email_verified, created_at)"
                " values (:id, :email, :name, cast(:role as public.user_role), :verified, :created)"
            ),
            {
                "id": row.id,
                "email": row.email,
                "name": row.name,
                "role": row.role,
                "verified": row.verified,
                "created": row.created_at.replace(tzinfo=None),
            },
        )


@PROPERTY
@given(
    rows=stored_users(),
    wanted=filters,
    page=st.integers(1, 5),
    limit=st.integers(1, 5),
    size=st.integers(1, 5),
)
def test_filters_pages_and_batches_are_those_of_a_plain_model(
    db: Database[Any], rows: list[Stored], wanted: UserFilters, page: int, limit: int, size: int
) -> None:
    expected = sorted(
        (row for row in rows if passes(row, wanted)), key=lambda row: row.key, reverse=True
    )
    ids = [row.id for row in expected]
    with db.engine.connect() as connection:
        store(connection, rows)
        users = UserRepository(connection)
        found = users.find_many(wanted, page, limit)
        streamed = [user.id for user in users.iterate(wanted, batch_size=size)]
        assert users.count(wanted) == len(ids)
        connection.rollback()
    assert [user.id for user in found] == ids[(page - 1) * limit : page * limit]
    assert (found.total, found.page, found.limit) == (len(ids), page, limit)
    assert found.pages == len({n // limit for n in range(len(ids))})
    assert found.has_next is bool(ids[page * limit :])
    assert streamed == ids
