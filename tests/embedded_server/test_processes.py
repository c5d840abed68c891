"""Processes share a server, whatever becomes of one of them."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from typing import TYPE_CHECKING

import psycopg

from echo_analytics import embedded
from echo_analytics.postgres import binaries as postgres_binaries
from embedded_server.clients import (
    CLIENT,
    COMING_AND_GOING,
    DEADLINE,
    FORKING_CLIENT,
    answers,
    execute,
    first_line,
    kill,
    kill_server,
    let_go,
    process,
    started_at,
    temporary_home,
    value,
)

if TYPE_CHECKING:
    from pathlib import Path


def test_the_last_process_stops_the_server(home: Path) -> None:
    with process(CLIENT, home) as one, process(CLIENT, home) as other:
        url = first_line(one)
        assert first_line(other) == url
        let_go(one)
        assert answers(url)
        let_go(other)
        assert not answers(url)


def test_processes_that_start_at_once_get_one_server() -> None:
    with (
        temporary_home() as home,
        process(CLIENT, home) as one,
        process(CLIENT, home) as two,
        process(CLIENT, home) as three,
    ):
        clients = (one, two, three)
        urls = [first_line(client) for client in clients]
        assert len({started_at(url) for url in urls}) == 1
        for client in clients:
            let_go(client)
        assert not answers(urls[0])


def test_a_client_that_comes_while_the_last_one_goes_gets_a_server(home: Path) -> None:
    with process(COMING_AND_GOING, home) as one, process(COMING_AND_GOING, home) as other:
        assert [one.wait(DEADLINE), other.wait(DEADLINE)] == [0, 0]
    assert not (home / "postgres/data/postmaster.pid").exists()


def test_a_killed_client_does_not_keep_the_server_running(home: Path) -> None:
    with process(CLIENT, home) as killed, process(CLIENT, home) as last:
        url = first_line(killed)
        assert first_line(last) == url
        kill(killed)
        assert answers(url)
        let_go(last)
        assert not answers(url)


def test_the_server_of_a_killed_client_is_joined_and_stopped_by_the_next(home: Path) -> None:
    with process(CLIENT, home) as killed:
        url = first_line(killed)
        before = started_at(url)
        kill(killed)
    with embedded.start(home) as server:
        assert started_at(server.url()) == before
    assert not answers(url)


def test_a_killed_server_is_recovered_by_another_process(home: Path) -> None:
    with process(CLIENT, home, "durable") as holder, process(CLIENT, home, "durable") as last:
        url = first_line(holder)
        execute(url, "create table one as select 7 as number")
        first_line(last)
        kill_server(home)
        with process(CLIENT, home) as other:
            assert first_line(other) == url
            assert value(url, "select number from one") == 7
            let_go(holder)
            let_go(other)
            assert answers(url)
        let_go(last)
        assert not answers(url)


def test_a_killed_server_is_recovered_by_the_process_that_holds_it(home: Path) -> None:
    holder = embedded.start(home, durable=True)
    execute(holder.url(), "create table two as select 7 as number")
    with psycopg.connect(holder.url()):
        kill_server(home)
        again = embedded.start(home, durable=False)
    holder.close()
    assert value(again.url(), "select number from two") == 7
    again.close()
    assert not answers(again.url())


def test_a_server_killed_for_good_lets_its_handle_close(home: Path) -> None:
    server = embedded.start(home, durable=False)
    kill_server(home)
    server.close()
    assert not answers(server.url())


def test_a_pid_file_with_the_number_of_another_program_is_no_obstacle(home: Path) -> None:
    identity = postgres_binaries.server_account().identity()
    with subprocess.Popen(["sleep", "60"], cwd="/", **identity) as sleeper:
        data = home / "postgres/data"
        (data / "postmaster.pid").write_text(f"{sleeper.pid}\n{data}\n1\n5432\n\n\n  1  1\n")
        try:
            with embedded.start(home, durable=False) as server:
                assert answers(server.url())
            assert sleeper.poll() is None
        finally:
            sleeper.kill()


def test_a_forked_child_leaves_the_server_to_its_parent(home: Path) -> None:
    with process(FORKING_CLIENT, home, "start") as parent:
        url = first_line(parent)
        assert answers(url)
        let_go(parent)
        assert not answers(url)


def test_a_forked_child_does_not_keep_the_server_of_a_killed_parent(home: Path) -> None:
    with process(FORKING_CLIENT, home, "wait") as parent:
        child = int(first_line(parent))
        try:
            kill(parent)
            with embedded.start(home) as server:
                pass
            assert not answers(server.url())
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
