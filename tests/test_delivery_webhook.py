"""The summary as JSON to a URL, to a real server in this process."""

from __future__ import annotations

import json
import ssl
from typing import TYPE_CHECKING

import pytest
import trustme
from fake_servers import listening, silent
from mail_servers import Notes, published, replying

from echo_analytics.delivery import DeliverySettings, deliver, read_parcel, webhook_url
from echo_analytics.errors import DeliveryFailed, DeliveryUncertain, InvalidInput

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from echo_analytics.delivery import Delivered, Parcel

SECRET = "T0K3N-of-the-hook"


def status(line: str, headers: str = "") -> bytes:
    return f"HTTP/1.1 {line}\r\n{headers}Content-Length: 0\r\nConnection: close\r\n\r\n".encode()


def url_at(port: int) -> str:
    return f"http://127.0.0.1:{port}/{SECRET}?key={SECRET}"


@pytest.fixture
def parcel(tmp_path: Path) -> Parcel:
    return read_parcel(published(tmp_path / "run"))


@pytest.fixture
def send(parcel: Parcel) -> Callable[..., list[Delivered]]:
    def sent(url: str, notes: Notes | None = None, timeout: float = 5) -> list[Delivered]:
        settings = DeliverySettings(timeout, attempts=3, wait=0, base_url="https://r.example")
        register = Notes() if notes is None else notes
        return deliver(parcel, register, webhooks=[url], settings=settings)

    return sent


def test_the_summary_arrives_as_json(send: Callable[..., list[Delivered]], parcel: Parcel) -> None:
    notes = Notes()
    with replying(lambda _: status("204 No Content")) as (port, seen):
        send(url_at(port), notes)
        assert [each.state for each in send(url_at(port), notes)] == ["before"]
    (request,) = seen
    head, _, body = request.partition(b"\r\n\r\n")
    assert head.startswith(f"POST /{SECRET}?key={SECRET} HTTP/1.1".encode())
    assert b"Content-Type: application/json" in head
    assert b"Idempotency-Key: 7b0f" in head.replace(b"Idempotency-key", b"Idempotency-Key")
    content = json.loads(body)
    assert content["period"] == "2026-W25"
    assert content["zone"] == "Europe/Berlin"
    assert content["summary"] == list(parcel.summary)
    assert content["text"].splitlines() == [
        "The week: 2026-W25 (Europe/Berlin)",
        *parcel.summary,
    ]
    assert content["files"][0] == {
        "name": "report.html",
        "size": 28,
        "sha256": parcel.files[0].sha256,
        "url": "https://r.example/run/report.html",
    }


def test_an_overloaded_server_is_asked_again(send: Callable[..., list[Delivered]]) -> None:
    answers = [status("503 Busy", "Retry-After: 0\r\n"), status("429 Slow"), status("200 OK")]
    with replying(lambda _: answers.pop(0)) as (port, seen):
        assert [each.state for each in send(url_at(port))] == ["sent"]
    assert len(seen) == 3


@pytest.mark.parametrize("line", ["404 Gone", "302 Found"])
def test_a_refusal_ends_it_at_once(line: str, send: Callable[..., list[Delivered]]) -> None:
    answer = status(line, "Location: http://127.0.0.1:1/\r\n")
    refused = pytest.raises(DeliveryFailed, match=f"refused .HTTP status {line[:3]}")
    with replying(lambda _: answer) as (port, seen), refused:
        send(url_at(port))
    assert len(seen) == 1


def test_a_server_that_takes_it_and_does_not_answer_leaves_a_doubt(
    send: Callable[..., list[Delivered]],
) -> None:
    notes = Notes()
    with replying(lambda _: b"") as (port, seen), pytest.raises(DeliveryUncertain):
        send(url_at(port), notes)
    assert len(seen) == 1
    assert list(notes.states.values()) == ["sending"]
    with silent() as port, pytest.raises(DeliveryUncertain, match="no answer came"):
        send(url_at(port), timeout=0.1)


def test_no_server_is_a_failure_that_shows_no_secret(send: Callable[..., list[Delivered]]) -> None:
    with silent() as port:
        pass
    notes = Notes()
    with pytest.raises(DeliveryFailed, match="Connection refused") as raised:
        send(url_at(port), notes)
    assert SECRET not in f"{raised.value!r}{notes.states}"
    assert raised.value.__cause__ is None


def test_a_certificate_that_is_not_trusted_is_refused(
    send: Callable[..., list[Delivered]],
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("localhost").configure_cert(context)
    asked = []

    def serve(client: object) -> None:
        asked.append(1)
        context.wrap_socket(client, server_side=True)  # type: ignore[arg-type]  # it is a socket

    with listening(serve) as port, pytest.raises(DeliveryFailed, match="is not trusted"):
        send(f"https://localhost:{port}/{SECRET}")
    assert asked == [1]


@pytest.mark.parametrize(
    "url",
    [
        *("http://hooks.example.org/x", "ftp://h/x", "https://", "hooks.example.org", "file:///x"),
        *("https://u:p@h/x", "https://h/x y", "https://h/\r\nX: y", "https://h:99999/x", ""),
        *("https://[::1/x", "https://höst/x", "http://localhost.evil.example/x"),
    ],
)
def test_what_may_not_be_posted_to_is_refused_without_showing_it(url: str) -> None:
    with pytest.raises(InvalidInput, match=r"^--webhook: ") as raised:
        webhook_url("--webhook", url)
    assert len(url) < 18 or url not in str(raised.value)


def test_https_and_this_machine_may_be_posted_to() -> None:
    for url in ("https://hooks.example.org/x?y=1", "http://localhost:8000/", "http://[::1]:1/"):
        assert webhook_url("--webhook", url) == url
