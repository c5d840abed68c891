from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from drizzle_database import engine, load

from echo_analytics import schema
from echo_analytics.catalogue import describe, differences

if TYPE_CHECKING:
    from collections.abc import Callable


def test_the_metadata_makes_what_the_applications_tools_make(
    create_database: Callable[..., str],
) -> None:
    ours, theirs = create_database(), create_database()
    load(theirs)
    schema.metadata.create_all(engine(ours))
    with engine(ours).connect() as found, engine(theirs).connect() as wanted:
        assert differences(describe(wanted), describe(found)) == ()


def test_every_constraint_has_a_name() -> None:
    for table in schema.metadata.tables.values():
        assert all(constraint.name for constraint in table.constraints)


def test_a_timestamp_is_stored_in_utc_and_comes_back_aware(database_url: str) -> None:
    zone = timezone(timedelta(hours=5, minutes=30))
    written = datetime(2026, 3, 1, 1, 15, tzinfo=zone)
    with engine(database_url).connect() as connection:
        connection.execute(
            schema.users.insert(), {"email": "a", "name": "a", "created_at": written}
        )
        stored = connection.scalar(sa.text("select created_at::text from public.users"))
        read = connection.scalar(sa.select(schema.users.c.created_at))
    assert stored == "2026-02-28 19:45:00"
    assert read == datetime(2026, 2, 28, 19, 45, tzinfo=UTC)
    assert read is not None
    assert read.tzinfo is UTC


def test_a_timestamp_without_zone_is_refused(database_url: str) -> None:
    with engine(database_url).connect() as connection, pytest.raises(sa.exc.StatementError):
        connection.execute(
            schema.users.insert(),
            {"email": "a", "name": "a", "created_at": datetime(2026, 3, 1)},  # noqa: DTZ001
        )
