"""Connections that are cut cost a reader nothing, or one clear error."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

import pytest

from echo_analytics.arrow import Statement
from echo_analytics.errors import ConnectionFailed
from readers.sessions import ONE, PID, nobody, terminate, until, value

if TYPE_CHECKING:
    from collections.abc import Callable

    from echo_analytics.readers import Readers


def test_connections_that_were_cut_while_idle_are_replaced(
    make: Callable[..., Readers],
    ask: Callable[..., list[tuple[object, ...]]],
    server_url: str,
    name: str,
) -> None:
    readers = make()
    with readers.reader() as one, readers.reader() as two:
        pids = {reader.fetch(PID).column(0)[0].as_py() for reader in (one, two)}
    terminate(server_url, name)
    until(lambda: ask("pid") == [])
    with readers.reader() as one, pytest.raises(ConnectionFailed):
        one.fetch(ONE)
    with readers.reader() as one, readers.reader() as two:
        again = {reader.fetch(PID).column(0)[0].as_py() for reader in (one, two)}
    assert len(again) == 2
    assert not again & pids


@pytest.mark.parametrize("times", [1, 3])
def test_a_read_survives_a_restart_of_the_server_before_it(
    times: int,
    make: Callable[..., Readers],
    ask: Callable[..., list[tuple[object, ...]]],
    server_url: str,
    name: str,
) -> None:
    readers = make()
    for _ in range(times):
        with readers.reader() as one, readers.reader() as two:
            assert one.fetch(ONE).equals(two.fetch(ONE))
        terminate(server_url, name)
        until(lambda: ask("pid") == [])
        assert value(readers, "SELECT 1::bigint") == 1
        with readers.snapshot() as snapshot:
            assert snapshot.fetch(ONE).num_rows == 1


def test_a_snapshot_survives_a_restart_of_the_server_before_it(
    make: Callable[..., Readers],
    ask: Callable[..., list[tuple[object, ...]]],
    server_url: str,
    name: str,
) -> None:
    readers = make()
    readers.fetch(ONE)
    terminate(server_url, name)
    until(lambda: ask("pid") == [])
    with readers.snapshot() as snapshot:
        assert snapshot.fetch(ONE).num_rows == 1


def test_a_backend_that_is_killed_during_a_read_is_replaced_once(
    make: Callable[..., Readers],
    ask: Callable[..., list[tuple[object, ...]]],
    server_url: str,
    name: str,
) -> None:
    readers = make()

    sleeping = "state = 'active' AND query LIKE '%%pg_sleep%%'"

    def kill() -> None:
        for _ in range(2):
            until(lambda: ask("pid", sleeping) != [])
            gone = "pid = {}".format(*ask("pid", sleeping)[0])
            terminate(server_url, name)
            until(partial(nobody, ask, gone))

    thread = threading.Thread(target=kill)
    thread.start()
    with pytest.raises(ConnectionFailed, match="was lost"):
        readers.fetch(Statement("SELECT pg_sleep(60)", ()))
    thread.join()
    assert value(readers, "SELECT 1::bigint") == 1


def test_threads_that_lose_their_connections_neither_deadlock_nor_exceed_the_pool(
    make: Callable[..., Readers],
    ask: Callable[..., list[tuple[object, ...]]],
    server_url: str,
    name: str,
) -> None:
    readers = make(pool_max=3, acquire_timeout=60.0)
    ended = threading.Event()

    def work(number: int) -> int:
        answered = 0
        for i in range(20):
            try:
                assert value(readers, "SELECT $1::bigint + 0", number + i) == number + i
                answered += 1
            except ConnectionFailed:
                pass
        return answered

    def cut() -> None:
        while not ended.is_set():
            terminate(server_url, name)
            ended.wait(0.02)

    thread = threading.Thread(target=cut)
    thread.start()
    try:
        with ThreadPoolExecutor(12) as executor:
            list(executor.map(work, range(12)))
    finally:
        ended.set()
        thread.join()
    terminate(server_url, name)
    until(lambda: ask("pid") == [])
    with ThreadPoolExecutor(12) as executor:
        assert list(executor.map(work, range(12))) == [20] * 12
    assert len(ask("pid")) <= 4
