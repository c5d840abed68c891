"""A time limit for a command: it ends in good order where it can, and ends in any case.

The work runs in a process of its own. At the time it is told to stop, and can still write down
that it failed. What is left of it some seconds later is killed, together with all that it
started: a kernel, a browser.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from echo_analytics.errors import TimedOut

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import FrameType

VARIABLE = "ECHO_SUPERVISED_BY"
TIMED_OUT = 124

GRACE = 15.0
"""Seconds between the end of the time and the end of what does not listen."""

_SIGNALLED = 128
_PASSED_ON = (signal.SIGTERM, signal.SIGINT)
_KILL_WITH_PARENT = 1


class TimeIsOver(BaseException):
    """Stops work wherever it is; what catches every exception must not catch this one."""


def is_supervised() -> bool:
    """Say whether this process is one that :func:`supervise` started."""
    return os.environ.get(VARIABLE) == str(os.getppid())


def supervise(command: Sequence[str], seconds: float) -> int:
    """Run a command in a process of its own, and return how it ended.

    Parameters
    ----------
    command
        What calls :func:`time_limit` with the same number of seconds.
    seconds
        How long it may take; some seconds later it is killed.

    Returns
    -------
    int
        Its exit code, or 128 and the number of a signal.

    Raises
    ------
    TimedOut
        It had to be killed.
    """
    environment = {**os.environ, VARIABLE: str(os.getpid())}
    # In a group of its own, or a terminal would send it the SIGINT that we pass on.
    child = subprocess.Popen(  # noqa: S603 - this command again
        command, env=environment, process_group=0
    )
    try:
        with _passing_on(child):
            code = child.wait(seconds + GRACE)
    except subprocess.TimeoutExpired:
        _kill(child)
        raise TimedOut(_reason(seconds)) from None
    except BaseException:
        _kill(child)
        raise
    return code if code >= 0 else _SIGNALLED - code


@contextlib.contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Stop the block when the time is over; on the main thread only.

    Raises
    ------
    TimedOut
        The time is over.
    """
    _die_with_parent()

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise TimeIsOver(_reason(seconds))

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    except TimeIsOver as over:
        raise TimedOut(str(over)) from None
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _reason(seconds: float) -> str:
    return f"stopped after {seconds:g} s, as --timeout says"


def descendants(pid: int) -> list[int]:
    """Return the processes that a process started, and those that they did."""
    children: dict[int, list[int]] = {}
    for child, parent in _processes():
        children.setdefault(parent, []).append(child)
    found, waiting = [], [pid]
    while waiting:
        for child in children.get(waiting.pop(), ()):
            found.append(child)
            waiting.append(child)
    return found


@contextlib.contextmanager
def _passing_on(child: subprocess.Popen[bytes]) -> Iterator[None]:
    """Let the child have the signals that are meant to end us, and wait for its end."""

    def hand_on(number: int, _frame: FrameType | None) -> None:
        child.send_signal(number)

    before = {number: signal.signal(number, hand_on) for number in _PASSED_ON}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _kill(child: subprocess.Popen[bytes]) -> None:
    # Looked up first: those who lose their parent are not found any more.
    others = descendants(child.pid)
    child.kill()
    for pid in others:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)
    child.wait()


def _die_with_parent() -> None:
    """Ask Linux to end this process when its parent is killed; others have to wait for the time."""
    if sys.platform == "linux" and is_supervised():
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_KILL_WITH_PARENT, signal.SIGKILL, 0, 0, 0)
        if not is_supervised():
            # It was killed before it could be asked.
            os.kill(os.getpid(), signal.SIGKILL)


def _processes() -> Iterator[tuple[int, int]]:
    """Give every process with its parent."""
    if Path("/proc/self/stat").exists():
        for path in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError, ValueError):
                # The name, in brackets, may hold blanks and brackets.
                yield int(path.parent.name), int(path.read_text().rpartition(")")[2].split()[1])
        return
    shown = subprocess.run(
        ["ps", "-A", "-o", "pid=,ppid="],  # noqa: S607 - wherever the system has it
        capture_output=True,
        text=True,
        check=False,
    )
    for line in shown.stdout.splitlines():
        pid, parent = line.split()
        yield int(pid), int(parent)
