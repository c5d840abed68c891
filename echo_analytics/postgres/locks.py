"""Locks on files, which the kernel releases when their holder dies, however it dies."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

_PAUSE = 0.01
_descriptors: set[int] = set()


class FileLock:
    """An open lock file, not locked yet; closing it releases the lock.

    Parameters
    ----------
    path
        The file, made when missing. It stays when the lock is closed: deleting it would let two
        processes lock two files of the same name.
    """

    def __init__(self, path: Path) -> None:
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        self.descriptor = os.open(path, flags, 0o600)
        _descriptors.add(self.descriptor)

    def try_shared(self) -> bool:
        """Take the lock beside other shared holders, without waiting."""
        return self._try(exclusive=False)

    def try_exclusive(self) -> bool:
        """Take the lock alone, without waiting; when refused, a shared lock held before is lost."""
        return self._try(exclusive=True)

    def wait_exclusive(self, seconds: float) -> bool:
        """Take the lock alone, waiting at most this long."""
        deadline = time.monotonic() + seconds
        while not self.try_exclusive():
            if time.monotonic() > deadline:
                return False
            time.sleep(_PAUSE)
        return True

    def _try(self, *, exclusive: bool) -> bool:
        import fcntl

        kind = fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH
        try:
            fcntl.flock(self.descriptor, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def is_on(self, path: Path) -> bool:
        """Whether this path still leads to the file that is open."""
        try:
            return os.path.samestat(path.lstat(), os.fstat(self.descriptor))
        except FileNotFoundError:
            return False

    def close(self) -> None:
        """Release the lock; a second call does nothing."""
        if self.descriptor in _descriptors:
            _descriptors.discard(self.descriptor)
            os.close(self.descriptor)
        self.descriptor = -1

    def __enter__(self) -> FileLock:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def close_in_forked_child() -> None:
    """Close the locks that a fork copied: they would outlive the process that took them.

    Closing the copies leaves the parent's locks alone; unlocking them would not.
    """
    while _descriptors:
        os.close(_descriptors.pop())
