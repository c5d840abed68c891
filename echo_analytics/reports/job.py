"""What is to be made, and what was made."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from echo_analytics.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from pathlib import Path

_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be made: the same job is done once.

    Parameters
    ----------
    report
        The name of the report: letters, digits, dots, dashes and underscores.
    period
        The name of its period, such as ``2026-W25``; the same letters.
    parameters
        What else it depends on, as JSON has it.
    last
        The last day of the period: ``latest`` leads to the run with the latest one.
    complete
        Whether the period is over. The report of one that is not is made again when asked for.
    group
        A folder within that of the report, for reports that are about one of many things.
    source
        Where its data are from, ``db.where`` for instance, if the ledger cannot know it.
    """

    report: str
    period: str
    parameters: Mapping[str, object] = field(default_factory=dict)
    last: date | None = None
    complete: bool = True
    group: str | None = None
    source: str = ""

    def __post_init__(self) -> None:
        """Refuse what cannot be the name of a folder."""
        for name in ("report", "period", "group"):
            value = getattr(self, name)
            if value is not None and not _WORD.fullmatch(value):
                raise InvalidInput(name, "needs letters, digits, dots, dashes and underscores")

    def key(self, output: Path) -> str:
        """Return what the ledger knows the job by."""
        told = [self.report, self.period, self.group, dict(self.parameters), self.source]
        told.append(str(output))
        text = json.dumps(told, sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()[:32]

    def home(self, output: Path) -> Path:
        """Return the folder that its runs stand in."""
        return output / self.report / self.group if self.group else output / self.report


@dataclass(frozen=True, slots=True)
class PublishedRun:
    """A report that is in place.

    Parameters
    ----------
    run_id
        A UUID, as the ledger has it.
    folder
        Where its files are.
    manifest
        What ``manifest.json`` says.
    made
        Whether it was made just now; False where it was there already.
    """

    run_id: str
    folder: Path
    manifest: Mapping[str, Any]  # JSON
    made: bool

    @property
    def files(self) -> tuple[Path, ...]:
        """The files, without the manifest."""
        return tuple(self.folder / file["name"] for file in self.manifest["files"])
