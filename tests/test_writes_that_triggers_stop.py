"""A database's own triggers may drop a write; that is told, and nothing half done is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import drizzle_database
import pytest

from echo_analytics.database import connect
from echo_analytics.errors import Conflict, DatabaseError, NotFound
from echo_analytics.models import NewCategory, NewUser, UserChanges

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from uuid import UUID

    from echo_analytics.database import Database

STOP = """
CREATE FUNCTION public.stop() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN RETURN NULL; END IF;
    IF NEW.name LIKE 'stop%' THEN RETURN NULL; END IF;
    RETURN NEW;
END $$
"""


# Any: no frame is made.
@pytest.fixture
def db(database_url: str) -> Iterator[Database[Any]]:
    drizzle_database.run(database_url, STOP)
    for table in ("users", "categories"):
        drizzle_database.run(
            database_url,
            f"create trigger stop before insert or update or delete on public.{table}"
            " for each row execute function public.stop()",
        )
    with connect(database_url) as database:
        yield database


def user(number: int, name: str = "Ada") -> NewUser:
    return NewUser(email=f"{number}@example.org", name=name)


@pytest.mark.parametrize(
    "write",
    [
        lambda db, _: db.users.create(user(2, "stop")),
        lambda db, _: db.users.upsert(user(1, "stop")),
        lambda db, key: db.users.update(key, UserChanges(name="stop")),
        lambda db, key: db.users.delete(key),
        lambda db, _: db.categories.delete(db.categories.find_by_slug("general").id),
    ],
)
def test_a_write_that_a_trigger_stops_is_an_error_that_says_so(
    db: Database[Any], write: Callable[[Database[Any], UUID], object]
) -> None:
    stored = db.users.create(user(1))
    db.categories.upsert(NewCategory(name="General", slug="general"))
    with pytest.raises(DatabaseError, match=r"^a trigger of the database has kept a \w+ as it was"):
        write(db, stored.id)
    assert db.users.get(stored.id) == stored
    assert db.users.count() == 1


def test_of_many_rows_of_which_a_trigger_stops_one_none_is_kept(db: Database[Any]) -> None:
    with pytest.raises(DatabaseError, match="a trigger of the database"):
        db.users.create_many([user(1), user(2, "stop"), user(3)])
    assert db.users.count() == 0


def test_a_conflict_is_told_from_a_trigger(db: Database[Any]) -> None:
    seen = db.users.create(user(1))
    stop = UserChanges(name="stop")
    with pytest.raises(DatabaseError, match="a trigger of the database"):
        db.users.update(seen.id, stop, if_updated_at=seen.updated_at)
    db.users.update(seen.id, UserChanges(name="Ada L."))
    with pytest.raises(Conflict):
        db.users.update(seen.id, stop, if_updated_at=seen.updated_at)


def test_a_row_that_is_missing_is_still_not_found(db: Database[Any]) -> None:
    nobody = "00000000-0000-0000-0000-000000000000"
    with pytest.raises(NotFound):
        db.users.delete(nobody)
    with pytest.raises(NotFound):
        db.categories.delete(nobody)
