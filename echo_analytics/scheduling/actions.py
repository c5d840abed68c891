"""A workflow of GitHub Actions."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from echo_analytics.scheduling.moments import cron_moment

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from echo_analytics.scheduling.plan import Plan

_GRACE = 10
_PANGO = "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"


def workflow(
    plan: Plan, today: date, *, version: str, secrets: Iterable[str], checkout: bool = False
) -> str:
    """Return the workflow, for ``.github/workflows/``.

    Parameters
    ----------
    plan
        What is run; its executable and its file of settings are those of another machine, and not
        used.
    today
        The day it is made for.
    version
        Of this package.
    secrets
        Names of variables that the repository keeps as secrets.
    checkout
        Whether what is run is in the repository.
    """
    moment = cron_moment(plan.step, plan.at, plan.zone, ZoneInfo("UTC"), today)
    command = shlex.join(("echo-analytics", *plan.arguments))
    variables = "\n".join(f"          {name}: ${{{{ secrets.{name} }}}}" for name in secrets)
    first = "      - uses: actions/checkout@v4\n" if checkout else ""
    return f"""\
# {plan.words}, or up to some hours later: GitHub goes by UTC, and starts when it has room.
name: {json.dumps(f"Report {plan.name}")}
on:
  schedule:
    - cron: "{moment.fields}"
  workflow_dispatch:
permissions:
  contents: read
concurrency:
  group: {json.dumps(f"echo-analytics-{plan.name}")}
  cancel-in-progress: false
jobs:
  report:
    runs-on: ubuntu-latest
    timeout-minutes: {-(-plan.timeout // 60) + _GRACE}
    steps:
{first}      - uses: actions/setup-python@v5
        with:
          python-version: "3.12"
      # What PDF needs; Chrome is there already.
      - run: sudo apt-get update && sudo apt-get install --yes {_PANGO}
      - run: pip install 'echo-analytics[report]=={version}'
      - run: {json.dumps(command, ensure_ascii=False)}
        env:
{variables}
      - uses: actions/upload-artifact@v4
        if: always()
        with:
          name: reports
          path: reports
"""
