"""The command ``report schedule``: lines for cron, systemd and GitHub Actions."""

from __future__ import annotations

import re
import shlex
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from echo_analytics.cli.report import report
from echo_analytics.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping

    from echo_analytics.scheduling import Plan
    from echo_analytics.scheduling.plan import Step

_TIMEOUT = 3_600
_CATCH_UP = 4
# What a schedule decides, what is a secret, and what is written in another way.
_DECIDED = ("period", "due", "now", "force")
_SECRET = ("database", "webhooks")
_OWN = ("catch_up", "output", "timezone", "timeout", "debug", "quiet", "notebook", "path")
_NOTEBOOK, _FILE = "run", "file"


class Runner(StrEnum):
    """Who runs it."""

    cron = "cron"
    systemd = "systemd"
    github = "github"


def schedule(
    context: typer.Context,
    name: Annotated[
        str,
        typer.Argument(
            metavar="REPORT [OPTIONS OF THE REPORT]...",
            help="Such as weekly, or run NOTEBOOK, or file FILE.",
        ),
    ],
    runner: Annotated[
        Runner | None, typer.Option("--for", help="For whom; else for all three.")
    ] = None,
    at: Annotated[
        str, typer.Option("--at", help="The time of day, in the report's zone.")
    ] = "06:00",
    settings: Annotated[
        Path | None,
        typer.Option("--settings", metavar="FILE", help="Where the variables of jobs are kept."),
    ] = None,
) -> None:
    """Print the lines that make a report when it is due; nothing is changed."""
    given = _options_of(name, context.args)
    for each in (runner,) if runner else tuple(Runner):
        if runner is None:
            typer.echo(f"# ---- {each.value} " + "-" * (74 - len(each.value)))
        typer.echo(_lines(each, name, given, at, settings), nl=False)


# Any: the values of options.
def _options_of(name: str, words: list[str]) -> dict[str, Any]:
    """Return what the options of a report mean, which are checked as the report itself does."""
    from echo_analytics.arguments import choice, time_zone
    from echo_analytics.delivery import recipients, webhook_url
    from echo_analytics.reports.formats.writing import chosen
    from echo_analytics.reports.library import KINDS

    choice("report", name, (*KINDS, _NOTEBOOK, _FILE))
    # Any: the group's commands are those of click.
    group: Any = typer.main.get_command(report)
    with group.commands[name].make_context(name, list(words)) as parsed:
        given: dict[str, Any] = {**parsed.params, "given": list(parsed.args)}
    for each in _DECIDED:
        if given[each]:
            raise InvalidInput(f"--{each}", "is not for schedules, which make what is due")
    if given["database"]:
        raise InvalidInput("--database", "may hold a password: write it into the settings of jobs")
    time_zone(given["timezone"])
    chosen([part for text in given["formats"] or () for part in text.split(",")] or None)
    given["emails"] = list(recipients("--email", given["emails"] or ()))
    for url in given["webhooks"] or ():
        webhook_url("--webhook", url)
    if name == _NOTEBOOK:
        _check_notebook(given)
    if name == _FILE:
        _check_file(given)
    return given


# Any: as above.
def _check_notebook(given: Mapping[str, Any]) -> None:
    """Refuse parameters that the notebook will not take when it is due."""
    from echo_analytics.arguments import moment
    from echo_analytics.cli.notebook import pairs, values_of
    from echo_analytics.notebook_reports import declared
    from echo_analytics.notebook_reports.parameters import read_notebook
    from echo_analytics.reports.period import last_complete

    (period,) = last_complete("day", moment("now", None), given["timezone"])
    values_of(period, pairs(given["given"]), declared(read_notebook(given["notebook"])))


# Any: as above.
def _check_file(given: Mapping[str, Any]) -> None:
    """Refuse a file that has no report, and parameters that it does not take."""
    from echo_analytics.cli.notebook import pairs
    from echo_analytics.cli.own import kind_of
    from echo_analytics.reports.making import check_parameters

    check_parameters(kind_of(given["path"]), dict(pairs(given["given"], "report file")))


