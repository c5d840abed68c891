"""How much memory the embedded server shares among its processes to keep pages of tables in."""

from __future__ import annotations

import contextlib
import math
import os
from pathlib import Path

MEGABYTE = 2**20
LEAST, MOST = 128, 1024
"""Megabytes; the least is what a server takes that is told nothing."""

_SHARE = 8
# Version 2 of control groups, then version 1.
_LIMITS = (
    "/sys/fs/cgroup/memory.max",
    "/sys/fs/cgroup/memory/memory.limit_in_bytes",
)


def shared_buffers() -> str | None:
    """Return an eighth of the memory, 1 GB at the most; None to leave it to the server.

    Memory is only taken as pages are read. With a search index of a million posts, which is a
    gigabyte, a search finds nearly all it needs there.
    """
    megabytes = min(MOST, int(_memory() / _SHARE / MEGABYTE))
    return f"{megabytes}MB" if megabytes > LEAST and not _is_promised_strictly() else None


def _memory() -> float:
    """Return the bytes that this process and its children can have, 0 where that is unknown."""
    # Windows has no such module; there is no embedded server there either.
    import resource

    space = resource.getrlimit(resource.RLIMIT_AS)[0]
    found = [math.inf if space == resource.RLIM_INFINITY else float(space)]
    for path in _LIMITS:
        # Without a limit the file says "max".
        with contextlib.suppress(OSError, ValueError):
            found.append(float(int(Path(path).read_text())))
    try:
        found.append(float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")))
    except (OSError, ValueError):
        return 0.0
    return min(found)


def _is_promised_strictly() -> bool:
    """Whether the machine gives memory only where all that was ever asked for would fit."""
    with contextlib.suppress(OSError):
        return Path("/proc/sys/vm/overcommit_memory").read_text().strip() == "2"
    return False
