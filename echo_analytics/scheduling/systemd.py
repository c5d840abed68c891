"""A timer of systemd and the service that it starts."""

from __future__ import annotations

import getpass
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from echo_analytics.scheduling.plan import Plan

_DAYS = {"day": "*-*-*", "week": "Mon *-*-*", "month": "*-*-01"}
_GRACE = 60
_PLAIN = re.compile(r"[A-Za-z0-9@%+=:,./_-]+")


def service(plan: Plan) -> str:
    """Return the unit that makes the report."""
    command = " ".join(_quoted(word) for word in plan.command)
    return f"""\
[Unit]
Description=Echo Analytics, the report {plan.name}
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
User={getpass.getuser()}
EnvironmentFile={_path(str(plan.settings))}
ExecStart={command}
TimeoutStartSec={plan.timeout + _GRACE}
"""


def timer(plan: Plan) -> str:
    """Return the unit that starts it, also after the machine was off."""
    return f"""\
[Unit]
Description=Echo Analytics, when the report {plan.name} is due

[Timer]
OnCalendar={_DAYS[plan.step]} {plan.at:%H:%M}:00 {plan.zone.key}
Persistent=true

[Install]
WantedBy=timers.target
"""


def _quoted(word: str) -> str:
    doubled = _path(word).replace("$", "$$")
    if _PLAIN.fullmatch(doubled):
        return doubled
    escaped = doubled.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _path(text: str) -> str:
    return text.replace("%", "%%")
