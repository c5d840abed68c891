from __future__ import annotations

import random
import threading
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from drizzle_database import USER, connect, insert_post, load, public, role, rows, run
from sample_posts import add_users, contradictory, replace_posts

import echo_analytics as echo
from echo_analytics.migrate import downgrade, migrate
from echo_analytics.search_index import building
from echo_analytics.search_index.control import SearchIndex
from search_index.indexed import assert_exact, noted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PHASES = ("_fill", "_index", "_finish", "_collect_words", "_wait_for_writers")


@pytest.fixture
def unindexed(database_url: str) -> str:
    """A database with posts and without an index."""
    run(database_url, f"insert into public.users (id, email, name) values ('{USER}', 'a', 'a')")
    add_users(database_url)
    replace_posts(database_url, contradictory())
    return database_url


def more_posts(url: str, number: int) -> None:
    run(
        url,
        "insert into public.posts (title, content, author_id) select 'Post ' || n,"
        " 'about snake_case and migrations ' || n, id"
        f" from generate_series(1, {number}) as n, public.users where name = 'User 1'",
    )


def test_a_build_indexes_every_post_and_is_done(unindexed: str) -> None:
    with echo.connect(unindexed) as db:
        assert db.search_index.status().phase == "none"
        built = db.search_index.build(batch_size=7)
        assert built.usable
        assert (built.phase, built.problems) == ("ready", ())
        assert built.indexed == built.posts == 60
        assert built.configuration == "pg_catalog.english"
        assert built.words > 0
        assert db.search_index.status() == built
        before = rows(unindexed, "select xmin::text, post_id from analytics.post_search order by 2")
        assert db.search_index.build() == built
    after = rows(unindexed, "select xmin::text, post_id from analytics.post_search order by 2")
    assert before == after
    assert_exact(unindexed)


def test_the_vectors_are_those_of_the_texts(unindexed: str) -> None:
    with echo.connect(unindexed) as db:
        db.search_index.build()
    stored = rows(
        unindexed,
        "select words = $$'lock':3B 'night':6B 'timeout':4B 'titl':1A$$"
        " || setweight(to_tsvector('english', title_number), 'A'), length, title_length"
        " from (select *, ' ' || split_part(title, ' ', 2) as title_number from public.posts) as p"
        " join analytics.post_search on id = post_id where content = 'lock timeout at night'",
    )
    assert len(stored) > 5
    assert [row[1:] for row in stored] == [(5, 2)] * len(stored)


class _BrokenOffError(BaseException):
    pass


