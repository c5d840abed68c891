"""A published report as delivery sees it: its folder, read by its manifest and checked again."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import quote

from echo_analytics.errors import DeliveryFailed

if TYPE_CHECKING:
    from collections.abc import Mapping

MANIFEST = "manifest.json"

_BLOCK = 1 << 20


@dataclass(frozen=True)
class ReportFile:
    """One file of a report.

    Parameters
    ----------
    name
        Its path inside the folder, with slashes.
    path
        Where it is.
    size
        Bytes.
    sha256
        The checksum that the manifest gives, in hexadecimal.
    alt
        What a picture shows; empty for other files.
    """

    name: str
    path: Path
    size: int
    sha256: str
    alt: str = ""

    @property
    def ending(self) -> str:
        """The part of the name after its last dot, in small letters."""
        return PurePosixPath(self.name).suffix.lstrip(".").lower()


@dataclass(frozen=True)
class Parcel:
    """What is delivered of one run.

    Parameters
    ----------
    run_id
        The run's own name, the same each time that this run is delivered.
    report, title, period, zone
        As the manifest has them; the zone is empty where it has none.
    summary
        Sentences, the most important one first.
    folder
        Where the files are.
    place
        The same below the output folder, with slashes.
    files
        The files for readers, in the order of the manifest.
    pictures
        Charts as PNG, for the body of an e-mail.
    words
        The period as people call it; empty where the manifest has only its name.
    """

    run_id: str
    report: str
    title: str
    period: str
    zone: str
    summary: tuple[str, ...]
    folder: Path
    place: str
    files: tuple[ReportFile, ...]
    pictures: tuple[ReportFile, ...] = ()
    words: str = ""

    def link(self, name: str, base_url: str | None) -> str:
        """Return where a reader finds a file: below ``base_url``, else its path here."""
        if base_url is None:
            return str(self.folder / name)
        return f"{base_url}/{quote(self.place)}/{quote(name)}"


def read_parcel(folder: Path, output: Path | None = None) -> Parcel:
    """Read the manifest of a folder, and check that every file is the one it describes.

    Parameters
    ----------
    folder
        A run's folder, or a link to it.
    output
        The folder that is served at ``ECHO_REPORTS_URL``; else the one that the run's is in.

    Raises
    ------
    DeliveryFailed
        There is no manifest or no sense in it, or a file is missing or another one.
    """
    # The folder may be reached by a link that moves on to a newer run.
    folder = folder.resolve()
    root = folder.parent if output is None else output.resolve()
    try:
        content = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        files = tuple(_file(folder, told) for told in content["files"])
        return Parcel(
            run_id=str(content["run"]),
            report=str(content["report"]),
            title=str(content["title"]),
            period=str(content["period"]),
            zone=str(content.get("zone", "")),
            summary=tuple(str(sentence) for sentence in content["summary"]),
            folder=folder,
            place=folder.relative_to(root).as_posix(),
            files=tuple(file for file in files if file.ending != "png"),
            pictures=tuple(file for file in files if file.ending == "png"),
            words=str(content.get("words") or ""),
        )
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        reason = f"{folder / MANIFEST} cannot be used ({type(error).__name__})"
        raise DeliveryFailed(reason) from None


def _file(folder: Path, told: Mapping[str, object]) -> ReportFile:
    name = str(told["name"])
    inside = PurePosixPath(name)
    if inside.is_absolute() or ".." in inside.parts or not name.isprintable():
        raise ValueError(name)
    path = folder / inside
    found, size = _checksum(path), path.stat().st_size
    if (size, found) != (told["size"], told["sha256"]):
        raise DeliveryFailed(f"{path} is not the file that was published")
    return ReportFile(name, path, size, found, str(told.get("alt", "")))


def _checksum(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()
