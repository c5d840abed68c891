"""Whatever somebody who has the role for reading runs, nothing is written."""

from __future__ import annotations

import base64
import contextlib
import inspect
from typing import TYPE_CHECKING, Any

import adbc_driver_manager
import adbc_driver_postgresql.dbapi as adbc
import drizzle_database
import psycopg
import pytest
import sqlalchemy as sa
from hostile_texts import HARM, HARMLESS, OTHERWISE, OURS, REFUSED, TEXTS
from psycopg.conninfo import conninfo_to_dict
from reading_roles import contents

import echo_analytics as echo
from echo_analytics import migrate
from echo_analytics.models import NewCategory, NewPost, NewUser, PostChanges, UserChanges
from echo_analytics.repositories import CategoryFilters, PostFilters, UserFilters

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import pyarrow as pa
    from reading_roles import Place

GOOD = {"start": "2025-03-01", "end": "2025-03-05", "query": "text"}
NO_RIGHT = "42501"

# Any below: the arguments of any function.


def is_analysis(name: str) -> bool:
    found = getattr(echo, name)
    return inspect.isfunction(found) and next(iter(inspect.signature(found).parameters)) == "source"


ANALYSES: dict[str, Callable[..., Any]] = {
    name: getattr(echo, name) for name in echo.__all__ if is_analysis(name)
}


def arguments_of(analysis: Callable[..., Any]) -> list[str]:
    return list(inspect.signature(analysis).parameters)[1:]


def needed(analysis: Callable[..., Any], post: str) -> dict[str, Any]:
    """Arguments that an analysis accepts."""
    good = {**GOOD, "post_id": post}
    return {name: value for name, value in good.items() if name in arguments_of(analysis)}


def rows_of(found: Any) -> int:  # noqa: ANN401
    if isinstance(found, echo.PostExplanation):
        return rows_of(found.terms)
    if isinstance(found, int):
        return found
    return sum(map(rows_of, found)) if inspect.isgenerator(found) else found.num_rows


def disguised(text: str) -> Iterator[object]:
    """A text as it is, and within what is taken apart first."""
    yield text
    yield [text]
    for inner in (f"1 2026-01-01T00:00:00+00:00 {text}", f"1 {text} {drizzle_database.USER}"):
        yield base64.urlsafe_b64encode(inner.encode(errors="replace")).decode()


@pytest.fixture(scope="module")
def db(place: Place) -> Iterator[echo.Database[pa.Table]]:
    with echo.connect(place.reader, frame="arrow") as database:
        yield database


@pytest.fixture(scope="module")
def post(db: echo.Database[pa.Table]) -> str:
    return str(echo.posts_with_authors(db, limit=1)["post_id"][0])


def test_every_analysis_is_attacked() -> None:
    assert {"user_stats", "daily_posts", "posts", "posts_batches", "search_posts", "overview"} <= (
        set(ANALYSES)
    )
    assert len(ANALYSES) >= 14


def test_every_analysis_works_for_a_reader(db: echo.Database[pa.Table], post: str) -> None:
    for name, analysis in ANALYSES.items():
        assert rows_of(analysis(db, **needed(analysis, post))) > 0, name


def harmless(call: Callable[[], object]) -> None:
    """Call, and let only that pass which the package says of wrong input."""
    with contextlib.suppress(echo.InvalidInput):
        call()


def all_of(found: object) -> object:
    return list(found) if inspect.isgenerator(found) else found


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_hostile_arguments_of_analyses_write_nothing(
    place: Place, db: echo.Database[pa.Table], post: str, text: str
) -> None:
    before = contents(place.owner)
    with db.snapshot() as moment:
        for analysis in ANALYSES.values():
            for argument in arguments_of(analysis):
                for value in disguised(text):
                    arguments = {**needed(analysis, post), argument: value}
                    for source in (db, moment):
                        harmless(lambda: all_of(analysis(source, **arguments)))  # noqa: B023
                    with contextlib.suppress(echo.InvalidInput):
                        assert text not in echo.sql(analysis, db, **arguments).text
        assert moment.frame(sa.select(sa.func.count(type_=sa.BigInteger)))
    assert contents(place.owner) == before


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_hostile_queries_that_are_evaluated_write_nothing(
    place: Place, db: echo.Database[pa.Table], text: str
) -> None:
    before = contents(place.owner)
    harmless(lambda: echo.search.evaluate(db, {text: text}, {text: {text: 1.0}}, per_query=True))
    assert contents(place.owner) == before


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_hostile_filters_of_repositories_write_nothing(
    place: Place, db: echo.Database[pa.Table], text: str
) -> None:
    before = contents(place.owner)
    for rows, kind in (
        (db.users, UserFilters),
        (db.posts, PostFilters),
        (db.categories, CategoryFilters),
    ):
        for field in kind.model_fields:
            with contextlib.suppress(echo.InvalidInput):
                filters: Any = kind.model_validate({field: text})
                rows.find_many(filters)
                list(rows.iterate(filters))
                rows.count(filters)
        one: Any = text
        for call in (rows.find_by_id, rows.get, rows.exists, rows.find_many, rows.iterate):
            harmless(lambda: all_of(call(one)))  # noqa: B023
        harmless(lambda: rows.find_many(page=one))  # noqa: B023
        harmless(lambda: rows.find_many(limit=one))  # noqa: B023
    harmless(lambda: db.users.find_by_email(text))
    harmless(lambda: db.categories.find_by_slug(text))
    harmless(lambda: db.posts.find_many(with_author=one))
    assert contents(place.owner) == before


