from __future__ import annotations

import errno
import hashlib
import json
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from echo_analytics import ConnectionFailed, InvalidInput
from echo_analytics.reports import folders
from echo_analytics.reports.history import history
from echo_analytics.reports.ledger import FileLedger
from echo_analytics.reports.publishing import Job, publish
from echo_analytics.reports.sweeping import BROKEN_OFF, sweep

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from echo_analytics.reports.ledger import Ledger
    from echo_analytics.reports.publishing import PublishedRun

JOB = Job("weekly", "2026-W25", {"zone": "UTC"}, last=date(2026, 6, 21))


class Maker:
    """Makes a file, and counts how often."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.calls = 0
        self.error = error

    def __call__(self, folder: Path) -> Mapping[str, object]:
        self.calls += 1
        (folder / "data").mkdir()
        (folder / "data" / "rows.csv").write_text("a\n1\n")
        (folder / "report.html").write_text(f"run {self.calls}")
        if self.error is not None:
            raise self.error
        return {"title": "Posts", "alt": {"report.html": "the page"}}


# Any: the options of publish.
def made(
    output: Path,
    ledger: Ledger,
    make: Maker,
    job: Job = JOB,
    **options: Any,  # noqa: ANN401
) -> PublishedRun:
    return publish(job, make, output=output, ledger=ledger, **options)


def test_a_run_is_put_in_place_with_a_manifest_of_its_files(tmp_path: Path, ledger: Ledger) -> None:
    run = made(tmp_path, ledger, Maker())
    assert run.made
    assert run.folder.parent == tmp_path / "weekly"
    assert (tmp_path / "weekly" / "latest").resolve() == run.folder
    told = json.loads((run.folder / "manifest.json").read_text())
    assert told == run.manifest
    assert [file["name"] for file in told["files"]] == ["data/rows.csv", "report.html"]
    for path, file in zip(run.files, told["files"], strict=True):
        content = path.read_bytes()
        assert file["sha256"] == hashlib.sha256(content).hexdigest()
        assert file["size"] == len(content)
    assert told["files"][1]["alt"] == "the page"
    [entry] = ledger.runs(JOB.key(tmp_path))
    assert (entry.status, entry.run_id, entry.folder) == ("published", run.run_id, str(run.folder))
    assert entry.finished is not None
    assert list((tmp_path / ".making").iterdir()) == []


def test_the_same_job_is_done_once_unless_forced(tmp_path: Path, ledger: Ledger) -> None:
    make = Maker()
    first = made(tmp_path, ledger, make)
    again = made(tmp_path, ledger, make)
    assert (again.made, again.folder, again.manifest) == (False, first.folder, first.manifest)
    other = made(tmp_path, ledger, make, replace(JOB, parameters={"zone": "Asia/Tokyo"}))
    forced = made(tmp_path, ledger, make, force=True)
    assert len({first.folder, other.folder, forced.folder}) == make.calls == 3
    assert (tmp_path / "weekly" / "latest").resolve() == forced.folder


def test_what_does_not_suffice_is_made_again(tmp_path: Path, ledger: Ledger) -> None:
    make = Maker()
    first = made(tmp_path, ledger, make)
    assert made(tmp_path, ledger, make, suffices=lambda told: "pdf" in told).made
    for path in sorted(first.folder.parent.glob("2026*")):
        folders.remove(path)
    assert made(tmp_path, ledger, make).made  # the files are gone
    unfinished = replace(JOB, period="2026-W26", complete=False)
    assert made(tmp_path, ledger, make, unfinished).made
    assert made(tmp_path, ledger, make, unfinished).made
    assert made(tmp_path, ledger, make, replace(unfinished, complete=True)).made
    assert not made(tmp_path, ledger, make, replace(unfinished, complete=True)).made


def test_latest_does_not_go_back_to_an_earlier_period(tmp_path: Path, ledger: Ledger) -> None:
    newest = made(tmp_path, ledger, Maker())
    made(tmp_path, ledger, Maker(), replace(JOB, period="2026-W24", last=date(2026, 6, 14)))
    assert (tmp_path / "weekly" / "latest").resolve() == newest.folder


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ConnectionFailed("the server is gone"), "the server is gone"),
        (OSError(errno.ENOSPC, "No space left on device"), "No space left"),
        (ValueError("a value"), "unexpected ValueError"),
        (KeyboardInterrupt(), "stopped"),
    ],
)
def test_a_failure_is_kept_apart_and_leaves_the_last_good_report(
    tmp_path: Path, ledger: Ledger, error: BaseException, said: str
) -> None:
    good = made(tmp_path, ledger, Maker())
    with pytest.raises(type(error)):
        made(tmp_path, ledger, Maker(error), force=True)
    assert (tmp_path / "weekly" / "latest").resolve() == good.folder
    assert [path.name for path in (tmp_path / "weekly").iterdir() if not path.is_symlink()] == [
        good.folder.name
    ]
    [kept] = (tmp_path / "failed").iterdir()
    assert (kept / "data" / "rows.csv").exists()
    told = json.loads((kept / "error.json").read_text())
    assert said in told["error"]
    [failed, _] = ledger.runs(JOB.key(tmp_path))
    assert (failed.status, failed.folder) == ("failed", str(kept))
    assert said in (failed.error or "")
    table = history(tmp_path, ledger).to_pylist()
    assert {"failed", "published"} <= {row["status"] for row in table}
    assert any(said in (row["error"] or "") for row in table)
    # The next run is none the worse for it.
    assert made(tmp_path, ledger, Maker(), force=True).made


def test_a_ledger_that_is_lost_halfway_lets_nothing_be_published(
    tmp_path: Path, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(*_: object, **__: object) -> None:
        raise ConnectionFailed("the server is gone")

    monkeypatch.setattr(ledger, "check", lost)
    monkeypatch.setattr(ledger, "record", lost)
    with pytest.raises(ConnectionFailed):
        made(tmp_path, ledger, Maker())
    assert not (tmp_path / "weekly").exists()
    [row] = [row for row in history(tmp_path, None).to_pylist() if row["status"] == "failed"]
    assert row["error"] == "the server is gone"
    monkeypatch.undo()
    sweep(tmp_path, ledger)
    assert [run.status for run in ledger.runs(JOB.key(tmp_path))] == ["failed"]


def test_a_reason_is_kept_where_the_disk_is_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    making = tmp_path / "made"
    making.mkdir()
    (making / "large").write_text("x" * 100)
    (making / "small").write_text("x")
    write = folders.write_json

    def full(path: Path, value: object) -> None:
        if (path.parent / "large").exists():
            raise OSError(errno.ENOSPC, "No space left on device")
        write(path, value)

    monkeypatch.setattr(folders, "write_json", full)
    kept = folders.keep_failed(making, tmp_path, tmp_path / "weekly" / "run", {"error": "full"})
    assert folders.names(kept) == ("error.json", "small")


def test_two_at_once_make_one(tmp_path: Path) -> None:
    gate, calls = threading.Barrier(4), []

    def make(folder: Path) -> Mapping[str, object]:
        calls.append(folder)
        (folder / "report.html").write_text("one")
        return {}

    def run() -> None:
        gate.wait()
        publish(JOB, make, output=tmp_path, ledger=FileLedger(tmp_path))

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(calls) == 1


def test_a_job_that_somebody_else_does_for_long_is_given_up(tmp_path: Path, ledger: Ledger) -> None:
    with ledger.alone(JOB.key(tmp_path)), pytest.raises(InvalidInput, match="another"):
        made(tmp_path, ledger, Maker(), patience=0)
    assert made(tmp_path, ledger, Maker()).made


KILLED = """
import os, signal, sys
from pathlib import Path
from echo_analytics.reports import folders, publishing
from echo_analytics.reports.ledger import FileLedger
output, when = Path(sys.argv[1]), sys.argv[2]
def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)
def make(folder):
    (folder / "report.html").write_text("new")
    if when == "making":
        die()
    return {}
