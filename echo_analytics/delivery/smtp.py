"""One conversation with a mail server, step by step, so that each failure is known for what it is.

``smtplib.sendmail`` does not say whether a lost connection came before the message was handed over
or after it. Before, it may be tried again; after, it may have arrived.
"""

from __future__ import annotations

import contextlib
import re
import smtplib
import socket
import ssl
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from echo_analytics.delivery.attempts import Answer, said
from echo_analytics.target import ca_file

if TYPE_CHECKING:
    from collections.abc import Callable

    from echo_analytics.delivery.preferences import MailSettings

_OK = (250, 251)
_CLOSING = 421
_GO_AHEAD = 354

T = TypeVar("T")


class _Stopped(Exception):  # noqa: N818
    """The conversation ended for all who were left."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.reason)
        self.answer = answer


def converse(
    settings: MailSettings,
    timeout: float,
    message: bytes,
    recipients: tuple[str, ...],
    handed: set[str],
) -> dict[str, Answer]:
    """Send one message to several recipients, and return what became of each.

    Parameters
    ----------
    message
        With CRLF at the end of its lines.
    recipients
        Checked addresses.
    handed
        Gets those for whom the last line of the message is about to go out.
    """
    answers: dict[str, Answer] = {}
    with contextlib.ExitStack() as stack:
        try:
            server = _step("connecting", lambda: _connected(settings, timeout))
            stack.callback(_farewell, server)
            _step("TLS", lambda: _encrypted(server, settings))
            _step("login", lambda: _known(server, settings))
            _step("sender", lambda: _begin(server, settings, message))
            for recipient in recipients:
                answers[recipient] = _step("recipient", partial(_rcpt, server, recipient))
            if accepted := [r for r in recipients if answers[r].state == "sent"]:
                for recipient in accepted:
                    del answers[recipient]
                _step("message", lambda: _fill(server, message))
                handed.update(accepted)
                answers.update(dict.fromkeys(accepted, _hand_over(server)))
        except _Stopped as stopped:
            for recipient in recipients:
                left = answers.get(recipient)
                if left is None or left.state == "sent":
                    answers[recipient] = stopped.answer
    return answers


def _step(what: str, action: Callable[[], T]) -> T:
    """Run one step; what goes wrong in it is said without anything that a password could be in."""
    try:
        return action()
    except ssl.SSLCertVerificationError as error:
        answer = Answer(
            "refused", f"{what}: its certificate is not trusted ({error.verify_message})"
        )
    except ssl.SSLError as error:
        answer = Answer("failed", f"{what}: no TLS connection ({error.reason or 'broken off'})")
    except smtplib.SMTPAuthenticationError as error:
        # The server's text may repeat what was sent.
        answer = _refusal(what, error.smtp_code, "")
    except smtplib.SMTPResponseException as error:
        answer = _refusal(what, error.smtp_code, error.smtp_error)
    except smtplib.SMTPServerDisconnected:
        answer = Answer("failed", f"{what}: the server closed the connection or did not answer")
    except smtplib.SMTPException:
        answer = Answer("refused", f"{what}: the server does not offer it")
    except UnicodeError:
        answer = Answer("refused", f"{what}: the server takes ASCII only")
    except TimeoutError:
        answer = Answer("failed", f"{what}: no answer in time")
    except OSError as error:
        answer = Answer("failed", f"{what}: {error.strerror or type(error).__name__}")
    raise _Stopped(answer)


def _refusal(what: str, code: int, text: object) -> Answer:
    shown = f"{what}: {code} {said(text)}".rstrip()
    # Codes of 4xx may pass; a number that is no code is a server that talks nonsense.
    return Answer("failed" if 400 <= code < 500 or code < 0 else "refused", shown)


def _stop(what: str, reply: tuple[int, bytes]) -> _Stopped:
    return _Stopped(_refusal(what, *reply))


def _connected(settings: MailSettings, timeout: float) -> smtplib.SMTP:
    # The full name of this machine would cost a look-up, which may hang.
    name = socket.gethostname() or "localhost"
    if settings.security == "tls":
        return smtplib.SMTP_SSL(
            settings.host, settings.port, name, timeout=timeout, context=_context(settings)
        )
    return smtplib.SMTP(settings.host, settings.port, name, timeout=timeout)


def _context(settings: MailSettings) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=settings.ca_file or ca_file())


def _encrypted(server: smtplib.SMTP, settings: MailSettings) -> None:
    server.ehlo_or_helo_if_needed()
    if settings.security == "starttls":
        server.starttls(context=_context(settings))
        server.ehlo_or_helo_if_needed()


def _known(server: smtplib.SMTP, settings: MailSettings) -> None:
    if settings.user is not None and settings.password is not None:
        server.login(settings.user, settings.password)


def _begin(server: smtplib.SMTP, settings: MailSettings, message: bytes) -> None:
    limit = server.esmtp_features.get("size", "")
    options = []
    if server.has_extn("size"):
        options.append(f"size={len(message)}")
        if limit.isdigit() and 0 < int(limit) < len(message):
            problem = f"the message has {len(message)} bytes, the server takes {limit}"
            raise _Stopped(Answer("refused", problem))
    reply = server.mail(settings.from_address, options)
    if reply[0] != _OK[0]:
        raise _stop("sender", reply)


def _rcpt(server: smtplib.SMTP, recipient: str) -> Answer:
    reply = server.rcpt(recipient)
    if reply[0] in _OK:
        return Answer("sent")
    if reply[0] == _CLOSING:
        raise _stop("recipient", reply)
    return _refusal("recipient", *reply)


def _fill(server: smtplib.SMTP, message: bytes) -> None:
    """Send all of the message but its last line."""
    reply = server.docmd("DATA")
    if reply[0] != _GO_AHEAD:
        raise _stop("message", reply)
    body = re.sub(rb"(?m)^\.", b"..", message)
    _write(server, body if body.endswith(b"\r\n") else body + b"\r\n")


def _hand_over(server: smtplib.SMTP) -> Answer:
    """Send the last line, and hear whether the server takes the message."""
    try:
        _write(server, b".\r\n")
    except ConnectionError:
        # It was closed before: without its last line no server takes a message.
        return Answer("failed", "message: the connection broke before its end")
    except OSError:
        return Answer("unknown", "the server may have taken the message, and did not say so")
    try:
        reply = server.getreply()
    except (smtplib.SMTPException, OSError):
        return Answer("unknown", "the server may have taken the message, and did not say so")
    return Answer("sent") if reply[0] in _OK else _refusal("message", *reply)


def _write(server: smtplib.SMTP, data: bytes) -> None:
    if server.sock is None:
        raise ConnectionResetError
    server.sock.sendall(data)


def _farewell(server: smtplib.SMTP) -> None:
    # Nobody waits for the answer.
    with contextlib.suppress(OSError, smtplib.SMTPException):
        server.putcmd("QUIT")
    with contextlib.suppress(OSError):
        server.close()