def test_a_statement_of_ones_own_writes_nothing_through_the_doors_for_reading(
    place: Place, db: echo.Database[pa.Table]
) -> None:
    before = contents(place.owner)
    off = "set_config('default_transaction_read_only', 'off', false)"
    for source in (db, db.using("pandas"), db.using("polars")):
        for text in (off, *HARM, *(f"({harm})" for harm in HARM), "pg_read_file('/etc/passwd')"):
            asked = sa.select(sa.literal_column(text, sa.String).label("x"))
            with contextlib.suppress(echo.DatabaseError, echo.NotSupported):
                source.arrow(asked)
            with contextlib.suppress(echo.DatabaseError, echo.NotSupported):
                list(source.batches(asked))
    assert contents(place.owner) == before


def tried(send: Callable[[str], object], statement: str) -> str | None:
    """Return the code that the server refuses with; None where it does not."""
    try:
        send(statement)
    except (psycopg.Error, adbc_driver_manager.Error) as error:
        return error.sqlstate or "unknown"
    return None


OPENINGS: dict[str, tuple[str, ...]] = {
    "as it is": (),
    "in a transaction that may write": ("BEGIN READ WRITE",),
    "in a session that may write": (
        "SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE",
        "SET default_transaction_read_only = off",
    ),
    "after leaving every role": (
        "RESET ALL",
        "RESET ROLE",
        "SET default_transaction_read_only = 0",
    ),
}


@contextlib.contextmanager
def psycopg_session(url: str) -> Iterator[Callable[[str], object]]:
    with psycopg.connect(url, autocommit=True) as connection:
        yield lambda statement: connection.execute(statement.encode())


@contextlib.contextmanager
def adbc_session(url: str) -> Iterator[Callable[[str], object]]:
    def send(statement: str) -> object:
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else None

    with adbc.connect(url, autocommit=True) as connection:
        yield send


@pytest.mark.parametrize("opening", OPENINGS.values(), ids=OPENINGS)
@pytest.mark.parametrize("session", [psycopg_session, adbc_session])
def test_raw_statements_write_nothing(
    place: Place, session: Callable[..., Any], opening: tuple[str, ...]
) -> None:
    before = contents(place.owner)
    with session(place.reader) as send:
        for statement in (*REFUSED, *OURS, *HARMLESS):
            for each in opening:
                send(each)
            code = tried(send, statement)
            tried(send, "COMMIT")
            assert statement not in REFUSED or code is not None, statement
    assert contents(place.owner) == before


def test_not_one_raw_statement_writes_anything(place: Place) -> None:
    before = contents(place.owner)
    with psycopg_session(place.reader) as send:
        for statement in (*REFUSED, *OURS, *HARMLESS):
            send("SET default_transaction_read_only = off")
            tried(send, statement)
            assert contents(place.owner) == before, statement


@pytest.mark.parametrize("statement", REFUSED)
def test_what_could_write_is_refused_for_want_of_a_right(place: Place, statement: str) -> None:
    """Not for a wrong word, nor by the setting that a statement can change."""
    with psycopg_session(place.reader) as send:
        send("SET default_transaction_read_only = off")
        assert tried(send, statement) in {NO_RIGHT, OTHERWISE.get(statement)}


@pytest.mark.parametrize("session", [psycopg_session, adbc_session])
@pytest.mark.parametrize("statement", HARM)
def test_several_statements_at_once_write_nothing(
    place: Place, session: Callable[..., Any], statement: str
) -> None:
    before = contents(place.owner)
    for start in ("COMMIT; ", "SELECT 1; BEGIN READ WRITE; ", "ROLLBACK; RESET ROLE; "):
        with session(place.reader) as send:
            assert tried(send, f"{start}{statement}; COMMIT") is not None
    assert contents(place.owner) == before


def test_the_sessions_of_others_stay(place: Place) -> None:
    with drizzle_database.connect(place.owner) as other:
        number = other.info.backend_pid
        for call in ("pg_terminate_backend", "pg_cancel_backend"):
            with psycopg_session(place.reader) as send:
                assert tried(send, f"SELECT {call}({number})") == NO_RIGHT
        assert other.execute("select 1").fetchall() == [(1,)]


