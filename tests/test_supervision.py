"""A time limit ends a command, in good order or not, with all that it started."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from echo_analytics import supervision
from echo_analytics.errors import TimedOut

WORK = """
import signal, subprocess, sys, time
from echo_analytics.errors import TimedOut
from echo_analytics.supervision import is_supervised, time_limit
print(is_supervised(), flush=True)
"""


def work(text: str) -> list[str]:
    return [sys.executable, "-c", WORK + text]


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def wait_until_gone(pid: int) -> None:
    for _ in range(500):
        if not is_running(pid):
            return
        time.sleep(0.02)
    pytest.fail("it is still running")


def test_work_that_ends_in_time_ends_as_it_does(capfd: pytest.CaptureFixture[str]) -> None:
    assert supervision.supervise(work("with time_limit(60): sys.exit(7)"), 60) == 7
    assert capfd.readouterr().out == "True\n"


def test_work_that_takes_too_long_is_told_so_and_can_write_it_down(
    capfd: pytest.CaptureFixture[str],
) -> None:
    text = """
try:
    with time_limit(0.1):
        time.sleep(60)
except TimedOut as error:
    print(error)
    sys.exit(5)
"""
    assert supervision.supervise(work(text), 0.1) == 5
    assert "stopped after 0.1 s, as --timeout says" in capfd.readouterr().out


def test_work_that_does_not_listen_is_killed_with_all_it_started(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    text = """
signal.signal(signal.SIGTERM, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM])
child = subprocess.Popen(["sleep", "60"], start_new_session=True)
print(child.pid, flush=True)
with time_limit(0.1):
    time.sleep(60)
"""
    monkeypatch.setattr(supervision, "GRACE", 1.0)
    with pytest.raises(TimedOut, match=r"stopped after 4 s"):
        supervision.supervise(work(text), 4)
    wait_until_gone(int(capfd.readouterr().out.split()[1]))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_work_ends_with_the_one_who_watches_it(number: signal.Signals) -> None:
    inner = WORK + (
        "import os\n"
        "signal.signal(signal.SIGTERM, lambda *_: sys.exit(9))\n"
        "with time_limit(60):\n    print(os.getpid(), flush=True); time.sleep(60)"
    )
    text = (
        "import sys; from echo_analytics.supervision import supervise;"
        f"sys.exit(supervise([sys.executable, '-c', {inner!r}], 60))"
    )
    watcher = subprocess.Popen([sys.executable, "-c", text], stdout=subprocess.PIPE, text=True)
    with watcher:
        assert watcher.stdout is not None
        assert watcher.stdout.readline() == "True\n"
        pid = int(watcher.stdout.readline())
        watcher.send_signal(number)
        assert watcher.wait() == (9 if number == signal.SIGTERM else -signal.SIGKILL)
    wait_until_gone(pid)


def test_a_limit_leaves_no_alarm_behind() -> None:
    with contextlib.suppress(TimedOut), supervision.time_limit(0.05):
        while True:
            signal.pause()
    with supervision.time_limit(60):
        pass
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
    assert signal.getsignal(signal.SIGALRM) == signal.SIG_DFL


def test_all_descendants_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    tree = [(2, 1), (3, 2), (4, 3), (5, 1), (6, 5), (7, 2)]
    monkeypatch.setattr(supervision, "_processes", lambda: iter(tree))
    assert sorted(supervision.descendants(2)) == [3, 4, 7]
    monkeypatch.undo()
    child = subprocess.Popen(["sleep", "60"])
    try:
        assert child.pid in supervision.descendants(os.getpid())
    finally:
        child.kill()
        child.wait()
