"""Readers share a pool of connections, which opens late and closes soon."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from echo_analytics.errors import ConnectionFailed, NotSupported
from echo_analytics.readers import Readers
from echo_analytics.settings import Settings
from echo_analytics.target import target
from readers.sessions import ONE, until, value

if TYPE_CHECKING:
    from collections.abc import Callable


def test_many_threads_share_a_small_pool_and_all_get_their_own_answer(
    make: Callable[..., Readers], ask: Callable[..., list[tuple[object, ...]]]
) -> None:
    readers = make(pool_max=3, acquire_timeout=60.0)
    most = 0

    def work(number: int) -> list[object]:
        nonlocal most
        answers = [value(readers, "SELECT $1::bigint + 0", number * 100 + i) for i in range(10)]
        if number % 10 == 0:
            most = max(most, len(ask("pid")))
        return answers

    with ThreadPoolExecutor(30) as executor:
        answers = list(executor.map(work, range(30)))
    assert answers == [[number * 100 + i for i in range(10)] for number in range(30)]
    # The pool's three and the one they are cloned from.
    assert most <= 4


def test_a_full_pool_is_reported_after_the_acquire_timeout(make: Callable[..., Readers]) -> None:
    readers = make(pool_min=1, pool_max=1, acquire_timeout=0.2)
    with readers.reader(), pytest.raises(ConnectionFailed, match=r"within 0\.2 s: 1 are in use"):
        readers.fetch(ONE)
    assert value(readers, "SELECT 1::bigint") == 1


@pytest.mark.parametrize("pool_min", [0, 1, 3])
def test_no_more_than_the_pools_maximum_is_lent(
    pool_min: int, make: Callable[..., Readers]
) -> None:
    readers = make(pool_min=pool_min, pool_max=3, acquire_timeout=0.1)
    with readers.reader(), readers.reader(), readers.reader(), pytest.raises(ConnectionFailed):
        readers.fetch(ONE)


def test_nothing_is_opened_before_the_first_read_and_nothing_stays_after_close(
    make: Callable[..., Readers], ask: Callable[..., list[tuple[object, ...]]]
) -> None:
    readers = make()
    assert ask("pid") == []
    with readers.reader() as one:
        one.fetch(ONE)
        readers.fetch(ONE)
        readers.close()
        assert one.fetch(ONE).num_rows == 1
    readers.close()
    until(lambda: ask("pid") == [])
    with pytest.raises(NotSupported, match="closed"):
        readers.fetch(ONE)
    with pytest.raises(NotSupported, match="closed"), readers.snapshot():
        pass


def test_closing_does_not_wait_for_a_server_that_does_not_answer() -> None:
    import fake_servers

    settings = Settings(connect_timeout=1.0)
    with fake_servers.silent() as port:
        readers = Readers(target(f"postgresql://u@127.0.0.1:{port}/d", settings), settings)
        with pytest.raises(ConnectionFailed):
            readers.fetch(ONE)
        began = time.monotonic()
        readers.close()
        assert time.monotonic() - began < 1
