"""The lines for cron, systemd and GitHub Actions say what they should, on any clock."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from notebooks_by_hand import code, write
from typer.main import get_command

from echo_analytics.cli import main
from echo_analytics.cli.report import report
from echo_analytics.errors import InvalidInput
from echo_analytics.local_days import start_of_day
from echo_analytics.scheduling import (
    CronMoment,
    Plan,
    cron_moment,
    crontab,
    executable,
    machine_zone,
    service,
    time_of_day,
    timer,
    workflow,
)

if TYPE_CHECKING:
    from echo_analytics.scheduling.plan import Step

TODAY = date(2026, 6, 22)
UTC_ZONE, BERLIN = ZoneInfo("UTC"), ZoneInfo("Europe/Berlin")
ZONES = (
    *("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Auckland"),
    *("Pacific/Kiritimati", "Pacific/Pago_Pago", "America/Havana", "Australia/Lord_Howe"),
)


def plan(tmp_path: Path, *arguments: str, step: Step = "week", at: time = time(6)) -> Plan:
    settings_file = tmp_path / "environment"
    settings_file.write_text("ECHO_DATABASE_URL='postgresql:///x'\n")
    return Plan(
        name="weekly",
        step=step,
        arguments=("report", "weekly", "--due", *arguments),
        zone=BERLIN,
        at=at,
        executable=(shutil.which("true") or "/bin/true",),
        settings=settings_file,
        timeout=3600,
    )


def next_run(moment: CronMoment, after: datetime, machine: ZoneInfo) -> datetime:
    """When cron would start the line next: minute by minute, as its manual has it."""
    instant = after.astimezone(UTC).replace(second=0, microsecond=0)
    # Zones are apart by whole minutes in these years.
    for _ in range(60 * 24 * 33):
        instant += timedelta(minutes=1)
        shown = instant.astimezone(machine)
        if (
            (shown.minute, shown.hour) == (moment.minute, moment.hour)
            and moment.day in (None, shown.day)
            and moment.weekday in (None, shown.isoweekday() % 7)
        ):
            return instant
    raise AssertionError("cron would never run it")


@pytest.mark.parametrize(
    ("step", "at", "zone", "machine", "fields"),
    [
        # In Berlin it is 06:00 at 04:00 or 05:00 UTC: the later one is never too early.
        ("week", "06:00", "Europe/Berlin", "UTC", "0 5 * * 1"),
        ("week", "06:30", "UTC", "UTC", "30 6 * * 1"),
        ("day", "06:00", "UTC", "Europe/Berlin", "0 8 * * *"),
        # It is still Sunday in London when Monday begins in Auckland, and the other way around.
        ("week", "06:00", "Pacific/Auckland", "UTC", "0 18 * * 0"),
        ("week", "20:00", "America/New_York", "UTC", "0 1 * * 2"),
        ("month", "06:00", "Pacific/Auckland", "UTC", "0 0 1 * *"),
        ("month", "20:00", "America/New_York", "UTC", "0 1 2 * *"),
        ("month", "06:00", "UTC", "Asia/Kolkata", "30 11 1 * *"),
    ],
)
def test_cron_runs_it_on_the_clock_of_the_machine(
    step: Step, at: str, zone: str, machine: str, fields: str
) -> None:
    moment = cron_moment(step, time_of_day("--at", at), ZoneInfo(zone), ZoneInfo(machine), TODAY)
    assert moment.fields == fields


@settings(max_examples=40)
@given(
    step=st.sampled_from(["day", "week", "month"]),
    at=st.times(min_value=time(0, 30)).map(lambda t: t.replace(second=0, microsecond=0)),
    zone=st.sampled_from(ZONES).map(ZoneInfo),
    machine=st.sampled_from(ZONES).map(ZoneInfo),
    day=st.dates(date(2026, 1, 1), date(2026, 12, 31)),
)
def test_a_period_is_over_when_cron_runs_and_not_for_long(
    step: Step, at: time, zone: ZoneInfo, machine: ZoneInfo, day: date
) -> None:
    moment = cron_moment(step, at, zone, machine, date(2026, 1, 1))
    starts = {
        "day": day,
        "week": day - timedelta(days=day.weekday()),
        "month": day.replace(day=1),
    }
    over = start_of_day(starts[step], zone)
    ran = next_run(moment, over - timedelta(minutes=1), machine)
    assert over <= ran
    # By day it may be the run of the day before that comes first; the next one does then.
    longest = timedelta(days=1 if step != "month" else 2, hours=3)
    assert ran - over <= longest + timedelta(hours=at.hour, minutes=at.minute)


def test_a_line_of_cron_has_its_fields_and_runs_what_it_says(tmp_path: Path) -> None:
    odd = tmp_path / "it's 100 % odd"
    odd.mkdir()
    made = plan(odd, "--output", str(odd / "reports"), "--email", "team@example.org")
    text = crontab(made, UTC_ZONE, TODAY)
    (line,) = (line for line in text.splitlines() if not line.startswith("#"))
    fields = re.fullmatch(r"(\d+) (\d+) (\S+) (\S+) (\S+) (.*)", line)
    assert fields is not None
    assert fields.groups()[:5] == ("0", "5", "*", "*", "1")
    # Cron ends the command at a bare percent sign, and takes off the backslash of others.
    assert not re.search(r"(?<!\\)%", fields[6])
    command = fields[6].replace(r"\%", "%")
    shown = tmp_path / "shown"
    script = tmp_path / "script"
    script.write_text(f'#!/bin/sh\nprintf "%s\\n" "$ECHO_DATABASE_URL" "$@" >{shown}\n')
    script.chmod(0o755)
    command = command.replace(made.executable[0], str(script), 1)
    subprocess.run(["/bin/sh", "-c", command], check=True)
    assert shown.read_text().splitlines() == ["postgresql:///x", *made.arguments]


@pytest.mark.parametrize("step", ["day", "week", "month"])
def test_units_of_systemd_hold(step: Step, tmp_path: Path) -> None:
    made = plan(tmp_path, "--output", '/srv/100 % $HOME "it\'s" \\ odd', step=step)
    (tmp_path / "echo-test.service").write_text(service(made))
    (tmp_path / "echo-test.timer").write_text(timer(made))
    text = service(made)
    assert 'report weekly --due --output "/srv/100 %% $$HOME \\"it\'s\\" \\\\ odd"' in text
    assert "TimeoutStartSec=3660" in text
    day = {"day": "*-*-*", "week": "Mon *-*-*", "month": "*-*-01"}[step]
    assert f"OnCalendar={day} 06:00:00 Europe/Berlin\n" in timer(made)
    verifier = shutil.which("systemd-analyze")
    if verifier is None:
        return  # What can be said without it is said above.
    units = [str(tmp_path / name) for name in ("echo-test.service", "echo-test.timer")]
    shown = subprocess.run(
        [verifier, "verify", *units], capture_output=True, text=True, check=False
    )
    ours = [line for line in shown.stderr.splitlines() if "echo-test" in line]
    assert (shown.returncode, ours) == (0, [])
    when = f"{day} 06:00:00 Europe/Berlin"
    subprocess.run([verifier, "calendar", when], capture_output=True, check=True)


def test_a_workflow_is_yaml_that_github_knows(tmp_path: Path) -> None:
    made = plan(tmp_path, "--output", "reports", "--email", 'a"b: #c@example.org')
    text = workflow(made, TODAY, version="0.1.0", secrets=("ECHO_DATABASE_URL", "ECHO_SMTP_HOST"))
    parsed = yaml.safe_load(text)
    # YAML 1.1 takes "on" for true.
    triggers = parsed[True]
    assert triggers["schedule"] == [{"cron": "0 5 * * 1"}]
    assert "workflow_dispatch" in triggers
    assert parsed["concurrency"]["cancel-in-progress"] is False
    job = parsed["jobs"]["report"]
    assert job["timeout-minutes"] == 70
    steps = [step for step in job["steps"] if "run" in step]
    assert {"libpango-1.0-0", "libpangoft2-1.0-0"} <= set(steps[0]["run"].split())
    assert steps[1]["run"] == "pip install 'echo-analytics[report]==0.1.0'"
    assert shlex.split(steps[2]["run"]) == ["echo-analytics", *made.arguments]
    assert steps[2]["env"]["ECHO_SMTP_HOST"] == "${{ secrets.ECHO_SMTP_HOST }}"
    assert all(re.search(r"@v\d+$", step["uses"]) for step in job["steps"] if "uses" in step)


@pytest.mark.parametrize("text", ["6", "24:00", "06:60", "", "six", "06:00:00"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="--at: is no time"):
        time_of_day("--at", text)


def test_the_executable_is_there() -> None:
    first, *rest = executable()
    assert Path(first).is_absolute()
    shown = subprocess.run([first, *rest, "--version"], capture_output=True, text=True, check=True)
    assert shown.stdout.startswith("echo-analytics ")


def test_the_zone_of_the_machine_is_the_one_of_its_clock() -> None:
    environment = {name: value for name, value in os.environ.items() if name != "TZ"}
    shown = subprocess.run(
        ["date", "+%z"], capture_output=True, text=True, env=environment, check=True
    )
    assert datetime.now(machine_zone()).strftime("%z") == shown.stdout.strip()


def test_the_examples_of_the_documentation_are_what_is_printed() -> None:
    text = (Path(__file__).parent.parent / "docs" / "scheduling.md").read_text()
    blocks = re.findall(r"```(cron|ini|yaml)\n(.*?)```", text, re.DOTALL)
    made = Plan(
        name="weekly",
        step="week",
        arguments=(
            *("report", "weekly", "--due", "--catch-up", "4", "--timezone", "Europe/Berlin"),
            *("--output", "/srv/reports", "--timeout", "3600", "--email", "team@example.org"),
        ),
        zone=BERLIN,
        at=time(6),
        executable=("/opt/echo/bin/echo-analytics",),
        settings=Path("/home/me/.config/echo-analytics/environment"),
        timeout=3600,
    )
    assert [kind for kind, _ in blocks] == ["cron", "ini", "ini", "yaml"]
    quiet = replace(made, arguments=(*made.arguments, "--quiet"))
    assert blocks[0][1] in crontab(quiet, UTC_ZONE, TODAY)
    owner = re.sub(r"User=.*", "User=root", service(made))
    assert blocks[1][1] == owner
    assert blocks[2][1] == timer(made)
    github = replace(
        made,
        arguments=(
            *("report", "weekly", "--due", "--timezone", "Europe/Berlin"),
            *("--output", "reports", "--timeout", "3600"),
        ),
    )
    printed = workflow(github, TODAY, version="0.1.0", secrets=("ECHO_DATABASE_URL",))
    assert blocks[3][1] in printed
    assert yaml.safe_load(blocks[3][1])["jobs"]["report"]["steps"]


def test_the_command_prints_lines_that_the_command_understands(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    words = "report schedule weekly --for cron --email a@example.org --timezone Europe/Berlin"
    hook = ["--webhook", "https://hooks.example.org/S3CRET", "--output", "out"]
    monkeypatch.setattr(sys, "argv", ["echo-analytics", *words.split(), *hook])
    with pytest.raises(SystemExit) as ended:
        main()
    shown = capsys.readouterr().out
    assert ended.value.code == 0
    assert "S3CRET" not in shown
    assert "ECHO_REPORT_WEBHOOK" in shown
    line = shown.splitlines()[-1].partition("exec ")[2]
    found = shlex.split(line)
    assert Path(found[0]).is_absolute()
    assert found[found.index("--output") + 1] == str(tmp_path / "out")
    start = found.index("report") + 1
    group: Any = get_command(report)
    with group.commands["weekly"].make_context("weekly", found[start + 1 :]) as parsed:
        assert parsed.params["due"] is True
        assert parsed.params["emails"] == ["a@example.org"]
        assert parsed.params["timezone"] == "Europe/Berlin"
        assert parsed.params["timeout"] == 3600


def test_a_notebook_can_be_scheduled(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "my posts.ipynb", code('start = end = ""\ntop = 3', "parameters"))
    words = "-p top 7 --every month --timezone Europe/Berlin --show-code"
    line = ["echo-analytics", "report", "schedule", "run", "my posts.ipynb", *words.split()]
    monkeypatch.setattr(sys, "argv", line)
    with pytest.raises(SystemExit) as ended:
        main()
    shown = capsys.readouterr().out
    assert ended.value.code == 0
    (cron,) = (row for row in shown.splitlines() if "exec " in row)
    assert cron.startswith("0 5 1 * *")
    found = shlex.split(cron.partition("exec ")[2])
    assert found[found.index("run") + 1] == str(tmp_path / "my posts.ipynb")
    group: Any = get_command(report)
    with group.commands["run"].make_context("run", found[found.index("run") + 1 :]) as parsed:
        assert parsed.args == ["-p", "top", "7"]
        assert (parsed.params["due"], parsed.params["every"].value) == (True, "month")
        assert (parsed.params["show_code"], parsed.params["quiet"]) == (True, True)
    assert "/etc/systemd/system/echo-analytics-my-posts.timer" in shown
    assert "OnCalendar=*-*-01 06:00:00 Europe/Berlin" in shown
    workflow_text = shown.partition("# ---- github ")[2].partition("\n")[2]
    steps = yaml.safe_load(workflow_text)["jobs"]["report"]["steps"]
    assert steps[0]["uses"].startswith("actions/checkout@")
    assert "report run 'my posts.ipynb' -p top 7 --due" in steps[-2]["run"]


@pytest.mark.parametrize("words", ["-p top 7", "-p start 2026-06-01", "-p limit 3", "--frmat x"])
def test_a_notebook_that_would_fail_each_time_is_not_scheduled(
    words: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    parameters = "top = 3" if "top" in words else 'start = end = ""\ntop = 3'
    write(tmp_path / "posts.ipynb", code(parameters, "parameters"))
    line = ["echo-analytics", "report", "schedule", "run", "posts.ipynb", *words.split()]
    monkeypatch.setattr(sys, "argv", line)
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2


@pytest.mark.parametrize(
    "words",
    [
        *(
            "nope",
            "run",
            "run nowhere.ipynb",
            "weekly --period 2026-W25",
            "weekly --frmat x",
            "weekly --email x",
        ),
        *("weekly --at 7", "author", "weekly --database postgresql:///x", "weekly --format doc"),
    ],
)
def test_what_cannot_be_scheduled_is_refused(words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["echo-analytics", "report", "schedule", *words.split()])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
