from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from drizzle_database import engine, load

from echo_analytics.catalogue import describe, differences

if TYPE_CHECKING:
    from collections.abc import Callable


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
