"""The folders of runs: made apart, sealed with a manifest, put in place, or kept as failed."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import shutil
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

MANIFEST = "manifest.json"
ERROR = "error.json"
LATEST = "latest"
MAKING = ".making"
FAILED = "failed"

_BLOCK = 1 << 20


def making(output: Path, key: str, run_id: str) -> Path:
    """Return where the files of a run are made."""
    return output / MAKING / f"{key}-{run_id}"


def being_made(output: Path) -> Iterator[tuple[Path, str, str]]:
    """Return the folders in which files are or were made, with the key and the id of the run."""
    for path in sorted((output / MAKING).glob("*-*")):
        key, _, run_id = path.name.partition("-")
        yield path, key, run_id


# Any: JSON.
def seal(folder: Path, told: Mapping[str, object]) -> dict[str, Any]:
    """Write the manifest of a folder: what is told, and each file with its size and SHA-256.

    Of what is told, ``alt`` says what pictures show, by name and in the order of the report; it
    goes to the files, which come in that order after all others.

    What is written is on the disk when this returns, so that a power cut cannot leave a folder in
    place whose files are empty.
    """
    given = told.get("alt")
    alt = given if isinstance(given, dict) else {}
    there = names(folder)
    ordered = [
        *(name for name in there if name not in alt),
        *(name for name in alt if name in there),
    ]
    files = [
        _described(folder, name) | ({"alt": alt[name]} if name in alt else {}) for name in ordered
    ]
    rest = {name: value for name, value in told.items() if name != "alt"}
    whole = {**rest, "finished": datetime.now(UTC).isoformat(), "files": files}
    write_json(folder / MANIFEST, whole)
    _flushed(folder / MANIFEST)
    read = manifest(folder)
    assert read is not None  # noqa: S101 - written just now
    return read


# Any: JSON.
def manifest(folder: Path) -> dict[str, Any] | None:
    """Return what the manifest of a folder says, None where there is none."""
    try:
        found = json.loads((folder / MANIFEST).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def put_in_place(made: Path, place: Path) -> None:
    """Move a sealed folder to its place, and let ``latest`` lead to it, unless that is later."""
    place.parent.mkdir(parents=True, exist_ok=True)
    made.rename(place)
    _flushed(place.parent)
    link_latest(place)


def link_latest(place: Path) -> None:
    """Let ``latest`` lead to a folder in one step, unless it leads to a later period."""
    latest = place.parent / LATEST
    before, now = manifest(latest), manifest(place)
    if before and now and _order(before) > _order(now):
        return
    temporary = place.parent / f".{LATEST}-{place.name}"
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(place.name)
    temporary.replace(latest)


def keep_failed(made: Path, output: Path, place: Path, told: Mapping[str, object]) -> Path:
    """Move what there is of a run to ``failed/``, with why it failed; return where it is.

    Whatever cannot be done is left out: a full disk, for instance, takes the largest file with it,
    so that the reason can be kept.
    """
    kept = _failed_place(output, place)
    try:
        kept.parent.mkdir(exist_ok=True)
        if made.is_dir():
            made.rename(kept)
        else:
            kept.mkdir(exist_ok=True)
    except OSError:
        return made
    while True:
        try:
            write_json(kept / ERROR, told)
        except OSError as error:
            if error.errno not in {errno.ENOSPC, errno.EDQUOT} or not _remove_largest(kept):
                return kept
        else:
            return kept


# Any: JSON.
def failure(output: Path, place: Path, run_id: str) -> tuple[Path, dict[str, Any]] | None:
    """Return where a run was kept that failed, and what is told of it; None where it was not."""
    kept = _failed_place(output, place)
    try:
        found = json.loads((kept / ERROR).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return (kept, found) if isinstance(found, dict) and found.get("run") == run_id else None


def _failed_place(output: Path, place: Path) -> Path:
    return output / FAILED / "_".join((*place.parent.relative_to(output).parts, place.name))


# Any: JSON.
def files_of(told: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names of the files that a manifest has, and its own."""
    return (*(file["name"] for file in told["files"]), MANIFEST)


def names(folder: Path) -> tuple[str, ...]:
    """Return the files of a folder and those below it, by name."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return tuple(sorted(path.relative_to(folder).as_posix() for path in found))


def write_json(path: Path, value: object) -> None:
    """Write JSON that people can read too."""
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False, default=str) + "\n", "utf-8")


def remove(folder: Path) -> None:
    """Remove a folder with all there is in it."""
    shutil.rmtree(folder, ignore_errors=True)


# Any: JSON.
def _order(told: Mapping[str, Any]) -> str:
    return str(told.get("last") or "")


def _described(folder: Path, name: str) -> dict[str, object]:
    digest = hashlib.sha256()
    with (folder / name).open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
        os.fsync(file.fileno())
        size = file.tell()
    return {"name": name, "size": size, "sha256": digest.hexdigest()}


def _flushed(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        # Not every file system does it for folders.
        with contextlib.suppress(OSError):
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove_largest(folder: Path) -> bool:
    files = [path for path in folder.rglob("*") if path.is_file()]
    if not files:
        return False
    max(files, key=lambda path: path.stat().st_size).unlink()
    return True
