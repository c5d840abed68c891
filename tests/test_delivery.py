"""What delivery checks before it sends: addresses, settings, the folder."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mail_servers import published

from echo_analytics.delivery import DeliverySettings, MailSettings, read_parcel, recipients
from echo_analytics.errors import DeliveryFailed, InvalidInput

if TYPE_CHECKING:
    from pathlib import Path

MAIL = {"ECHO_SMTP_HOST": "mail.example.org", "ECHO_MAIL_FROM": "Reports <r@example.org>"}


def test_addresses_are_taken_once_in_order() -> None:
    given = ["team@example.org", "a.b+c@x.example", "TEAM@example.org", "x@bücher.example"]
    assert recipients("--email", given) == (
        *("team@example.org", "a.b+c@x.example", "x@xn--bcher-kva.example"),
    )


@pytest.mark.parametrize(
    "text",
    [
        *("", "team", "team@", "@example.org", "a@b@c", "a b@example.org", "a@exam ple.org"),
        *("a@example.org\r\nBcc: b@example.org", "a@example.org\n", "a@example.org,b@example.org"),
        *("<a@example.org>", "a@-example.org", "a..b@example.org", "ü@example.org", "a@b\x00.c"),
        *("a" * 65 + "@example.org", "a@" + "b." * 130 + "org", "a\u2028b@example.org"),
    ],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match=r"--email: '.*' is no address") as raised:
        recipients("--email", ["fine@example.org", text])
    assert str(raised.value).isprintable()


@settings(max_examples=200)
@given(st.text())
def test_no_text_gets_through_with_what_could_end_a_header(text: str) -> None:
    try:
        (found,) = recipients("--email", [text])
    except InvalidInput:
        return
    assert found.isascii()
    assert found.isprintable()
    assert not set(found) & set(' ,;<>"()[]:\\')


def test_the_settings_have_safe_defaults() -> None:
    mail = MailSettings.from_environment(MAIL)
    assert (mail.security, mail.port, mail.user) == ("starttls", 587, None)
    assert (mail.from_name, mail.from_address) == ("Reports", "r@example.org")
    assert DeliverySettings.from_environment({}) == DeliverySettings()


def test_every_setting_has_a_variable(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("s3cret\nnot this\n")
    (tmp_path / "ca.pem").touch()
    mail = MailSettings.from_environment(
        {
            **MAIL,
            "ECHO_SMTP_SECURITY": "tls",
            "ECHO_SMTP_USER": "someone",
            "ECHO_SMTP_PASSWORD_FILE": str(tmp_path / "password"),
            "ECHO_SMTP_CA_FILE": str(tmp_path / "ca.pem"),
            "ECHO_MAIL_ATTACH_LIMIT": "2.5",
            "ECHO_MAIL_ATTACH": "pdf, .XLSX",
        }
    )
    assert mail == MailSettings(
        "mail.example.org",
        "r@example.org",
        "Reports",
        "tls",
        465,
        "someone",
        "s3cret",
        str(tmp_path / "ca.pem"),
        2.5,
        ("pdf", "xlsx"),
    )
    assert "s3cret" not in repr(mail)
    assert "someone" not in repr(mail)
    assert DeliverySettings.from_environment(
        {
            "ECHO_DELIVERY_TIMEOUT": "7",
            "ECHO_DELIVERY_ATTEMPTS": "2",
            "ECHO_DELIVERY_WAIT": "0.5",
            "ECHO_REPORTS_URL": "https://r.example.org/x/",
        }
    ) == DeliverySettings(7, 2, 0.5, "https://r.example.org/x")


@pytest.mark.parametrize(
    "wrong",
    [
        {"ECHO_SMTP_HOST": ""},
        {"ECHO_SMTP_HOST": "a\r\nb"},
        {"ECHO_MAIL_FROM": ""},
        {"ECHO_MAIL_FROM": "x\r\nBcc: y <r@example.org>"},
        {"ECHO_SMTP_PORT": "0"},
        {"ECHO_SMTP_PORT": "25.5"},
        {"ECHO_SMTP_SECURITY": "ssl"},
        {"ECHO_SMTP_USER": "someone"},
        {"ECHO_SMTP_PASSWORD": "s3cret"},
        {"ECHO_SMTP_PASSWORD_FILE": "/nowhere"},
        {"ECHO_SMTP_CA_FILE": "/nowhere"},
        {"ECHO_MAIL_ATTACH_LIMIT": "-1"},
        {"ECHO_SMTP_SECURITY": "none", "ECHO_SMTP_USER": "u", "ECHO_SMTP_PASSWORD": "s3cret"},
    ],
)
def test_a_wrong_setting_of_the_mail_server_is_named(wrong: dict[str, str]) -> None:
    with pytest.raises(InvalidInput, match=next(iter(wrong))) as raised:
        MailSettings.from_environment({**MAIL, **wrong})
    assert "s3cret" not in str(raised.value)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("ECHO_DELIVERY_TIMEOUT", "0"),
        ("ECHO_DELIVERY_TIMEOUT", "soon"),
        ("ECHO_DELIVERY_ATTEMPTS", "1.5"),
        ("ECHO_DELIVERY_WAIT", "nan"),
        ("ECHO_REPORTS_URL", "reports.example.org"),
        ("ECHO_REPORTS_URL", "https://x\n"),
    ],
)
def test_a_wrong_setting_of_delivery_is_named(name: str, text: str) -> None:
    with pytest.raises(InvalidInput, match=name):
        DeliverySettings.from_environment({name: text})


def test_a_folder_is_read_by_its_manifest(tmp_path: Path) -> None:
    folder = published(tmp_path / "run 1")
    (tmp_path / "latest").symlink_to("run 1")
    parcel = read_parcel(tmp_path / "latest", tmp_path.parent)
    assert parcel.folder == folder
    assert [file.name for file in parcel.files] == [
        *("report.html", "report.pdf", "report.xlsx", "data/posts.csv"),
    ]
    assert [(file.name, file.alt) for file in parcel.pictures] == [
        ("pictures/posts.png", "Posts by day")
    ]
    assert parcel.link("data/a b.csv", "https://r.example") == (
        f"https://r.example/{tmp_path.name}/run%201/data/a%20b.csv"
    )


def test_a_file_that_was_changed_after_publishing_is_not_delivered(tmp_path: Path) -> None:
    folder = published(tmp_path / "run")
    (folder / "report.pdf").write_bytes(b"%PDF-1.7\r\n.\r\nwith lines that SMTP would end at\n.!")
    with pytest.raises(DeliveryFailed, match=r"report\.pdf is not the file that was published"):
        read_parcel(folder)


@pytest.mark.parametrize("name", ["../outside", "/etc/hostname", "a/../../outside", "no\nname"])
def test_a_manifest_cannot_send_files_from_elsewhere(tmp_path: Path, name: str) -> None:
    (tmp_path / "outside").write_text("secret")
    files = [{"name": name, "size": 6, "sha256": ""}]
    folder = published(tmp_path / "run", files=files)
    with pytest.raises(DeliveryFailed, match=r"manifest.json cannot be used"):
        read_parcel(folder)


def test_a_manifest_without_sense_is_refused(tmp_path: Path) -> None:
    folder = published(tmp_path / "run")
    for text in ("", "[]", "{}", json.dumps({"files": [1]}), json.dumps({"files": None})):
        (folder / "manifest.json").write_text(text)
        with pytest.raises(DeliveryFailed, match="cannot be used"):
            read_parcel(folder)
