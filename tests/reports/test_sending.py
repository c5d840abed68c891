"""Reports on their way to readers, from the command line to a mail server in this process."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from fake_servers import listening
from mail_servers import MailServer, mail_server, replying

import echo_analytics as echo
from echo_analytics import supervision
from echo_analytics.cli import limits
from echo_analytics.errors import NotSupported, TimedOut
from echo_analytics.reports import checks
from echo_analytics.reports.formats.writing import check_tools
from echo_analytics.reports.ledger import open_ledger

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator

    from echo_analytics.reports.fetching import Fetched

    from .conftest import Ended

WEEK = ("weekly", "--period", "2026-W25", "--format", "html", "--output", "out")
TEAM = ("--email", "team@example.org", "--email", "boss@example.org")


@pytest.fixture(scope="module")
def running() -> Iterator[MailServer]:
    with mail_server() as server:
        yield server


@pytest.fixture
def server(running: MailServer, monkeypatch: pytest.MonkeyPatch) -> MailServer:
    """A server without what it got before, in the environment of the command."""
    running.mails.clear()
    running.to_recipients.clear()
    monkeypatch.setenv("ECHO_SMTP_PORT", str(running.port))
    return running


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "ECHO_SMTP_HOST": "127.0.0.1",
        "ECHO_SMTP_SECURITY": "none",
        "ECHO_MAIL_FROM": "reports@example.org",
        "ECHO_DELIVERY_ATTEMPTS": "2",
        "ECHO_DELIVERY_WAIT": "0",
        # Without pictures it is quicker.
        "BROWSER_PATH": "/nowhere",
    }.items():
        monkeypatch.setenv(name, value)


def states(url: str, folder: Path) -> list[dict[str, str]]:
    """What the ledger has of who got what, run by run."""
    with echo.connect(url) as db:
        runs = open_ledger(db, folder).runs()
    told: list[dict[str, Any]] = [dict(run.deliveries) for run in runs if str(folder) in run.folder]
    return [{name: entry["state"] for name, entry in each.items()} for each in told]


def test_a_report_is_sent_once(
    command: Callable[..., Ended], server: MailServer, url: str, tmp_path: Path
) -> None:
    first = command(*WEEK, *TEAM)
    assert first.code == 0
    assert "email to team@example.org: sent\n" in first.out
    assert len(server.mails) == 1
    mail = server.mail()
    (folder,) = (tmp_path / "out" / "weekly").glob("2026-W25_*")
    manifest = json.loads((folder / "manifest.json").read_text())
    assert mail["message-id"] == f"<echo-report.{manifest['run']}@example.org>"
    text = mail.get_body(("plain",))
    assert text is not None
    assert all(sentence in text.get_content() for sentence in manifest["summary"])
    assert "Week 25 of 2026 (15 – 21 June 2026), days of UTC" in text.get_content()
    # What is unusual is among it.
    assert manifest["sections"][2]["sentences"][0] in manifest["summary"]
    assert [part.get_filename() for part in mail.iter_attachments()] == ["report.html"]
    assert "the e-mail will have no charts in it" in first.err
    again = command(*WEEK, *TEAM)
    assert again.code == 0
    assert "email to boss@example.org: was sent before" in again.out
    assert len(server.mails) == 1
    sent = {"email team@example.org": "sent", "email boss@example.org": "sent"}
    assert states(url, tmp_path) == [sent]
    listed = command("list", "--output", "out", "--format", "json")
    assert json.loads(json.loads(listed.out)[0]["deliveries"])["email team@example.org"]


def test_the_charts_stand_in_the_e_mail(
    command: Callable[..., Ended],
    server: MailServer,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.delenv("BROWSER_PATH")
    try:
        check_tools(("png",))
    except NotSupported:
        pytest.skip("no Chromium or Chrome here: scripts/install-chromium.sh installs one")
    assert command(*WEEK, *TEAM).code == 0
    pictures = [part for part in server.mail().walk() if part.get_content_type() == "image/png"]
    page = server.mail().get_body(("html",))
    assert page is not None
    assert len(pictures) >= 3
    for picture in pictures:
        assert picture.get_content().startswith(b"\x89PNG")
        assert f'src="cid:{picture["content-id"].strip("<>")}"' in page.get_content()
    assert 'alt="' in page.get_content()
    # In the order of the report.
    (manifest,) = tmp_path.glob("out/weekly/2026-W25_*/manifest.json")
    drawn = [
        each["name"] for each in json.loads(manifest.read_text())["sections"] if each["figure"]
    ]
    assert [picture.get_filename() for picture in pictures] == [f"{name}.png" for name in drawn]
    # They are no reason to make it again, nor to miss them.
    monkeypatch.setenv("BROWSER_PATH", "/nowhere")
    assert "was there already" in command(*WEEK, *TEAM).out


def test_a_report_that_fails_keeps_none_of_the_others_from_their_readers(
    command: Callable[..., Ended],
    server: MailServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def check(report: Fetched, page: str) -> None:
        if report.period.name == "2026-W24":
            raise checks.ReportIncomplete("the page has 0 charts instead of 8")
        check_html(report, page)

    check_html = checks.check_html
    monkeypatch.setattr(checks, "check_html", check)
    due = ("weekly", "--due", "--catch-up", "3", "--format", "html", "--output", "out", *TEAM)
    ended = command(*due, "--now", "2026-06-24T06:00:00Z", "--quiet")
    assert (ended.code, ended.out) == (1, "")
    assert "that was the report for 2026-W24" in ended.err
    assert "the page has 0 charts instead of 8" in ended.err
    assert [server.mail(number)["subject"] for number in range(2)] == [
        "Weekly report: 2026-W23",
        "Weekly report: 2026-W25",
    ]
    assert len(list((tmp_path / "out" / "failed").iterdir())) == 1
    # That it was not made weighs more than that another was not sent.
    server.to_recipients["boss@example.org"] = ["550 no such person"] * 9
    failed = command(*due, "--now", "2026-06-24T06:00:00Z", "--force")
    assert failed.code == 1
    assert "and so failed another: the report is published, but not delivered" in failed.err
    monkeypatch.setattr(checks, "check_html", check_html)
    server.to_recipients.clear()
    assert command(*due, "--now", "2026-06-24T06:00:00Z").code == 0
    # The others go to the one who has not got them.
    assert [server.mail(number)["subject"] for number in (-3, -2, -1)] == [
        *("Weekly report: 2026-W23", "Weekly report: 2026-W24", "Weekly report: 2026-W25")
    ]
    assert [to for to, _ in server.mails[-3:]] == [[TEAM[3]], [TEAM[1], TEAM[3]], [TEAM[3]]]


def test_who_was_refused_gets_it_the_next_time(
    command: Callable[..., Ended], server: MailServer, url: str, tmp_path: Path
) -> None:
    server.to_recipients["boss@example.org"] = ["550 no such person"]
    ended = command(*WEEK, *TEAM)
    assert ended.code == 4
    assert "boss@example.org: refused (recipient: 550 no such person)" in ended.err
    assert (tmp_path / "out" / "weekly" / "latest" / "manifest.json").exists()
    assert states(url, tmp_path) == [
        {"email team@example.org": "sent", "email boss@example.org": "refused"}
    ]
    assert command(*WEEK, *TEAM).code == 0
    assert [recipients for recipients, _ in server.mails] == [
        *(["team@example.org"], ["boss@example.org"])
    ]


def test_a_process_that_is_killed_while_it_sends_leaves_a_doubt(
    command: Callable[..., Ended],
    server: MailServer,
    url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    killed: list[subprocess.Popen[bytes]] = []

    def serve(client: socket.socket) -> None:
        client.sendall(b"220 here\r\n")
        inside = False
        for line in client.makefile("rb"):
            if line == b".\r\n":
                killed[0].kill()
                return
            if not inside:
                inside = line == b"DATA\r\n"
                client.sendall(b"354 go\r\n" if inside else b"250 OK\r\n")

    words = [sys.executable, "-m", "echo_analytics", "--database", url, "report", *WEEK, *TEAM[:2]]
    with listening(serve) as port:
        variables = {**os.environ, "ECHO_SMTP_PORT": str(port)}
        killed.append(subprocess.Popen(words, cwd=tmp_path, env=variables))
        assert killed[0].wait() == -9
    assert states(url, tmp_path) == [{"email team@example.org": "sending"}]
    monkeypatch.setenv("ECHO_SMTP_PORT", str(server.port))
    ended = command(*WEEK, *TEAM[:2])
    assert ended.code == 5
    assert "team@example.org: uncertain" in ended.err
    assert server.mails == []
    assert len(states(url, tmp_path)) == 1


@pytest.mark.parametrize(
    ("option", "problem"),
    [
        (("--email", "a@b\nBcc: c@d"), "--email: "),
        (("--webhook", "http://example.org/"), "--webhook: needs https"),
        (("--timeout", "0"), "--timeout: needs seconds"),
    ],
)
def test_a_wrong_target_is_refused_before_anything_is_made(
    option: tuple[str, str], problem: str, command: Callable[..., Ended], tmp_path: Path
) -> None:
    ended = command(*WEEK, *option)
    assert ended.code == 2
    assert problem in ended.err
    assert not (tmp_path / "out").exists()


def test_without_a_mail_server_nothing_is_made(
    command: Callable[..., Ended], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ECHO_SMTP_HOST")
    ended = command(*WEEK, *TEAM)
    assert (ended.code, "ECHO_SMTP_HOST" in ended.err) == (2, True)
    assert not (tmp_path / "out").exists()


def test_the_summary_is_posted_once(
    command: Callable[..., Ended], url: str, tmp_path: Path
) -> None:
    with replying(lambda _: b"HTTP/1.1 204 No Content\r\n\r\n") as (port, seen):
        target = ("--webhook", f"http://127.0.0.1:{port}/T0P-SECRET")
        ended = command(*WEEK, *target)
        assert command(*WEEK, *target).code == 0
    assert ended.code == 0
    assert "T0P-SECRET" not in ended.out + ended.err + str(states(url, tmp_path))
    assert json.loads(seen[0].partition(b"\r\n\r\n")[2])["period"] == "2026-W25"
    assert len(seen) == 1


def worker() -> int:
    """The process that works for a command with a limit, once there is one."""
    for pid in supervision.descendants(os.getpid()):
        with contextlib.suppress(OSError):
            if b"2026-W25" in Path(f"/proc/{pid}/cmdline").read_bytes():
                return pid
    raise AssertionError("nobody works")


def wait_until(found: Callable[[], bool]) -> None:
    for _ in range(3_000):
        if found():
            return
        time.sleep(0.02)
    raise AssertionError("it did not happen")


def test_a_mail_server_that_hangs_does_not_hang_the_job(
    command: Callable[..., Ended], url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def serve(client: socket.socket) -> None:
        # The time is over now, and the server says nothing.
        os.kill(worker(), signal.SIGALRM)
        client.recv(1)

    with listening(serve) as port:
        monkeypatch.setenv("ECHO_SMTP_PORT", str(port))
        monkeypatch.setenv("ECHO_DELIVERY_TIMEOUT", "600")
        assert command(*WEEK, *TEAM[:2], "--timeout", "600").code == supervision.TIMED_OUT
    # Nothing was handed over: there is no doubt.
    assert states(url, tmp_path) == [{"email team@example.org": "failed"}]


def making(folder: Path) -> bool:
    return bool(list((folder / "out" / ".making").glob("*")))


def test_a_database_that_hangs_does_not_hang_the_job(
    command: Callable[..., Ended], url: str, tmp_path: Path
) -> None:
    def end() -> None:
        wait_until(lambda: making(tmp_path))
        os.kill(worker(), signal.SIGALRM)

    thread = threading.Thread(target=end)
    with echo.connect(url) as db, db.transaction() as connection:
        connection.exec_driver_sql("LOCK TABLE public.posts IN ACCESS EXCLUSIVE MODE")
        thread.start()
        assert command(*WEEK, "--timeout", "600").code == supervision.TIMED_OUT
    thread.join()
    listed = json.loads(command("list", "--output", "out", "--format", "json").out)
    (run,) = (run for run in listed if str(tmp_path) in run["folder"])
    assert (run["status"], run["error"]) == ("failed", "stopped after 600 s, as --timeout says")
    assert command(*WEEK).code == 0


def test_the_run_of_a_process_that_had_to_be_killed_is_a_failed_one(
    command: Callable[..., Ended], url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(words: list[str], _seconds: float) -> int:
        variables = {**os.environ, supervision.VARIABLE: str(os.getpid())}
        with subprocess.Popen(words, env=variables) as child:
            wait_until(lambda: making(tmp_path))
            child.kill()
        raise TimedOut("stopped after 600 s, as --timeout says")

    monkeypatch.setattr(limits, "supervise", killed)
    with echo.connect(url) as db, db.transaction() as connection:
        connection.exec_driver_sql("LOCK TABLE public.posts IN ACCESS EXCLUSIVE MODE")
        ended = command(*WEEK, "--timeout", "600")
    assert ended.code == supervision.TIMED_OUT
    assert "stopped after 600 s, as --timeout says" in ended.err
    with echo.connect(url) as db:
        (run,) = (r for r in open_ledger(db, tmp_path).runs() if str(tmp_path) in r.folder)
    assert (run.status, run.error) == ("failed", "stopped after 600 s, as --timeout says")
    assert list((tmp_path / "out" / "failed").iterdir())
