"""Many rows in one call, in every form, and none of them where one is wrong."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import polars as pl
import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa

import echo_analytics as echo
from echo_analytics.bulk.inputs import opened
from echo_analytics.bulk.tables import POSTS
from echo_analytics.errors import (
    DatabaseError,
    ForeignKeyViolation,
    InvalidInput,
    UniqueConstraintViolation,
)
from echo_analytics.models import NewCategory, NewPost, NewUser, UserPreferences

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from echo_analytics.bulk.create import OnConflict
    from echo_analytics.database import Database

DARK = {"theme": "dark", "notifications": {"email": True, "push": False}}
NOON = datetime(2024, 2, 29, 12, tzinfo=UTC)
PEOPLE: dict[str, list[Any]] = {
    "email": ["ada@example.org", "bob@example.org", "cy@example.org"],
    "name": ["Ada", "Bob", "Cy"],
    "email_verified": [True, None, False],
    "bio": [None, "", "été\n\t\\N"],
    "preferences": [DARK, None, None],
    "role": ["admin", None, "user"],
    "id": [str(uuid.UUID(int=1)), None, str(uuid.UUID(int=3))],
    "created_at": [NOON, None, NOON.astimezone(timezone(timedelta(hours=5.5)))],
}


def _objects(*values: object) -> pd.Series[Any]:
    return pd.Series(list(values), dtype=object)


FORMS: dict[str, Callable[[], object]] = {
    "pandas": lambda: pd.DataFrame(PEOPLE),
    "pandas, objects": lambda: pd.DataFrame(
        {name: pd.Series(values, dtype=object) for name, values in PEOPLE.items()}
    ),
    "pandas, Arrow": lambda: pd.DataFrame(PEOPLE).convert_dtypes(dtype_backend="pyarrow"),
    "pandas, categories": lambda: pd.DataFrame(PEOPLE).astype(
        {"role": "category", "name": "string[pyarrow]"}
    ),
    "pandas, an index": lambda: pd.DataFrame(PEOPLE, index=["x", "y", "x"]),
    "pandas, UUIDs": lambda: pd.DataFrame(PEOPLE).assign(
        id=_objects(uuid.UUID(int=1), None, uuid.UUID(int=3))
    ),
    "pandas, NA": lambda: pd.DataFrame(PEOPLE).assign(
        role=_objects("admin", pd.NA, "user"), email_verified=_objects(True, np.nan, False)
    ),
    "polars": lambda: pl.DataFrame(PEOPLE),
    "polars, lazy": lambda: pl.LazyFrame(PEOPLE),
    "polars, Enum": lambda: pl.DataFrame(PEOPLE).with_columns(
        pl.col("role").cast(pl.Enum(["user", "admin"])), pl.col("name").cast(pl.Categorical)
    ),
    "polars, UUIDs": lambda: pl.DataFrame(PEOPLE).with_columns(
        pl.Series("id", [uuid.UUID(int=1), None, uuid.UUID(int=3)], dtype=pl.Object)
    ),
    "Arrow": lambda: pa.table(PEOPLE),
    "Arrow, a batch": lambda: pa.RecordBatch.from_pydict(PEOPLE),
    "Arrow, chunks": lambda: pa.concat_tables([pa.table(PEOPLE)[:1], pa.table(PEOPLE)[1:]]),
    "Arrow, a reader": lambda: pa.table(PEOPLE).to_reader(max_chunksize=2),
    "parts": lambda: (pd.DataFrame(PEOPLE)[n : n + 1] for n in range(3)),
    "models": lambda: [NewUser(**_given(n)) for n in range(3)],
    "models, one by one": lambda: (NewUser(**_given(n)) for n in range(3)),
}


def _given(number: int) -> dict[str, Any]:
    found = {name: values[number] for name, values in PEOPLE.items()}
    return {name: value for name, value in found.items() if value is not None}


def test_every_form_writes_the_same_rows(database_url: str) -> None:
    wanted = None
    with echo.connect(database_url) as db:
        for form, make in FORMS.items():
            report = db.bulk_create(users=make())
            assert (report.users.rows, report.users.created) == (3, 3), form
            found = sorted(db.users.iterate(), key=lambda user: user.email)
            ada, bob, cy = found
            assert (ada.id.int, cy.id.int) == (1, 3), form
            assert bob.id.version == 4
            assert ada.created_at == cy.created_at == ada.updated_at == NOON, form
            assert abs(bob.created_at - datetime.now(UTC)) < timedelta(minutes=5)
            assert ada.preferences == UserPreferences.model_validate(DARK), form
            rest = [
                (user.email, user.name, user.email_verified, user.bio, user.role) for user in found
            ]
            wanted = wanted or rest
            assert rest == wanted, form
            with db.transaction() as connection:
                connection.execute(sa.text("DELETE FROM users"))
    assert wanted == [
        ("ada@example.org", "Ada", True, None, "admin"),
        ("bob@example.org", "Bob", False, "", "user"),
        ("cy@example.org", "Cy", False, "été\n\t\\N", "user"),
    ]


def test_posts_may_refer_to_users_and_categories_of_the_same_call(db: Database[Any]) -> None:
    author, category = uuid.uuid4(), uuid.uuid4()
    report = echo.bulk_create(
        db,
        users=[NewUser(id=author, email="ada@example.org", name="Ada")],
        categories=[NewCategory(id=category, name="Cats", slug="cats", description="")],
        posts=pl.DataFrame(
            {
                "title": ["a", "b", "c"],
                "content": ["", "x" * 2_000_000, "c"],
                "author_id": [str(author)] * 3,
                "category_id": [category.hex, None, None],
                "status": ["archived", None, "published"],
            }
        ),
    )
    assert (report.users.created, report.categories.created, report.posts.created) == (1, 1, 3)
    assert report.rows == 5
    found = {post.title: post for post in db.posts.iterate()}
    assert {post.author_id for post in found.values()} == {author}
    assert [found[title].category_id for title in "abc"] == [category, None, None]
    assert [found[title].status for title in "abc"] == ["archived", "draft", "published"]
    assert [found[title].published for title in "abc"] == [False, False, True]
    assert len(found["b"].content) == 2_000_000


@pytest.mark.parametrize("as_path", [True, False])
def test_a_parquet_file_is_read_as_it_is_written(
    db: Database[Any], tmp_path: Path, as_path: bool
) -> None:
    numbers = range(40_000)
    table = pa.table(
        {"email": [f"p{n}@example.org" for n in numbers], "name": ["P"] * len(numbers)}
    )
    pq.write_table(table, tmp_path / "people.parquet", row_group_size=10_000)
    source: object = tmp_path / "people.parquet"
    report = db.bulk_create(
        users=source if as_path else pq.ParquetFile(tmp_path / "people.parquet")
    )
    assert report.users.created == db.users.count() == 40_000


# What others have opened may read a row group ahead.
@pytest.mark.parametrize(
    ("as_path", "row_group_size"), [(True, 2_000), (True, 40_000), (False, 2_000)]
)
def test_a_parquet_file_is_not_held_in_memory(
    tmp_path: Path, as_path: bool, row_group_size: int
) -> None:
    path = tmp_path / "posts.parquet"
    noise = np.random.default_rng(1).bytes(400 * 40_000).hex()
    contents = pa.array(noise[800 * n : 800 * (n + 1)] for n in range(40_000))
    pq.write_table(pa.table({"content": contents}), path, row_group_size=row_group_size)
    del noise, contents
    rows = opened(POSTS, path if as_path else pq.ParquetFile(path))
    before, most = pa.total_allocated_bytes(), 0
    for batch in rows.batches:
        most = max(most, pa.total_allocated_bytes() - before)
        del batch
    assert most < 0.7 * path.stat().st_size


def test_columns_that_are_absent_get_the_defaults_of_the_table(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("ALTER TABLE users ALTER role SET DEFAULT 'moderator'")
    with echo.connect(database_url) as db:
        db.bulk_create(users=pd.DataFrame({"email": ["a@example.org"], "name": ["A"]}))
        (user,) = db.users.iterate()
    assert (user.role, user.email_verified, user.updated_at) == (
        "moderator",
        False,
        user.created_at,
    )


def test_instants_are_in_utc_whatever_the_zone_of_the_session(db: Database[Any]) -> None:
    with db.transaction() as connection:
        connection.execute(sa.text("SET LOCAL TimeZone = 'Asia/Tokyo'"))
        connection.execute(sa.text("SET LOCAL statement_timeout = '77s'"))
        echo.bulk_create(connection, users=pd.DataFrame({"email": ["a@b.c"], "name": ["A"]}))
        told = connection.execute(
            sa.text("SELECT current_setting('TimeZone'), current_setting('statement_timeout')")
        ).one()
    assert tuple(told) == ("Asia/Tokyo", "77s")
    (user,) = db.users.iterate()
    assert abs(user.created_at - datetime.now(UTC)) < timedelta(minutes=5)


def test_a_transaction_of_ones_own_decides(db: Database[Any]) -> None:
    people = pd.DataFrame({"email": ["a@example.org"], "name": ["A"]})
    with db.transaction() as connection:
        assert echo.bulk_create(connection, users=people).users.created == 1
        connection.rollback()
    assert db.users.count() == 0


NOTHING: list[object] = [
    pd.DataFrame(),
    pd.DataFrame(columns=["email", "name"]),
    pl.DataFrame(),
    pl.DataFrame(schema={"email": pl.String, "name": pl.String}),
    pa.table({"email": pa.array([], pa.string()), "name": pa.array([], pa.string())}),
    [],
    iter(()),
]


@pytest.mark.parametrize("on_conflict", ["error", "skip", "update"])
def test_no_rows_are_no_rows(db: Database[Any], on_conflict: OnConflict) -> None:
    for nothing in NOTHING:
        report = db.bulk_create(users=nothing, on_conflict=on_conflict)
        assert (report.rows, report.users.created) == (0, 0)


GOOD = pd.DataFrame({"email": ["a@example.org", "b@example.org"], "name": ["A", "B"]})
NAIVE = datetime(2024, 1, 1)  # noqa: DTZ001 - that is the point


class Untouched:
    """A database that nobody may ask for anything."""

    def transaction(self) -> AbstractContextManager[sa.Connection]:
        """Fail."""
        raise AssertionError


REFUSED: list[tuple[Callable[[], object], str, str]] = [
    (lambda: GOOD.assign(colour="red"), "users.colour", "is no field of NewUser"),
    (lambda: GOOD.assign(updated_at=NOON), "users.updated_at", "is no field of NewUser"),
    (lambda: GOOD.drop(columns="name"), "users.name", "is needed"),
    (lambda: GOOD.set_axis(["email", "email"], axis=1), "users.email", "more than once"),
    (lambda: GOOD.assign(name=_objects("A", None)), "users.name", "is missing (row 1)"),
    (lambda: GOOD.assign(name=pd.Series([1, 2])), "users.name", "needs texts, not int64"),
    (lambda: GOOD.assign(name=_objects("A", 5)), "users.name", "(row 1)"),
    (lambda: GOOD.assign(name=_objects("A", b"B")), "users.name", ""),
    (lambda: GOOD.assign(email_verified=_objects(1, 0)), "users.email_verified", "needs booleans"),
    (lambda: GOOD.assign(role=_objects("user", "boss")), "users.role", "is none of user, admin"),
    (lambda: GOOD.assign(id=_objects(7, 8)), "users.id", "needs UUIDs, not int64"),
    (lambda: GOOD.assign(created_at=NAIVE), "users.created_at", "(rows 0, 1)"),
    (lambda: GOOD.assign(created_at=_objects(NOON, NAIVE)), "users.created_at", "zone"),
    (lambda: GOOD.assign(created_at=_objects("2024-01-01", None)), "users.created_at", "(row 0)"),
    (lambda: GOOD.assign(created_at=_objects(1, 2)), "users.created_at", "needs datetimes"),
    (lambda: pl.from_pandas(GOOD).with_columns(created_at=NAIVE), "users.created_at", "zone"),
    (lambda: GOOD.assign(created_at=NOON.date()), "users.created_at", "not date32"),
    (lambda: GOOD.assign(bio=pd.Series(["\ud800", ""], dtype=object)), "users.bio", "Unicode"),
    (lambda: GOOD.assign(preferences="{"), "users.preferences", "(rows 0, 1)"),
    (lambda: GOOD.assign(preferences=_objects(DARK, {"theme": 5})), "users.preferences", "(row 1)"),
    (
        lambda: [NewUser(email="a@b.c", name="A"), NewCategory(name="n", slug="s")],
        "users",
        "item 1",
    ),
    (lambda: [GOOD, GOOD.assign(bio="")], "users", "other columns"),
    (lambda: [GOOD, GOOD.assign(name=_objects("A", 5))], "users.name", "(row 3)"),
    (lambda: [None], "users", "needs a pandas or polars frame"),
    (lambda: {"email": ["a@b.c"]}, "users", "needs a pandas or polars frame"),
    (lambda: NewUser(email="a@b.c", name="A"), "users", "needs a pandas or polars frame"),
    (lambda: 5, "users", "needs a pandas or polars frame"),
    (lambda: "missing.parquet", "users", "there is no such file"),
    (lambda: __file__, "users", "cannot be read"),
]


@pytest.mark.parametrize(("make", "argument", "problem"), REFUSED)
def test_wrong_input_is_refused_before_any_query(
    make: Callable[[], object], argument: str, problem: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        echo.bulk_create(Untouched(), users=make())
    assert caught.value.argument == argument
    assert problem in caught.value.problem


@pytest.mark.parametrize("arguments", [{}, {"on_conflict": "ignore"}, {"progress": 1}])
def test_wrong_arguments_are_refused(arguments: dict[str, Any]) -> None:
    given = {"users": GOOD, **arguments} if arguments else {}
    with pytest.raises(InvalidInput):
        echo.bulk_create(Untouched(), **given)


def test_an_error_names_rows_and_no_value() -> None:
    secret = "the secret of row"
    rows = pd.DataFrame(
        {"email": [f"{secret} {n}" for n in range(1_000)], "name": ["", *"x" * 999]}
    )
    with pytest.raises(InvalidInput) as caught:
        echo.bulk_create(Untouched(), users=rows)
    assert str(caught.value) == (
        "users.email: is not an e-mail address (rows 0, 1, 2, 3, 4 and 995 more); "
        "users.name is empty (row 0)"
    )
    assert secret not in repr(caught.value)
    assert caught.value.__context__ is None


def test_rows_are_counted_over_all_batches(db: Database[Any]) -> None:
    names = ["A"] * 50_000
    names[40_000] = ""
    people = pa.table({"email": [f"p{n}@example.org" for n in range(50_000)], "name": names})
    with pytest.raises(InvalidInput, match=r"users\.name: is empty \(row 40000\)"):
        db.bulk_create(users=people.to_reader(max_chunksize=1_000))
    assert db.users.count() == 0


def test_one_row_in_the_way_keeps_all_out(db: Database[Any]) -> None:
    db.users.create(NewUser(email="b@example.org", name="B"))
    tags = pd.DataFrame({"name": ["Cats"], "slug": ["cats"]})
    before = db.categories.count()
    with pytest.raises(UniqueConstraintViolation) as caught:
        db.bulk_create(users=GOOD, categories=tags)
    assert caught.value.field == "email"
    assert (db.users.count(), db.categories.count()) == (1, before)


def test_a_missing_author_is_a_foreign_key_violation(db: Database[Any]) -> None:
    post = NewPost(title="t", content="", author_id=uuid.uuid4())
    with pytest.raises(ForeignKeyViolation) as caught:
        db.bulk_create(users=GOOD, posts=[post])
    assert caught.value.field == "author_id"
    assert db.users.count() == 0


def test_the_errors_of_the_server_carry_no_value(db: Database[Any]) -> None:
    twice = pd.DataFrame({"email": ["secret@example.org"] * 2, "name": ["A", "B"]})
    with pytest.raises(UniqueConstraintViolation) as caught:
        db.bulk_create(users=twice)
    error: BaseException | None = caught.value
    while error is not None:
        assert "secret" not in str(error)
        error = error.__context__ or error.__cause__


def test_triggers_fire_and_one_that_keeps_a_row_out_keeps_all_out(
    database_url: str, db: Database[Any]
) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "CREATE FUNCTION pick() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            " IF NEW.name = 'Bob' THEN RETURN NULL; END IF;"
            " NEW.bio := 'seen'; RETURN NEW; END $$;"
            "CREATE TRIGGER pick BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION pick()"
        )
    db.bulk_create(users=GOOD)
    assert {user.bio for user in db.users.iterate()} == {"seen"}
    with pytest.raises(DatabaseError, match="a trigger of the database has kept a user"):
        db.bulk_create(users=pd.DataFrame(PEOPLE))
    assert db.users.count() == 2