def _lines(
    runner: Runner, name: str, given: Mapping[str, object], at: str, settings: Path | None
) -> str:
    import echo_analytics as echo
    from echo_analytics.arguments import today
    from echo_analytics.scheduling import crontab, machine_zone, service, timer, workflow

    plan = _plan(runner, name, given, at, settings)
    day = today(plan.zone)
    variables = _variables(given)
    if runner is Runner.github:
        # A file is one of the repository that the workflow stands in.
        checkout = name in (_NOTEBOOK, _FILE)
        version = echo.__version__
        return workflow(plan, day, version=version, secrets=variables, checkout=checkout)
    home = plan.settings.parent
    known = (
        f"# {', '.join(variables)}: in {plan.settings}, which only its owner may read:\n"
        f"#   mkdir -p {shlex.quote(str(home))}; install -m 600 /dev/null "
        f"{shlex.quote(str(plan.settings))}\n"
    )
    if runner is Runner.cron:
        return f"# crontab -e\n{known}{crontab(plan, machine_zone(), day)}"
    unit = f"/etc/systemd/system/echo-analytics-{plan.name}"
    return (
        f"{known}# systemctl daemon-reload\n"
        f"# systemctl enable --now echo-analytics-{plan.name}.timer\n"
        f"# {unit}.service\n{service(plan)}\n# {unit}.timer\n{timer(plan)}"
    )


def _plan(
    runner: Runner, name: str, given: Mapping[str, object], at: str, settings: Path | None
) -> Plan:
    from echo_analytics.arguments import time_zone
    from echo_analytics.scheduling import Plan, executable, settings_file, time_of_day

    arguments, label = _arguments(runner, name, given)
    return Plan(
        name=label,
        step=_step(name, given),
        arguments=arguments,
        zone=time_zone(given["timezone"]),
        at=time_of_day("--at", at),
        executable=executable(),
        settings=(settings or settings_file()).absolute(),
        timeout=_timeout(given),
    )


def _step(name: str, given: Mapping[str, object]) -> Step:
    from echo_analytics.cli.notebook import Every
    from echo_analytics.cli.own import kind_of
    from echo_analytics.reports.library import KINDS

    if name == _FILE:
        return kind_of(Path(str(given["path"]))).step
    if name != _NOTEBOOK:
        return KINDS[name].step
    every = given["every"]
    return every.value if isinstance(every, Every) else Every.week.value


def _arguments(
    runner: Runner, name: str, given: Mapping[str, object]
) -> tuple[tuple[str, ...], str]:
    """Return the words of the command, and a name for files."""
    # Any: as above.
    group: Any = typer.main.get_command(report)
    about: list[str] = []
    options: list[str] = []
    for parameter in group.commands[name].params:
        value = given[parameter.name]
        if parameter.name in (*_DECIDED, *_SECRET, *_OWN, "help") or value in (None, False):
            continue
        if parameter.param_type_name == "argument":
            about.append(str(value))
        elif value is True:
            options.append(parameter.opts[0])
        else:
            values = value if isinstance(value, list | tuple) else [value]
            options += [word for each in values for word in (parameter.opts[0], str(each))]
    label = re.sub(r"[^A-Za-z0-9]+", "-", "-".join((name, *about))).strip("-").lower()
    # GitHub's machines are new each time: what is not in their folder would be made again.
    github = runner is Runner.github
    file = given.get("notebook", given.get("path"))
    if isinstance(file, Path):
        label = re.sub(r"[^A-Za-z0-9]+", "-", file.stem).strip("-").lower() or name
        about = [str(file if github else file.absolute()), *_words(given["given"])]
    catch_up = () if github else ("--catch-up", str(given["catch_up"] or _CATCH_UP))
    output = Path(str(given["output"]))
    words = (
        *("report", name, *about, "--due", *catch_up, "--timezone", str(given["timezone"])),
        *("--output", "reports" if github else str(output.absolute())),
        *("--timeout", str(_timeout(given)), *options),
        # Cron sends what is said: only what went wrong.
        *(("--quiet",) if runner is Runner.cron or given["quiet"] else ()),
    )
    return words, label


def _words(given: object) -> list[str]:
    return [str(each) for each in given] if isinstance(given, list) else []


def _timeout(given: Mapping[str, object]) -> int:
    value = given["timeout"]
    return int(value) if isinstance(value, int | float) else _TIMEOUT


def _variables(given: Mapping[str, object]) -> tuple[str, ...]:
    """Return what the job needs to know from its environment."""
    mail = ("ECHO_SMTP_HOST", "ECHO_SMTP_USER", "ECHO_SMTP_PASSWORD", "ECHO_MAIL_FROM")
    return (
        "ECHO_DATABASE_URL",
        *(mail if given["emails"] else ()),
        *(("ECHO_REPORT_WEBHOOK",) if given["webhooks"] else ()),
    )
