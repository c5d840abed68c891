"""How far a report is: a bar on a terminal, lines elsewhere."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
import termios
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def shown_on_a_terminal(words: list[str], folder: Path) -> tuple[int, str, str]:
    """The exit code, what standard output has, and what a terminal gets of the errors."""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 100))
    with subprocess.Popen(words, cwd=folder, stdout=subprocess.PIPE, stderr=theirs) as child:
        os.close(theirs)
        shown = b""
        while True:
            try:
                read = os.read(ours, 65_536)
            except OSError:
                # What Linux says at the end of a terminal.
                break
            if not read:
                break
            shown += read
        os.close(ours)
        out, _ = child.communicate()
    return child.returncode, out.decode(), shown.decode()


def test_a_bar_grows_on_a_terminal_to_its_end(url: str, tmp_path: Path) -> None:
    line = [sys.executable, "-m", "echo_analytics", "--database", url, "report", "weekly"]
    line += ["--period", "2026-W25", "--format", "csv", "--output", "out"]
    code, out, shown = shown_on_a_terminal(line, tmp_path)
    assert code == 0
    assert out.startswith("weekly 2026-W25 published in ")
    done = [int(found) for found in re.findall(r"\r *(\d+)% \|", shown)]
    assert done[0] == 0
    assert done == sorted(done)
    assert done[-1] == 100
    assert "11/11 CSV" in shown
    # One line that is drawn again, and its end.
    assert shown.count("\n") == 1
    code, _, quiet = shown_on_a_terminal([*line, "--force", "--quiet"], tmp_path)
    assert (code, quiet) == (0, "")
