"""A line for cron."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from echo_analytics.scheduling.moments import cron_moment

if TYPE_CHECKING:
    from datetime import date
    from zoneinfo import ZoneInfo

    from echo_analytics.scheduling.plan import Plan


def crontab(plan: Plan, machine: ZoneInfo, today: date) -> str:
    """Return the line for ``crontab -e``, with what has to be known about it.

    Parameters
    ----------
    plan
        What is run.
    machine
        The zone that cron goes by: cron itself knows no others.
    today
        The day it is made for.
    """
    moment = cron_moment(plan.step, plan.at, plan.zone, machine, today)
    settings = shlex.quote(str(plan.settings))
    job = f"set -a; . {settings}; exec {shlex.join(plan.command)}"
    # Cron makes a line break of a bare percent sign.
    line = f"{moment.fields} {job}".replace("%", r"\%")
    return (
        f"# {plan.words}, or up to some hours later: cron goes by {machine.key}.\n"
        "# Cron sends what goes wrong to MAILTO.\n"
        f"{line}\n"
    )
