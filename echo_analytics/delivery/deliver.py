"""Hand a published report to its readers, each once."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from echo_analytics.delivery.attempts import Answer, until_settled
from echo_analytics.delivery.message import build
from echo_analytics.delivery.preferences import DeliverySettings, MailSettings
from echo_analytics.delivery.smtp import converse
from echo_analytics.delivery.webhook import name_of, post
from echo_analytics.errors import DeliveryFailed, DeliveryUncertain, EchoError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from echo_analytics.delivery.parcel import Parcel
    from echo_analytics.delivery.register import Claim, Register

_BEFORE = "stopped while it was being sent before: it may have arrived, and is not sent again"


@dataclass(frozen=True)
class Delivered:
    """What became of one target.

    Parameters
    ----------
    channel
        ``email`` or ``webhook``.
    target
        The address, or the name of the URL without its secret.
    state
        ``sent`` now, ``before`` where it was sent already, ``failed`` after all attempts,
        ``refused`` for good, or ``unknown``: it may have arrived, and is not sent again.
    reason
        Why, where it was not sent.
    """

    channel: str
    target: str
    state: Literal["sent", "before", "failed", "refused", "unknown"]
    reason: str | None = None

    def text(self) -> str:
        """Return one line about it."""
        shown = f"{self.channel} to {self.target}: {_WORDS[self.state]}"
        return shown if self.reason is None else f"{shown} ({self.reason})"


_WORDS = {
    "sent": "sent",
    "before": "was sent before",
    "failed": "not sent, will be tried again",
    "refused": "refused",
    "unknown": "uncertain",
}


def deliver(
    parcel: Parcel,
    register: Register,
    *,
    emails: Sequence[str] = (),
    webhooks: Sequence[str] = (),
    mail: MailSettings | None = None,
    settings: DeliverySettings | None = None,
    now: datetime | None = None,
    say: Callable[[str], None] | None = None,
) -> list[Delivered]:
    """Send a report to everybody who has not got it yet.

    Each target is written down as ``sending`` before anything goes out. Who is found like that is
    not sent to again.

    Parameters
    ----------
    emails
        Addresses that :func:`recipients` has checked; they get one message together.
    webhooks
        URLs that :func:`webhook_url` has checked.
    mail, settings
        None takes them from the environment.
    now
        An aware datetime for the header ``Date``; None is the present moment.
    say
        Is given a line about each target.

    Returns
    -------
    list of Delivered
        One for each target: all were sent, now or before.

    Raises
    ------
    DeliveryFailed
        Some did not get it, after all attempts; the message names them.
    DeliveryUncertain
        None failed, but some may or may not have got it.
    InvalidInput
        The environment lacks a setting.
    """
    settings = settings or DeliverySettings.from_environment()
    done: list[Delivered] = []
    if emails:
        mail = mail or MailSettings.from_environment()
        done += _mail(parcel, register, emails, mail, settings, now)
    for url in webhooks:
        done += _post(parcel, register, url, settings)
    for each in done:
        if say is not None:
            say(each.text())
    _judge(done)
    return done


def _mail(
    parcel: Parcel,
    register: Register,
    emails: Sequence[str],
    mail: MailSettings,
    settings: DeliverySettings,
    now: datetime | None,
) -> list[Delivered]:
    message = build(parcel, tuple(emails), mail, settings.base_url, now or datetime.now(UTC))

    def attempt(waiting: tuple[str, ...], handed: set[str]) -> dict[str, Answer]:
        return converse(mail, settings.timeout, message, waiting, handed)

    return _once("email", emails, register, attempt, settings)


def _post(
    parcel: Parcel, register: Register, url: str, settings: DeliverySettings
) -> list[Delivered]:
    def attempt(waiting: tuple[str, ...], handed: set[str]) -> dict[str, Answer]:
        handed.update(waiting)
        return {name: post(url, parcel, settings.base_url, settings.timeout) for name in waiting}

    return _once("webhook", [name_of(url)], register, attempt, settings)


def _once(
    channel: str,
    targets: Iterable[str],
    register: Register,
    attempt: Callable[[tuple[str, ...], set[str]], dict[str, Answer]],
    settings: DeliverySettings,
) -> list[Delivered]:
    """Send to those whom the register gives us, and write down what becomes of them."""
    claims = {target: register.claim(channel, target) for target in targets}
    tried: set[str] = set()

    def written_down(waiting: tuple[str, ...]) -> dict[str, Answer]:
        # Between two attempts it stands there as failed: who stops us then leaves no doubt.
        for target in tried.intersection(waiting):
            register.claim(channel, target)
        handed: set[str] = set()
        try:
            answers = attempt(waiting, handed)
        except BaseException:
            # Stopped from outside: what was not handed over is known not to have arrived.
            with contextlib.suppress(EchoError, OSError):
                for target in set(waiting) - handed:
                    register.settle(channel, target, "failed", "stopped before it was sent")
            raise
        for target, answer in answers.items():
            register.settle(channel, target, answer.state, answer.reason)
        tried.update(waiting)
        return answers

    mine = [target for target, claim in claims.items() if claim == "mine"]
    answers = until_settled(mine, written_down, settings) if mine else {}
    return [_outcome(channel, target, claims[target], answers.get(target)) for target in claims]


def _outcome(channel: str, target: str, claim: Claim, answer: Answer | None) -> Delivered:
    if answer is not None:
        return Delivered(channel, target, answer.state, answer.reason)
    if claim == "sent":
        return Delivered(channel, target, "before")
    return Delivered(channel, target, "unknown", _BEFORE)


def _judge(done: list[Delivered]) -> None:
    failed = [each for each in done if each.state in ("failed", "refused")]
    uncertain = [each for each in done if each.state == "unknown"]
    if not failed and not uncertain:
        return
    text = "; ".join(each.text() for each in (*failed, *uncertain))
    error = DeliveryFailed if failed else DeliveryUncertain
    raise error(f"the report is published, but not delivered to all: {text}")