def test_sequences_and_other_servers_are_out_of_reach(place: Place) -> None:
    if not drizzle_database.rows(
        place.owner, "select 1 from pg_extension where extname = 'dblink'"
    ):
        drizzle_database.run(
            place.owner, "create extension dblink", "create sequence public.numbers"
        )
    before = contents(place.owner)
    owner = conninfo_to_dict(place.owner)
    there = " ".join(f"{name}={owner[name]}" for name in ("host", "user", "dbname"))
    for statement in (
        "SELECT nextval('public.numbers')",
        "SELECT setval('public.numbers', 99)",
        f"SELECT dblink_exec('{there}', 'DELETE FROM public.posts')",
        f"SELECT dblink_connect_u('{there}')",
    ):
        with psycopg_session(place.reader) as send:
            send("SET default_transaction_read_only = off")
            assert tried(send, statement) is not None, statement
    assert contents(place.owner) == before


def test_what_no_grant_can_take_away_touches_no_row(place: Place) -> None:
    """As the guide to connecting says: password, settings and default privileges of its own."""
    own = ("pg_authid", "pg_db_role_setting", "pg_default_acl")
    settings = {f"pg_catalog.{name}" for name in own}

    def rest() -> list[object]:
        return [row for row in contents(place.owner) if not settings & set(str(row).split("'"))]

    before = rest()
    with psycopg_session(place.reader) as send:
        send("SET default_transaction_read_only = off")
        send("ALTER ROLE CURRENT_USER SET statement_timeout = 0")
        send("ALTER ROLE CURRENT_USER PASSWORD 'another'")
        send("ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC")
        send("ALTER DEFAULT PRIVILEGES REVOKE SELECT ON TABLES FROM PUBLIC")
    assert rest() == before


def test_a_reader_that_drops_what_it_owns_leaves_every_row_and_reads_on(place: Place) -> None:
    before = [row for row in contents(place.owner) if "pg_catalog" not in str(row)]
    with psycopg_session(place.reader) as send:
        send("SET default_transaction_read_only = off")
        send("DROP OWNED BY CURRENT_USER CASCADE")
        assert tried(send, "SELECT FROM public.posts") is None
    assert [row for row in contents(place.owner) if "pg_catalog" not in str(row)] == before


WRITES: dict[str, Callable[[echo.Database[Any], Path], object]] = {
    "create a user": lambda db, _: db.users.create(NewUser(email="x@y", name="X")),
    "create users": lambda db, _: db.users.create_many([NewUser(email="x@y", name="X")]),
    "update a user": lambda db, _: db.users.update(drizzle_database.USER, UserChanges(name="X")),
    "upsert a user": lambda db, _: db.users.upsert(NewUser(email="x@y", name="X")),
    "delete a user": lambda db, _: db.users.delete(drizzle_database.USER),
    "create a category": lambda db, _: db.categories.create(NewCategory(name="X", slug="x")),
    "create a post": lambda db, _: db.posts.create(
        NewPost(title="X", content="x", author_id=drizzle_database.USER)  # type: ignore[arg-type]  # it is read
    ),
    "update posts": lambda db, _: [
        db.posts.update(post.id, PostChanges(title="x")) for post in db.posts.iterate()
    ],
    "archive": lambda db, _: db.post_service.archive(db.posts.find_many().items[0].id),
    "post with author": lambda db, _: db.post_service.create_post_with_author(
        NewUser(email="x@y", name="X"), NewPost(title="X", content="x")
    ),
    "transaction": lambda db, _: db.run(lambda connection: connection.execute(sa.text(HARM[1]))),
    "import": lambda db, folder: echo.import_posts(db, folder / "posts.csv"),
    "demo": lambda db, _: echo.load_demo(db, 10),
    "backfill": lambda db, _: echo.backfill_preferences(db),
    "migrate": lambda db, _: migrate.downgrade(db.engine),
    "enable rollups": lambda db, _: db.rollups.enable("Europe/Berlin"),
    "refresh rollups": lambda db, _: db.rollups.refresh(full=True),
    "disable rollups": lambda db, _: db.rollups.disable(),
    "a role": lambda db, _: echo.create_reader_role(db, "another_reader"),
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_the_doors_for_writing_are_shut(
    place: Place,
    db: echo.Database[pa.Table],
    tmp_path: Path,
    write: Callable[[echo.Database[Any], Path], object],
) -> None:
    (tmp_path / "posts.csv").write_text(
        "author_email,author_name,title,content,created_at\nx@y,X,T,c,2026-01-01T00:00:00Z\n"
    )
    before = contents(place.owner)
    with contextlib.suppress(echo.EchoError):
        write(db, tmp_path)
    assert contents(place.owner) == before
