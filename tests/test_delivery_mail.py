"""E-mail, to a real server in this process."""

from __future__ import annotations

import dataclasses
import hashlib
import re
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import trustme
from fake_servers import silent
from mail_servers import (
    PASSWORD,
    PNG,
    USER,
    MailServer,
    Notes,
    breaking_server,
    mail_server,
    published,
)

from echo_analytics.delivery import DeliverySettings, MailSettings, deliver, read_parcel
from echo_analytics.errors import DeliveryFailed, DeliveryUncertain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from echo_analytics.delivery import Delivered, Parcel

NOW = datetime(2026, 6, 22, 6, tzinfo=UTC)
TEAM = ("team@example.org", "boss@example.org")
PATIENT = DeliverySettings(timeout=5, attempts=3, wait=0)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def ca_path(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


@pytest.fixture(scope="module")
def encrypted(authority: trustme.CA) -> Iterator[MailServer]:
    with mail_server(authority.issue_cert("localhost"), login=True) as server:
        yield server


@pytest.fixture
def server(encrypted: MailServer) -> MailServer:
    """The server by STARTTLS and login, without what it got before."""
    encrypted.mails.clear()
    encrypted.to_recipients.clear()
    encrypted.to_message.clear()
    encrypted.asked = 0
    return encrypted


@pytest.fixture
def mail(server: MailServer, ca_path: str) -> MailSettings:
    return MailSettings(
        host="localhost",
        port=server.port,
        from_address="reports@example.org",
        from_name="Echo reports",
        user=USER,
        password=PASSWORD,
        ca_file=ca_path,
    )


@pytest.fixture
def parcel(tmp_path: Path) -> Parcel:
    return read_parcel(published(tmp_path / "2026-W25-run"))


@pytest.fixture
def send(parcel: Parcel) -> Callable[..., list[Delivered]]:
    def sent(
        mail: MailSettings,
        notes: Notes | None = None,
        emails: tuple[str, ...] = TEAM,
        settings: DeliverySettings = PATIENT,
    ) -> list[Delivered]:
        register = Notes() if notes is None else notes
        return deliver(parcel, register, emails=emails, mail=mail, settings=settings, now=NOW)

    return sent


def plain(port: int) -> MailSettings:
    return MailSettings("127.0.0.1", "reports@example.org", security="none", port=port)


def test_a_report_arrives_as_text_as_a_page_and_with_its_files(
    server: MailServer, mail: MailSettings, send: Callable[..., list[Delivered]], parcel: Parcel
) -> None:
    assert [each.state for each in send(mail)] == ["sent", "sent"]
    ((recipients, _),) = server.mails
    assert recipients == list(TEAM)
    found = server.mail()
    assert found["subject"] == "The week: 2026-W25"
    assert found["from"] == "Echo reports <reports@example.org>"
    assert found["to"] == ", ".join(TEAM)
    assert found["message-id"] == "<echo-report.7b0f@example.org>"
    assert found["date"].datetime == NOW
    text, page = found.get_body(("plain",)), found.get_body(("html",))
    assert text is not None
    assert page is not None
    assert "Posts fell 12 % to 1,204." in text.get_content().splitlines()
    assert "3 authors &lt;b&gt;are&lt;/b&gt; new." in page.get_content()
    attached = {part.get_filename(): part.get_content() for part in found.iter_attachments()}
    assert list(attached) == ["report.pdf", "report.html", "report.xlsx", "data-posts.csv"]
    for file in parcel.files:
        content = attached[file.name.replace("/", "-")]
        content = content.encode() if isinstance(content, str) else content
        assert hashlib.sha256(content).hexdigest() == file.sha256


def test_the_page_shows_its_pictures_from_inside_the_message(
    server: MailServer, mail: MailSettings, send: Callable[..., list[Delivered]]
) -> None:
    send(mail)
    (picture,) = (part for part in server.mail().walk() if part.get_content_type() == "image/png")
    assert picture.get_content() == PNG
    page = server.mail().get_body(("html",))
    assert page is not None
    name = picture["content-id"].strip("<>")
    assert f'<img src="cid:{name}" alt="Posts by day"' in page.get_content()


def test_files_beyond_the_limit_are_links(
    server: MailServer, mail: MailSettings, send: Callable[..., list[Delivered]]
) -> None:
    settings = dataclasses.replace(PATIENT, base_url="https://reports.example.org/echo")
    # The picture takes 96 bytes and the PDF 67; the page would not fit any more.
    send(dataclasses.replace(mail, attach_limit=170 / 1_000_000), settings=settings)
    found = server.mail()
    assert [part.get_filename() for part in found.iter_attachments()] == ["report.pdf"]
    text = found.get_body(("plain",))
    assert text is not None
    assert "report.pdf (49 bytes): attached" in text.get_content()
    link = "https://reports.example.org/echo/2026-W25-run/data/posts.csv"
    assert f"data/posts.csv (24 bytes): {link}" in text.get_content()
    page = found.get_body(("html",))
    assert page is not None
    assert f'<a href="{link}"' in page.get_content()


def test_pictures_beyond_the_limit_are_left_out(
    server: MailServer, mail: MailSettings, send: Callable[..., list[Delivered]]
) -> None:
    send(dataclasses.replace(mail, attach_limit=90 / 1_000_000))
    page = server.mail().get_body(("html",))
    assert page is not None
    assert "<img" not in page.get_content()
    assert not [part for part in server.mail().walk() if part.get_content_type() == "image/png"]


def test_only_the_endings_that_are_asked_for_are_attached(
    server: MailServer, mail: MailSettings, send: Callable[..., list[Delivered]], parcel: Parcel
) -> None:
    send(dataclasses.replace(mail, attach=("xlsx",)))
    found = server.mail()
    assert [part.get_filename() for part in found.iter_attachments()] == ["report.xlsx"]
    text = found.get_body(("plain",))
    assert text is not None
    assert f"report.pdf (49 bytes): {parcel.folder}/report.pdf" in text.get_content()


def test_texts_of_a_report_cannot_make_headers(
    server: MailServer, mail: MailSettings, tmp_path: Path
) -> None:
    title = "The week\r\nBcc: thief@example.org\u2028X: y\x00z"
    parcel = read_parcel(published(tmp_path / "evil", title=title, run="a\r\nb>", zone="\r\n.\r\n"))
    deliver(parcel, Notes(), emails=TEAM, mail=mail, settings=PATIENT)
    found = server.mail()
    assert found["subject"] == "The week Bcc: thief@example.org X: y z: 2026-W25"
    assert found["bcc"] is None
    assert found["x"] is None
    assert found["message-id"] == "<echo-report.a--b-@example.org>"
    assert server.mails[0][0] == list(TEAM)


def test_implicit_tls_works_too(
    authority: trustme.CA, ca_path: str, send: Callable[..., list[Delivered]]
) -> None:
    with mail_server(authority.issue_cert("localhost"), implicit=True) as server:
        send(
            MailSettings(
                "localhost", "r@example.org", security="tls", port=server.port, ca_file=ca_path
            )
        )
        assert len(server.mails) == 1


@pytest.mark.parametrize("change", [{"ca_file": None}, {"host": "127.0.0.1"}])
def test_a_certificate_that_is_not_trusted_ends_it_at_once(
    change: dict[str, str | None],
    server: MailServer,
    mail: MailSettings,
    send: Callable[..., list[Delivered]],
) -> None:
    notes = Notes()
    with pytest.raises(DeliveryFailed, match="its certificate is not trusted"):
        send(dataclasses.replace(mail, **change), notes)  # type: ignore[arg-type]  # strings
    assert server.asked == 0
    assert notes.history.count((TEAM[0], "sending")) == 1


def test_a_server_without_starttls_gets_nothing(send: Callable[..., list[Delivered]]) -> None:
    with mail_server() as server:
        settings = dataclasses.replace(plain(server.port), security="starttls")
        with pytest.raises(DeliveryFailed, match="TLS: the server does not offer it"):
            send(settings)
        assert server.asked == 0


def test_a_refused_login_shows_no_password(
    server: MailServer, mail: MailSettings, send: Callable[..., list[Delivered]]
) -> None:
    wrong = dataclasses.replace(mail, password="wr0ng-one")
    with pytest.raises(DeliveryFailed, match="login: 535") as raised:
        send(wrong)
    assert "wr0ng-one" not in f"{raised.value!r}{wrong!r}"
    assert "cmVwb3J0cw" not in str(raised.value)
    assert server.asked == 0


def test_a_temporary_refusal_is_tried_again_for_those_it_concerns(
    server: MailServer, mail: MailSettings, send: Callable[..., list[Delivered]]
) -> None:
    server.to_recipients["boss@example.org"] = ["451 try again later", "452 no room"]
    notes = Notes()
    assert [each.state for each in send(mail, notes)] == ["sent", "sent"]
    assert [recipients for recipients, _ in server.mails] == [[TEAM[0]], [TEAM[1]]]
    assert server.mail(0)["message-id"] == server.mail(1)["message-id"]
    assert [state for target, state in notes.history if target == TEAM[1]] == [
        *("sending", "failed", "sending", "failed", "sending", "sent")
    ]


def test_attempts_end(
    server: MailServer, mail: MailSettings, send: Callable[..., list[Delivered]]
) -> None:
    server.to_message += ["451 greylisted"] * 5
    with pytest.raises(DeliveryFailed, match=r"will be tried again .message: 451 greylisted"):
        send(mail, emails=TEAM[:1])
    assert server.asked == PATIENT.attempts


def test_who_is_refused_is_named_and_the_others_get_it(
    server: MailServer, mail: MailSettings, send: Callable[..., list[Delivered]]
) -> None:
    server.to_recipients["boss@example.org"] = ["550 no such person"] * 9
    notes = Notes()
    with pytest.raises(DeliveryFailed) as raised:
        send(mail, notes)
    assert "boss@example.org: refused (recipient: 550 no such person)" in str(raised.value)
    assert "team@" not in str(raised.value)
    assert server.asked == 2
    assert notes.states == {("email", TEAM[0]): "sent", ("email", TEAM[1]): "refused"}


def test_the_next_run_sends_only_to_those_who_have_not_got_it(
    server: MailServer, mail: MailSettings, send: Callable[..., list[Delivered]]
) -> None:
    notes = Notes({("email", TEAM[0]): "sent", ("email", TEAM[1]): "failed"})
    assert [each.state for each in send(mail, notes)] == ["before", "sent"]
    assert [each.state for each in send(mail, notes)] == ["before", "before"]
    assert [recipients for recipients, _ in server.mails] == [[TEAM[1]]]


def test_what_is_found_as_being_sent_is_not_sent_again(
    server: MailServer, mail: MailSettings, send: Callable[..., list[Delivered]]
) -> None:
    notes = Notes({("email", TEAM[0]): "sending"})
    with pytest.raises(DeliveryUncertain, match=r"team@example\.org: uncertain"):
        send(mail, notes)
    assert [recipients for recipients, _ in server.mails] == [[TEAM[1]]]


@pytest.mark.parametrize("at", ["ehlo", "mail", "rcpt", "data", "--=="])
def test_a_server_that_hangs_up_before_the_end_is_tried_again(
    at: str, send: Callable[..., list[Delivered]], parcel: Parcel
) -> None:
    # More than lines hold on their way: sending it is what fails.
    (parcel.folder / "report.pdf").write_bytes(b"x" * 6_000_000)
    with breaking_server(at) as heard, pytest.raises(DeliveryFailed) as raised:
        send(plain(int(heard[0])), emails=TEAM[:1])
    assert not isinstance(raised.value, DeliveryUncertain)
    assert sum(line.startswith("ehlo") for line in heard) == PATIENT.attempts


def test_a_server_that_hangs_up_after_the_end_is_not_tried_again(
    send: Callable[..., list[Delivered]],
) -> None:
    notes = Notes()
    with breaking_server(".") as heard, pytest.raises(DeliveryUncertain, match="may have taken"):
        send(plain(int(heard[0])), notes, emails=TEAM[:1])
    assert heard.count("DATA") == 1
    assert notes.states == {("email", TEAM[0]): "sending"}


def test_a_server_that_does_not_answer_ends_in_time(send: Callable[..., list[Delivered]]) -> None:
    impatient = DeliverySettings(timeout=0.1, attempts=2, wait=0)
    with silent() as port, pytest.raises(DeliveryFailed, match="will be tried again"):
        send(plain(port), settings=impatient)


def test_no_server_is_tried_again_with_waits_that_double(
    send: Callable[..., list[Delivered]], monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    monkeypatch.setattr(time, "sleep", waits.append)
    with silent() as port:
        pass
    with pytest.raises(DeliveryFailed, match="Connection refused"):
        send(plain(port), settings=DeliverySettings(timeout=1, attempts=5, wait=9))
    assert waits == [9, 18, 36, 60]


def test_a_message_that_the_server_would_not_take_is_not_sent(
    parcel: Parcel, server: MailServer, mail: MailSettings, send: Callable[..., list[Delivered]]
) -> None:
    # The limit that aiosmtpd names is 33,554,432.
    (parcel.folder / "report.pdf").write_bytes(b"x" * 30_000_000)
    with pytest.raises(DeliveryFailed, match="the server takes 33554432"):
        send(mail)
    assert server.asked == 0


def test_the_example_of_the_documentation_sends_a_report(
    server: MailServer, ca_path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "reports" / "weekly").mkdir(parents=True)
    published(tmp_path / "reports" / "weekly" / "latest")
    monkeypatch.chdir(tmp_path)
    for name, value in {
        "ECHO_SMTP_HOST": "localhost",
        "ECHO_SMTP_PORT": str(server.port),
        "ECHO_SMTP_USER": USER,
        "ECHO_SMTP_PASSWORD": PASSWORD,
        "ECHO_SMTP_CA_FILE": ca_path,
        "ECHO_MAIL_FROM": "Reports <reports@example.org>",
    }.items():
        monkeypatch.setenv(name, value)
    text = (Path(__file__).parent.parent / "docs" / "delivering.md").read_text()
    (block,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    exec(block, {"register": Notes()})  # noqa: S102 - our own documentation
    assert [recipients for recipients, _ in server.mails] == [["team@example.org"]]


def test_every_variable_is_in_the_documentation() -> None:
    text = (Path(__file__).parent.parent / "docs" / "delivering.md").read_text()
    for settings in (MailSettings, DeliverySettings):
        names = set(re.findall(r"ECHO_[A-Z_]+", settings.__doc__ or ""))
        assert len(names) >= 4
        assert all(f"`{name}`" in text for name in names)