@pytest.mark.parametrize("phase", PHASES)
def test_a_build_that_is_broken_off_is_gone_on_with(
    unindexed: str, phase: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    more_posts(unindexed, 50)

    def broken(*_: object) -> None:
        raise _BrokenOffError

    with echo.connect(unindexed) as db:
        with monkeypatch.context() as patch:
            patch.setattr(building.Build, phase, broken)
            with pytest.raises(_BrokenOffError):
                db.search_index.build()
        assert not db.search_index.status().usable
        with connect(unindexed) as connection:
            insert_post(connection, status="published")
            connection.execute("update public.posts set title = 'Changed' where content = ''")
            connection.execute("delete from public.posts where title = 'Title 7'")
        assert db.search_index.build().usable
    assert_exact(unindexed)
    assert noted(unindexed) == 0


def test_a_build_goes_on_where_it_was(unindexed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    more_posts(unindexed, 40)
    seen: list[int] = []

    class Bar:
        def __init__(self, **_: object) -> None:
            self.n = self.total = 0

        def set_description(self, *_: object, **__: object) -> None: ...

        def refresh(self) -> None:
            seen.append(self.n)
            if len(seen) == 4:
                raise _BrokenOffError

        def __enter__(self) -> Bar:
            return self

        def __exit__(self, *_: object) -> None: ...

    monkeypatch.setattr("echo_analytics.search_index.control.tqdm", Bar)
    with echo.connect(unindexed) as db:
        with pytest.raises(_BrokenOffError):
            db.search_index.build(batch_size=10)
        assert seen == [0, 10, 20, 30]
        stored = "select xmin::text, post_id from analytics.post_search order by 2"
        before = rows(unindexed, stored)
        assert len(before) == 30
        db.search_index.build(batch_size=10)
    assert seen[4] == 30
    assert set(before) <= set(rows(unindexed, stored))
    assert_exact(unindexed)


def test_another_configuration_builds_anew(unindexed: str) -> None:
    with echo.connect(unindexed) as db:
        db.search_index.build()
        assert db.search_index.build("simple").configuration == "pg_catalog.simple"
        found = rows(unindexed, "select from analytics.post_search where words @@ '''title'''")
        assert len(found) == 60
        # Without a name, the one that it has.
        assert db.search_index.build().configuration == "pg_catalog.simple"
        with pytest.raises(echo.InvalidInput, match=r"^configuration: "):
            db.search_index.build("klingon'; --")
    assert_exact(unindexed)


def test_a_trigger_that_was_disabled_builds_anew(unindexed: str) -> None:
    with echo.connect(unindexed) as db:
        db.search_index.build()
        run(
            unindexed,
            "alter table public.posts disable trigger echo_search_update",
            "update public.posts set title = 'Missed'",
        )
        assert not db.search_index.status().usable
        run(unindexed, "alter table public.posts enable trigger echo_search_update")
        assert not db.search_index.status().usable
        assert db.search_index.build().usable
    assert_exact(unindexed)


def test_an_index_of_another_version_is_said_to_be_one_and_built_anew(unindexed: str) -> None:
    with echo.connect(unindexed) as db:
        db.search_index.build()
        run(unindexed, "update analytics.post_search_state set version = version - 1")
        status = db.search_index.status()
        assert not status.usable
        assert status.problems == ("it was made by another version of this package: build again",)
        assert db.search_index.build().usable
    assert_exact(unindexed)


def test_posts_past_the_triggers_are_counted(unindexed: str) -> None:
    with echo.connect(unindexed) as db:
        db.search_index.build()
        with connect(unindexed) as connection:
            connection.execute("set session_replication_role = replica")
            insert_post(connection)
        (problem,) = db.search_index.status().problems
        assert problem.startswith("posts were written past the triggers")


def test_posts_truncated_in_the_middle_of_a_build_are_gone(
    unindexed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    drain = building.Build._drain
    truncated: list[bool] = []

    def after_truncate(self: building.Build, **options: bool) -> None:
        if not truncated:
            truncated.append(True)
            run(unindexed, "truncate public.posts")
            more_posts(unindexed, 5)
        drain(self, **options)

    monkeypatch.setattr(building.Build, "_drain", after_truncate)
    with echo.connect(unindexed) as db:
        assert db.search_index.build().indexed == 5
    assert_exact(unindexed)


class _Writer(threading.Thread):
    """Writes without pause, and bears no wait of more than 200 ms."""

    def __init__(self, url: str, number: int) -> None:
        super().__init__()
        self._url = url
        self._draws = random.Random(number)  # noqa: S311 - not for secrets
        self.stopped = threading.Event()
        self.failure: BaseException | None = None
        self.written = 0

    def run(self) -> None:
        try:
            with psycopg.connect(self._url) as connection:
                connection.execute("set lock_timeout = '200ms'")
                connection.commit()
                while not self.stopped.is_set():
                    self._write(connection)
                    connection.rollback() if self._draws.random() < 0.1 else connection.commit()
                    self.written += 1
        except BaseException as error:
            self.failure = error

    def _write(self, connection: psycopg.Connection[Any]) -> None:
        draw = self._draws.random()
        if draw < 0.5:
            connection.execute(
                "insert into public.posts (title, content, author_id) values (%s, 'new', %s)",
                (f"Post {self.written} v1.2.{self.written}", USER),
            )
            return
        # Posts of everybody, those that the build has just read among them.
        chosen = (
            "select id from public.posts where id >= gen_random_uuid() order by id limit 1"
            " for update skip locked"
        )
        if draw < 0.8:
            connection.execute(
                f"update public.posts set title = title || '!', status = 'archived'"
                f" where id = ({chosen})"
            )
        else:
            connection.execute(f"delete from public.posts where id = ({chosen})")


@pytest.fixture
def writers(unindexed: str) -> Iterator[list[_Writer]]:
    working = [_Writer(unindexed, number) for number in range(2)]
    for writer in working:
        writer.start()
    yield working
    for writer in working:
        writer.stopped.set()
        writer.join()


def test_writers_that_bear_no_wait_get_through_a_whole_build(
    unindexed: str, writers: list[_Writer]
) -> None:
    more_posts(unindexed, 1_000)
    with echo.connect(unindexed) as db:
        assert db.search_index.build(batch_size=50).usable
        before = [writer.written for writer in writers]
        assert min(before) > 0
        db.search_index.drop()
        assert db.search_index.build(batch_size=50).usable
    for writer in writers:
        writer.stopped.set()
        writer.join()
    assert [writer.failure for writer in writers] == [None] * len(writers)
    assert_exact(unindexed)


def test_a_build_ends_though_writers_note_posts_faster_than_they_are_read(
    unindexed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is left over is read once they keep the index themselves."""
    note = "insert into analytics.post_search_todo select id from public.posts limit 30"
    read, catch_up = building.Build._read_again, building.Build._catch_up
    batches = []

    def beside_writers(self: building.Build, size: int) -> int:
        if size > 1:
            batches.append(size)
            assert len(batches) < 50
            self._connection.exec_driver_sql(note)
        return read(self, size)

    def beside_others(self: building.Build) -> None:
        run(unindexed, note)
        catch_up(self)

    monkeypatch.setattr(building, "_FEW_NOTED", 5)
    monkeypatch.setattr(building.Build, "_read_again", beside_writers)
    monkeypatch.setattr(building.Build, "_catch_up", beside_others)
    with echo.connect(unindexed) as db:
        assert db.search_index.build(batch_size=10).usable
    assert batches
    assert_exact(unindexed)


def test_a_transaction_that_stays_open_holds_up_the_build_and_no_writer(
    unindexed: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Whoever waits for the lock of a trigger has everybody else wait behind it."""
    built = threading.Event()

    def build() -> None:
        with echo.connect(unindexed) as db:
            db.search_index.build()
        built.set()

    with psycopg.connect(unindexed) as lazy, connect(unindexed) as writer:
        insert_post(lazy)
        writer.execute("set lock_timeout = '200ms'")
        thread = threading.Thread(target=build)
        thread.start()
        try:
            with caplog.at_level("INFO", "echo_analytics.migration.sessions"):
                # The build has given up several times, and waits in between.
                while len(caplog.records) < 5:
                    insert_post(writer)
            assert not built.is_set()
        finally:
            lazy.commit()
            thread.join()
    assert built.is_set()
    assert_exact(unindexed)


def test_a_build_gives_up_where_a_lock_is_never_free(unindexed: str) -> None:
    with psycopg.connect(unindexed) as lazy, echo.connect(unindexed) as db:
        insert_post(lazy)
        with pytest.raises(echo.DatabaseError, match="held locks"):
            SearchIndex(db.engine, patience=0.5).build()
        lazy.rollback()
        assert db.search_index.build().usable


def test_of_two_builds_at_once_one_waits(unindexed: str) -> None:
    found: list[bool] = []

    def build() -> None:
        with echo.connect(unindexed) as db:
            found.append(db.search_index.build(batch_size=5).usable)

    threads = [threading.Thread(target=build) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [True] * 3
    assert_exact(unindexed)


def test_an_adopted_database_gets_triggers_and_nothing_else_in_public(
    create_database: Callable[..., str],
) -> None:
    url = create_database()
    load(url)
    migrate(url)
    before = public(url)
    with echo.connect(url) as db:
        assert db.search_index.build().usable
        assert public(url) == before
    downgrade(url, "base")
    assert rows(url, "select from pg_trigger where tgname like 'echo_search%'") == []
    assert rows(url, "select from pg_class where relname like 'post\\_search%'") == []


def test_a_database_that_was_never_migrated_is_refused(empty_url: str) -> None:
    load(empty_url)
    with echo.connect(empty_url) as db, pytest.raises(echo.NotSupported, match="migrate"):
        db.search_index.build()


def test_a_role_that_may_only_read_is_refused(unindexed: str) -> None:
    with role(unindexed) as url, echo.connect(url) as db:
        run(
            unindexed,
            f"grant usage on schema analytics to {psycopg.conninfo.conninfo_to_dict(url)['user']}",
        )
        with pytest.raises(echo.DatabaseError):
            db.search_index.build()
    assert rows(unindexed, "select from pg_class where relname like 'post\\_search%'") == []


def test_extensions_that_are_there_already_are_used(unindexed: str) -> None:
    run(unindexed, "create schema elsewhere", "create extension pg_trgm schema elsewhere")
    with echo.connect(unindexed) as db:
        assert db.search_index.build().problems == ()
    found = rows(
        unindexed,
        "select extname, extnamespace::regnamespace::text from pg_extension"
        " where extname <> 'plpgsql' order by 1",
    )
    assert found == [("pg_trgm", "elsewhere"), ("unaccent", "analytics")]


@pytest.mark.parametrize("batch_size", [0, -1, 2.5, "5", None, True, 100_001])
def test_another_batch_size_is_refused(unindexed: str, batch_size: Any) -> None:  # noqa: ANN401
    with echo.connect(unindexed) as db, pytest.raises(echo.InvalidInput, match=r"^batch_size: "):
        db.search_index.build(batch_size=batch_size)
