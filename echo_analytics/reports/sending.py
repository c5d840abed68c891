"""Sending reports that are published, and writing in the ledger who got them."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from echo_analytics.delivery import (
    DeliverySettings,
    MailSettings,
    deliver,
    read_parcel,
    recipients,
    webhook_url,
)
from echo_analytics.errors import DeliveryFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from echo_analytics.delivery.register import Claim, State
    from echo_analytics.reports.ledger import Ledger, Run
    from echo_analytics.reports.publishing import PublishedRun

_PAUSE = 0.2


class Targets:
    """Who shall get reports: checked before anything is made.

    Parameters
    ----------
    emails
        Addresses.
    webhooks
        URLs.

    Raises
    ------
    InvalidInput
        One of them is wrong, or the environment lacks a setting that it needs.
    """

    def __init__(self, emails: Iterable[str] = (), webhooks: Iterable[str] = ()) -> None:
        self.emails = recipients("--email", emails)
        self.webhooks = tuple(dict.fromkeys(webhook_url("--webhook", url) for url in webhooks))
        self.mail = MailSettings.from_environment() if self.emails else None
        self.settings = DeliverySettings.from_environment() if self else DeliverySettings()

    def __bool__(self) -> bool:
        """Say whether there is anybody."""
        return bool(self.emails or self.webhooks)


class LedgerRegister:
    """Who got one run, as the ledger has it.

    Parameters
    ----------
    ledger
        The ledger.
    run
        The run as it was read from there while nobody else sends it.
    """

    def __init__(self, ledger: Ledger, run: Run) -> None:
        self._ledger, self._run_id = ledger, run.run_id
        self._known = dict(run.deliveries)

    def claim(self, channel: str, target: str) -> Claim:
        """Write down ``sending``, unless the ledger says that nothing may be sent."""
        known = self._known.get(f"{channel} {target}")
        state = known.get("state") if isinstance(known, dict) else None
        if state == "sent":
            return "sent"
        if state == "sending":
            return "sending"
        self._write(channel, target, "sending", None)
        return "mine"

    def settle(self, channel: str, target: str, state: State, reason: str | None) -> None:
        """Write down what became of it."""
        self._write(channel, target, "sending" if state == "unknown" else state, reason)

    def _write(self, channel: str, target: str, state: str, reason: str | None) -> None:
        entry = {"state": state, "at": datetime.now(UTC).isoformat(timespec="seconds")}
        if reason is not None:
            entry["reason"] = reason
        name = f"{channel} {target}"
        self._ledger.record(self._run_id, deliveries={name: entry})
        self._known[name] = entry


def send(
    runs: Sequence[PublishedRun],
    targets: Targets,
    *,
    ledger: Ledger,
    output: Path,
    say: Callable[[str], None] | None = None,
    patience: float = 3_600.0,
) -> None:
    """Send published reports to everybody who has not got them.

    Parameters
    ----------
    runs
        The reports.
    targets
        Who shall get them.
    ledger
        Where it is written down.
    output
        The output folder.
    say
        Is given a line about each target.
    patience
        Seconds to wait for another process that sends the same report.

    Raises
    ------
    DeliveryFailed
        Somebody did not get one; the other reports were sent all the same.
    DeliveryUncertain
        It is not known whether somebody got one.
    """
    failures: list[DeliveryFailed] = []
    for run in runs:
        try:
            _send(run, targets, ledger, output, say, patience)
        except DeliveryFailed as error:
            failures.append(error)
    if failures:
        # One that is certain weighs more.
        failures.sort(key=lambda error: type(error) is not DeliveryFailed)
        for other in failures[1:]:
            failures[0].add_note(f"and so failed another: {other}")
        raise failures[0]


def _send(
    run: PublishedRun,
    targets: Targets,
    ledger: Ledger,
    output: Path,
    say: Callable[[str], None] | None,
    patience: float,
) -> None:
    deadline = time.monotonic() + patience
    while True:
        with ledger.alone(f"sending {run.run_id}") as ours:
            if ours:
                deliver(
                    read_parcel(run.folder, output),
                    LedgerRegister(ledger, ledger.run(run.run_id)),
                    emails=targets.emails,
                    webhooks=targets.webhooks,
                    mail=targets.mail,
                    settings=targets.settings,
                    say=say,
                )
                return
        if time.monotonic() > deadline:
            raise DeliveryFailed(f"another process has been sending it for {patience:g} s")
        time.sleep(_PAUSE)
