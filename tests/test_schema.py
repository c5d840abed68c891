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


CHANGES = {
    "column users.bio": "alter table public.users alter column bio set not null",
    "column posts.title": "alter table public.posts alter column title type varchar(9)",
    "column posts.published": "alter table public.posts alter column published drop default",
    "column users.nick": "alter table public.users add column nick text",
    "column users.avatar": "alter table public.users drop column avatar",
    "constraint posts.posts_author_id_users_id_fk": "alter table public.posts drop constraint"
    " posts_author_id_users_id_fk, add constraint posts_author_id_users_id_fk foreign key"
    " (author_id) references public.users",
    "index posts_published_created_idx": "drop index public.posts_published_created_idx; create"
    " index posts_published_created_idx on public.posts (created_at) where published = false",
    "index users_role_idx": "drop index public.users_role_idx",
    "enum post_status": "alter type public.post_status add value 'lost' before 'draft'",
    "trigger users.t": "create trigger t before update on public.users for each row execute"
    " function suppress_redundant_updates_trigger()",
    "function f()": "create function public.f() returns int language sql as 'select 1'",
    "view v": "create view public.v as select 1 as one",
    "sequence s": "create sequence public.s",
    "table users": "alter table public.users enable row level security",
    "policy users.p": "create policy p on public.users",
    "domain d": "create domain public.d as text",
    "type pair": "create type public.pair as (a int, b int)",
}


@pytest.mark.parametrize(("name", "change"), CHANGES.items(), ids=CHANGES.keys())
def test_the_comparison_sees(database_url: str, name: str, change: str) -> None:
    with engine(database_url).connect() as connection:
        before = describe(connection)
        connection.execute(sa.text(change))
        after = describe(connection)
    assert any(sentence.startswith(f"{name} is ") for sentence in differences(before, after))


def test_the_comparison_leaves_out_our_trigger_and_the_order_of_columns(
    create_database: Callable[..., str], migrated_template: str
) -> None:
    ours, other = create_database(migrated_template), create_database()
    load(other)
    with engine(other).begin() as connection:
        connection.execute(sa.text("alter table public.users drop column bio, add column bio text"))
    with engine(ours).connect() as found, engine(other).connect() as wanted:
        assert differences(describe(wanted), describe(found)) == ()


def test_the_comparison_leaves_out_extensions(database_url: str) -> None:
    with engine(database_url).connect() as connection:
        before = describe(connection)
        connection.execute(sa.text("create extension citext schema public"))
        assert differences(before, describe(connection)) == ()
