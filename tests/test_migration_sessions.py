from __future__ import annotations

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from drizzle_database import (
    connect,
    load,
    public,
    rows,
    wait_for,
)

from echo_analytics import migrate as migrations
from echo_analytics import triggers
from echo_analytics.catalogue import differences
from echo_analytics.errors import (
    ConnectionFailed,
    DatabaseError,
)
from echo_analytics.migrate import current, head, migrate
from echo_analytics.migration import sessions

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(scope="module")
def drizzle(create_database: Callable[..., str]) -> dict[str, str]:
    url = create_database()
    load(url)
    return public(url)


STEPS = ("_upgrade", "finish")


def test_an_engine_will_do_and_its_connections_keep_their_settings(empty_url: str) -> None:
    pooled = sa.create_engine(empty_url.replace("postgresql:", "postgresql+psycopg:", 1))
    query = sa.text(
        "select current_setting('search_path'), current_setting('lock_timeout'),"
        " current_setting('statement_timeout'), pg_backend_pid()"
    )
    locks = sa.text(
        "select count(*) from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()"
    )
    with pooled.connect() as connection:
        before = connection.execute(query).one()
    assert migrate(pooled).changed
    assert current(pooled) == head()
    with pooled.connect() as connection:
        assert connection.execute(query).one() == before
        assert connection.scalar(locks) == 0
        assert connection.get_isolation_level() == "READ COMMITTED"
    pooled.dispose()


def test_two_migrations_at_once_one_runs_and_the_other_waits(empty_url: str) -> None:
    start = threading.Barrier(2)

    def one() -> bool:
        start.wait()
        return migrate(empty_url).changed

    with ThreadPoolExecutor(2) as pool:
        changed = sorted(task.result() for task in [pool.submit(one), pool.submit(one)])
    assert changed == [False, True]


def test_two_processes_at_once_one_runs_and_the_other_waits(empty_url: str) -> None:
    code = (
        "import sys; from echo_analytics.migrate import migrate;"
        " print(migrate(sys.argv[1]).changed)"
    )
    processes = [
        subprocess.Popen([sys.executable, "-c", code, empty_url], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    assert sorted(process.communicate(timeout=60)[0].strip() for process in processes) == [
        "False",
        "True",
    ]


def test_waiting_polls_outside_of_any_transaction(empty_url: str) -> None:
    key = sessions._LOCK_KEY
    with connect(empty_url) as other, ThreadPoolExecutor(1) as pool:
        other.execute("select pg_advisory_lock(%s)", (key,))
        waiting = pool.submit(migrate, empty_url)
        polled = (
            "select from pg_stat_activity where datname = current_database()"
            " and query like '%pg_try_advisory_lock%' and state = 'idle'"
            " and pid <> pg_backend_pid() and backend_xmin is null"
        )
        wait_for(empty_url, polled)
        # It would wait for every transaction that is open.
        other.execute("create table public.t (id int)")
        other.execute("create index concurrently on public.t (id)")
        other.execute("drop table public.t")
        assert not waiting.done()
        other.execute("select pg_advisory_unlock(%s)", (key,))
        assert waiting.result(timeout=30).changed


def test_waiting_ends_with_an_error_that_says_why(empty_url: str) -> None:
    with connect(empty_url) as other:
        other.execute("select pg_advisory_lock(%s)", (sessions._LOCK_KEY,))
        with pytest.raises(DatabaseError, match="another migration"):
            migrate(empty_url, patience=0.2)
        assert migrate(empty_url, check=True).changed


@pytest.mark.parametrize("step", STEPS)
def test_a_migration_that_is_killed_goes_on_with_the_next_run(
    empty_url: str, drizzle: dict[str, str], monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    real = getattr(migrations, step)

    def killed(connection: sa.Connection, *rest: object) -> None:
        del rest
        if step == "_upgrade":
            real(connection)
        else:
            connection.rollback()
        connection.execute(sa.text("select pg_terminate_backend(pg_backend_pid())"))

    with monkeypatch.context() as patch:
        patch.setattr(migrations, step, killed)
        with pytest.raises(ConnectionFailed):
            migrate(empty_url)
    assert (current(empty_url) is None) == (step == "_upgrade")
    assert migrate(empty_url).changed
    assert differences(drizzle, public(empty_url)) == ()
    assert rows(empty_url, triggers.IN_STEP_SQL) == [(True,)]
