"""Lines that let cron, systemd or GitHub Actions make a report when it is due.

There is no daemon of our own: each of them calls the command, which makes what is due, once.
"""

from __future__ import annotations

from echo_analytics.scheduling.actions import workflow
from echo_analytics.scheduling.cron import crontab
from echo_analytics.scheduling.machine import executable, machine_zone, settings_file
from echo_analytics.scheduling.moments import CronMoment, cron_moment, time_of_day
from echo_analytics.scheduling.plan import Plan
from echo_analytics.scheduling.systemd import service, timer

__all__ = [
    "CronMoment",
    "Plan",
    "cron_moment",
    "crontab",
    "executable",
    "machine_zone",
    "service",
    "settings_file",
    "time_of_day",
    "timer",
    "workflow",
]
