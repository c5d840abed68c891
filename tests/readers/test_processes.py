"""Readers in processes of their own."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap

import pytest


def in_new_process(code: str, url: str) -> subprocess.CompletedProcess[str]:
    program = f"""
    import os, sys
    from echo_analytics.arrow import Statement
    from echo_analytics.readers import Readers
    from echo_analytics.settings import Settings
    from echo_analytics.target import target
    settings = Settings()
    readers = Readers(target({url!r}, settings), settings)
    {code}
    """
    lines = [line.removeprefix("    ") for line in program.splitlines()]
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent("\n".join(lines))],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={name: text for name, text in os.environ.items() if name != "PYTEST_CURRENT_TEST"},
    )


def test_notices_of_the_server_are_not_printed(server_url: str) -> None:
    query = "SELECT to_tsquery('pg_catalog.english', 'the')::text"
    done = in_new_process(f'print(readers.fetch(Statement("{query}", ())).num_rows)', server_url)
    assert (done.returncode, done.stdout, done.stderr) == (0, "1\n", "")


def test_a_process_that_never_closes_ends_quietly(server_url: str) -> None:
    done = in_new_process('readers.fetch(Statement("SELECT 1", ()))', server_url)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system cannot fork")
def test_a_forked_process_is_refused_and_leaves_the_parents_sessions_alone(
    server_url: str,
) -> None:
    code = """
    statement = Statement("SELECT pg_backend_pid()::bigint", ())
    before = readers.fetch(statement)
    child = os.fork()
    if child == 0:
        try:
            readers.fetch(statement)
        except Exception as error:
            print(type(error).__name__, flush=True)
        readers.close()
        os._exit(0)
    os.waitpid(child, 0)
    print(readers.fetch(statement).equals(before))
    readers.close()
    """
    code = "\n".join(line.removeprefix("    ") for line in code.splitlines())
    done = in_new_process(code.strip().replace("\n", "\n    "), server_url)
    assert (done.returncode, done.stdout, done.stderr) == (0, "NotSupported\nTrue\n", "")
