"""What the environment says about delivery: the mail server, sizes, attempts, links."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from echo_analytics.delivery.addresses import sender
from echo_analytics.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping

Security = Literal["starttls", "tls", "none"]

_PORTS: dict[Security, int] = {"starttls": 587, "tls": 465, "none": 25}
_LOCAL = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class DeliverySettings:
    """How patient delivery is, and where readers find what is not sent along.

    Parameters
    ----------
    timeout
        ``ECHO_DELIVERY_TIMEOUT``: seconds for each step of a conversation with a server.
    attempts
        ``ECHO_DELIVERY_ATTEMPTS``: how often a failure that may pass is tried, at the most.
    wait
        ``ECHO_DELIVERY_WAIT``: seconds before the second attempt, doubled before each one after,
        up to a minute.
    base_url
        ``ECHO_REPORTS_URL``: where the output folder is served; links begin with it. Without it
        they are paths.
    """

    timeout: float = 30.0
    attempts: int = 4
    wait: float = 5.0
    base_url: str | None = None

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> DeliverySettings:
        """Read the settings from environment variables.

        Raises
        ------
        InvalidInput
            A number is not one or out of its range, or the URL is not one of HTTP.
        """
        env = os.environ if environ is None else environ
        base = env.get("ECHO_REPORTS_URL") or None
        if base and not (base.isprintable() and base.startswith(("https://", "http://"))):
            raise InvalidInput(
                "ECHO_REPORTS_URL", "needs a URL such as https://reports.example.org"
            )
        return cls(
            timeout=_number(env, "ECHO_DELIVERY_TIMEOUT", cls.timeout, 0.1, 600),
            attempts=int(_number(env, "ECHO_DELIVERY_ATTEMPTS", cls.attempts, 1, 20)),
            wait=_number(env, "ECHO_DELIVERY_WAIT", cls.wait, 0, 60),
            base_url=base.rstrip("/") if base else None,
        )


@dataclass(frozen=True)
class MailSettings:
    """The mail server, and who writes.

    Parameters
    ----------
    host
        ``ECHO_SMTP_HOST``.
    from_name, from_address
        ``ECHO_MAIL_FROM``, for instance ``Reports <reports@example.org>``.
    security
        ``ECHO_SMTP_SECURITY``: ``starttls`` (the default), ``tls`` from the first byte on, or
        ``none``. With the first two the certificate is verified, and nothing is said before.
    port
        ``ECHO_SMTP_PORT``; else 587, 465 or 25.
    user, password
        ``ECHO_SMTP_USER``, ``ECHO_SMTP_PASSWORD`` or the first line of the file of
        ``ECHO_SMTP_PASSWORD_FILE``.
    ca_file
        ``ECHO_SMTP_CA_FILE``: the authorities to trust; else the system's, else certifi's.
    attach_limit
        ``ECHO_MAIL_ATTACH_LIMIT``: megabytes of attachments as they are sent; files beyond are
        links.
    attach
        ``ECHO_MAIL_ATTACH``: endings of the files to attach, such as ``pdf,xlsx``; else all.
    """

    host: str
    from_address: str
    from_name: str = ""
    security: Security = "starttls"
    port: int = 587
    user: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    ca_file: str | None = None
    attach_limit: float = 10.0
    attach: tuple[str, ...] | None = None

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> MailSettings:
        """Read the settings from environment variables.

        Raises
        ------
        InvalidInput
            A variable is missing or wrong, or a password would travel unencrypted.
        """
        env = os.environ if environ is None else environ
        host = env.get("ECHO_SMTP_HOST", "").strip()
        if not host or not host.isprintable() or " " in host:
            raise InvalidInput("ECHO_SMTP_HOST", "needs the name of the mail server")
        name, address = sender("ECHO_MAIL_FROM", env.get("ECHO_MAIL_FROM", ""))
        security = _security(env)
        user, password = env.get("ECHO_SMTP_USER") or None, _password(env)
        if (user is None) != (password is None):
            raise InvalidInput("ECHO_SMTP_USER, ECHO_SMTP_PASSWORD", "needs both or none")
        if user and security == "none" and host not in _LOCAL:
            raise InvalidInput("ECHO_SMTP_SECURITY", "a password needs starttls or tls")
        endings = env.get("ECHO_MAIL_ATTACH")
        return cls(
            host=host,
            from_address=address,
            from_name=name,
            security=security,
            port=int(_number(env, "ECHO_SMTP_PORT", _PORTS[security], 1, 65535)),
            user=user,
            password=password,
            ca_file=_ca_file(env),
            attach_limit=_number(env, "ECHO_MAIL_ATTACH_LIMIT", cls.attach_limit, 0, 1000),
            attach=None
            if endings is None
            else tuple(ending.strip(" .").lower() for ending in endings.split(",")),
        )


def _security(env: Mapping[str, str]) -> Security:
    text = env.get("ECHO_SMTP_SECURITY") or "starttls"
    for known in _PORTS:
        if text == known:
            return known
    raise InvalidInput("ECHO_SMTP_SECURITY", "needs starttls, tls or none")


def _password(env: Mapping[str, str]) -> str | None:
    file = env.get("ECHO_SMTP_PASSWORD_FILE")
    if not file:
        return env.get("ECHO_SMTP_PASSWORD") or None
    try:
        lines = Path(file).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        raise InvalidInput("ECHO_SMTP_PASSWORD_FILE", "cannot be read") from None
    if not lines or not lines[0]:
        raise InvalidInput("ECHO_SMTP_PASSWORD_FILE", "has no password on its first line")
    return lines[0]


def _ca_file(env: Mapping[str, str]) -> str | None:
    file = env.get("ECHO_SMTP_CA_FILE") or None
    if file and not Path(file).is_file():
        raise InvalidInput("ECHO_SMTP_CA_FILE", "is no file")
    return file


def _number(env: Mapping[str, str], name: str, default: float, least: float, most: float) -> float:
    text = env.get(name)
    if not text:
        return default
    try:
        number = float(text)
    except ValueError:
        raise InvalidInput(name, "is not a number") from None
    if not least <= number <= most or (isinstance(default, int) and number != int(number)):
        whole = "whole " if isinstance(default, int) else ""
        raise InvalidInput(name, f"needs a {whole}number from {least:g} to {most:g}")
    return number