if when == "sealed":
    publishing.folders.put_in_place = die
if when == "in place":
    folders.link_latest = die
if when == "before the ledger":
    publishing.FileLedger = FileLedger
    FileLedger._change, change = (lambda self, do: die() if (output / "weekly").exists()
                                  else change(self, do)), FileLedger._change
job = publishing.Job("weekly", "2026-W25", {"zone": "UTC"})
publishing.publish(job, make, output=output, ledger=FileLedger(output))
"""


@pytest.mark.parametrize("when", ["making", "sealed", "in place", "before the ledger"])
def test_the_next_run_sweeps_up_after_one_that_was_killed(tmp_path: Path, when: str) -> None:
    dead = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path), when], check=False)
    assert dead.returncode == -signal.SIGKILL
    ledger, make = FileLedger(tmp_path), Maker()
    job = replace(JOB, last=None)
    assert [run.status for run in ledger.runs()] == ["running"]
    run = publish(job, make, output=tmp_path, ledger=ledger)
    complete = when in {"in place", "before the ledger"}
    assert run.made is not complete
    assert (tmp_path / "weekly" / "latest").resolve() == run.folder
    assert list((tmp_path / ".making").iterdir()) == []
    if not complete:
        [kept] = (tmp_path / "failed").iterdir()
        assert json.loads((kept / "error.json").read_text())["error"] == BROKEN_OFF
        assert [one.status for one in ledger.runs()] == ["published", "failed"]
    else:
        assert [one.status for one in ledger.runs()] == ["published"]


def test_what_others_are_making_is_not_swept(tmp_path: Path, ledger: Ledger) -> None:
    def make(folder: Path) -> Mapping[str, object]:
        made(tmp_path, ledger, Maker(), replace(JOB, period="2026-W24"))
        sweep(tmp_path, ledger)
        assert folder.is_dir()
        return {}

    if isinstance(ledger, FileLedger):
        assert publish(JOB, make, output=tmp_path, ledger=ledger).made


def test_deliveries_are_kept_beside_the_run(tmp_path: Path, ledger: Ledger) -> None:
    run = made(tmp_path, ledger, Maker())
    ledger.record(run.run_id, deliveries={"email": {"status": "sending"}})
    ledger.record(run.run_id, deliveries={"webhook": {"status": "sent"}})
    ledger.record(run.run_id, deliveries={"email": {"status": "sent"}})
    [entry] = ledger.runs(JOB.key(tmp_path))
    assert entry.deliveries == {"email": {"status": "sent"}, "webhook": {"status": "sent"}}
    assert entry.status == "published"


@pytest.mark.parametrize("name", ["", "../up", "a/b", ".hidden", "a b"])
def test_a_name_that_is_no_folder_is_refused(name: str) -> None:
    with pytest.raises(InvalidInput):
        Job(name, "2026-W25")
    with pytest.raises(InvalidInput):
        Job("weekly", name)


def test_latest_that_is_not_ours_is_left_alone(tmp_path: Path, ledger: Ledger) -> None:
    (tmp_path / "weekly" / "latest").mkdir(parents=True)
    with pytest.raises(InvalidInput, match="latest"):
        made(tmp_path, ledger, Maker())
    assert [path.name for path in (tmp_path / "weekly").iterdir()] == ["latest"]
