"""The charts of a report as pictures, drawn by a Chromium that is on the machine."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from echo_analytics.errors import MissingExtra, NotSupported

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from echo_analytics.reports.section import Part

FOLDER = "charts"

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_MAC = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
_WIDTH, _HEIGHT, _SCALE = 760, 400, 2.5


def pictures(parts: Sequence[Part], folder: Path) -> Mapping[str, Path]:
    """Draw the figure of each section that has one, and return the files by section.

    Parameters
    ----------
    parts
        The sections.
    folder
        Where the PNG files go; it is made where it is missing.

    Raises
    ------
    MissingExtra
        kaleido is not installed.
    NotSupported
        There is no Chromium.
    """
    return drawn({part.section.name: part.figure().to_dict() for part in parts}, folder)


# Any: a figure as JSON.
def drawn(figures: Mapping[str, Mapping[str, Any]], folder: Path) -> Mapping[str, Path]:
    """Draw figures, and return the files by name.

    Parameters
    ----------
    figures
        Figures as JSON (data and layout), each with the name of its file.
    folder
        As for `pictures`.

    Raises
    ------
    MissingExtra, NotSupported
        As for `pictures`.
    """
    kaleido, browser = _kaleido(), browser_path()
    folder.mkdir(exist_ok=True)
    made = {name: folder / f"{name}.png" for name in figures}
    wanted = []
    for name, figure in figures.items():
        height = figure.get("layout", {}).get("height") or _HEIGHT
        size = {"format": "png", "width": _WIDTH, "height": height, "scale": _SCALE}
        wanted.append({"fig": figure, "path": made[name], "opts": size})
    if wanted:
        # By default it returns its errors, and formulas would be fetched from the network.
        kaleido.write_fig_from_object_sync(
            wanted, cancel_on_error=True, kopts={"mathjax": False, "path": browser}
        )
    return made


def browser_path() -> str:
    """Return where Chromium or Chrome is: ``BROWSER_PATH``, else what the machine has.

    Raises
    ------
    NotSupported
        There is none.
    """
    given = os.environ.get("BROWSER_PATH")
    found = given or next(filter(None, map(shutil.which, _NAMES)), None)
    if found is None and _MAC.exists():
        found = str(_MAC)
    if found is None or not Path(found).exists():
        raise NotSupported(
            "charts for PDF and PNG need Chromium or Chrome, which was not found: install it, name "
            "it in BROWSER_PATH, or choose other formats with --format"
        )
    return found


# Any: the module has no types.
def _kaleido() -> Any:  # noqa: ANN401
    try:
        import kaleido
    except ImportError:
        raise MissingExtra("kaleido", "report") from None
    return kaleido
