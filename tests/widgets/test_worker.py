from __future__ import annotations

import threading

from echo_analytics.widgets.worker import Pause, Worker


def test_of_the_jobs_that_wait_only_the_newest_is_run() -> None:
    worker, begun, gate, done = Worker(), threading.Event(), threading.Event(), list[int]()

    def first() -> None:
        begun.set()
        assert gate.wait(30)
        done.append(0)

    worker.ask(first)
    assert begun.wait(30)
    for number in range(1, 5):
        worker.ask(lambda number=number: done.append(number))  # type: ignore[misc]  # bound here
    assert not worker.wait(0)
    gate.set()
    assert worker.wait(30)
    assert done == [0, 4]


def test_a_job_that_fails_does_not_stop_the_next_one() -> None:
    worker, done = Worker(), list[int]()
    worker.ask(lambda: done.append(1 // 0))
    assert worker.wait(30)
    worker.ask(lambda: done.append(1))
    assert worker.wait(30)
    assert done == [1]


def test_a_pause_ends_once_however_often_it_was_begun() -> None:
    done = list[int]()
    pause = Pause(60, lambda: done.append(1))
    pause.restart()
    pause.restart()
    pause.end()
    pause.end()
    assert done == [1]
    pause.restart()
    pause.close()
    pause.end()
    assert done == [1]


def test_a_short_pause_ends_by_itself() -> None:
    ended = threading.Event()
    Pause(0.01, ended.set).restart()
    assert ended.wait(30)
