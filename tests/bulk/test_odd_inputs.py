"""Forms of rows that are met less often: bytes, single columns, datasets, connections."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.dataset
import pyarrow.parquet as pq
import pytest

import echo_analytics as echo
from echo_analytics.errors import InvalidInput
from echo_analytics.models import NotificationPreferences, UserPreferences

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from echo_analytics.database import Database

GOOD = pd.DataFrame({"email": ["a@example.org", "b@example.org"], "name": ["A", "B"]})
IDS = [uuid.UUID(int=7), uuid.UUID(int=8)]
DARK = UserPreferences(theme="dark", notifications=NotificationPreferences(email=True, push=False))

BYTES: dict[str, Callable[[], object]] = {
    "polars": lambda: pl.from_pandas(GOOD).with_columns(id=pl.Series([i.bytes for i in IDS])),
    "pandas": lambda: GOOD.assign(id=[i.bytes for i in IDS]),
    "Arrow": lambda: pa.table({**GOOD, "id": pa.array([i.bytes for i in IDS], pa.uuid())}),
}


@pytest.mark.parametrize("form", BYTES)
def test_ids_may_be_sixteen_bytes(db: Database[Any], form: str) -> None:
    db.bulk_create(users=BYTES[form]())
    assert {user.id for user in db.users.iterate()} == set(IDS)


def test_ids_of_other_bytes_are_named_by_their_row(db: Database[Any]) -> None:
    with pytest.raises(InvalidInput, match=r"users\.id: is not a UUID \(row 1\)"):
        db.bulk_create(users=GOOD.assign(id=[IDS[0].bytes, b"short"]))


def test_preferences_may_be_objects_of_the_model(db: Database[Any]) -> None:
    people = GOOD.assign(preferences=pd.Series([DARK, None], dtype=object))
    db.bulk_create(users=people)
    found = {user.email: user.preferences for user in db.users.iterate()}
    assert found == {"a@example.org": DARK, "b@example.org": None}


def test_a_dataset_of_several_files_is_read_as_it_is_written(
    db: Database[Any], tmp_path: Path
) -> None:
    for number in range(3):
        emails = [f"p{number}.{place}@example.org" for place in range(2_000)]
        rows = pa.table({"email": emails, "name": emails})
        pq.write_table(rows, tmp_path / f"{number}.parquet")
    report = db.bulk_create(users=pa.dataset.dataset(tmp_path))
    assert report.users.created == db.users.count() == 6_000


@pytest.mark.parametrize("column", [GOOD["name"], pl.Series(["a"]), pa.chunked_array([["a"]])])
def test_a_single_column_is_no_table(db: Database[Any], column: object) -> None:
    with pytest.raises(InvalidInput, match="users: needs a pandas or polars frame"):
        db.bulk_create(users=column)


def test_parts_may_have_their_columns_in_any_order(db: Database[Any]) -> None:
    db.bulk_create(users=[GOOD[:1], GOOD[1:][["name", "email"]]])
    assert {user.email: user.name for user in db.users.iterate()} == {
        "a@example.org": "A",
        "b@example.org": "B",
    }


def test_rows_without_columns_are_refused(db: Database[Any]) -> None:
    with pytest.raises(InvalidInput, match="users: has rows without columns"):
        db.bulk_create(users=pd.DataFrame(index=[0, 1]))


def test_a_connection_in_autocommit_is_refused(db: Database[Any]) -> None:
    with (
        db.autocommit() as connection,
        pytest.raises(InvalidInput, match="db: needs the connection of a transaction"),
    ):
        echo.bulk_create(connection, users=GOOD)
    assert db.users.count() == 0
