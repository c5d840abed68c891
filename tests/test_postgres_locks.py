from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from echo_analytics.postgres.locks import FileLock

if TYPE_CHECKING:
    from pathlib import Path

HOLDER = """
import sys
from pathlib import Path
from echo_analytics.postgres.locks import FileLock
lock = FileLock(Path(sys.argv[1]))
print(lock.try_exclusive(), flush=True)
sys.stdin.read()
"""


def test_shared_holders_exclude_an_exclusive_one(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with FileLock(path) as one, FileLock(path) as other:
        assert one.try_shared()
        assert other.try_shared()
        assert not other.try_exclusive()


def test_the_only_shared_holder_can_become_exclusive(tmp_path: Path) -> None:
    with FileLock(tmp_path / "lock") as lock:
        assert lock.try_shared()
        assert lock.try_exclusive()


def test_waiting_for_a_held_lock_ends_in_time(tmp_path: Path) -> None:
    with FileLock(tmp_path / "lock") as one, FileLock(tmp_path / "lock") as other:
        assert one.try_exclusive()
        assert not other.wait_exclusive(0.05)


def test_a_killed_holder_holds_nothing(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "True\n"
        with FileLock(path) as lock:
            assert not lock.try_exclusive()
            holder.kill()
            assert lock.wait_exclusive(10)


def test_closing_twice_leaves_a_file_opened_in_between_alone(tmp_path: Path) -> None:
    lock = FileLock(tmp_path / "lock")
    lock.close()
    with (tmp_path / "other").open("w") as other:
        lock.close()
        assert os.fstat(other.fileno()).st_size == 0


def test_a_lock_knows_whether_its_file_was_replaced(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with FileLock(path) as lock:
        assert lock.is_on(path)
        path.unlink()
        assert not lock.is_on(path)
        path.touch()
        assert not lock.is_on(path)
