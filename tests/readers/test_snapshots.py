"""A snapshot sees one moment, and leaves nothing behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest

from echo_analytics.arrow import Statement
from echo_analytics.errors import ConnectionFailed, ReadOnly
from readers.sessions import ONE, PID, until, value

if TYPE_CHECKING:
    from collections.abc import Callable

    from echo_analytics.readers import Readers


def test_a_snapshot_sees_one_moment_and_leaves_no_transaction(
    make: Callable[..., Readers],
    ask: Callable[..., list[tuple[object, ...]]],
    empty_url: str,
) -> None:
    count = Statement("SELECT count(*) AS n FROM public.things", ())
    readers = make(empty_url)
    with psycopg.connect(empty_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE things AS SELECT 1 AS number")
        with readers.snapshot() as snapshot:
            assert snapshot.fetch(count).column(0).to_pylist() == [1]
            connection.execute("INSERT INTO things VALUES (2)")
            assert snapshot.fetch(count).column(0).to_pylist() == [1]
            assert readers.fetch(count).column(0).to_pylist() == [2]
            with pytest.raises(ReadOnly):
                snapshot.fetch(Statement("DELETE FROM public.things RETURNING 1", ()))
    assert ask("state", "starts_with(state, 'idle in')") == []


@pytest.mark.parametrize("error", [ZeroDivisionError, KeyboardInterrupt])
def test_a_snapshot_that_is_left_by_an_error_leaves_no_transaction(
    error: type[BaseException],
    make: Callable[..., Readers],
    ask: Callable[..., list[tuple[object, ...]]],
) -> None:
    readers = make()

    def use() -> None:
        with readers.snapshot() as snapshot:
            snapshot.fetch(ONE)
            raise error

    with pytest.raises(error):
        use()
    assert ask("state", "starts_with(state, 'idle in')") == []
    assert value(readers, "SELECT 1::bigint") == 1


def test_a_snapshot_that_stands_idle_for_too_long_is_ended_by_the_server(
    make: Callable[..., Readers], ask: Callable[..., list[tuple[object, ...]]]
) -> None:
    readers = make(idle_in_transaction_timeout=0.2)
    with readers.snapshot() as snapshot:
        pid = snapshot.fetch(PID).column(0)[0].as_py()
        until(lambda: ask("pid", f"pid = {pid}") == [])
        with pytest.raises(ConnectionFailed):
            snapshot.fetch(ONE)
    assert value(readers, "SELECT 1::bigint") == 1
