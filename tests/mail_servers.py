"""Real mail servers in this process: good ones, and some that fail in a certain way."""

from __future__ import annotations

import contextlib
import hashlib
import json
import socket
import ssl
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from typing import TYPE_CHECKING, Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult
from fake_servers import listening

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Iterator
    from email.message import EmailMessage
    from pathlib import Path

    import trustme
    from aiosmtpd.smtp import Envelope, LoginPassword, Session

USER, PASSWORD = "reports", "s3cret-of-the-mail"
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
    "0000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)


@dataclass
class MailServer:
    """What a server got, and what it shall say."""

    port: int = 0
    mails: list[tuple[list[str], bytes]] = field(default_factory=list)
    # What it says to a recipient, one after the other; then it accepts.
    to_recipients: dict[str, list[str]] = field(default_factory=dict)
    to_message: list[str] = field(default_factory=list)
    asked: int = 0

    def mail(self, number: int = 0) -> EmailMessage:
        return message_from_bytes(self.mails[number][1], policy=policy.default)

    # The names and arguments are aiosmtpd's.
    async def handle_RCPT(  # noqa: N802
        self,
        _server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        self.asked += 1
        if waiting := self.to_recipients.get(address):
            return waiting.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        if self.to_message:
            return self.to_message.pop(0)
        content = envelope.content
        assert isinstance(content, bytes)
        self.mails.append(([str(address) for address in envelope.rcpt_tos], content))
        return "250 taken"


def _authenticate(
    _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: LoginPassword
) -> AuthResult:
    right = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=right, handled=False)


@contextlib.contextmanager
def mail_server(
    certificate: trustme.LeafCert | None = None, *, implicit: bool = False, login: bool = False
) -> Iterator[MailServer]:
    """A server that takes mail, by STARTTLS where there is a certificate."""
    server = MailServer()
    # Any: what aiosmtpd takes by name.
    options: dict[str, Any] = {}
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate.configure_cert(context)
        options = (
            {"ssl_context": context}
            if implicit
            else {"tls_context": context, "require_starttls": True}
        )
    if login:
        options |= {"auth_required": True, "authenticator": _authenticate}
    with socket.create_server(("127.0.0.1", 0)) as free:
        server.port = free.getsockname()[1]
    controller = Controller(server, hostname="127.0.0.1", port=server.port, **options)
    controller.start()
    try:
        yield server
    finally:
        controller.stop()
        loop: asyncio.AbstractEventLoop = controller.loop
        if not loop.is_closed():
            loop.close()


@contextlib.contextmanager
def breaking_server(at: str) -> Iterator[list[str]]:
    """A server that hangs up once a line begins with ``at``; gives its port and what it heard."""
    heard: list[str] = []

    def serve(client: socket.socket) -> None:
        client.sendall(b"220 here\r\n")
        inside = False
        for line in client.makefile("rb"):
            text = line.decode().rstrip("\r\n")
            heard.append(text)
            if text.lower().startswith(at):
                return
            if inside:
                continue
            inside = text == "DATA"
            client.sendall(b"354 go ahead\r\n" if inside else b"250 OK\r\n")

    with listening(serve) as port:
        heard.append(str(port))
        yield heard


@contextlib.contextmanager
def replying(reply: Callable[[bytes], bytes]) -> Iterator[tuple[int, list[bytes]]]:
    """An HTTP server that reads one request and sends what ``reply`` makes of it."""
    seen: list[bytes] = []

    def serve(client: socket.socket) -> None:
        stream = client.makefile("rb")
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            line = stream.readline()
            if not line:
                return
            head += line
        length = next(
            int(line.split(b":")[1])
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"content-length:")
        )
        request = head + stream.read(length)
        seen.append(request)
        client.sendall(reply(request))

    with listening(serve) as port:
        yield port, seen


def published(folder: Path, **changes: object) -> Path:
    """A folder as publishing leaves it, with a manifest."""
    folder.mkdir()
    contents = {
        "report.html": b"<!DOCTYPE html><p>report</p>",
        "report.pdf": b"%PDF-1.7\r\n.\r\nwith lines that SMTP would end at\n.\n",
        "report.xlsx": b"PK\x03\x04 not really",
        "data/posts.csv": b"day,posts\n2026-06-15,12\n",
        "pictures/posts.png": PNG,
    }
    for name, content in contents.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)
    manifest = {
        "run": "7b0f",
        "report": "weekly",
        "title": "The week",
        "period": "2026-W25",
        "zone": "Europe/Berlin",
        "summary": ["Posts fell 12 % to 1,204.", "3 authors <b>are</b> new."],
        "files": [
            {
                "name": name,
                "size": len(content),
                "sha256": hashlib.sha256(content).hexdigest(),
                **({"alt": "Posts by day"} if name.endswith(".png") else {}),
            }
            for name, content in contents.items()
        ],
        **changes,
    }
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


@dataclass
class Notes:
    """A register in memory, with the order of what was written down."""

    states: dict[tuple[str, str], str] = field(default_factory=dict)
    history: list[tuple[str, str]] = field(default_factory=list)

    def claim(self, channel: str, target: str) -> Any:  # noqa: ANN401 - one of three texts
        state = self.states.get((channel, target))
        if state in ("sent", "sending"):
            return state
        self.states[channel, target] = "sending"
        self.history.append((target, "sending"))
        return "mine"

    def settle(self, channel: str, target: str, state: str, _reason: str | None) -> None:
        if state != "unknown":
            self.states[channel, target] = state
        self.history.append((target, state))
