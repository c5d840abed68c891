"""What this machine is like: where the command is, what zone its clock has."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from zoneinfo import ZoneInfo

_LOCALTIME = Path("/etc/localtime")
_NAME = Path("/etc/timezone")
_FOLDER = "zoneinfo/"


def executable() -> tuple[str, ...]:
    """Return what starts this command, as it was installed, with absolute paths."""
    beside = Path(sys.executable).parent / "echo-analytics"
    if os.access(beside, os.X_OK):
        return (str(beside),)
    return (str(Path(sys.executable).absolute()), "-m", "echo_analytics")


def machine_zone() -> ZoneInfo:
    """Return the zone of this machine's clock, which cron goes by; UTC where it has no name."""
    names = [_linked(), _written()]
    for name in names:
        if name:
            try:
                return ZoneInfo(name)
            except (LookupError, ValueError, OSError):
                continue
    return ZoneInfo("UTC")


def settings_file() -> Path:
    """Return where the variables of the environment are kept for jobs."""
    from platformdirs import user_config_path

    return user_config_path("echo-analytics", appauthor=False) / "environment"


def _linked() -> str | None:
    try:
        target = str(_LOCALTIME.resolve(strict=True))
    except OSError:
        return None
    return target.partition(_FOLDER)[2] or None


def _written() -> str | None:
    try:
        return _NAME.read_text(encoding="utf-8").strip() or None
    except (OSError, UnicodeDecodeError):
        return None
